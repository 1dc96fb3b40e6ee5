# Link order is the layer order, highest first.
LIBS_L3 = src/web/libweb.a src/jobs/libjobs.a
LIBS_L2 = src/query/libquery.a src/symbols/libsymbols.a src/ingest/libingest.a src/model/libmodel.a
LIBS_L1 = src/mail/libmail.a src/store/libstore.a src/queue/libqueue.a src/http/libhttp.a src/view/libview.a
LIBS_L0 = src/base/libbase.a
LIBS_THIRD_BASE = $(ARCHIVE_LIBS) $(JSONC_LIBS) $(CJOSE_LIBS) $(OATH_LIBS) $(CRYPTO_LIBS) $(ARGON2_LIBS) \
	$(SIMDJSON_LIBS) $(RE2_LIBS) -lm
LIBS_THIRD_VIEW = $(CTEMPLATE_LIBS) $(QRENCODE_LIBS) $(GD_LIBS)

# tidemarkctl: one file a noun. Its manual page and completion come from the
# command table. force.cc: base/scan brings C++.
bin_PROGRAMS += src/programs/tidemarkctl
src_programs_tidemarkctl_SOURCES = src/programs/tidemarkctl.c \
	src/programs/ctl/ctl.h src/programs/ctl/frame.c src/programs/ctl/out.c \
	src/programs/ctl/progress.c src/programs/ctl/completion.c \
	src/programs/ctl/backup.h src/programs/ctl/backup.c src/programs/ctl/backup_file.c src/programs/ctl/backup_pack.c \
	src/programs/ctl/backup_queue.c src/programs/ctl/backup_store.c src/programs/ctl/backup_run.c \
	src/programs/ctl/restore.c src/programs/ctl/restore_check.c src/programs/ctl/restore_scratch.c \
	src/programs/ctl/erasures.c src/programs/ctl/erasures.h \
	src/programs/ctl/upgrade.c \
	src/programs/ctl/alarm.c src/programs/ctl/audit.c src/programs/ctl/config.c src/programs/ctl/dead_letter.c \
	src/programs/ctl/doctor.c src/programs/ctl/doctor.h src/programs/ctl/doctor_store.c \
	src/programs/ctl/doctor_system.c src/programs/ctl/run.c src/programs/ctl/environment.c \
	src/programs/ctl/key.c src/programs/ctl/mail.c src/programs/ctl/member.c src/programs/ctl/migrate.c src/programs/ctl/oauth.c \
	src/programs/ctl/setup.c src/programs/ctl/setup.h src/programs/ctl/setup_files.c \
	src/programs/ctl/setup_store.c src/programs/ctl/symbols.c \
	src/programs/ctl/person.c \
	src/programs/ctl/crash.c src/programs/ctl/job.c src/programs/ctl/plan.c src/programs/ctl/queue.c src/programs/ctl/retention.c src/programs/ctl/rollup.c src/programs/ctl/support.c src/programs/ctl/team.c \
	src/programs/ctl/token.c src/programs/ctl/user.c \
	src/programs/ctl/demo.c src/programs/ctl/demo_story.c \
	src/programs/ctl/demo_world.c src/programs/ctl/demo_world.h \
	src/programs/ctl/feed.c src/programs/ctl/feed.h \
	src/programs/ctl/import.c src/programs/ctl/import.h src/programs/ctl/import_lines.c \
	src/programs/ctl/import_report.c src/programs/ctl/import_vendor.c \
	src/programs/ctl/record.c src/programs/ctl/record.h src/programs/ctl/source.c src/programs/ctl/source.h
src_programs_tidemarkctl_SOURCES += src/programs/ctl/policy.c
nodist_EXTRA_src_programs_tidemarkctl_SOURCES = force.cc
src_programs_tidemarkctl_LDADD = src/jobs/libjobs.a src/query/libquery.a src/symbols/libsymbols.a src/ingest/libingest.a src/model/libmodel.a \
	src/mail/libmail.a src/store/libstore.a src/queue/libqueue.a src/http/libhttp.a \
	src/view/libview.a src/base/libbase.a \
	$(LIBPQ_LIBS) $(CURL_LIBS) $(HIREDIS_LIBS) $(ZLIB_LIBS) $(ZSTD_LIBS) $(MAXMINDDB_LIBS) $(LIBS_THIRD_BASE)

nodist_man_MANS += tidemarkctl.1
CLEANFILES += tidemarkctl.1
tidemarkctl.1: src/programs/tidemarkctl$(EXEEXT)
	$(AM_V_GEN)src/programs/tidemarkctl$(EXEEXT) completion mdoc >$@.tmp && mv $@.tmp $@

# Where each shell looks by itself.
bashcompdir = $(datadir)/bash-completion/completions
zshcompdir = $(datadir)/zsh/vendor-completions
fishcompdir = $(datadir)/fish/vendor_completions.d
nodist_bashcomp_DATA = completion/tidemarkctl
nodist_zshcomp_DATA = completion/_tidemarkctl
nodist_fishcomp_DATA = completion/tidemarkctl.fish
CLEANFILES += completion/tidemarkctl completion/_tidemarkctl completion/tidemarkctl.fish
COMPLETION = $(AM_V_GEN)$(MKDIR_P) completion && src/programs/tidemarkctl$(EXEEXT) completion
completion/tidemarkctl: src/programs/tidemarkctl$(EXEEXT)
	$(COMPLETION) bash >$@.tmp && mv $@.tmp $@
completion/_tidemarkctl: src/programs/tidemarkctl$(EXEEXT)
	$(COMPLETION) zsh >$@.tmp && mv $@.tmp $@
completion/tidemarkctl.fish: src/programs/tidemarkctl$(EXEEXT)
	$(COMPLETION) fish >$@.tmp && mv $@.tmp $@

libexec_PROGRAMS += src/programs/tidemark-consumer
src_programs_tidemark_consumer_SOURCES = src/programs/tidemark-consumer.c
nodist_EXTRA_src_programs_tidemark_consumer_SOURCES = force.cc
src_programs_tidemark_consumer_LDADD = src/jobs/libjobs.a src/query/libquery.a src/symbols/libsymbols.a \
	src/ingest/libingest.a src/model/libmodel.a src/mail/libmail.a src/store/libstore.a src/queue/libqueue.a \
	src/http/libhttp.a src/view/libview.a src/base/libbase.a \
	$(LIBPQ_LIBS) $(CURL_LIBS) $(HIREDIS_LIBS) $(MAXMINDDB_LIBS) $(LIBS_THIRD_BASE)

# Reads ELF files of strangers, locked in: the one user of libdw and libseccomp.
libexec_PROGRAMS += src/programs/tidemark-symbols
src_programs_tidemark_symbols_CPPFLAGS = $(AM_CPPFLAGS) $(LIBDW_CFLAGS) $(SECCOMP_CFLAGS)
src_programs_tidemark_symbols_SOURCES = src/programs/tidemark-symbols.c \
	src/programs/symbols/dwarf.c src/programs/symbols/dwarf.h \
	src/programs/symbols/sandbox.c src/programs/symbols/sandbox.h
src_programs_tidemark_symbols_LDADD = src/base/libbase.a $(LIBDW_LIBS) $(SECCOMP_LIBS) -lm

libexec_PROGRAMS += src/programs/tidemark-ingest
src_programs_tidemark_ingest_SOURCES = src/programs/tidemark-ingest.c src/programs/pool.c src/programs/pool.h
nodist_EXTRA_src_programs_tidemark_ingest_SOURCES = force.cc
src_programs_tidemark_ingest_LDADD = src/web/libdoor.a src/web/libweb.a src/ingest/libingest.a src/model/libmodel.a \
	src/queue/libqueue.a src/http/libhttp.a src/base/libbase.a \
	$(HIREDIS_LIBS) $(FCGI_LIBS) $(ZLIB_LIBS) $(ZSTD_LIBS) $(MAXMINDDB_LIBS) $(LIBS_THIRD_BASE)

libexec_PROGRAMS += src/programs/tidemark-web
src_programs_tidemark_web_SOURCES = src/programs/tidemark-web.c src/programs/pool.c src/programs/pool.h
nodist_EXTRA_src_programs_tidemark_web_SOURCES = force.cc
src_programs_tidemark_web_LDADD = src/web/libpages.a src/web/libweb.a \
	$(LIBS_L2) src/mail/libmail.a src/store/libstore.a src/queue/libqueue.a src/http/libhttp.a \
	src/view/libview.a src/base/libbase.a $(LIBPQ_LIBS) $(HIREDIS_LIBS) $(FCGI_LIBS) \
	$(LIBS_THIRD_VIEW) $(CURL_LIBS) $(ZLIB_LIBS) $(ZSTD_LIBS) $(MAXMINDDB_LIBS) \
	$(LIBS_THIRD_BASE)
