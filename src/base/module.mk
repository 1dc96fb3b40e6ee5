noinst_LIBRARIES += src/base/libbase.a
src_base_libbase_a_CPPFLAGS = $(AM_CPPFLAGS) $(JSONC_CFLAGS) $(CRYPTO_CFLAGS) \
	$(ARGON2_CFLAGS) $(OATH_CFLAGS) $(SIMDJSON_CFLAGS) $(CJOSE_CFLAGS) $(ARCHIVE_CFLAGS) $(RE2_CFLAGS)
src_base_libbase_a_SOURCES = \
	src/base/archive.c src/base/archive.h \
	src/base/arena.c src/base/arena.h \
	src/base/banned.h src/base/base.h \
	src/base/buf.c src/base/buf.h \
	src/base/child.c src/base/child.h \
	src/base/clock.c src/base/clock.h \
	src/base/err.c src/base/err.h src/base/err.def \
	src/base/codec.c src/base/codec.h \
	src/base/conf.c src/base/conf.h src/base/conf.def \
	src/base/crypt.c src/base/crypt.h src/base/csv.c src/base/csv.h \
	src/base/hist.c src/base/hist.h \
	src/base/jose.c src/base/jose.h \
	src/base/json.c src/base/json_scan.c src/base/json.h \
	src/base/jw.c src/base/jw.h \
	src/base/log.c src/base/log.h \
	src/base/map.c src/base/map.h \
	src/base/needle.c src/base/needle.h \
	src/base/num.c src/base/num.h \
	src/base/passwd.c src/base/passwd.h \
	src/base/pattern.cc src/base/pattern.h \
	src/base/process.c src/base/process.h \
	src/base/scan.cc src/base/scan.h src/base/scan_tape.h \
	src/base/scan_value.c \
	src/base/scan_write.c src/base/scan_write.h \
	src/base/str.c src/base/str.h \
	src/base/tape.c src/base/tape.h \
	src/base/task.c src/base/task.h \
	src/base/token.c src/base/token.h \
	src/base/totp.c src/base/totp.h \
	src/base/unzip.c src/base/unzip.h \
	src/base/url.c src/base/url.h \
	src/base/utf8.c src/base/utf8.h \
	src/base/uuid.c src/base/uuid.h \
	src/base/zone.c src/base/zone.h

# The manual page of the configuration comes from the same table.
noinst_PROGRAMS += src/base/conf-man
src_base_conf_man_SOURCES = src/base/conf_man.c
nodist_EXTRA_src_base_conf_man_SOURCES = force.cc
src_base_conf_man_LDADD = src/base/libbase.a $(LIBS_THIRD_BASE)
nodist_man_MANS += tidemark.conf.5
CLEANFILES += tidemark.conf.5
tidemark.conf.5: src/base/conf-man$(EXEEXT)
	$(AM_V_GEN)src/base/conf-man$(EXEEXT) >$@.tmp && mv $@.tmp $@
