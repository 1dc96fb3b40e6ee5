check_PROGRAMS += t/lib/overview_dump
t_lib_overview_dump_SOURCES = t/lib/overview_dump.c
nodist_EXTRA_t_lib_overview_dump_SOURCES = force.cc
t_lib_overview_dump_LDADD = src/query/libquery.a src/store/libstore.a src/base/libbase.a \
	$(LIBPQ_LIBS) $(LIBS_THIRD_BASE)

# Times of the explorers' readings, for ./dev bench pages.
check_PROGRAMS += t/lib/explore_dump
t_lib_explore_dump_SOURCES = t/lib/explore_dump.c
nodist_EXTRA_t_lib_explore_dump_SOURCES = force.cc
t_lib_explore_dump_LDADD = src/jobs/libjobs.a src/query/libquery.a src/symbols/libsymbols.a \
	src/ingest/libingest.a src/model/libmodel.a src/store/libstore.a src/queue/libqueue.a src/base/libbase.a $(LIBPQ_LIBS) $(HIREDIS_LIBS) \
	$(MAXMINDDB_LIBS) $(LIBS_THIRD_BASE)

# What goes in and what comes out, for t/db/story.
check_PROGRAMS += t/lib/story
t_lib_story_SOURCES = t/lib/story.c
nodist_EXTRA_t_lib_story_SOURCES = force.cc
t_lib_story_LDADD = src/query/libquery.a src/symbols/libsymbols.a src/ingest/libingest.a src/model/libmodel.a \
	src/store/libstore.a src/queue/libqueue.a src/base/libbase.a $(LIBPQ_LIBS) $(HIREDIS_LIBS) \
	$(MAXMINDDB_LIBS) $(LIBS_THIRD_BASE)

QUERY_LDADD = src/query/libquery.a src/store/libstore.a src/base/libbase.a \
	$(LIBPQ_LIBS) $(LIBS_THIRD_BASE) $(CMOCKA_LIBS)

check_PROGRAMS += t/unit/query/cursor
t_unit_query_cursor_SOURCES = t/unit/query/cursor.c t/unit/test.h
nodist_EXTRA_t_unit_query_cursor_SOURCES = force.cc
t_unit_query_cursor_LDADD = $(QUERY_LDADD)

check_PROGRAMS += t/unit/query/filter
t_unit_query_filter_SOURCES = t/unit/query/filter.c t/unit/test.h
nodist_EXTRA_t_unit_query_filter_SOURCES = force.cc
t_unit_query_filter_LDADD = $(QUERY_LDADD)

check_PROGRAMS += t/unit/query/range
t_unit_query_range_SOURCES = t/unit/query/range.c t/unit/test.h
nodist_EXTRA_t_unit_query_range_SOURCES = force.cc
t_unit_query_range_LDADD = $(QUERY_LDADD)

check_PROGRAMS += t/unit/query/timeline
t_unit_query_timeline_SOURCES = t/unit/query/timeline.c t/unit/test.h
nodist_EXTRA_t_unit_query_timeline_SOURCES = force.cc
t_unit_query_timeline_LDADD = $(QUERY_LDADD)

check_PROGRAMS += t/unit/query/spans
t_unit_query_spans_SOURCES = t/unit/query/spans.c t/unit/test.h
nodist_EXTRA_t_unit_query_spans_SOURCES = force.cc
t_unit_query_spans_LDADD = $(QUERY_LDADD)

check_PROGRAMS += t/unit/query/support
t_unit_query_support_SOURCES = t/unit/query/support.c t/unit/test.h
nodist_EXTRA_t_unit_query_support_SOURCES = force.cc
t_unit_query_support_LDADD = src/query/libquery.a src/model/libmodel.a src/store/libstore.a \
	src/queue/libqueue.a src/base/libbase.a $(LIBPQ_LIBS) $(HIREDIS_LIBS) $(LIBS_THIRD_BASE) \
	$(CMOCKA_LIBS)

check_PROGRAMS += t/unit/query/day_gaps
t_unit_query_day_gaps_SOURCES = t/unit/query/day_gaps.c t/unit/test.h
nodist_EXTRA_t_unit_query_day_gaps_SOURCES = force.cc
t_unit_query_day_gaps_LDADD = $(QUERY_LDADD)

check_PROGRAMS += t/unit/query/percentile
t_unit_query_percentile_SOURCES = t/unit/query/percentile.c t/unit/test.h
nodist_EXTRA_t_unit_query_percentile_SOURCES = force.cc
t_unit_query_percentile_LDADD = $(QUERY_LDADD)
