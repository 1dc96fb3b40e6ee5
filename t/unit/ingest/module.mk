# tests are added here

check_PROGRAMS += t/unit/ingest/wire
t_unit_ingest_wire_SOURCES = t/unit/ingest/wire.c t/unit/test.h
nodist_EXTRA_t_unit_ingest_wire_SOURCES = force.cc
t_unit_ingest_wire_LDADD = src/ingest/libingest.a src/queue/libqueue.a src/base/libbase.a \
	$(HIREDIS_LIBS) $(MAXMINDDB_LIBS) $(LIBS_THIRD_BASE) $(CMOCKA_LIBS)

check_PROGRAMS += t/unit/ingest/envelope
t_unit_ingest_envelope_SOURCES = t/unit/ingest/envelope.c t/unit/test.h
nodist_EXTRA_t_unit_ingest_envelope_SOURCES = force.cc
t_unit_ingest_envelope_LDADD = src/ingest/libingest.a src/queue/libqueue.a src/base/libbase.a \
	$(HIREDIS_LIBS) $(MAXMINDDB_LIBS) $(LIBS_THIRD_BASE) $(CMOCKA_LIBS)

check_PROGRAMS += t/unit/ingest/scrub
t_unit_ingest_scrub_SOURCES = t/unit/ingest/scrub.c t/unit/test.h
nodist_EXTRA_t_unit_ingest_scrub_SOURCES = force.cc
t_unit_ingest_scrub_LDADD = src/ingest/libingest.a src/queue/libqueue.a src/base/libbase.a \
	$(HIREDIS_LIBS) $(MAXMINDDB_LIBS) $(LIBS_THIRD_BASE) $(CMOCKA_LIBS)

check_PROGRAMS += t/unit/ingest/fingerprint
t_unit_ingest_fingerprint_SOURCES = t/unit/ingest/fingerprint.c t/unit/test.h
nodist_EXTRA_t_unit_ingest_fingerprint_SOURCES = force.cc
t_unit_ingest_fingerprint_LDADD = src/ingest/libingest.a src/queue/libqueue.a src/base/libbase.a \
	$(HIREDIS_LIBS) $(MAXMINDDB_LIBS) $(LIBS_THIRD_BASE) $(CMOCKA_LIBS)

check_PROGRAMS += t/unit/ingest/geo
t_unit_ingest_geo_SOURCES = t/unit/ingest/geo.c t/unit/test.h
nodist_EXTRA_t_unit_ingest_geo_SOURCES = force.cc
t_unit_ingest_geo_LDADD = src/ingest/libingest.a src/queue/libqueue.a src/base/libbase.a \
	$(HIREDIS_LIBS) $(MAXMINDDB_LIBS) $(LIBS_THIRD_BASE) $(CMOCKA_LIBS)
