noinst_LIBRARIES += src/query/libquery.a
src_query_libquery_a_CPPFLAGS = $(AM_CPPFLAGS) 
src_query_libquery_a_SOURCES =
