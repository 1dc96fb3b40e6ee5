noinst_LIBRARIES += src/ingest/libingest.a
src_ingest_libingest_a_CPPFLAGS = $(AM_CPPFLAGS) $(MAXMINDDB_CFLAGS)
src_ingest_libingest_a_SOURCES = \
	src/ingest/batch.h \
	src/ingest/wire.c src/ingest/wire.h
