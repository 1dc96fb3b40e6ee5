# Database tests: each program starts a PostgreSQL of its own (t/db/db.h), and
# links what it needs of all folders.
DB_LDADD = t/db/libdb.a src/web/libpages.a src/web/libweb.a src/jobs/libjobs.a src/query/libquery.a \
	src/symbols/libsymbols.a src/ingest/libingest.a src/model/libmodel.a src/mail/libmail.a \
	src/store/libstore.a src/queue/libqueue.a src/http/libhttp.a src/view/libview.a \
	src/base/libbase.a $(LIBPQ_LIBS) $(LIBS_THIRD_VIEW) $(CURL_LIBS) $(HIREDIS_LIBS) $(FCGI_LIBS) \
	$(ZLIB_LIBS) $(ZSTD_LIBS) $(MAXMINDDB_LIBS) $(LIBS_THIRD_BASE) $(CMOCKA_LIBS)
DB_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir) -DTM_SRCDIR='"$(abs_top_srcdir)"'
DB_SOURCES = t/db/db.h t/unit/test.h

# What they share, compiled once.
check_LIBRARIES = t/db/libdb.a
t_db_libdb_a_SOURCES = t/db/db.c t/db/db.h t/db/gather.c t/db/gather.h t/db/world.c t/db/world.h \
	t/db/erasure.c t/db/erasure.h t/unit/test.h
t_db_libdb_a_CPPFLAGS = $(DB_CPPFLAGS)

check_PROGRAMS += t/db/store
t_db_store_SOURCES = t/db/store.c $(DB_SOURCES)
nodist_EXTRA_t_db_store_SOURCES = force.cc
t_db_store_CPPFLAGS = $(DB_CPPFLAGS)
t_db_store_LDADD = $(DB_LDADD)

check_PROGRAMS += t/db/migrate
t_db_migrate_SOURCES = t/db/migrate.c $(DB_SOURCES)
nodist_EXTRA_t_db_migrate_SOURCES = force.cc
t_db_migrate_CPPFLAGS = $(DB_CPPFLAGS)
t_db_migrate_LDADD = $(DB_LDADD)

check_PROGRAMS += t/db/rls
t_db_rls_SOURCES = t/db/rls.c $(DB_SOURCES)
nodist_EXTRA_t_db_rls_SOURCES = force.cc
t_db_rls_CPPFLAGS = $(DB_CPPFLAGS)
t_db_rls_LDADD = $(DB_LDADD)

check_PROGRAMS += t/db/statements
t_db_statements_SOURCES = t/db/statements.c $(DB_SOURCES) \
	src/programs/ctl/audit.c src/programs/ctl/demo.c \
	src/programs/ctl/backup.c src/programs/ctl/backup_file.c src/programs/ctl/backup_pack.c src/programs/ctl/backup_queue.c src/programs/ctl/backup_run.c \
	src/programs/ctl/backup_store.c src/programs/ctl/erasures.c src/programs/ctl/restore.c src/programs/ctl/restore_check.c \
	src/programs/ctl/restore_scratch.c src/programs/ctl/upgrade.c \
	src/programs/ctl/demo_story.c \
	src/programs/ctl/demo_world.c src/programs/ctl/doctor.c src/programs/ctl/doctor_store.c \
	src/programs/ctl/doctor_system.c src/programs/ctl/run.c src/programs/ctl/setup.c src/programs/ctl/setup_files.c \
	src/programs/ctl/setup_store.c src/programs/ctl/feed.c \
	src/programs/ctl/frame.c src/programs/ctl/out.c src/programs/ctl/progress.c
nodist_EXTRA_t_db_statements_SOURCES = force.cc
t_db_statements_CPPFLAGS = $(DB_CPPFLAGS)
t_db_statements_LDADD = $(DB_LDADD)

check_PROGRAMS += t/db/model
t_db_model_SOURCES = t/db/model.c $(DB_SOURCES)
nodist_EXTRA_t_db_model_SOURCES = force.cc
t_db_model_CPPFLAGS = $(DB_CPPFLAGS)
t_db_model_LDADD = $(DB_LDADD)

check_PROGRAMS += t/db/team
t_db_team_SOURCES = t/db/team.c $(DB_SOURCES)
nodist_EXTRA_t_db_team_SOURCES = force.cc
t_db_team_CPPFLAGS = $(DB_CPPFLAGS)
t_db_team_LDADD = $(DB_LDADD)

check_PROGRAMS += t/db/audit
t_db_audit_SOURCES = t/db/audit.c $(DB_SOURCES)
nodist_EXTRA_t_db_audit_SOURCES = force.cc
t_db_audit_CPPFLAGS = $(DB_CPPFLAGS)
t_db_audit_LDADD = $(DB_LDADD)

check_PROGRAMS += t/db/persist
t_db_persist_SOURCES = t/db/persist.c $(DB_SOURCES)
nodist_EXTRA_t_db_persist_SOURCES = force.cc
t_db_persist_CPPFLAGS = $(DB_CPPFLAGS)
t_db_persist_LDADD = $(DB_LDADD)

check_PROGRAMS += t/db/erase
t_db_erase_SOURCES = t/db/erase.c $(DB_SOURCES)
nodist_EXTRA_t_db_erase_SOURCES = force.cc
t_db_erase_CPPFLAGS = $(DB_CPPFLAGS)
t_db_erase_LDADD = $(DB_LDADD)

check_PROGRAMS += t/db/erase_names
t_db_erase_names_SOURCES = t/db/erase_names.c $(DB_SOURCES)
nodist_EXTRA_t_db_erase_names_SOURCES = force.cc
t_db_erase_names_CPPFLAGS = $(DB_CPPFLAGS)
t_db_erase_names_LDADD = $(DB_LDADD)

check_PROGRAMS += t/db/rebuild
t_db_rebuild_SOURCES = t/db/rebuild.c $(DB_SOURCES)
nodist_EXTRA_t_db_rebuild_SOURCES = force.cc
t_db_rebuild_CPPFLAGS = $(DB_CPPFLAGS)
t_db_rebuild_LDADD = $(DB_LDADD)

check_PROGRAMS += t/db/retention
t_db_retention_SOURCES = t/db/retention.c $(DB_SOURCES)
nodist_EXTRA_t_db_retention_SOURCES = force.cc
t_db_retention_CPPFLAGS = $(DB_CPPFLAGS)
t_db_retention_LDADD = $(DB_LDADD)

# Brute force against the read models; t/lib/overview_dump is its other half.
EXTRA_DIST += t/db/oracle t/db/story

check_PROGRAMS += t/db/query
t_db_query_SOURCES = t/db/query.c $(DB_SOURCES)
nodist_EXTRA_t_db_query_SOURCES = force.cc
t_db_query_CPPFLAGS = $(DB_CPPFLAGS)
t_db_query_LDADD = $(DB_LDADD)

check_PROGRAMS += t/db/api
t_db_api_SOURCES = t/db/api.c $(DB_SOURCES)
nodist_EXTRA_t_db_api_SOURCES = force.cc
t_db_api_CPPFLAGS = $(DB_CPPFLAGS)
t_db_api_LDADD = $(DB_LDADD)

check_PROGRAMS += t/db/identity
t_db_identity_SOURCES = t/db/identity.c $(DB_SOURCES)
nodist_EXTRA_t_db_identity_SOURCES = force.cc
t_db_identity_CPPFLAGS = $(DB_CPPFLAGS)
t_db_identity_LDADD = $(DB_LDADD)

check_PROGRAMS += t/db/mail
t_db_mail_SOURCES = t/db/mail.c $(DB_SOURCES)
nodist_EXTRA_t_db_mail_SOURCES = force.cc
t_db_mail_CPPFLAGS = $(DB_CPPFLAGS)
t_db_mail_LDADD = $(DB_LDADD)

check_PROGRAMS += t/db/account
t_db_account_SOURCES = t/db/account.c $(DB_SOURCES)
nodist_EXTRA_t_db_account_SOURCES = force.cc
t_db_account_CPPFLAGS = $(DB_CPPFLAGS)
t_db_account_LDADD = $(DB_LDADD)

check_PROGRAMS += t/db/sweep
t_db_sweep_SOURCES = t/db/sweep.c $(DB_SOURCES)
nodist_EXTRA_t_db_sweep_SOURCES = force.cc
t_db_sweep_CPPFLAGS = $(DB_CPPFLAGS)
t_db_sweep_LDADD = $(DB_LDADD)

check_PROGRAMS += t/db/tracking
t_db_tracking_SOURCES = t/db/tracking.c $(DB_SOURCES)
nodist_EXTRA_t_db_tracking_SOURCES = force.cc
t_db_tracking_CPPFLAGS = $(DB_CPPFLAGS)
t_db_tracking_LDADD = $(DB_LDADD)

check_PROGRAMS += t/db/twofactor
t_db_twofactor_SOURCES = t/db/twofactor.c $(DB_SOURCES)
nodist_EXTRA_t_db_twofactor_SOURCES = force.cc
t_db_twofactor_CPPFLAGS = $(DB_CPPFLAGS)
t_db_twofactor_LDADD = $(DB_LDADD)

check_PROGRAMS += t/db/oauth
t_db_oauth_SOURCES = t/db/oauth.c $(DB_SOURCES)
nodist_EXTRA_t_db_oauth_SOURCES = force.cc
t_db_oauth_CPPFLAGS = $(DB_CPPFLAGS)
t_db_oauth_LDADD = $(DB_LDADD)

check_PROGRAMS += t/db/performance
t_db_performance_SOURCES = t/db/performance.c $(DB_SOURCES)
nodist_EXTRA_t_db_performance_SOURCES = force.cc
t_db_performance_CPPFLAGS = $(DB_CPPFLAGS)
t_db_performance_LDADD = $(DB_LDADD)

check_PROGRAMS += t/db/stands
t_db_stands_SOURCES = t/db/stands.c $(DB_SOURCES)
nodist_EXTRA_t_db_stands_SOURCES = force.cc
t_db_stands_CPPFLAGS = $(DB_CPPFLAGS)
t_db_stands_LDADD = $(DB_LDADD)

check_PROGRAMS += t/db/sessions
t_db_sessions_SOURCES = t/db/sessions.c $(DB_SOURCES)
nodist_EXTRA_t_db_sessions_SOURCES = force.cc
t_db_sessions_CPPFLAGS = $(DB_CPPFLAGS)
t_db_sessions_LDADD = $(DB_LDADD)

check_PROGRAMS += t/db/people
t_db_people_SOURCES = t/db/people.c $(DB_SOURCES)
nodist_EXTRA_t_db_people_SOURCES = force.cc
t_db_people_CPPFLAGS = $(DB_CPPFLAGS)
t_db_people_LDADD = $(DB_LDADD)

check_PROGRAMS += t/db/crashes
t_db_crashes_SOURCES = t/db/crashes.c $(DB_SOURCES)
nodist_EXTRA_t_db_crashes_SOURCES = force.cc
t_db_crashes_CPPFLAGS = $(DB_CPPFLAGS)
t_db_crashes_LDADD = $(DB_LDADD)

check_PROGRAMS += t/db/live
t_db_live_SOURCES = t/db/live.c $(DB_SOURCES)
nodist_EXTRA_t_db_live_SOURCES = force.cc
t_db_live_CPPFLAGS = $(DB_CPPFLAGS)
t_db_live_LDADD = $(DB_LDADD)

check_PROGRAMS += t/db/symbols
t_db_symbols_SOURCES = t/db/symbols.c $(DB_SOURCES)
nodist_EXTRA_t_db_symbols_SOURCES = force.cc
t_db_symbols_CPPFLAGS = $(DB_CPPFLAGS)
t_db_symbols_LDADD = $(DB_LDADD)

check_PROGRAMS += t/db/system
t_db_system_SOURCES = t/db/system.c $(DB_SOURCES)
nodist_EXTRA_t_db_system_SOURCES = force.cc
t_db_system_CPPFLAGS = $(DB_CPPFLAGS)
t_db_system_LDADD = $(DB_LDADD)

check_PROGRAMS += t/db/plans
t_db_plans_SOURCES = t/db/plans.c $(DB_SOURCES)
nodist_EXTRA_t_db_plans_SOURCES = force.cc
t_db_plans_CPPFLAGS = $(DB_CPPFLAGS)
t_db_plans_LDADD = $(DB_LDADD)

check_PROGRAMS += t/db/flags
t_db_flags_SOURCES = t/db/flags.c $(DB_SOURCES)
nodist_EXTRA_t_db_flags_SOURCES = force.cc
t_db_flags_CPPFLAGS = $(DB_CPPFLAGS)
t_db_flags_LDADD = $(DB_LDADD)

check_PROGRAMS += t/db/review
t_db_review_SOURCES = t/db/review.c $(DB_SOURCES)
nodist_EXTRA_t_db_review_SOURCES = force.cc
t_db_review_CPPFLAGS = $(DB_CPPFLAGS)
t_db_review_LDADD = $(DB_LDADD)

check_PROGRAMS += t/db/adoption
t_db_adoption_SOURCES = t/db/adoption.c $(DB_SOURCES)
nodist_EXTRA_t_db_adoption_SOURCES = force.cc
t_db_adoption_CPPFLAGS = $(DB_CPPFLAGS)
t_db_adoption_LDADD = $(DB_LDADD)
