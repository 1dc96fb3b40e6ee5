/* throttle.c - see throttle.h. */
#include "model/account/throttle.h"

#include "base/crypt.h"
#include "base/str.h"

static const struct stmt take = { "throttle_take",
	"SELECT ticket, wait_s, tries_left FROM auth_throttle_take($1::text[], $2::int8[]::int4[],"
	" $3::int8[]::int4[])" };
static const struct stmt done = { "throttle_done",
	"SELECT auth_throttle_done($1::int8, $2::text[])" };
static const struct stmt *const all[] = { &take, &done };
const struct stmt_list throttle_statements = STMT_LIST("throttle", all);

void
throttle_add(struct task *t, struct throttle *th, const char *kind, struct str id,
             struct throttle_rule rule)
{
	char hex[CRYPT_SHA256_HEX];
	ASSERT(th->n < THROTTLE_RULES_MAX && rule.max > 0 && rule.window_s > 0);
	crypt_sha256_hex(arena_printf(t->arena, "%s:%.*s", kind, STRF(id)), hex);
	rule.subject = arena_str(t->arena, str_of(hex));
	th->rule[th->n++] = rule;
}

struct str
throttle_words(struct task *t, int wait_s)
{
	int minutes = (wait_s + 59) / 60;
	return arena_printf(t->arena, "Too many attempts. Try again in %d minute%s.", minutes,
	    minutes == 1 ? "" : "s");
}

enum err
throttle_take_in(struct task *t, struct pg *pg, struct throttle *th)
{
	struct str subject[THROTTLE_RULES_MAX];
	int64_t max[THROTTLE_RULES_MAX], window[THROTTLE_RULES_MAX];
	struct bind b = { 0 };
	struct rows *r;
	for (size_t i = 0; i < th->n; i++) {
		subject[i] = th->rule[i].subject;
		max[i] = th->rule[i].max;
		window[i] = th->rule[i].window_s;
	}
	bind_str_array(t, &b, subject, th->n);
	bind_i64_array(t, &b, max, th->n);
	bind_i64_array(t, &b, window, th->n);
	enum err e = pg_one(t, pg, &take, &b, &r);
	if (e != E_OK)
		return e;
	th->ticket = row_i64(r, 0, 0);
	th->wait_s = (int)row_i64(r, 0, 1);
	th->left = (int)row_i64(r, 0, 2);
	if (th->ticket == 0)
		return task_fail(t, E_RATE_LIMITED, "%.*s", STRF(throttle_words(t, th->wait_s)));
	return E_OK;
}

enum err
throttle_take(struct task *t, struct pg *pg, struct throttle *th)
{
	ASSERT(!pg_in_tx(pg));
	enum err e = pg_begin(t, pg, &(struct pg_scope){ 0 });
	if (e == E_OK)
		e = throttle_take_in(t, pg, th);
	return pg_end(t, pg, e);
}

enum err
throttle_done(struct task *t, struct pg *pg, const struct throttle *th)
{
	struct str clear[THROTTLE_RULES_MAX];
	struct bind b = { 0 };
	size_t n = 0;
	for (size_t i = 0; i < th->n; i++) {
		if (th->rule[i].clear)
			clear[n++] = th->rule[i].subject;
	}
	bind_i64(t, &b, th->ticket);
	bind_str_array(t, &b, clear, n);
	return pg_run(t, pg, &done, &b, NULL);
}
