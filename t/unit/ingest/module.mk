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

check_PROGRAMS += t/unit/ingest/sessionize
t_unit_ingest_sessionize_SOURCES = t/unit/ingest/sessionize.c t/unit/test.h
nodist_EXTRA_t_unit_ingest_sessionize_SOURCES = force.cc
t_unit_ingest_sessionize_LDADD = src/ingest/libingest.a src/base/libbase.a \
	$(LIBS_THIRD_BASE) $(CMOCKA_LIBS)

check_PROGRAMS += t/unit/ingest/property
t_unit_ingest_property_SOURCES = t/unit/ingest/property.c t/unit/test.h
nodist_EXTRA_t_unit_ingest_property_SOURCES = force.cc
t_unit_ingest_property_LDADD = src/ingest/libingest.a src/base/libbase.a \
	$(LIBS_THIRD_BASE) $(CMOCKA_LIBS)

check_PROGRAMS += t/unit/ingest/identity
t_unit_ingest_identity_SOURCES = t/unit/ingest/identity.c t/unit/test.h
nodist_EXTRA_t_unit_ingest_identity_SOURCES = force.cc
t_unit_ingest_identity_LDADD = src/ingest/libingest.a src/base/libbase.a \
	$(LIBS_THIRD_BASE) $(CMOCKA_LIBS)

check_PROGRAMS += t/unit/ingest/fold
t_unit_ingest_fold_SOURCES = t/unit/ingest/fold.c t/unit/test.h
nodist_EXTRA_t_unit_ingest_fold_SOURCES = force.cc
t_unit_ingest_fold_LDADD = src/ingest/libingest.a src/base/libbase.a \
	$(LIBS_THIRD_BASE) $(CMOCKA_LIBS)

check_PROGRAMS += t/unit/ingest/memo
t_unit_ingest_memo_SOURCES = t/unit/ingest/memo.c t/unit/test.h
nodist_EXTRA_t_unit_ingest_memo_SOURCES = force.cc
t_unit_ingest_memo_LDADD = src/ingest/libingest.a src/queue/libqueue.a src/base/libbase.a \
	$(HIREDIS_LIBS) $(MAXMINDDB_LIBS) $(LIBS_THIRD_BASE) $(CMOCKA_LIBS)

check_PROGRAMS += t/unit/ingest/grouping
t_unit_ingest_grouping_SOURCES = t/unit/ingest/grouping.c t/unit/test.h
nodist_EXTRA_t_unit_ingest_grouping_SOURCES = force.cc
t_unit_ingest_grouping_CPPFLAGS = $(AM_CPPFLAGS) -DTOP_SRCDIR='"$(abs_top_srcdir)"'
t_unit_ingest_grouping_LDADD = src/ingest/libingest.a src/queue/libqueue.a src/base/libbase.a \
	$(HIREDIS_LIBS) $(MAXMINDDB_LIBS) $(LIBS_THIRD_BASE) $(CMOCKA_LIBS)
EXTRA_DIST += t/unit/ingest/crashes

check_PROGRAMS += t/unit/ingest/stack
t_unit_ingest_stack_SOURCES = t/unit/ingest/stack.c t/unit/test.h
nodist_EXTRA_t_unit_ingest_stack_SOURCES = force.cc
t_unit_ingest_stack_LDADD = src/ingest/libingest.a src/queue/libqueue.a src/base/libbase.a \
	$(HIREDIS_LIBS) $(MAXMINDDB_LIBS) $(LIBS_THIRD_BASE) $(CMOCKA_LIBS)
