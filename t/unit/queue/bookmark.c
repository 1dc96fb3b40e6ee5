/* bookmark.c - how far an import has come, against a real Redis. */
#include "queue/bookmark.h"

#include "base/str.h"
#include "t/unit/queue/server.h"
#include "t/unit/test.h"

static struct redis *r;
static struct server server;

static void
there_and_back(void **state)
{
	struct task *t = *state;
	int64_t n = 7;
	assert_int_equal(bookmark_get(t, r, 1, STR("a"), &n), E_OK);
	assert_int_equal(n, 0);
	assert_int_equal(bookmark_set(t, r, 1, STR("a"), 250), E_OK);
	assert_int_equal(bookmark_set(t, r, 1, STR("a"), 500), E_OK);
	assert_int_equal(bookmark_get(t, r, 1, STR("a"), &n), E_OK);
	assert_int_equal(n, 500);
	/* another file, another environment */
	assert_int_equal(bookmark_get(t, r, 1, STR("b"), &n), E_OK);
	assert_int_equal(n, 0);
	assert_int_equal(bookmark_get(t, r, 2, STR("a"), &n), E_OK);
	assert_int_equal(n, 0);
	assert_int_equal(bookmark_clear(t, r, 1, STR("a")), E_OK);
	assert_int_equal(bookmark_get(t, r, 1, STR("a"), &n), E_OK);
	assert_int_equal(n, 0);
}

static void
ends(void **state)
{
	struct task *t = *state;
	const struct str ttl[] = { STR("TTL"), STR("tm:import:1:a") };
	struct reply reply;
	assert_int_equal(bookmark_set(t, r, 1, STR("a"), 1), E_OK);
	assert_int_equal(redis_run(t, r, NELEM(ttl), ttl, &reply), E_OK);
	assert_true(reply.i > 604000 && reply.i <= 604800);
	/* what is no number marks nothing */
	const struct str set[] = { STR("SET"), STR("tm:import:1:a"), STR("x") };
	int64_t n = 7;
	assert_int_equal(redis_run(t, r, NELEM(set), set, NULL), E_OK);
	assert_int_equal(bookmark_get(t, r, 1, STR("a"), &n), E_OK);
	assert_int_equal(n, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(there_and_back), T(ends) };
	if (!server_start(&server))
		return 1;
	r = redis_open(server.socket, "", "");
	int failed = RUN(tests);
	redis_close(r);
	server_stop(&server);
	return failed;
}
