/* statements.c - every statement of the program is prepared against the
 * migrated schema, by the role that runs it: a typing error in SQL or a
 * missing grant fails here. t/style/statements sees that none is left out. */
#include "ingest/persist.h"
#include "jobs/activity.h"
#include "jobs/archive_part.h"
#include "jobs/erase.h"
#include "jobs/erase_search.h"
#include "jobs/erase_tx.h"
#include "jobs/job.h"
#include "jobs/regroup.h"
#include "jobs/rebuild.h"
#include "jobs/retention.h"
#include "model/statements.h"
#include "model/system/dead_letter.h"
#include "programs/ctl/ctl.h"
#include "programs/ctl/erasures.h"
#include "query/blocks.h"
#include "query/env.h"
#include "query/extent.h"
#include "query/overview_tables.h"
#include "query/percentile.h"
#include "query/storage.h"
#include "query/subject.h"
#include "query/persons.h"
#include "query/recent.h"
#include "query/storage.h"
#include "query/side.h"
#include "query/support.h"
#include "query/symbol_use.h"
#include "store/events.h"
#include "store/migrate.h"
#include "t/db/db.h"

/* query/events.h has an event_row of its own; batches.c has no header */
extern const struct stmt_list crash_group_statements, crash_sample_statements, crashes_statements,
	crash_read_statements;
extern const struct stmt_list traces_statements, trace_read_statements, trace_sums_statements, trace_detail_statements,
	releases_statements, release_active_statements, release_detail_statements,
	pipeline_statements, pipeline_batch_statements, review_statements;
extern const struct stmt_list explorer_statements, explorer_count_statements, sessions_statements,
	person_statements, live_statements, api_batch_statements, system_home_statements, health_statements, need_token_statements,
	replica_statements;

/* The frame's table of commands is not linked. */
const struct ctl_module *const ctl_modules[] = { &ctl_doctor };
const size_t ctl_nmodules = 0;

static size_t prepared;

static void
prepare_list(struct task *t, enum db_role role, const struct stmt_list *l)
{
	for (size_t i = 0; i < l->n; i++) {
		enum err e = pg_prepare(t, db_pg(role), l->stmt[i]);
		if (e != E_OK)
			print_error("%s: %s: %s\n", l->module, l->stmt[i]->name, t->detail);
		assert_int_equal(e, E_OK);
		prepared++;
	}
}

static void
model(void **state)
{
	for (size_t i = 0; i < NELEM(model_statements); i++)
		prepare_list(*state, DB_OWNER, model_statements[i]);
	assert_true(prepared > 40);
}

static void
consumer(void **state)
{
	static const struct stmt_list *const lists[] = { &job_statements,
		&job_partition_statements, &job_tracking_statements, &job_purge_statements, &job_rollup_statements,
		&job_sweep_statements, &usage_letter_statements, &job_symbolicate_statements,
		&job_releases_statements, &job_pipeline_statements,
		&job_crash_days_statements, &job_trace_days_statements, &job_activity_statements, &job_release_days_statements,
		&retention_statements, &retention_move_statements, &retention_drop_statements,
		&retention_turn_statements, &retention_fold_statements,
		&job_erase_statements, &job_archive_statements, &archive_part_statements, &erase_begin_statements, &erase_letters_statements,
		&erase_rest_statements, &erase_rows_statements, &erase_sums_statements,
		&erase_scan_statements, &erase_search_statements, &erase_names_statements, &erase_end_statements,
		&regroup_statements, &regroup_change_statements, &regroup_step_statements, &blocks_statements,
		&events_statements };

	for (size_t i = 0; i < NELEM(lists); i++)
		prepare_list(*state, DB_CONSUMER, lists[i]);
	for (size_t i = 0; i < persist_lists_n; i++)
		prepare_list(*state, DB_CONSUMER, persist_lists[i]);
}

static void
queries(void **state)
{
	static const struct stmt_list *const lists[] = { &query_env_statements, &recent_statements, &storage_statements,
		&subject_statements, &overview_statements, &overview_tables_statements, &overview_crashes_statements,
		&percentile_statements, &persons_statements, &review_statements, &side_statements, &support_statements,
		&explorer_statements, &extent_statements, &explorer_count_statements, &api_batch_statements,
		&sessions_statements, &person_statements, &live_statements, &symbol_use_statements, &crash_read_statements, &crashes_statements,
		&crash_group_statements, &crash_sample_statements, &traces_statements,
		&trace_read_statements, &trace_sums_statements, &trace_detail_statements, &releases_statements,
		&release_active_statements, &release_detail_statements,
		&pipeline_statements, &pipeline_batch_statements,
		&system_home_statements, &dead_place_statements,
		&health_statements, &need_token_statements, &replica_statements };

	for (size_t i = 0; i < NELEM(lists); i++)
		prepare_list(*state, DB_APP, lists[i]);
}

static void
ctl(void **state)
{
	static const struct stmt_list *const lists[] = { &ctl_audit_statements, &ctl_doctor_statements, &ctl_backup_statements, &ctl_restore_statements, &ctl_erasures_statements, &ctl_upgrade_statements, &ctl_setup_statements, &ctl_demo_statements, &ctl_feed_statements,
		&rebuild_statements, &migrate_statements };

	for (size_t i = 0; i < NELEM(lists); i++)
		prepare_list(*state, DB_OWNER, lists[i]);
}

static void
wrong_sql_is_found(void **state)
{
	static const struct stmt wrong = { "t_wrong", "SELECT nothing FROM environments" };
	assert_int_equal(pg_prepare(*state, db_pg(DB_OWNER), &wrong), E_INTERNAL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(model), T(consumer), T(queries), T(ctl),
		T(wrong_sql_is_found) };
	return DB_RUN(tests);
}
