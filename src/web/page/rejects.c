/* rejects.c - see rejects.h. */
#include "web/page/rejects.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/str.h"
#include "ingest/reason.h"
#include "queue/keys.h"
#include "queue/redis.h"
#include "view/format.h"

struct str
rejects_words(struct task *t, struct str code, bool device)
{
	const struct reason *r = reason_find(code, device);
	if (r != NULL)
		return str_of(r->words);
	char *s = arena_cstr(t->arena, code);
	for (size_t i = 0; i < code.n; i++)
		if (s[i] == '_')
			s[i] = ' ';
	if (code.n > 0 && s[0] >= 'a' && s[0] <= 'z')
		s[0] = (char)(s[0] - 'a' + 'A');
	return (struct str){ s, code.n };
}

struct str
rejects_fix(struct str code, bool device)
{
	const struct reason *r = reason_find(code, device);
	return r != NULL ? str_of(r->fix) : STR("");
}

static void
reject_row(struct task *t, struct dict *table, struct str text)
{
	const struct json *j;
	int64_t at = 0;
	if (json_parse(t, text, &j) != E_OK) {
		task_clear(t);
		return;
	}
	struct dict *d = dict_row(table, "ROW");
	struct str code = json_get_str(j, "code");
	int64_t size = json_i64(json_get(j, "size"), 0);
	if (!clock_parse(json_get_str(j, "at"), true, &at))
		at = 0;
	dict_str(d, "AGO", at > 0 ? format_ago(t, at, t->now_us) : STR("\xe2\x80\x93"));
	dict_str(d, "PATH", json_get_str(j, "path"));
	dict_str(d, "REASON", rejects_words(t, code, false));
	if (rejects_fix(code, false).n > 0)
		dict_str(dict_row(d, "HINT"), "FIX", rejects_fix(code, false));
	dict_str(d, "TYPE", json_get_str(j, "type"));
	dict_str(d, "SIZE", size > 0 ? format_bytes(t, size) : STR("\xe2\x80\x93"));
	if (json_get_str(j, "sdk").n > 0)
		dict_printf(d, "SDK", "%.*s %.*s", STRF(json_get_str(j, "sdk")),
		    STRF(json_get_str(j, "sdk_version")));
	else
		dict_set(d, "SDK", "\xe2\x80\x93");
	dict_str(d, "REQUEST_ID", json_get_str(j, "request_id"));
}

void
rejects_fill(struct page *p, size_t most)
{
	struct task *t = p->t;
	const struct str argv[] = { STR("LRANGE"), key_of_rejects(t, p->w->who.env.id), STR("0"),
		arena_printf(t->arena, "%zu", most - 1) };
	struct reply reply = { 0 };
	if (redis_run(t, p->w->redis, NELEM(argv), argv, &reply) != E_OK)
		task_clear(t);
	if (reply.type != REPLY_ARRAY || reply.n == 0) {
		dict_show(p->body, "NO_REJECTS");
		return;
	}
	struct dict *table = dict_row(p->body, "REJECTS");
	for (size_t i = 0; i < reply.n; i++)
		reject_row(t, table, reply.item[i].s);
}
