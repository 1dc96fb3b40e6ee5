check_PROGRAMS += t/db/overview_dump
t_db_overview_dump_SOURCES = t/db/overview_dump.c
nodist_EXTRA_t_db_overview_dump_SOURCES = force.cc
t_db_overview_dump_LDADD = src/query/libquery.a src/store/libstore.a src/base/libbase.a \
	$(LIBPQ_LIBS) $(LIBS_THIRD_BASE)
