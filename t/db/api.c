/* api.c - the query API by whole requests: routes, credentials, statuses and
 * bodies, without a web server. */
#include "base/conf.h"
#include "base/crypt.h"
#include "base/json.h"
#include "model/account/token.h"
#include "model/account/user.h"
#include "model/project/key.h"
#include "model/project/project.h"
#include "model/team/team.h"
#include "queue/stream.h"
#include "t/db/db.h"
#include "web/dispatch.h"
#include "web/need_token.h"
#include "web/routes_api.h"

struct tenant {
	struct str project;
	int32_t env, dev;
	struct str token, poor; /* every scope; projects:read alone */
	struct str read_key, write_key;
};

static struct tenant us, them;
static struct arena *kept; /* of the whole program */
static struct web web;

static void
make(struct task *t, struct tenant *out, const char *email)
{
	struct pg *pg = db_pg(DB_OWNER);
	struct user_new in = { .email = str_of(email), .password = STR("correct horse battery"),
		.verified = true };
	struct environment env[3];
	struct crypt *ring;
	struct project p;
	struct token token;
	struct team team;
	struct user user;
	struct key key;

	assert_ok(t, crypt_open(t, STR("000102030405060708090a0b0c0d0e0f"
		"101112131415161718191a1b1c1d1e1f"), &ring));
	assert_ok(t, pg_begin(t, pg, NULL));
	assert_ok(t, user_create(t, pg, &in, &user));
	assert_ok(t, team_create(t, pg, STR("Team"), user.id, &team));
	struct project_new np = { .team_id = team.id, .name = STR("Shop") };
	assert_ok(t, project_create(t, pg, &np, &p, env));
	struct token_new all = { .user_id = user.id, .team_id = team.id, .scopes = SCOPE_ADMIN };
	struct token_new few = { .user_id = user.id, .team_id = team.id,
		.scopes = SCOPE_PROJECTS_READ };
	assert_ok(t, token_create(t, pg, &all, &token, &out->token));
	assert_ok(t, token_create(t, pg, &few, &token, &out->poor));
	struct key_new rk = { .environment_id = env[0].id, .type = KEY_READ, .crypt = ring };
	struct key_new wk = { .environment_id = env[0].id, .type = KEY_WRITE, .crypt = ring };
	assert_ok(t, key_create(t, pg, db_redis(), &rk, &key, &out->read_key));
	assert_ok(t, key_create(t, pg, db_redis(), &wk, &key, &out->write_key));
	assert_ok(t, pg_commit(t, pg));
	out->project = arena_str(kept, p.id);
	out->env = env[0].id;
	out->dev = env[2].id;
	out->token = arena_str(kept, out->token);
	out->poor = arena_str(kept, out->poor);
	out->read_key = arena_str(kept, out->read_key);
	out->write_key = arena_str(kept, out->write_key);
	crypt_close(ring);
}

static void
prepare(struct task *t)
{
	struct conf *conf;

	if (kept != NULL)
		return;
	kept = arena_new(4096);
	test_env_clear();
	setenv("TIDEMARK_STATIC_DIR", TM_SRCDIR "/static", 1);
	setenv("TIDEMARK_SQL_DIR", TM_SRCDIR "/sql", 1);
	assert_ok(t, conf_open(t, NULL, &conf));
	make(t, &us, "us@example.org");
	make(t, &them, "them@example.org");
	assert_ok(t, stream_ensure(t, db_redis()));
	web = (struct web){ .program = "test", .conf = conf, .pg = db_pg(DB_APP),
		.redis = db_redis(), .routes = routes_api, .nroutes = nroutes_api };
}

static struct res reply;

/* "/path?query" with {p} = our project, {t} = theirs. */
static const struct json *
ask(struct task *t, enum method m, const char *target, struct str credential, const char *body)
{
	static struct dispatch d = { .web = &web, .check = { [NEED_TOKEN] = need_token } };
	struct str rest, path;
	struct buf b = BUF_INIT;
	struct pair header[1];
	struct req req = { .method = m, .body = str_of(body),
		.content_type = STR("application/json"), .headers = header };
	const struct json *j = NULL;

	prepare(t);
	for (const char *c = target; *c != '\0'; c++) {
		if (strncmp(c, "{p}", 3) == 0 || strncmp(c, "{t}", 3) == 0) {
			buf_add(&b, c[1] == 'p' ? us.project : them.project);
			c += 2;
		} else {
			buf_putc(&b, *c);
		}
	}
	rest = arena_str(t->arena, buf_str(&b));
	buf_release(&b);
	path = str_cut(&rest, '?');
	req.path = path;
	req.query = rest.p != NULL ? rest : STR("");
	if (credential.n > 0) {
		header[0].name = STR("authorization");
		header[0].value = arena_printf(t->arena, "Bearer %.*s", STRF(credential));
		req.nheaders = 1;
	}
	buf_release(&reply.body);
	res_init(&reply, t);
	task_clear(t);
	(void)dispatch_one(&d, t, &req, &reply);
	task_clear(t);
	if (pg_in_tx(web.pg))
		pg_rollback(t, web.pg);
	if (reply.body.n > 0 && reply.body.p[0] == '{')
		assert_ok(t, json_parse(t, buf_str(&reply.body), &j));
	return j;
}

#define OVERVIEW "/api/v1/projects/{p}/metrics/overview"
#define EVENTS "/api/v1/projects/{p}/events"

static void
credentials(void **state)
{
	struct task *t = *state;
	prepare(t);
	const struct {
		const char *target;
		struct str credential;
		int status;
	} rows[] = {
		{ OVERVIEW, STR(""), 401 },
		{ OVERVIEW, STR("tm_pat_000000000000000000000000000000000000"), 401 },
		{ OVERVIEW, STR("nonsense"), 401 },
		{ OVERVIEW, us.token, 200 },
		{ OVERVIEW, us.poor, 403 },
		{ OVERVIEW, us.read_key, 200 },
		{ OVERVIEW, us.write_key, 403 },
		{ OVERVIEW "?env=dev", us.token, 200 },
		{ OVERVIEW "?env=dev", us.read_key, 404 },
		{ OVERVIEW "?env=none", us.token, 404 },
		{ OVERVIEW, them.token, 404 },
		{ OVERVIEW, them.read_key, 404 },
		{ "/api/v1/projects/{t}/metrics/overview", us.token, 404 },
		{ "/api/v1/projects/x/metrics/overview", us.token, 404 },
		{ "/api/v1/projects/00000000-0000-4000-8000-000000000000/events", us.token, 404 },
		{ EVENTS, us.read_key, 200 },
		{ EVENTS, us.poor, 403 },
		{ EVENTS "/unknown", us.token, 404 },
		{ "/api/v1/projects", us.poor, 200 },
		{ "/api/v1/projects", us.read_key, 403 },
		{ "/api/v1/nothing", us.token, 404 },
	};
	for (size_t i = 0; i < NELEM(rows); i++) {
		const struct json *j = ask(t, M_GET, rows[i].target, rows[i].credential, "");
		if (reply.status != rows[i].status)
			print_error("%zu %s: %d %.*s\n", i, rows[i].target, reply.status,
				STRF(buf_str(&reply.body)));
		assert_int_equal(reply.status, rows[i].status);
		if (rows[i].status != 200)
			assert_true(json_get_str(j, "error").n > 0);
	}
	ask(t, M_DELETE, OVERVIEW, us.token, "");
	assert_int_equal(reply.status, 405);
	ask(t, M_DELETE, OVERVIEW, STR(""), "");
	assert_int_equal(reply.status, 401);
}

/* A foreign project and a missing one answer with the same bytes. */
static void
no_oracle(void **state)
{
	struct task *t = *state;
	ask(t, M_GET, "/api/v1/projects/{t}/events", us.token, "");
	struct str a = arena_str(t->arena, buf_str(&reply.body));
	ask(t, M_GET, "/api/v1/projects/00000000-0000-4000-8000-00000000dead/events", us.token, "");
	assert_true(str_eq(a, buf_str(&reply.body)));
}

static void
parameters(void **state)
{
	static const struct {
		const char *target, *names;
	} rows[] = {
		{ OVERVIEW "?from=soon", "from" }, { OVERVIEW "?to=2026-13-01", "to" },
		{ OVERVIEW "?tz=Mars", "tz" }, { OVERVIEW "?f=colour:eq:red", "f" },
		{ OVERVIEW "?colour=red", "colour" }, { EVENTS "?limit=0", "limit" },
		{ EVENTS "?limit=1001", "limit" }, { EVENTS "?format=xml", "format" },
		{ OVERVIEW "?from=2026-01-02&to=2026-01-01", "from" },
	};
	struct task *t = *state;
	for (size_t i = 0; i < NELEM(rows); i++) {
		const struct json *j = ask(t, M_GET, rows[i].target, us.token, "");
		assert_int_equal(reply.status, 400);
		assert_true(str_is(json_get_str(j, "error"), "bad_parameter"));
		assert_int_equal(json_type(json_get(json_get(j, "details"), rows[i].names)), JSON_ARRAY);
	}
	const struct json *j = ask(t, M_GET, EVENTS "?cursor=AAAA", us.token, "");
	assert_int_equal(reply.status, 400);
	assert_true(str_is(json_get_str(j, "error"), "bad_cursor"));
	ask(t, M_GET, EVENTS "?cursor=", us.token, "");
	assert_int_equal(reply.status, 200);
}

static void
overview_body(void **state)
{
	struct task *t = *state;
	const struct json *j = ask(t, M_GET,
		OVERVIEW "?from=2026-02-16T00:00:00Z&to=2026-02-23T00:00:00Z&env=prod", us.token, "");
	const struct json *kpis = json_get(j, "kpis");
	const struct json *days = json_get(json_get(j, "timeseries"), "daily_active_users");

	assert_int_equal(reply.status, 200);
	assert_true(str_eq(json_get_str(j, "project_id"), us.project));
	assert_true(str_is(json_get_str(j, "environment"), "prod"));
	assert_true(str_is(json_get_str(json_get(j, "window"), "from"), "2026-02-16T00:00:00Z"));
	assert_true(str_is(json_get_str(json_get(j, "window"), "to"), "2026-02-23T00:00:00Z"));
	assert_int_equal(json_i64(json_get(kpis, "events"), -1), 0);
	assert_int_equal(json_i64(json_get(kpis, "active_users"), -1), 0);
	assert_int_equal(json_i64(json_get(kpis, "sessions"), -1), 0);
	assert_int_equal(json_type(json_get(kpis, "crash_free_users_pct")), JSON_NULL);
	assert_int_equal(json_type(json_get(kpis, "crash_free_sessions_pct")), JSON_NULL);
	assert_int_equal(json_type(json_get(kpis, "p95_cold_start_ms")), JSON_NULL);
	assert_int_equal(json_count(days), 7);
	assert_true(str_is(json_get_str(json_at(days, 0), "date"), "2026-02-16"));
	assert_int_equal(json_i64(json_get(json_at(days, 0), "value"), -1), 0);
	assert_int_equal(json_type(json_get(json_get(j, "metadata"), "estimate")), JSON_BOOL);
}

static void
projects(void **state)
{
	struct task *t = *state;
	const struct json *j = ask(t, M_POST, "/api/v1/projects", us.token,
		"{\"name\":\"Second\",\"platform\":\"ios\"}");
	assert_int_equal(reply.status, 201);
	assert_int_equal(json_count(json_get(j, "environments")), 3);
	assert_true(str_is(json_get_str(j, "slug"), "second"));
	j = ask(t, M_GET, "/api/v1/projects", us.token, "");
	assert_int_equal(json_count(json_get(j, "projects")), 2);
	ask(t, M_POST, "/api/v1/projects", us.poor, "{\"name\":\"Third\"}");
	assert_int_equal(reply.status, 403);
	ask(t, M_POST, "/api/v1/projects", us.token, "{\"name\":");
	assert_int_equal(reply.status, 400);
	j = ask(t, M_POST, "/api/v1/projects", us.token, "{}");
	assert_int_equal(reply.status, 422);
	assert_non_null(json_get(json_get(j, "details"), "name"));
}

static void
batches(void **state)
{
	struct task *t = *state;
	struct stream_entry e = { .wire = STR("x"), .items = 3, .deliveries = 0 };
	char text[BATCH_ID_TEXT];
	struct str id;

	prepare(t);
	e.environment_id = us.env;
	assert_ok(t, stream_push(t, db_redis(), &e, NULL, &id));
	(void)batch_id_format(id, text);
	const char *target = arena_printf(t->arena, "/api/v1/ingest/batches/%s", text).p;
	const struct str may[] = { us.token, us.read_key, us.write_key };
	for (size_t i = 0; i < NELEM(may); i++) {
		const struct json *j = ask(t, M_GET, target, may[i], "");
		assert_int_equal(reply.status, 200);
		assert_true(str_is(json_get_str(j, "status"), "queued"));
		assert_int_equal(json_i64(json_get(j, "accepted"), 0), 3);
	}
	ask(t, M_GET, target, them.token, "");
	assert_int_equal(reply.status, 404);
	ask(t, M_GET, target, them.write_key, "");
	assert_int_equal(reply.status, 404);
	ask(t, M_GET, target, us.poor, "");
	assert_int_equal(reply.status, 403);
	ask(t, M_GET, target, STR(""), "");
	assert_int_equal(reply.status, 401);
	ask(t, M_GET, "/api/v1/ingest/batches/bat_x", us.token, "");
	assert_int_equal(reply.status, 404);
	struct bind b = { 0 };
	struct stmt insert = { "t_batch", "INSERT INTO batches (environment_id, batch_id, received_at,"
		" status, source, items, inserted, duplicates)"
		" VALUES ($1, $2, now(), 'stored', 'ingest', 3, 2, 1)" };
	bind_i64(t, &b, us.env);
	bind_str(t, &b, str_of(text));
	assert_ok(t, pg_run_sql(t, db_pg(DB_OWNER), insert.sql, &b, NULL));
	const struct json *j = ask(t, M_GET, target, us.write_key, "");
	assert_true(str_is(json_get_str(j, "status"), "stored"));
	assert_int_equal(json_i64(json_get(j, "stored"), 0), 2);
	assert_int_equal(json_i64(json_get(j, "duplicates"), 0), 1);
	ask(t, M_GET, target, them.token, "");
	assert_int_equal(reply.status, 404);
}

static void
health(void **state)
{
	struct task *t = *state;
	ask(t, M_GET, "/livez", STR(""), "");
	assert_int_equal(reply.status, 200);
	ask(t, M_GET, "/readyz", STR(""), "");
	assert_int_equal(reply.status, 200);
	ask(t, M_GET, "/metrics", STR(""), "");
	assert_int_equal(reply.status, 404);
	const struct json *j = ask(t, M_GET, "/api/openapi.json", STR(""), "");
	assert_int_equal(reply.status, 200);
	assert_true(str_is(json_get_str(j, "openapi"), "3.1.0"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(credentials), T(no_oracle), T(parameters),
		T(overview_body), T(projects), T(batches), T(health) };
	return DB_RUN(tests);
}
