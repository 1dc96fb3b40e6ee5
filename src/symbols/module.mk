noinst_LIBRARIES += src/symbols/libsymbols.a
src_symbols_libsymbols_a_SOURCES = \
	src/symbols/native.c src/symbols/native.h \
	src/symbols/obfuscation.c src/symbols/obfuscation.h \
	src/symbols/pick.c src/symbols/pick.h \
	src/symbols/proguard.c src/symbols/proguard.h \
	src/symbols/sourcemap.c src/symbols/sourcemap.h
