/* erasure.c - see erasure.h. */
#include "t/db/erasure.h"

#include "base/codec.h"
#include "ingest/identity.h"
#include "ingest/scrub.h"
#include "jobs/erase.h"

struct job_host host;
struct erase_keys keys;

int
erase_start(void **state)
{
	char hex[65];
	struct task t;
	struct conf *conf;
	int bad = gather_start(state);

	if (bad)
		return bad;
	test_env_clear();
	codec_hex(master_key, 32, hex);
	setenv("TIDEMARK_MASTER_KEY", hex, 1);
	task_init(&t, arena_new(0));
	assert_ok(&t, conf_open(&t, NULL, &conf));
	assert_ok(&t, erase_keys_open(&t, conf, &keys));
	arena_free(t.arena);
	host = (struct job_host){ .pg = db_pg(DB_CONSUMER), .redis = db_redis(), .conf = conf };
	return 0;
}

struct str
ask(struct task *t, int env, struct privacy_new in)
{
	struct pg *pg = db_pg(DB_OWNER);
	struct str id;

	in.environment_id = env;
	in.kind = STR("erase");
	in.target = in.subject.nfilters > 0 ? STR("events") : STR("person");
	in.requested_by = STR("ctl:test");
	in.due_days = 30;
	in.crypt = keys.crypt;
	assert_ok(t, pg_begin(t, pg, NULL));
	assert_ok(t, privacy_create(t, pg, &in, &id));
	assert_ok(t, pg_commit(t, pg));
	return id;
}

struct str
ask_person(struct task *t, int env, const char *user, const char *anon, const char *mode)
{
	return ask(t, env, (struct privacy_new){ .mode = str_of(mode),
		.subject = { .user_id = str_of(user), .anonymous_id = str_of(anon) } });
}

struct privacy_request
get(struct task *t, int env, struct str id)
{
	struct pg *pg = db_pg(DB_OWNER);
	struct privacy_request r;

	assert_ok(t, pg_begin(t, pg, NULL));
	assert_ok(t, privacy_get(t, pg, env, id, &r));
	assert_ok(t, pg_commit(t, pg));
	return r;
}

void
run_job(struct task *t)
{
	/* a call ends after a second: how much that is, the machine says */
	for (int i = 0; i < 1000; i++) {
		int64_t steps = 0;

		assert_ok(t, job_erase(t, &host, &steps));
		if (db_number(t, db_pg(DB_OWNER), "SELECT count(*) FROM privacy_requests"
		              " WHERE state IN ('received', 'running')") == 0)
			return;
	}
	struct rows *r = db_query(t, db_pg(DB_OWNER), "SELECT state, step, error,"
		" (SELECT s::text FROM erasure_scans s LIMIT 1) FROM privacy_requests");

	for (size_t i = 0; i < rows_count(r); i++)
		print_error("%.*s %.*s %.*s %.*s\n", STRF(row_str(r, i, 0)), STRF(row_str(r, i, 1)),
		            STRF(row_str(r, i, 2)), STRF(row_str(r, i, 3)));
	fail_msg("the job does not end");
}

int64_t
still_found(struct task *t, int env, const char *id)
{
	struct privacy_subject s = { 0 };
	struct erase_look *look;
	int64_t found = 0;
	size_t n;

	privacy_subject_add(t, &s, ID_USER, str_of(id));
	assert_ok(t, erase_look(t, &host, env, &s, &look, &n));
	for (size_t i = 0; i < n; i++)
		found += look[i].found;
	return found;
}
