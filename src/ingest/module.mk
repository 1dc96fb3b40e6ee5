noinst_LIBRARIES += src/ingest/libingest.a
src_ingest_libingest_a_CPPFLAGS = $(AM_CPPFLAGS) $(MAXMINDDB_CFLAGS)
src_ingest_libingest_a_SOURCES = \
	src/ingest/accept.c src/ingest/accept.h \
	src/ingest/activity.c src/ingest/activity.h \
	src/ingest/batch.h \
	src/ingest/wire.c src/ingest/wire.h \
	src/ingest/adapt.c src/ingest/adapt.h \
	src/ingest/envelope.c src/ingest/envelope.h \
	src/ingest/fingerprint.c src/ingest/fingerprint.h \
	src/ingest/foreign/foreign.c src/ingest/foreign/foreign.h src/ingest/foreign/foreign_out.c src/ingest/foreign/foreign_out.h \
	src/ingest/foreign/export.c src/ingest/foreign/export.h \
	src/ingest/foreign/otlp.c src/ingest/foreign/otlp.h src/ingest/foreign/otlp_http.c \
	src/ingest/foreign/otlp_log.c src/ingest/foreign/otlp_trace.c \
	src/ingest/foreign/otlp_protobuf.c src/ingest/foreign/otlp_protobuf.h \
	src/ingest/foreign/segment.c \
	src/ingest/foreign/amplitude.c src/ingest/foreign/mixpanel.c \
	src/ingest/foreign/aptabase.c src/ingest/foreign/posthog.c \
	src/ingest/foreign/exception.c src/ingest/foreign/exception.h \
	src/ingest/foreign/exception_frame.c src/ingest/foreign/exception_frame.h \
	src/ingest/foreign/sentry.c src/ingest/foreign/sentry.h src/ingest/foreign/sentry_event.c \
	src/ingest/foreign/sentry_session.c src/ingest/foreign/sentry_trace.c \
	src/ingest/geo.c src/ingest/geo.h \
	src/ingest/item.c src/ingest/item.h src/ingest/item_context.c src/ingest/item_crash.c \
	src/ingest/item_type.c src/ingest/item_type.h \
	src/ingest/letter.c src/ingest/letter.h src/ingest/letter_rules.c \
	src/ingest/limits.c src/ingest/limits.h \
	src/ingest/redact.c src/ingest/redact.h \
	src/ingest/review.c src/ingest/review.h \
	src/ingest/scrub.c src/ingest/scrub.h \
	src/ingest/stack.c src/ingest/stack.h src/ingest/stack_fold.c \
	src/ingest/symbolized.c src/ingest/symbolized.h \
	src/ingest/verdict.c \
	src/ingest/fold.c src/ingest/fold.h \
	src/ingest/identity.c src/ingest/identity.h \
	src/ingest/memo.c src/ingest/memo.h \
	src/ingest/normal.c src/ingest/normal.h \
	src/ingest/persist.c src/ingest/persist.h src/ingest/persist_tx.h src/ingest/persist_gather.h \
	src/ingest/persist_arrivals.c src/ingest/persist_context.c src/ingest/persist_env.c src/ingest/persist_erased.c \
	src/ingest/tombstone.c src/ingest/tombstone.h src/ingest/persist_ledger.c \
	src/ingest/persist_merge.c src/ingest/persist_person.c \
	src/ingest/persist_property.c src/ingest/persist_rollup.c \
	src/ingest/persist_group.c src/ingest/persist_release.c \
	src/ingest/persist_rows.c src/ingest/persist_seen.c \
	src/ingest/persist_session.c src/ingest/persist_session_find.c src/ingest/persist_symbols.c src/ingest/persist_usage.c \
	src/ingest/persist_wait.c \
	src/ingest/property.c src/ingest/property.h \
	src/ingest/reason.c src/ingest/reason.h \
	src/ingest/seqrun.c src/ingest/seqrun.h \
	src/ingest/sessionize.c src/ingest/sessionize.h \
	src/ingest/withhold.c src/ingest/withhold.h
