noinst_LIBRARIES += src/query/libquery.a
src_query_libquery_a_CPPFLAGS = $(AM_CPPFLAGS)
src_query_libquery_a_SOURCES = \
	src/query/filter.c src/query/filter.h \
	src/query/filter_sql.c \
	src/query/link.c src/query/link.h \
	src/query/range.c src/query/range.h
