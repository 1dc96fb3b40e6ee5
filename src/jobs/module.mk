noinst_LIBRARIES += src/jobs/libjobs.a
src_jobs_libjobs_a_CPPFLAGS = $(AM_CPPFLAGS)
src_jobs_libjobs_a_SOURCES = \
	src/jobs/activity.c src/jobs/activity.h src/jobs/backlog.c src/jobs/backlog.h \
	src/jobs/archive.c src/jobs/archive_part.c src/jobs/archive_part.h \
	src/jobs/erase.c src/jobs/erase.h src/jobs/erase_begin.c src/jobs/erase_end.c \
	src/jobs/erase_letters.c src/jobs/erase_names.c src/jobs/erase_rest.c src/jobs/erase_rows.c src/jobs/erase_scan.c src/jobs/erase_search.c src/jobs/erase_search.h \
	src/jobs/erase_sums.c src/jobs/erase_tx.h \
	src/jobs/crash_days.c src/jobs/ingest_batch.c src/jobs/ingest_batch.h \
	src/jobs/job.c src/jobs/job.h \
	src/jobs/adoption.c src/jobs/alarm.c src/jobs/webhook.c src/jobs/webhook.h \
	src/jobs/history.c src/jobs/meter.c src/jobs/meter.h \
	src/jobs/mail.c src/jobs/mail.h src/jobs/mailer.c src/jobs/sweep.c \
	src/jobs/mirror.c \
	src/jobs/partition.c \
	src/jobs/pipeline.c \
	src/jobs/purge.c \
	src/jobs/rebuild.c src/jobs/rebuild.h \
	src/jobs/regroup.c src/jobs/regroup.h src/jobs/regroup_change.c \
	src/jobs/regroup_step.c src/jobs/regroup_tx.h \
	src/jobs/release_days.c \
	src/jobs/releases.c \
	src/jobs/retention.c src/jobs/retention.h src/jobs/retention_drop.c src/jobs/retention_fold.c \
	src/jobs/retention_move.c src/jobs/retention_turn.c \
	src/jobs/review.c \
	src/jobs/rezone.c \
	src/jobs/rollup.c \
	src/jobs/symbolicate.c \
	src/jobs/trace_days.c \
	src/jobs/usage.c src/jobs/usage_letter.c src/jobs/usage_letter.h
src_jobs_libjobs_a_SOURCES += src/jobs/tracking.c
