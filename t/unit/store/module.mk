# tests are added here

check_PROGRAMS += t/unit/store/pg
t_unit_store_pg_SOURCES = t/unit/store/pg.c t/unit/test.h
nodist_EXTRA_t_unit_store_pg_SOURCES = force.cc
t_unit_store_pg_CPPFLAGS = $(AM_CPPFLAGS) $(LIBPQ_CFLAGS) -I$(top_srcdir)
t_unit_store_pg_LDADD = src/store/libstore.a src/base/libbase.a $(LIBPQ_LIBS) \
	$(LIBS_THIRD_BASE) $(CMOCKA_LIBS)

check_PROGRAMS += t/unit/store/open_filters
t_unit_store_open_filters_SOURCES = t/unit/store/open_filters.c t/unit/test.h
nodist_EXTRA_t_unit_store_open_filters_SOURCES = force.cc
t_unit_store_open_filters_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)
t_unit_store_open_filters_LDADD = src/base/libbase.a $(LIBS_THIRD_BASE) $(CMOCKA_LIBS)
