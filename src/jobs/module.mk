noinst_LIBRARIES += src/jobs/libjobs.a
src_jobs_libjobs_a_CPPFLAGS = $(AM_CPPFLAGS)
src_jobs_libjobs_a_SOURCES = \
	src/jobs/ingest_batch.c src/jobs/ingest_batch.h \
	src/jobs/job.c src/jobs/job.h \
	src/jobs/mail.c src/jobs/mail.h src/jobs/mailer.c src/jobs/sweep.c \
	src/jobs/mirror.c src/jobs/partition.c src/jobs/purge.c src/jobs/rezone.c src/jobs/rebuild.c src/jobs/rebuild.h \
	src/jobs/regroup.c src/jobs/regroup.h src/jobs/regroup_change.c src/jobs/regroup_step.c src/jobs/regroup_tx.h src/jobs/releases.c \
	src/jobs/rollup.c src/jobs/symbolicate.c
