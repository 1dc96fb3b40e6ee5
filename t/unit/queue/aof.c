/* aof.c - what Redis' file still holds after a rewrite, against a real Redis. */
#include "queue/aof.h"

#include "base/str.h"
#include "t/unit/queue/server.h"
#include "t/unit/test.h"

static struct redis *r;
static struct server server;

static void
say(struct task *t, struct redis *to, const char *line)
{
	struct str argv[16], rest = str_of(line);
	size_t n = 0;
	while (rest.p != NULL)
		argv[n++] = str_cut(&rest, ' ');
	assert_int_equal(redis_run(t, to, n, argv, NULL), E_OK);
}

/* Redis unlinks the files before in a thread of its own. */
static bool
forgets(const char *text)
{
	for (int i = 0; i < 500 && server_files(&server, text, false) > 0; i++)
		usleep(10000);
	return server_files(&server, text, false) == 0;
}

static void
gone_is_gone(void **state)
{
	struct task *t = *state;
	say(t, r, "CONFIG SET appendonly yes");
	assert_int_equal(aof_rewrite(t, r), E_OK); /* behind the one that this began */
	say(t, r, "SET tm:a secret-of-ann");
	say(t, r, "SET tm:b kept-of-bob");
	say(t, r, "DEL tm:a");
	/* negative control: it is deleted, and the file has it */
	assert_int_equal(server_files(&server, "secret-of-ann", false), 1);
	assert_int_equal(aof_rewrite(t, r), E_OK);
	assert_true(forgets("secret-of-ann"));
	assert_int_equal(server_files(&server, "kept-of-bob", false), 1);
	say(t, r, "DEL tm:b");
	assert_int_equal(aof_rewrite(t, r), E_OK);
	assert_true(forgets("kept-of-bob"));
}

static void
may_not(void **state)
{
	struct task *t = *state;
	say(t, r, "ACL SETUSER old on >pass ~* +@all -bgrewriteaof");
	struct redis *old = redis_open(server.socket, "old", "pass");
	say(t, old, "SET tm:c secret-of-cem");
	say(t, old, "DEL tm:c");
	assert_int_equal(aof_rewrite(t, old), E_OK);
	assert_int_equal(server_files(&server, "secret-of-cem", false), 1);
	redis_close(old);
}

static void
without_a_file(void **state)
{
	struct task *t = *state;
	say(t, r, "CONFIG SET appendonly no");
	assert_int_equal(aof_rewrite(t, r), E_OK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(gone_is_gone), T(may_not), T(without_a_file) };
	if (!server_start(&server))
		return 1;
	r = redis_open(server.socket, "", "");
	int failed = RUN(tests);
	redis_close(r);
	server_stop(&server);
	return failed;
}
