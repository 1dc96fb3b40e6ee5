check_PROGRAMS += t/lib/overview_dump
t_lib_overview_dump_SOURCES = t/lib/overview_dump.c
nodist_EXTRA_t_lib_overview_dump_SOURCES = force.cc
t_lib_overview_dump_LDADD = src/query/libquery.a src/store/libstore.a src/base/libbase.a \
	$(LIBPQ_LIBS) $(LIBS_THIRD_BASE)
