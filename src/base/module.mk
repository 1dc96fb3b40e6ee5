noinst_LIBRARIES += src/base/libbase.a
src_base_libbase_a_CPPFLAGS = $(AM_CPPFLAGS) $(JSONC_CFLAGS) $(CRYPTO_CFLAGS) \
	$(ARGON2_CFLAGS) $(SIMDJSON_CFLAGS)
src_base_libbase_a_SOURCES = \
	src/base/arena.c src/base/arena.h \
	src/base/banned.h src/base/base.h \
	src/base/buf.c src/base/buf.h \
	src/base/clock.c src/base/clock.h \
	src/base/err.c src/base/err.h src/base/err.def \
	src/base/str.c src/base/str.h \
	src/base/task.c src/base/task.h
