noinst_LIBRARIES += src/query/libquery.a
src_query_libquery_a_CPPFLAGS = $(AM_CPPFLAGS)
src_query_libquery_a_SOURCES = \
	src/query/activity.c src/query/activity.h \
	src/query/context_set.c src/query/context_set.h \
	src/query/blocks.c src/query/blocks.h \
	src/query/crash_group.c src/query/crash_group.h \
	src/query/crash_read.c src/query/crash_read.h \
	src/query/crash_samples.c \
	src/query/crashes.c src/query/crashes.h src/query/crashes_file.c src/query/crashes_file.h \
	src/query/cursor.c src/query/cursor.h \
	src/query/day_gaps.c src/query/day_gaps.h \
	src/query/deadline.c src/query/deadline.h \
	src/query/erasable.c src/query/erasable.h \
	src/query/env.c src/query/env.h \
	src/query/events.c src/query/events.h \
	src/query/events_count.c \
	src/query/export.c src/query/export.h \
	src/query/extent.c src/query/extent.h \
	src/query/filter.c src/query/filter.h \
	src/query/filter_sql.c \
	src/query/link.c src/query/link.h \
	src/query/live.c src/query/live.h \
	src/query/metric.c src/query/metric.h \
	src/query/origin.c src/query/origin.h \
	src/query/overview.c src/query/overview.h \
	src/query/pipeline.c src/query/pipeline.h src/query/pipeline_batches.c src/query/pipeline_file.c \
	src/query/overview_crashes.c \
	src/query/overview_tables.c src/query/overview_tables.h \
	src/query/percentile.c src/query/percentile.h \
	src/query/person_days.c \
	src/query/people.c src/query/people.h \
	src/query/people_file.c src/query/people_file.h \
	src/query/person.c src/query/person.h \
	src/query/persons.c src/query/persons.h \
	src/query/range.c src/query/range.h \
	src/query/raw.c src/query/raw.h \
	src/query/runbook.c src/query/runbook.h src/query/runbook.def \
	src/query/recent.c src/query/recent.h src/query/storage.c src/query/storage.h \
	src/query/release_active.c src/query/release_active.h \
	src/query/release_contexts.c src/query/release_contexts.h \
	src/query/release_detail.c src/query/release_export.c src/query/release_export.h \
	src/query/releases.c src/query/releases.h \
	src/query/review.c src/query/review.h src/query/review_json.c \
	src/query/side.c src/query/side.h \
	src/query/sessions.c src/query/sessions.h \
	src/query/sessions_file.c src/query/sessions_file.h \
	src/query/slices.c src/query/slices.h \
	src/query/spans.c src/query/spans.h \
	src/query/subject.c src/query/subject.h \
	src/query/support.c src/query/support.h \
	src/query/symbol_use.c src/query/symbol_use.h \
	src/query/trace_detail.c src/query/trace_export.c src/query/trace_export.h \
	src/query/trace_names.c src/query/trace_read.c src/query/trace_read.h src/query/trace_rows.h \
	src/query/trace_sums.c src/query/trace_sums.h src/query/traces.c src/query/traces.h \
	src/query/timeline.c src/query/timeline.h src/query/timeline_order.c

# The manual page of the runbook comes from the same table.
noinst_PROGRAMS += src/query/runbook-man
src_query_runbook_man_SOURCES = src/query/runbook_man.c src/query/runbook.c
nodist_man_MANS += tidemark-runbook.7
CLEANFILES += tidemark-runbook.7
tidemark-runbook.7: src/query/runbook-man$(EXEEXT)
	$(AM_V_GEN)src/query/runbook-man$(EXEEXT) >$@.tmp && mv $@.tmp $@
