# tests are added here

check_PROGRAMS += t/unit/ingest/activity
t_unit_ingest_activity_SOURCES = t/unit/ingest/activity.c t/unit/test.h
nodist_EXTRA_t_unit_ingest_activity_SOURCES = force.cc
t_unit_ingest_activity_LDADD = src/ingest/libingest.a src/model/libmodel.a src/queue/libqueue.a src/base/libbase.a \
	$(HIREDIS_LIBS) $(MAXMINDDB_LIBS) $(LIBS_THIRD_BASE) $(CMOCKA_LIBS)

check_PROGRAMS += t/unit/ingest/wire
t_unit_ingest_wire_SOURCES = t/unit/ingest/wire.c t/unit/test.h
nodist_EXTRA_t_unit_ingest_wire_SOURCES = force.cc
t_unit_ingest_wire_LDADD = src/ingest/libingest.a src/model/libmodel.a src/queue/libqueue.a src/base/libbase.a \
	$(HIREDIS_LIBS) $(MAXMINDDB_LIBS) $(LIBS_THIRD_BASE) $(CMOCKA_LIBS)

check_PROGRAMS += t/unit/ingest/envelope
t_unit_ingest_envelope_SOURCES = t/unit/ingest/envelope.c t/unit/test.h
nodist_EXTRA_t_unit_ingest_envelope_SOURCES = force.cc
t_unit_ingest_envelope_LDADD = src/ingest/libingest.a src/model/libmodel.a src/queue/libqueue.a src/base/libbase.a \
	$(HIREDIS_LIBS) $(MAXMINDDB_LIBS) $(LIBS_THIRD_BASE) $(CMOCKA_LIBS)

check_PROGRAMS += t/unit/ingest/scrub
t_unit_ingest_scrub_SOURCES = t/unit/ingest/scrub.c t/unit/test.h
nodist_EXTRA_t_unit_ingest_scrub_SOURCES = force.cc
t_unit_ingest_scrub_LDADD = src/ingest/libingest.a src/model/libmodel.a src/queue/libqueue.a src/base/libbase.a \
	$(HIREDIS_LIBS) $(MAXMINDDB_LIBS) $(LIBS_THIRD_BASE) $(CMOCKA_LIBS)

check_PROGRAMS += t/unit/ingest/redact
t_unit_ingest_redact_SOURCES = t/unit/ingest/redact.c t/unit/test.h
nodist_EXTRA_t_unit_ingest_redact_SOURCES = force.cc
t_unit_ingest_redact_LDADD = src/ingest/libingest.a src/model/libmodel.a src/queue/libqueue.a \
	src/base/libbase.a $(HIREDIS_LIBS) $(MAXMINDDB_LIBS) $(LIBS_THIRD_BASE) $(CMOCKA_LIBS)

check_PROGRAMS += t/unit/ingest/fingerprint
t_unit_ingest_fingerprint_SOURCES = t/unit/ingest/fingerprint.c t/unit/test.h
nodist_EXTRA_t_unit_ingest_fingerprint_SOURCES = force.cc
t_unit_ingest_fingerprint_LDADD = src/ingest/libingest.a src/model/libmodel.a src/queue/libqueue.a src/base/libbase.a \
	$(HIREDIS_LIBS) $(MAXMINDDB_LIBS) $(LIBS_THIRD_BASE) $(CMOCKA_LIBS)

check_PROGRAMS += t/unit/ingest/geo
t_unit_ingest_geo_SOURCES = t/unit/ingest/geo.c t/unit/test.h
nodist_EXTRA_t_unit_ingest_geo_SOURCES = force.cc
t_unit_ingest_geo_LDADD = src/ingest/libingest.a src/model/libmodel.a src/queue/libqueue.a src/base/libbase.a \
	$(HIREDIS_LIBS) $(MAXMINDDB_LIBS) $(LIBS_THIRD_BASE) $(CMOCKA_LIBS)

check_PROGRAMS += t/unit/ingest/seqrun
t_unit_ingest_seqrun_SOURCES = t/unit/ingest/seqrun.c t/unit/test.h
nodist_EXTRA_t_unit_ingest_seqrun_SOURCES = force.cc
t_unit_ingest_seqrun_LDADD = src/ingest/libingest.a src/base/libbase.a \
	$(LIBS_THIRD_BASE) $(CMOCKA_LIBS)

check_PROGRAMS += t/unit/ingest/sessionize
t_unit_ingest_sessionize_SOURCES = t/unit/ingest/sessionize.c t/unit/test.h
nodist_EXTRA_t_unit_ingest_sessionize_SOURCES = force.cc
t_unit_ingest_sessionize_LDADD = src/ingest/libingest.a src/model/libmodel.a src/base/libbase.a \
	$(LIBS_THIRD_BASE) $(CMOCKA_LIBS)

check_PROGRAMS += t/unit/ingest/property
t_unit_ingest_property_SOURCES = t/unit/ingest/property.c t/unit/test.h
nodist_EXTRA_t_unit_ingest_property_SOURCES = force.cc
t_unit_ingest_property_LDADD = src/ingest/libingest.a src/model/libmodel.a src/base/libbase.a \
	$(LIBS_THIRD_BASE) $(CMOCKA_LIBS)

check_PROGRAMS += t/unit/ingest/identity
t_unit_ingest_identity_SOURCES = t/unit/ingest/identity.c t/unit/test.h
nodist_EXTRA_t_unit_ingest_identity_SOURCES = force.cc
t_unit_ingest_identity_LDADD = src/ingest/libingest.a src/model/libmodel.a src/base/libbase.a \
	$(LIBS_THIRD_BASE) $(CMOCKA_LIBS)

check_PROGRAMS += t/unit/ingest/fold
t_unit_ingest_fold_SOURCES = t/unit/ingest/fold.c t/unit/test.h
nodist_EXTRA_t_unit_ingest_fold_SOURCES = force.cc
t_unit_ingest_fold_LDADD = src/ingest/libingest.a src/model/libmodel.a src/base/libbase.a \
	$(LIBS_THIRD_BASE) $(CMOCKA_LIBS)

check_PROGRAMS += t/unit/ingest/memo
t_unit_ingest_memo_SOURCES = t/unit/ingest/memo.c t/unit/test.h
nodist_EXTRA_t_unit_ingest_memo_SOURCES = force.cc
t_unit_ingest_memo_LDADD = src/ingest/libingest.a src/model/libmodel.a src/queue/libqueue.a src/base/libbase.a \
	$(HIREDIS_LIBS) $(MAXMINDDB_LIBS) $(LIBS_THIRD_BASE) $(CMOCKA_LIBS)

check_PROGRAMS += t/unit/ingest/grouping
t_unit_ingest_grouping_SOURCES = t/unit/ingest/grouping.c t/unit/test.h
nodist_EXTRA_t_unit_ingest_grouping_SOURCES = force.cc
t_unit_ingest_grouping_CPPFLAGS = $(AM_CPPFLAGS) -DTOP_SRCDIR='"$(abs_top_srcdir)"'
t_unit_ingest_grouping_LDADD = src/ingest/libingest.a src/model/libmodel.a src/queue/libqueue.a src/base/libbase.a \
	$(HIREDIS_LIBS) $(MAXMINDDB_LIBS) $(LIBS_THIRD_BASE) $(CMOCKA_LIBS)
EXTRA_DIST += t/unit/ingest/blind t/unit/ingest/crashes t/unit/ingest/heldout

check_PROGRAMS += t/unit/ingest/stack
t_unit_ingest_stack_SOURCES = t/unit/ingest/stack.c t/unit/test.h
nodist_EXTRA_t_unit_ingest_stack_SOURCES = force.cc
t_unit_ingest_stack_LDADD = src/ingest/libingest.a src/model/libmodel.a src/queue/libqueue.a src/base/libbase.a \
	$(HIREDIS_LIBS) $(MAXMINDDB_LIBS) $(LIBS_THIRD_BASE) $(CMOCKA_LIBS)

check_PROGRAMS += t/unit/ingest/letter
t_unit_ingest_letter_SOURCES = t/unit/ingest/letter.c t/unit/test.h
nodist_EXTRA_t_unit_ingest_letter_SOURCES = force.cc
t_unit_ingest_letter_LDADD = src/ingest/libingest.a src/model/libmodel.a src/queue/libqueue.a src/base/libbase.a \
	$(HIREDIS_LIBS) $(MAXMINDDB_LIBS) $(LIBS_THIRD_BASE) $(CMOCKA_LIBS)

check_PROGRAMS += t/unit/ingest/withhold
t_unit_ingest_withhold_SOURCES = t/unit/ingest/withhold.c t/unit/test.h
nodist_EXTRA_t_unit_ingest_withhold_SOURCES = force.cc
t_unit_ingest_withhold_LDADD = src/ingest/libingest.a src/model/libmodel.a src/queue/libqueue.a \
	src/base/libbase.a $(HIREDIS_LIBS) $(MAXMINDDB_LIBS) $(LIBS_THIRD_BASE) $(CMOCKA_LIBS)

# other vendors' protocols
LDADD_FOREIGN = src/ingest/libingest.a src/model/libmodel.a src/queue/libqueue.a src/http/libhttp.a src/base/libbase.a \
	$(HIREDIS_LIBS) $(FCGI_LIBS) $(ZLIB_LIBS) $(ZSTD_LIBS) $(MAXMINDDB_LIBS) $(LIBS_THIRD_BASE) $(CMOCKA_LIBS)

check_PROGRAMS += t/unit/ingest/foreign/aptabase
t_unit_ingest_foreign_aptabase_SOURCES = t/unit/ingest/foreign/aptabase.c t/unit/ingest/foreign/vendor.h t/unit/ingest/foreign/written.h t/unit/test.h
nodist_EXTRA_t_unit_ingest_foreign_aptabase_SOURCES = force.cc
t_unit_ingest_foreign_aptabase_LDADD = $(LDADD_FOREIGN)

check_PROGRAMS += t/unit/ingest/foreign/otlp
t_unit_ingest_foreign_otlp_SOURCES = t/unit/ingest/foreign/otlp.c t/unit/ingest/foreign/vendor.h t/unit/ingest/foreign/written.h t/unit/test.h
nodist_EXTRA_t_unit_ingest_foreign_otlp_SOURCES = force.cc
t_unit_ingest_foreign_otlp_CPPFLAGS = $(AM_CPPFLAGS) -DTOP_SRCDIR='"$(abs_top_srcdir)"'
t_unit_ingest_foreign_otlp_LDADD = $(LDADD_FOREIGN)
# each by name: in a build tree the folder is called like the program
EXTRA_DIST += t/unit/ingest/foreign/otlp/logs.json t/unit/ingest/foreign/otlp/logs.pb \
	t/unit/ingest/foreign/otlp/python-logs.pb t/unit/ingest/foreign/otlp/python-traces.pb \
	t/unit/ingest/foreign/otlp/traces.json t/unit/ingest/foreign/otlp/traces.pb

check_PROGRAMS += t/unit/ingest/foreign/cases
t_unit_ingest_foreign_cases_SOURCES = t/unit/ingest/foreign/cases.c t/unit/ingest/foreign/vendor.h t/unit/ingest/foreign/written.h t/unit/test.h
nodist_EXTRA_t_unit_ingest_foreign_cases_SOURCES = force.cc
t_unit_ingest_foreign_cases_CPPFLAGS = $(AM_CPPFLAGS) -DTOP_SRCDIR='"$(abs_top_srcdir)"'
t_unit_ingest_foreign_cases_LDADD = $(LDADD_FOREIGN)
EXTRA_DIST += t/unit/ingest/foreign/cases
check_PROGRAMS += t/unit/ingest/foreign/exception
t_unit_ingest_foreign_exception_SOURCES = t/unit/ingest/foreign/exception.c t/unit/test.h
nodist_EXTRA_t_unit_ingest_foreign_exception_SOURCES = force.cc
t_unit_ingest_foreign_exception_LDADD = $(LDADD_FOREIGN)

check_PROGRAMS += t/unit/ingest/foreign/posthog
t_unit_ingest_foreign_posthog_SOURCES = t/unit/ingest/foreign/posthog.c t/unit/ingest/foreign/vendor.h t/unit/ingest/foreign/written.h t/unit/ingest/foreign/recorded.h t/unit/test.h
nodist_EXTRA_t_unit_ingest_foreign_posthog_SOURCES = force.cc
t_unit_ingest_foreign_posthog_CPPFLAGS = $(AM_CPPFLAGS) -DTOP_SRCDIR='"$(abs_top_srcdir)"'
t_unit_ingest_foreign_posthog_LDADD = $(LDADD_FOREIGN)

check_PROGRAMS += t/unit/ingest/foreign/sentry
t_unit_ingest_foreign_sentry_SOURCES = t/unit/ingest/foreign/sentry.c t/unit/ingest/foreign/vendor.h t/unit/ingest/foreign/written.h t/unit/ingest/foreign/recorded.h t/unit/test.h
nodist_EXTRA_t_unit_ingest_foreign_sentry_SOURCES = force.cc
t_unit_ingest_foreign_sentry_CPPFLAGS = $(AM_CPPFLAGS) -DTOP_SRCDIR='"$(abs_top_srcdir)"'
t_unit_ingest_foreign_sentry_LDADD = $(LDADD_FOREIGN)
EXTRA_DIST += t/unit/ingest/foreign/recorded

check_PROGRAMS += t/unit/ingest/foreign/export
t_unit_ingest_foreign_export_SOURCES = t/unit/ingest/foreign/export.c t/unit/test.h
nodist_EXTRA_t_unit_ingest_foreign_export_SOURCES = force.cc
t_unit_ingest_foreign_export_LDADD = $(LDADD_FOREIGN)

check_PROGRAMS += t/unit/ingest/item_context
t_unit_ingest_item_context_SOURCES = t/unit/ingest/item_context.c t/unit/test.h
nodist_EXTRA_t_unit_ingest_item_context_SOURCES = force.cc
t_unit_ingest_item_context_LDADD = $(LDADD_FOREIGN)
