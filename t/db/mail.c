/* mail.c - mails that wait: sealed, taken by one process only, tried again. */
#include "model/account/mail.h"

#include <sys/wait.h>

#include "base/clock.h"
#include "base/crypt.h"
#include "base/uuid.h"
#include "t/db/db.h"

#define KEY "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define MANY 60
#define TAKERS 4

static struct crypt *
key(struct task *t)
{
	static struct crypt *c;
	if (c == NULL)
		assert_ok(t, crypt_open(t, STR(KEY), &c));
	return c;
}

static struct str
put(struct task *t, const char *to)
{
	uint8_t raw[16];
	uuid_v7(clock_now_us(), raw);
	struct str id = uuid_str(t->arena, raw);
	struct pg *pg = db_pg(DB_APP);
	enum err e = pg_begin(t, pg, NULL);
	if (e == E_OK)
		e = mail_put(t, pg, key(t), &(struct mail_new){ .id = id, .kind = STR("verify"),
			.to = str_of(to), .message = STR("Date: x\r\n\r\nsecret words\r\n") });
	assert_ok(t, pg_end(t, pg, e));
	return id;
}

static void
clear(struct task *t)
{
	(void)db_query(t, db_pg(DB_OWNER), "DELETE FROM mails");
}

static bool
take(struct task *t, struct pg *pg, struct mail *m)
{
	bool found = false;
	assert_ok(t, pg_begin(t, pg, NULL));
	assert_ok(t, mail_take(t, pg, key(t), m, &found));
	return found;
}

/* What is stored tells neither recipient nor words; the app reads nothing. */
static void
sealed(void **state)
{
	struct task *t = *state;
	struct mail m;
	clear(t);
	struct str id = put(t, "a@example.net");
	struct pg *own = db_pg(DB_OWNER), *pg = db_pg(DB_CONSUMER);
	assert_int_equal(db_number(t, own, "SELECT count(*) FROM mails WHERE position("
	    "'example'::bytea IN sealed) > 0 OR position('secret'::bytea IN sealed) > 0"), 0);
	assert_string_equal(db_state(t, db_pg(DB_APP), "SELECT kind FROM mails"), "42501");
	assert_string_equal(db_state(t, db_pg(DB_APP), "DELETE FROM mails"), "42501");
	assert_true(take(t, pg, &m));
	assert_true(str_eq(m.id, id));
	assert_str(m.to, "a@example.net");
	assert_str(m.message, "Date: x\r\n\r\nsecret words\r\n");
	assert_ok(t, mail_sent(t, pg, m.id));
	assert_ok(t, pg_commit(t, pg));
	assert_int_equal(db_number(t, own, "SELECT count(*) FROM mails WHERE sealed IS NULL"
	    " AND sent_at IS NOT NULL AND attempts = 1"), 1);
	assert_false(take(t, pg, &m));
	pg_rollback(t, pg);
}

/* Two connections never hold one row; what one lets go, the other gets. */
static void
one_taker(void **state)
{
	struct task *t = *state;
	struct pg *a = db_pg(DB_CONSUMER), *b = db_pg_new(DB_CONSUMER);
	struct mail x, y, z;
	clear(t);
	(void)put(t, "a@example.net");
	(void)put(t, "b@example.net");
	assert_true(take(t, a, &x));
	assert_true(take(t, b, &y));
	assert_false(str_eq(x.id, y.id));
	assert_ok(t, mail_sent(t, b, y.id));
	assert_ok(t, pg_commit(t, b));
	assert_false(take(t, b, &z)); /* a holds the other */
	pg_rollback(t, b);
	/* control: without the lock both would see it */
	assert_int_equal(db_number(t, b, "SELECT count(*) FROM mails WHERE sent_at IS NULL"), 1);
	pg_rollback(t, a); /* a is killed */
	assert_true(take(t, b, &z));
	assert_true(str_eq(z.id, x.id));
	pg_rollback(t, b);
	pg_close(b);
}

/* A process that sends all it can get, and tells each id. */
static _Noreturn void
taker(int out)
{
	struct task t;
	struct mail m;
	struct pg *pg = db_pg_new(DB_CONSUMER);
	task_init(&t, arena_new(0));
	while (take(&t, pg, &m)) {
		if (mail_sent(&t, pg, m.id) != E_OK || write(out, m.id.p, 36) != 36 ||
		    pg_commit(&t, pg) != E_OK)
			_exit(1);
		task_reset(&t);
	}
	_exit(0);
}

static void
many_takers(void **state)
{
	struct task *t = *state;
	static char ids[MANY + 1][37];
	size_t n = 0;
	int fd[2], status;
	clear(t);
	for (int i = 0; i < MANY; i++)
		(void)put(t, "a@example.net");
	assert_int_equal(pipe(fd), 0);
	for (int i = 0; i < TAKERS; i++) {
		pid_t pid = fork();
		assert_true(pid >= 0);
		if (pid == 0)
			taker(fd[1]);
	}
	close(fd[1]);
	for (; n <= MANY && read(fd[0], ids[n], 36) == 36; n++)
		for (size_t k = 0; k < n; k++)
			assert_string_not_equal(ids[k], ids[n]);
	close(fd[0]);
	for (int i = 0; i < TAKERS; i++) {
		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
	}
	assert_int_equal(n, MANY);
}

static void
back_off(void **state)
{
	static const int WAIT_S[] = { 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600 };
	struct task *t = *state;
	struct pg *pg = db_pg(DB_CONSUMER), *own = db_pg(DB_OWNER);
	struct mail m;
	bool due;
	clear(t);
	(void)put(t, "a@example.net");
	for (size_t i = 0; i < NELEM(WAIT_S); i++) {
		assert_true(take(t, pg, &m));
		assert_int_equal(m.attempts, i);
		assert_ok(t, mail_not_sent(t, pg, m.id, STR("busy\n"), false));
		assert_ok(t, mail_is_due(t, pg, &due));
		assert_false(due);
		assert_ok(t, pg_commit(t, pg));
		assert_int_equal(db_number(t, own,
		    "SELECT round(extract(epoch FROM next_at - now()) / 10) * 10 FROM mails"), WAIT_S[i]);
		(void)db_query(t, own, "UPDATE mails SET next_at = now()");
	}
	/* the last try after two days gives up, and keeps what a retry needs */
	(void)db_query(t, own, "UPDATE mails SET created_at = now() - interval '49 h'");
	assert_true(take(t, pg, &m));
	assert_ok(t, mail_not_sent(t, pg, m.id, STR("busy"), false));
	assert_ok(t, pg_commit(t, pg));
	assert_false(take(t, pg, &m));
	pg_rollback(t, pg);
	assert_int_equal(db_number(t, own, "SELECT count(*) FROM mails WHERE failed_at IS NOT NULL"), 1);
}

static void
refused_and_retried(void **state)
{
	struct task *t = *state;
	struct pg *pg = db_pg(DB_CONSUMER), *own = db_pg(DB_OWNER);
	struct mail_counts c;
	struct mail m, *all;
	int64_t n;
	size_t listed;
	clear(t);
	struct str id = put(t, "a@example.net");
	assert_true(take(t, pg, &m));
	assert_ok(t, mail_not_sent(t, pg, m.id, STR("550 no such user"), true));
	assert_ok(t, pg_commit(t, pg));
	assert_ok(t, mail_count(t, own, &c));
	assert_true(c.failed == 1 && c.waiting == 0 && c.oldest_us == 0);
	assert_ok(t, mail_list(t, own, false, 10, &all, &listed));
	assert_int_equal(listed, 0);
	assert_ok(t, mail_list(t, own, true, 10, &all, &listed));
	assert_int_equal(listed, 1);
	assert_str(all[0].error, "550 no such user");
	assert_int_equal(mail_retry(t, own, STR("x"), &n), E_NOT_FOUND);
	task_clear(t);
	assert_ok(t, mail_retry(t, own, id, &n));
	assert_int_equal(n, 1);
	assert_true(take(t, pg, &m));
	assert_ok(t, mail_sent(t, pg, m.id));
	assert_ok(t, pg_commit(t, pg));
	assert_ok(t, mail_retry(t, own, STR(""), &n)); /* nothing is sent twice */
	assert_int_equal(n, 0);
}

/* A body of another row, or of a key that is gone, stops nobody else. */
static void
cannot_be_opened(void **state)
{
	struct task *t = *state;
	struct pg *pg = db_pg(DB_CONSUMER), *own = db_pg(DB_OWNER);
	struct mail m;
	clear(t);
	(void)put(t, "a@example.net");
	struct str second = put(t, "b@example.net");
	(void)db_query(t, own, "UPDATE mails SET sealed = (SELECT sealed FROM mails ORDER BY id DESC"
	    " LIMIT 1) WHERE id = (SELECT id FROM mails ORDER BY id LIMIT 1)");
	assert_true(take(t, pg, &m));
	assert_true(str_eq(m.id, second));
	assert_ok(t, pg_commit(t, pg));
	assert_int_equal(db_number(t, own, "SELECT count(*) FROM mails WHERE failed_at IS NOT NULL"
	    " AND error <> ''"), 1);
}

static void
pruned(void **state)
{
	struct task *t = *state;
	struct pg *pg = db_pg(DB_CONSUMER), *own = db_pg(DB_OWNER);
	int64_t n;
	clear(t);
	for (int i = 0; i < 4; i++)
		(void)put(t, "a@example.net");
	(void)db_query(t, own, "UPDATE mails SET created_at = now() - interval '60 days'");
	(void)db_query(t, own, "WITH x AS (SELECT id, row_number() OVER (ORDER BY id) AS i FROM mails)"
	    " UPDATE mails SET sent_at = CASE i WHEN 1 THEN now() - interval '31 days'"
	    " WHEN 2 THEN now() - interval '29 days' END,"
	    " failed_at = CASE i WHEN 3 THEN now() - interval '31 days' END FROM x WHERE x.id = mails.id");
	assert_ok(t, mail_prune(t, pg, &n));
	assert_int_equal(n, 2);
	assert_int_equal(db_number(t, own, "SELECT count(*) FROM mails"), 2);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		T(sealed), T(one_taker), T(many_takers), T(back_off), T(refused_and_retried),
		T(cannot_be_opened), T(pruned),
	};
	return DB_RUN(tests);
}
