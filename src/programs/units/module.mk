# Units, users and folders of a system installation, and the manual pages of
# the daemons. ./dev uses none of them.
UNITS_IN = src/programs/units/tidemark-web@.service.in \
	src/programs/units/tidemark-ingest@.service.in \
	src/programs/units/tidemark-consumer@.service.in \
	src/programs/units/tidemark-mail.service.in
UNITS_PLAIN = src/programs/units/tidemark-web.socket \
	src/programs/units/tidemark-ingest.socket src/programs/units/tidemark.target
EXTRA_DIST += $(UNITS_IN) $(UNITS_PLAIN) src/programs/units/tidemark.sysusers \
	src/programs/units/tidemark.tmpfiles src/programs/units/outbound.conf

dist_man_MANS += src/programs/man/tidemark.7 src/programs/man/tidemark-web.8 \
	src/programs/man/tidemark-ingest.8 src/programs/man/tidemark-consumer.8 \
	src/programs/man/tidemark-symbols.8

install-data-hook:
	$(MKDIR_P) "$(DESTDIR)$(systemdsystemunitdir)" "$(DESTDIR)$(prefix)/lib/sysusers.d" \
		"$(DESTDIR)$(prefix)/lib/tmpfiles.d"
	for u in $(UNITS_IN); do f=$${u##*/}; \
	  $(SED) -e 's|[@]libexecdir[@]|$(libexecdir)|g' -e 's|[@]sysconfdir[@]|$(sysconfdir)|g' \
	    $(srcdir)/$$u >"$(DESTDIR)$(systemdsystemunitdir)/$${f%.in}" || exit 1; done
	for u in $(UNITS_PLAIN); do \
	  $(INSTALL_DATA) $(srcdir)/$$u "$(DESTDIR)$(systemdsystemunitdir)/" || exit 1; done
	$(INSTALL_DATA) $(srcdir)/src/programs/units/tidemark.sysusers \
		"$(DESTDIR)$(prefix)/lib/sysusers.d/tidemark.conf"
	$(INSTALL_DATA) $(srcdir)/src/programs/units/tidemark.tmpfiles \
		"$(DESTDIR)$(prefix)/lib/tmpfiles.d/tidemark.conf"
	$(MKDIR_P) "$(DESTDIR)$(pkgdatadir)/systemd"
	$(INSTALL_DATA) $(srcdir)/src/programs/units/outbound.conf \
		"$(DESTDIR)$(pkgdatadir)/systemd/outbound.conf"
	$(MKDIR_P) "$(DESTDIR)$(pkgdatadir)/nginx"
	for f in $(NGINX_IN); do n=$${f##*/}; \
	  $(SED) -e 's|@rundir@|/run/tidemark|g' -e 's|@staticdir@|$(pkgdatadir)/static|g' \
	    -e 's|@confdir@|$(pkgdatadir)/nginx|g' $(srcdir)/$$f \
	    >"$(DESTDIR)$(pkgdatadir)/nginx/$${n%.in}" || exit 1; done

uninstall-hook:
	rm -rf "$(DESTDIR)$(pkgdatadir)/nginx" "$(DESTDIR)$(pkgdatadir)/systemd"
	rm -f "$(DESTDIR)$(prefix)/lib/sysusers.d/tidemark.conf" \
		"$(DESTDIR)$(prefix)/lib/tmpfiles.d/tidemark.conf"
	for u in $(UNITS_IN) $(UNITS_PLAIN); do f=$${u##*/}; \
	  rm -f "$(DESTDIR)$(systemdsystemunitdir)/$${f%.in}"; done
