/* look.c - see look.h. */
#include "queue/look.h"

#include "base/buf.h"
#include "base/str.h"
#include "queue/keys.h"

static void
text_add(struct buf *b, const struct reply *r)
{
	if (r->type == REPLY_STR || r->type == REPLY_STATUS) {
		buf_add(b, r->s);
		buf_putc(b, '\n');
	}
	for (size_t i = 0; r->type == REPLY_ARRAY && i < r->n; i++)
		text_add(b, &r->item[i]);
}

static enum err
value_read(struct task *t, struct redis *r, struct str newest, struct str key, struct reply *out)
{
	static const struct {
		const char *type, *command, *from, *to;
	} how[] = {
		{ "string", "GET", NULL, NULL },   { "hash", "HGETALL", NULL, NULL },
		{ "list", "LRANGE", "0", "-1" },   { "set", "SMEMBERS", NULL, NULL },
		{ "zset", "ZRANGE", "0", "-1" },   { "stream", "XRANGE", "-", NULL },
	};
	const struct str ask[] = { STR("TYPE"), key };
	struct reply type;
	enum err e = redis_run(t, r, NELEM(ask), ask, &type);

	*out = (struct reply){ .type = REPLY_NIL };
	for (size_t i = 0; e == E_OK && i < NELEM(how); i++) {
		if (!str_is(type.s, how[i].type))
			continue;
		const struct str argv[] = { str_of(how[i].command), key, str_of(how[i].from),
			how[i].to != NULL ? str_of(how[i].to) : newest };

		return redis_run(t, r, how[i].from == NULL ? 2 : 4, argv, out);
	}
	return e;
}

enum err
look_next(struct task *t, struct redis *r, struct str newest, struct str *cursor,
          struct look **out, size_t *n)
{
	const struct str argv[] = { STR("SCAN"), cursor->n > 0 ? *cursor : STR("0"), STR("MATCH"),
		STR("tm:*"), STR("COUNT"), STR("200") };
	struct reply reply;
	enum err e = redis_run(t, r, NELEM(argv), argv, &reply);

	*n = 0;
	if (e != E_OK)
		return e;
	if (reply.type != REPLY_ARRAY || reply.n != 2)
		return task_fail(t, E_INTERNAL, "SCAN gave an unknown reply");
	*cursor = str_is(reply.item[0].s, "0") ? STR("") : reply.item[0].s;
	*out = tarray(t, reply.item[1].n + 1, struct look);
	for (size_t i = 0; e == E_OK && i < reply.item[1].n; i++) {
		struct look *x = &(*out)[(*n)++];
		struct reply value;
		struct buf b = BUF_INIT;

		x->key = reply.item[1].item[i].s;
		e = value_read(t, r, newest, x->key, &value);
		if (e == E_OK)
			text_add(&b, &value);
		x->text = arena_str(t->arena, buf_str(&b));
		buf_release(&b);
	}
	return e;
}

enum err
look_remove(struct task *t, struct redis *r, struct str key)
{
	const struct str argv[] = { STR("DEL"), key };

	return redis_run(t, r, NELEM(argv), argv, NULL);
}
