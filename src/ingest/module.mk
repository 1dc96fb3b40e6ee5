noinst_LIBRARIES += src/ingest/libingest.a
src_ingest_libingest_a_CPPFLAGS = $(AM_CPPFLAGS) $(MAXMINDDB_CFLAGS)
src_ingest_libingest_a_SOURCES = \
	src/ingest/batch.h \
	src/ingest/wire.c src/ingest/wire.h \
	src/ingest/adapt.c src/ingest/adapt.h \
	src/ingest/envelope.c src/ingest/envelope.h \
	src/ingest/fingerprint.c src/ingest/fingerprint.h \
	src/ingest/geo.c src/ingest/geo.h \
	src/ingest/item.c src/ingest/item.h \
	src/ingest/item_type.c src/ingest/item_type.h \
	src/ingest/limits.c src/ingest/limits.h \
	src/ingest/scrub.c src/ingest/scrub.h \
	src/ingest/verdict.c
