# Units, users and folders of a system installation, and the manual pages of
# the daemons. ./dev uses none of them.
UNITS_IN = src/programs/units/tidemark-web@.service.in \
	src/programs/units/tidemark-ingest@.service.in \
	src/programs/units/tidemark-consumer@.service.in \
	src/programs/units/tidemark-mail.service.in \
	src/programs/units/tidemark-redis.service.in \
	src/programs/units/tidemark-doctor.service.in \
	src/programs/units/tidemark-backup.service.in \
	src/programs/units/tidemark-web.socket.in \
	src/programs/units/tidemark-ingest.socket.in \
	src/programs/units/tidemark.target.in
UNITS_PLAIN = src/programs/units/tidemark-doctor.timer src/programs/units/tidemark-backup.timer
EXTRA_DIST += $(UNITS_IN) $(UNITS_PLAIN) src/programs/units/tidemark.sysusers \
	src/programs/units/tidemark.tmpfiles src/programs/units/outbound.conf \
	src/programs/units/redis.conf.in src/programs/units/redis.acl

dist_man_MANS += src/programs/man/tidemark.7 src/programs/man/tidemark-import.7 src/programs/man/tidemark-web.8 \
	src/programs/man/tidemark-ingest.8 src/programs/man/tidemark-consumer.8 \
	src/programs/man/tidemark-symbols.8

UNITS_SED = $(SED) -e 's|[@]libexecdir[@]|$(libexecdir)|g' \
	-e 's|[@]bindir[@]|$(bindir)|g' -e 's|[@]sysconfdir[@]|$(sysconfdir)|g'

install-data-hook:
	$(MKDIR_P) "$(DESTDIR)$(systemdsystemunitdir)" "$(DESTDIR)$(prefix)/lib/sysusers.d" \
		"$(DESTDIR)$(prefix)/lib/tmpfiles.d" "$(DESTDIR)$(sysconfdir)/tidemark"
	for u in $(UNITS_IN); do f=$${u##*/}; \
	  $(UNITS_SED) $(srcdir)/$$u >"$(DESTDIR)$(systemdsystemunitdir)/$${f%.in}" || exit 1; done
	for u in $(UNITS_PLAIN); do \
	  $(INSTALL_DATA) $(srcdir)/$$u "$(DESTDIR)$(systemdsystemunitdir)/" || exit 1; done
	$(INSTALL_DATA) $(srcdir)/src/programs/units/tidemark.sysusers \
		"$(DESTDIR)$(prefix)/lib/sysusers.d/tidemark.conf"
	$(INSTALL_DATA) $(srcdir)/src/programs/units/tidemark.tmpfiles \
		"$(DESTDIR)$(prefix)/lib/tmpfiles.d/tidemark.conf"
	test -e "$(DESTDIR)$(sysconfdir)/tidemark/redis.conf" || \
	  $(UNITS_SED) $(srcdir)/src/programs/units/redis.conf.in \
	    >"$(DESTDIR)$(sysconfdir)/tidemark/redis.conf"
	$(MKDIR_P) "$(DESTDIR)$(pkgdatadir)/systemd"
	$(INSTALL_DATA) $(srcdir)/src/programs/units/outbound.conf \
		"$(DESTDIR)$(pkgdatadir)/systemd/outbound.conf"
	$(INSTALL_DATA) $(srcdir)/src/programs/units/redis.acl "$(DESTDIR)$(pkgdatadir)/redis.acl"
	$(MKDIR_P) "$(DESTDIR)$(pkgdatadir)/nginx"
	for f in $(NGINX_IN); do n=$${f##*/}; \
	  $(SED) -e 's|@rundir@|/run/tidemark|g' -e 's|@staticdir@|$(pkgdatadir)/static|g' \
	    -e 's|@confdir@|$(pkgdatadir)/nginx|g' $(srcdir)/$$f \
	    >"$(DESTDIR)$(pkgdatadir)/nginx/$${n%.in}" || exit 1; done

uninstall-hook:
	rm -rf "$(DESTDIR)$(pkgdatadir)/nginx" "$(DESTDIR)$(pkgdatadir)/systemd"
	rm -f "$(DESTDIR)$(pkgdatadir)/redis.acl" "$(DESTDIR)$(prefix)/lib/sysusers.d/tidemark.conf" \
		"$(DESTDIR)$(prefix)/lib/tmpfiles.d/tidemark.conf"
	for u in $(UNITS_IN) $(UNITS_PLAIN); do f=$${u##*/}; \
	  rm -f "$(DESTDIR)$(systemdsystemunitdir)/$${f%.in}"; done
