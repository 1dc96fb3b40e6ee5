noinst_LIBRARIES += src/store/libstore.a
src_store_libstore_a_CPPFLAGS = $(AM_CPPFLAGS) $(LIBPQ_CFLAGS)
src_store_libstore_a_SOURCES = \
	src/store/conn.h src/store/pg.c src/store/pg.h \
	src/store/open_filters.c src/store/open_filters.h \
	src/store/stmt.c src/store/row.c src/store/copy.c \
	src/store/sqlb.c src/store/sqlb.h \
	src/store/events.c src/store/events.h \
	src/store/migrate.c src/store/migrate.h
