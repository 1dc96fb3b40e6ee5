# Database tests: each program starts a PostgreSQL of its own (t/db/db.h).
DB_LDADD = src/model/libmodel.a src/store/libstore.a src/queue/libqueue.a src/base/libbase.a \
	$(LIBPQ_LIBS) $(HIREDIS_LIBS) $(LIBS_THIRD_BASE) $(CMOCKA_LIBS)
DB_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir) -DTM_SRCDIR='"$(abs_top_srcdir)"'
DB_SOURCES = t/db/db.c t/db/db.h t/unit/test.h

check_PROGRAMS += t/db/store
t_db_store_SOURCES = t/db/store.c $(DB_SOURCES)
t_db_store_CPPFLAGS = $(DB_CPPFLAGS)
t_db_store_LDADD = $(DB_LDADD)

check_PROGRAMS += t/db/migrate
t_db_migrate_SOURCES = t/db/migrate.c $(DB_SOURCES)
t_db_migrate_CPPFLAGS = $(DB_CPPFLAGS)
t_db_migrate_LDADD = $(DB_LDADD)

check_PROGRAMS += t/db/rls
t_db_rls_SOURCES = t/db/rls.c $(DB_SOURCES)
t_db_rls_CPPFLAGS = $(DB_CPPFLAGS)
t_db_rls_LDADD = $(DB_LDADD)

check_PROGRAMS += t/db/statements
t_db_statements_SOURCES = t/db/statements.c $(DB_SOURCES) \
	src/programs/ctl/audit.c src/programs/ctl/dead_letter.c src/programs/ctl/demo.c \
	src/programs/ctl/demo_story.c \
	src/programs/ctl/demo_world.c src/programs/ctl/doctor.c src/programs/ctl/feed.c \
	src/programs/ctl/frame.c src/programs/ctl/out.c src/programs/ctl/progress.c
nodist_EXTRA_t_db_statements_SOURCES = force.cc
t_db_statements_CPPFLAGS = $(DB_CPPFLAGS)
t_db_statements_LDADD = src/web/libpages.a src/web/libweb.a src/jobs/libjobs.a \
	src/query/libquery.a src/symbols/libsymbols.a src/ingest/libingest.a src/model/libmodel.a src/mail/libmail.a src/store/libstore.a \
	src/queue/libqueue.a src/http/libhttp.a src/view/libview.a src/base/libbase.a \
	$(LIBPQ_LIBS) $(LIBS_THIRD_VIEW) $(CURL_LIBS) $(HIREDIS_LIBS) $(FCGI_LIBS) $(ZLIB_LIBS) $(ZSTD_LIBS) $(MAXMINDDB_LIBS) \
	$(LIBS_THIRD_BASE) $(CMOCKA_LIBS)

check_PROGRAMS += t/db/model
t_db_model_SOURCES = t/db/model.c $(DB_SOURCES)
t_db_model_CPPFLAGS = $(DB_CPPFLAGS)
t_db_model_LDADD = $(DB_LDADD)

check_PROGRAMS += t/db/team
t_db_team_SOURCES = t/db/team.c $(DB_SOURCES)
t_db_team_CPPFLAGS = $(DB_CPPFLAGS)
t_db_team_LDADD = $(DB_LDADD)

check_PROGRAMS += t/db/audit
t_db_audit_SOURCES = t/db/audit.c $(DB_SOURCES)
t_db_audit_CPPFLAGS = $(DB_CPPFLAGS)
t_db_audit_LDADD = $(DB_LDADD)

check_PROGRAMS += t/db/persist
t_db_persist_SOURCES = t/db/persist.c t/db/gather.c t/db/gather.h $(DB_SOURCES)
nodist_EXTRA_t_db_persist_SOURCES = force.cc
t_db_persist_CPPFLAGS = $(DB_CPPFLAGS)
t_db_persist_LDADD = src/jobs/libjobs.a src/query/libquery.a src/symbols/libsymbols.a src/ingest/libingest.a \
	$(DB_LDADD) $(MAXMINDDB_LIBS)

check_PROGRAMS += t/db/rebuild
t_db_rebuild_SOURCES = t/db/rebuild.c t/db/gather.c t/db/gather.h $(DB_SOURCES)
nodist_EXTRA_t_db_rebuild_SOURCES = force.cc
t_db_rebuild_CPPFLAGS = $(DB_CPPFLAGS)
t_db_rebuild_LDADD = src/jobs/libjobs.a src/symbols/libsymbols.a src/ingest/libingest.a $(DB_LDADD) $(MAXMINDDB_LIBS)

# Brute force against the read models; t/lib/overview_dump is its other half.
EXTRA_DIST += t/db/oracle

check_PROGRAMS += t/db/query
t_db_query_SOURCES = t/db/query.c $(DB_SOURCES)
nodist_EXTRA_t_db_query_SOURCES = force.cc
t_db_query_CPPFLAGS = $(DB_CPPFLAGS)
t_db_query_LDADD = src/query/libquery.a $(DB_LDADD)

check_PROGRAMS += t/db/api
t_db_api_SOURCES = t/db/api.c $(DB_SOURCES)
nodist_EXTRA_t_db_api_SOURCES = force.cc
t_db_api_CPPFLAGS = $(DB_CPPFLAGS)
t_db_api_LDADD = src/web/libpages.a src/web/libweb.a src/symbols/libsymbols.a src/query/libquery.a \
	src/ingest/libingest.a src/model/libmodel.a src/mail/libmail.a src/store/libstore.a src/queue/libqueue.a src/http/libhttp.a src/view/libview.a \
	src/base/libbase.a $(LIBPQ_LIBS) $(LIBS_THIRD_VIEW) $(CURL_LIBS) $(HIREDIS_LIBS) $(FCGI_LIBS) $(ZLIB_LIBS) $(ZSTD_LIBS) $(LIBS_THIRD_BASE) \
	$(CMOCKA_LIBS)

check_PROGRAMS += t/db/identity
t_db_identity_SOURCES = t/db/identity.c $(DB_SOURCES)
t_db_identity_CPPFLAGS = $(DB_CPPFLAGS)
t_db_identity_LDADD = $(DB_LDADD)

check_PROGRAMS += t/db/mail
t_db_mail_SOURCES = t/db/mail.c $(DB_SOURCES)
t_db_mail_CPPFLAGS = $(DB_CPPFLAGS)
t_db_mail_LDADD = $(DB_LDADD)

check_PROGRAMS += t/db/account
t_db_account_SOURCES = t/db/account.c $(DB_SOURCES)
t_db_account_CPPFLAGS = $(DB_CPPFLAGS)
t_db_account_LDADD = $(DB_LDADD)

check_PROGRAMS += t/db/sweep
t_db_sweep_SOURCES = t/db/sweep.c $(DB_SOURCES)
t_db_sweep_CPPFLAGS = $(DB_CPPFLAGS)
t_db_sweep_LDADD = src/jobs/libjobs.a $(DB_LDADD)

check_PROGRAMS += t/db/twofactor
t_db_twofactor_SOURCES = t/db/twofactor.c $(DB_SOURCES)
t_db_twofactor_CPPFLAGS = $(DB_CPPFLAGS)
t_db_twofactor_LDADD = $(DB_LDADD)

check_PROGRAMS += t/db/oauth
t_db_oauth_SOURCES = t/db/oauth.c $(DB_SOURCES)
t_db_oauth_CPPFLAGS = $(DB_CPPFLAGS)
t_db_oauth_LDADD = $(DB_LDADD)

check_PROGRAMS += t/db/performance
t_db_performance_SOURCES = t/db/performance.c t/db/gather.c t/db/gather.h $(DB_SOURCES)
nodist_EXTRA_t_db_performance_SOURCES = force.cc
t_db_performance_CPPFLAGS = $(DB_CPPFLAGS)
t_db_performance_LDADD = src/query/libquery.a src/symbols/libsymbols.a src/ingest/libingest.a \
	$(DB_LDADD) $(MAXMINDDB_LIBS)

check_PROGRAMS += t/db/sessions
t_db_sessions_SOURCES = t/db/sessions.c t/db/gather.c t/db/gather.h $(DB_SOURCES)
nodist_EXTRA_t_db_sessions_SOURCES = force.cc
t_db_sessions_CPPFLAGS = $(DB_CPPFLAGS)
t_db_sessions_LDADD = src/query/libquery.a src/ingest/libingest.a $(DB_LDADD) $(MAXMINDDB_LIBS)

check_PROGRAMS += t/db/people
t_db_people_SOURCES = t/db/people.c t/db/gather.c t/db/gather.h $(DB_SOURCES)
nodist_EXTRA_t_db_people_SOURCES = force.cc
t_db_people_CPPFLAGS = $(DB_CPPFLAGS)
t_db_people_LDADD = src/query/libquery.a src/ingest/libingest.a $(DB_LDADD) $(MAXMINDDB_LIBS)

check_PROGRAMS += t/db/crashes
t_db_crashes_SOURCES = t/db/crashes.c t/db/gather.c t/db/gather.h $(DB_SOURCES)
nodist_EXTRA_t_db_crashes_SOURCES = force.cc
t_db_crashes_CPPFLAGS = $(DB_CPPFLAGS)
t_db_crashes_LDADD = src/jobs/libjobs.a src/query/libquery.a src/symbols/libsymbols.a \
	src/ingest/libingest.a $(DB_LDADD) $(MAXMINDDB_LIBS)
