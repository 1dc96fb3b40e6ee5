check_PROGRAMS += t/unit/symbols/readers
t_unit_symbols_readers_SOURCES = t/unit/symbols/readers.c t/unit/test.h
nodist_EXTRA_t_unit_symbols_readers_SOURCES = force.cc
t_unit_symbols_readers_LDADD = src/symbols/libsymbols.a src/ingest/libingest.a src/model/libmodel.a \
	src/base/libbase.a $(LIBS_THIRD_BASE) $(CMOCKA_LIBS)

check_PROGRAMS += t/unit/symbols/native
t_unit_symbols_native_SOURCES = t/unit/symbols/native.c t/unit/test.h
nodist_EXTRA_t_unit_symbols_native_SOURCES = force.cc
t_unit_symbols_native_LDADD = src/symbols/libsymbols.a src/ingest/libingest.a \
	src/model/libmodel.a src/store/libstore.a src/base/libbase.a \
	$(LIBPQ_LIBS) $(LIBS_THIRD_BASE) $(CMOCKA_LIBS)
