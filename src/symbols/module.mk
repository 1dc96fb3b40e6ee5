noinst_LIBRARIES += src/symbols/libsymbols.a
src_symbols_libsymbols_a_SOURCES = \
	src/symbols/apply.c src/symbols/apply.h \
	src/symbols/gap.c src/symbols/gap.h \
	src/symbols/native.c src/symbols/native.h \
	src/symbols/obfuscation.c src/symbols/obfuscation.h \
	src/symbols/pick.c src/symbols/pick.h \
	src/symbols/proguard.c src/symbols/proguard.h \
	src/symbols/shelf.c src/symbols/shelf.h \
	src/symbols/sourcemap.c src/symbols/sourcemap.h \
	src/symbols/upload.c src/symbols/upload.h
