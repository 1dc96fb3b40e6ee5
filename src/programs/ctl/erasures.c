/* erasures.c - tidemarkctl erasure list|reapply, and what backup and restore
 * need of it; see erasures.h. */
#include "programs/ctl/erasures.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/codec.h"
#include "base/crypt.h"
#include "base/json.h"
#include "base/jw.h"
#include "base/map.h"
#include "base/str.h"
#include "base/uuid.h"
#include "ingest/identity.h"
#include "ingest/scrub.h"
#include "ingest/tombstone.h"
#include "model/project/privacy.h"
#include "programs/ctl/backup.h"

#define FILE_MAX ((size_t)256 << 20)
#define IDS "50000" /* read at once */
#define US(x) "(extract(epoch FROM " x ") * 1000000)::int8"

static const struct stmt there = { "erasures_there",
	"SELECT to_regclass('erasure_tombstones') IS NOT NULL"
	" AND to_regclass('privacy_requests') IS NOT NULL" };
static const struct stmt read_all = { "erasures_read",
	"SELECT t.environment_id, " US("t.erased_at") ", 'person', coalesce(r.mode, 'delete'),"
	" coalesce(r.law, 'other'), coalesce(r.id::text, ''), encode(t.hash, 'hex'), NULL"
	" FROM erasure_tombstones t LEFT JOIN privacy_requests r"
	" ON r.environment_id = t.environment_id AND r.erased_at = t.erased_at"
	" AND r.kind = 'erase' AND r.target = 'person' WHERE t.erased_at > $1::timestamptz"
	" UNION ALL SELECT environment_id, " US("erased_at") ", target, mode, law, id::text, '', subject"
	" FROM privacy_requests WHERE kind = 'erase' AND target = 'events'"
	" AND erased_at > $1::timestamptz ORDER BY 2, 1, 7" };
static const struct stmt place = { "erasures_place",
	"SELECT team_id FROM environments WHERE id = $1::int4" };
static const struct stmt tombstone = { "erasures_tombstone",
	"INSERT INTO erasure_tombstones AS s (environment_id, hash, erased_at)"
	" SELECT $1::int4, decode(h, 'hex'), to_timestamp(at / 1000000.0)"
	" FROM unnest($2::text[], $3::int8[]) u (h, at)"
	" ON CONFLICT (environment_id, hash) DO UPDATE SET"
	" erased_at = greatest(s.erased_at, excluded.erased_at)" };
static const struct stmt epoch = { "erasures_epoch",
	"UPDATE environments SET erasures = erasures + 1 WHERE id = $1::int4" };
/* $2 and $3: the last one seen. */
static const struct stmt ids = { "erasures_ids",
	"SELECT person_no, kind::text, id FROM person_ids WHERE environment_id = $1::int4"
	" AND kind IN ('u', 'a') AND (kind::text, id) > ($2, $3) ORDER BY kind::text, id LIMIT " IDS };
static const struct stmt waits = { "erasures_waits",
	"SELECT EXISTS (SELECT FROM privacy_requests WHERE environment_id = $1::int4"
	" AND kind = 'erase' AND state IN ('received', 'running') AND $2 = ANY(digests))" };
static const struct stmt state = { "erasures_state",
	"SELECT state FROM privacy_requests WHERE environment_id = $1::int4 AND id = $2::uuid" };
static const struct stmt *const all[] = { &there, &read_all, &place, &tombstone, &epoch, &ids,
	&waits, &state };
const struct stmt_list ctl_erasures_statements = STMT_LIST("ctl_erasures", all);

static const char *const columns[] = { "environment_id", "erased_at", "target", "mode", "law",
	"request_id", "hash", "sealed", NULL };
static const char *const applied[] = { "erasures", "persons", "waiting", "events", "forgotten",
	NULL };

/* --- the ledger --- */

enum err
erasures_read(struct ctl *c, struct pg *pg, int64_t since_us, struct erasures *out)
{
	struct bind b = { 0 };
	struct rows *r;
	*out = (struct erasures){ 0 };
	enum err e = pg_one(c->t, pg, &there, NULL, &r);
	if (e != E_OK || !row_bool(r, 0, 0))
		return e;
	bind_time(c->t, &b, since_us);
	if ((e = pg_run(c->t, pg, &read_all, &b, &r)) != E_OK)
		return e;
	out->n = rows_count(r);
	out->row = tarray(c->t, out->n + 1, struct erasure);
	for (size_t i = 0; i < out->n; i++) {
		out->row[i] = (struct erasure){ (int32_t)row_i64(r, i, 0), row_i64(r, i, 1),
			row_str(r, i, 2), row_str(r, i, 3), row_str(r, i, 4), row_str(r, i, 5),
			row_str(r, i, 6), STR("") };
		if (!row_is_null(r, i, 7))
			out->row[i].sealed = codec_b64url(c->t->arena, row_bytes(c->t, r, i, 7));
	}
	return E_OK;
}

enum err
erasures_load(struct ctl *c, struct str path, struct erasures *out)
{
	const struct json *list;
	struct str text;
	*out = (struct erasures){ 0 };
	enum err e = ctl_read(c, path, FILE_MAX, &text);
	if (e == E_OK)
		e = json_parse(c->t, text, &list);
	if (e == E_OK && json_type(list) != JSON_ARRAY)
		e = task_fail(c->t, E_DATA, "%.*s is no list of erasures", STRF(path));
	if (e != E_OK)
		return e;
	out->row = tarray(c->t, json_count(list) + 1, struct erasure);
	for (size_t i = 0; i < json_count(list); i++) {
		const struct json *j = json_at(list, i);
		struct erasure *x = &out->row[out->n++];
		*x = (struct erasure){ .environment_id = (int32_t)json_i64(json_get(j, "environment_id"), 0),
			.target = json_get_str(j, "target"), .mode = json_get_str(j, "mode"),
			.law = json_get_str(j, "law"), .request_id = json_get_str(j, "request_id"),
			.hash = json_get_str(j, "hash"), .sealed = json_get_str(j, "sealed") };
		bool person = str_is(x->target, "person");
		uint8_t id[16];
		if (x->environment_id <= 0 || (!person && !str_is(x->target, "events")) ||
		    x->hash.n != (person ? 64 : 0) || (!person && !uuid_parse(x->request_id, id)) ||
		    !clock_parse(json_get_str(j, "erased_at"), false, &x->erased_us))
			return task_fail(c->t, E_DATA, "%.*s: entry %zu is no erasure", STRF(path), i + 1);
	}
	return E_OK;
}

enum err
erasures_save(struct ctl *c, const struct erasures *x, struct str path)
{
	struct str part = arena_printf(c->t->arena, "%.*s.part", STRF(path));
	struct buf b = BUF_INIT;
	char at[CLOCK_TEXT];
	struct jw w;
	jw_init(&w, &b);
	jw_array_begin(&w);
	for (size_t i = 0; i < x->n; i++) {
		const struct erasure *r = &x->row[i];
		jw_object_begin(&w);
		jw_ki64(&w, "environment_id", r->environment_id);
		jw_kstr(&w, "erased_at", (struct str){ at, clock_format_us(r->erased_us, at) });
		jw_kstr(&w, "target", r->target);
		jw_kstr(&w, "mode", r->mode);
		jw_kstr(&w, "law", r->law);
		jw_kstr(&w, "request_id", r->request_id);
		jw_kstr(&w, "hash", r->hash);
		jw_kstr(&w, "sealed", r->sealed);
		jw_object_end(&w);
	}
	jw_array_end(&w);
	buf_putc(&b, '\n');
	enum err e = E_OK;
	if (unlink(part.p) != 0 && errno != ENOENT) /* of one that was killed */
		e = task_fail(c->t, E_IO, "%.*s: %s", STRF(part), strerror(errno));
	if (e == E_OK)
		e = backup_write(c->t, part, buf_str(&b));
	buf_release(&b);
	if (e == E_OK && rename(part.p, arena_cstr(c->t->arena, path)) != 0)
		e = task_fail(c->t, E_IO, "%.*s: %s", STRF(path), strerror(errno));
	return e;
}

/* What tells entries apart. */
static struct str
key_of(struct task *t, const struct erasure *x)
{
	return arena_printf(t->arena, "%d %lld %.*s%.*s", x->environment_id, (long long)x->erased_us,
	    STRF(x->hash), STRF(x->hash.n == 0 ? x->request_id : STR("")));
}

void
erasures_join(struct task *t, struct erasures *a, const struct erasures *b)
{
	struct erasure *row = tarray(t, a->n + b->n + 1, struct erasure);
	struct map known;
	bool added;
	map_init(&known, t->arena, a->n + b->n + 16);
	for (size_t i = 0; i < a->n; i++) {
		row[i] = a->row[i];
		map_put(&known, key_of(t, &a->row[i]), &added);
	}
	a->row = row;
	for (size_t i = 0; i < b->n; i++) {
		map_put(&known, key_of(t, &b->row[i]), &added);
		if (added)
			row[a->n++] = b->row[i];
	}
}

/* --- doing it again --- */

struct again {
	struct ctl *c;
	struct pg *pg;
	const struct crypt *crypt;
	int32_t environment_id;
	struct str team_id;
	uint8_t secret[32];
	struct map hash;   /* hex -> entry + 1 */
	struct map person; /* number -> 1: a request was made */
	const struct erasures *ledger;
	struct erasures_done *done;
};

/* One request for each person, by the first id that is found. */
static enum err
ask(struct again *a, int64_t person_no, char kind, struct str id, const struct erasure *x)
{
	struct task *t = a->c->t;
	struct str no = arena_printf(t->arena, "%lld", (long long)person_no);
	struct str hash = x->hash, made;
	struct bind b = { 0 };
	struct rows *r;
	bool first;
	map_put(&a->person, no, &first);
	if (!first)
		return E_OK;
	bind_i64(t, &b, a->environment_id);
	bind_str(t, &b, hash);
	enum err e = pg_one(t, a->pg, &waits, &b, &r);
	if (e != E_OK)
		return e;
	if (row_bool(r, 0, 0)) {
		a->done->waiting++;
		return E_OK;
	}
	struct privacy_new in = { .environment_id = a->environment_id, .kind = STR("erase"),
		.target = STR("person"), .mode = x->mode, .law = x->law, .digest = &hash,
		.ndigests = 1, .requested_by = ctl_actor(a->c), .crypt = a->crypt,
		.due_days = privacy_due_days(x->law, conf_int(a->c->conf, CONF_PRIVACY_DUE_DAYS)) };
	id = arena_str(t->arena, id);
	if (kind == ID_USER)
		in.subject.user_id = id;
	else
		in.subject.anonymous_id = id;
	e = privacy_create(t, a->pg, &in, &made);
	if (e == E_OK)
		e = ctl_audit(a->c, a->team_id, "privacy.request",
		              arena_printf(t->arena, "privacy_request:%.*s", STRF(made)));
	a->done->persons += e == E_OK;
	return e;
}

/* What a ledger says of a filter, for the request that it was. */
static enum err
unseal(struct again *a, const struct erasure *x, struct privacy_request *q)
{
	struct task *t = a->c->t;
	*q = (struct privacy_request){ .id = x->request_id };
	if (!codec_unb64(t->arena, x->sealed, &q->sealed))
		return task_fail(t, E_DATA, "The filter of request %.*s is not whole", STRF(x->request_id));
	return privacy_open(t, a->crypt, q);
}

/* The same request again; where it is done, what it was about is gone. */
static enum err
ask_events(struct again *a, const struct erasure *x)
{
	struct task *t = a->c->t;
	struct privacy_request q;
	struct str made;
	struct bind b = { 0 };
	struct rows *r;
	bind_i64(t, &b, a->environment_id);
	bind_str(t, &b, x->request_id);
	enum err e = pg_run(t, a->pg, &state, &b, &r);
	if (e == E_OK && rows_count(r) > 0) {
		struct str now = row_str(r, 0, 0);
		a->done->waiting += str_is(now, "received") || str_is(now, "running");
		return E_OK;
	}
	if (e == E_OK && x->sealed.n == 0) {
		a->done->forgotten++;
		return E_OK;
	}
	if (e == E_OK)
		e = unseal(a, x, &q);
	if (e != E_OK)
		return e;
	struct privacy_new in = { .id = x->request_id, .environment_id = a->environment_id,
		.kind = STR("erase"), .target = x->target, .mode = x->mode, .law = x->law,
		.subject = q.subject, .requested_by = ctl_actor(a->c), .crypt = a->crypt,
		.due_days = privacy_due_days(x->law, conf_int(a->c->conf, CONF_PRIVACY_DUE_DAYS)) };
	in.subject.come_by_us = x->erased_us;
	e = privacy_create(t, a->pg, &in, &made);
	if (e == E_OK)
		e = ctl_audit(a->c, a->team_id, "privacy.request",
		              arena_printf(t->arena, "privacy_request:%.*s", STRF(made)));
	a->done->events += e == E_OK;
	return e;
}

/* Every id that is known, by its hash. */
static enum err
look(struct again *a)
{
	struct task own;
	struct str kind = STR(""), id = STR("");
	size_t n = 1;
	enum err e = E_OK;
	task_init(&own, arena_new((size_t)1 << 20));
	while (e == E_OK && n > 0) {
		struct bind b = { 0 };
		struct rows *r;
		task_reset(&own);
		bind_i64(&own, &b, a->environment_id);
		bind_str(&own, &b, kind);
		bind_str(&own, &b, id);
		e = pg_run(&own, a->pg, &ids, &b, &r);
		n = e == E_OK ? rows_count(r) : 0;
		for (size_t i = 0; e == E_OK && i < n; i++) {
			char k = row_str(r, i, 1).p[0];
			const uint64_t *at = map_find(&a->hash, tombstone_hash(&own, a->secret, k,
			    row_str(r, i, 2)));
			if (at != NULL)
				e = ask(a, row_i64(r, i, 0), k, row_str(r, i, 2),
				        &a->ledger->row[*at - 1]);
		}
		if (n > 0) {
			kind = arena_str(a->c->t->arena, row_str(r, n - 1, 1));
			id = arena_str(a->c->t->arena, row_str(r, n - 1, 2));
		}
	}
	if (e != E_OK && a->c->t->err == E_OK)
		e = task_fail(a->c->t, e, "%s", own.detail);
	arena_free(own.arena);
	return e;
}

/* Its hashes back into the table, and into the map. */
static enum err
tombstones(struct again *a)
{
	struct task *t = a->c->t;
	struct str *hash = tarray(t, a->ledger->n + 1, struct str);
	int64_t *at = tarray(t, a->ledger->n + 1, int64_t);
	struct bind b = { 0 };
	size_t n = 0;
	bool added;
	map_init(&a->hash, t->arena, 256);
	map_init(&a->person, t->arena, 64);
	for (size_t i = 0; i < a->ledger->n; i++) {
		const struct erasure *x = &a->ledger->row[i];
		if (x->environment_id != a->environment_id)
			continue;
		if (x->hash.n == 0)
			continue;
		/* the last one is how it was left */
		uint64_t *last = map_put(&a->hash, x->hash, &added);
		if (added || x->erased_us >= a->ledger->row[*last - 1].erased_us)
			*last = i + 1;
		hash[n] = x->hash;
		at[n] = x->erased_us;
		for (size_t k = 0; !added && k < n; k++)
			if (str_eq(hash[k], x->hash)) {
				at[k] = x->erased_us > at[k] ? x->erased_us : at[k];
				break;
			}
		n += added;
	}
	bind_i64(t, &b, a->environment_id);
	bind_str_array(t, &b, hash, n);
	bind_i64_array(t, &b, at, n);
	return n > 0 ? pg_run(t, a->pg, &tombstone, &b, NULL) : E_OK;
}

/* One environment, in one transaction; one that is not there has nobody. */
static enum err
environment(struct again *a, const uint8_t master[32])
{
	struct task *t = a->c->t;
	struct bind b = { 0 };
	struct rows *r;
	bind_i64(t, &b, a->environment_id);
	enum err e = pg_begin(t, a->pg, NULL);
	if (e == E_OK)
		e = pg_run(t, a->pg, &place, &b, &r);
	if (e == E_OK && rows_count(r) > 0) {
		a->team_id = row_str(r, 0, 0);
		scrub_secret(master, a->environment_id, a->secret);
		e = tombstones(a);
		if (e == E_OK)
			e = pg_run(t, a->pg, &epoch, &b, NULL);
		if (e == E_OK)
			e = look(a);
		for (size_t i = 0; e == E_OK && i < a->ledger->n; i++)
			if (a->ledger->row[i].environment_id == a->environment_id &&
			    a->ledger->row[i].hash.n == 0)
				e = ask_events(a, &a->ledger->row[i]);
	}
	return pg_end(t, a->pg, e);
}

enum err
erasures_apply(struct ctl *c, struct pg *pg, const struct erasures *x, struct erasures_done *done)
{
	struct again a = { .c = c, .pg = pg, .ledger = x, .done = done };
	uint8_t master[32];
	struct map seen;
	*done = (struct erasures_done){ 0 };
	enum err e = conf_need(c->t, c->conf, CONF_MASTER_KEY);
	if (e == E_OK)
		e = scrub_master_key(c->t, conf_str(c->conf, CONF_MASTER_KEY), master);
	if (e == E_OK)
		e = ctl_crypt(c, &a.crypt);
	map_init(&seen, c->t->arena, 64);
	for (size_t i = 0; e == E_OK && i < x->n; i++) {
		bool first;
		a.environment_id = x->row[i].environment_id;
		map_put(&seen, arena_printf(c->t->arena, "%d", a.environment_id), &first);
		if (first)
			e = environment(&a, master);
	}
	return e;
}

/* --- the commands --- */

static enum err
list(struct ctl *c)
{
	struct erasures x;
	struct pg *pg;
	int64_t since = 0;
	if (ctl_given(c, "since") && !clock_parse(ctl_value(c, "since"), true, &since))
		return ctl_usage(c, "--since is not a time, as 2026-02-23 or RFC 3339");
	enum err e = ctl_pg(c, &pg);
	if (e == E_OK)
		e = erasures_read(c, pg, since, &x);
	if (e == E_OK && ctl_given(c, "save") && ctl_value(c, "save").n == 0)
		e = ctl_usage(c, "--save is the name of a file");
	if (e == E_OK && ctl_given(c, "save"))
		e = erasures_save(c, &x, ctl_value(c, "save"));
	if (e != E_OK)
		return e;
	out_list(c, columns);
	for (size_t i = 0; i < x.n; i++) {
		char at[CLOCK_TEXT]; /* to the microsecond: it is compared */
		size_t n = clock_format_us(x.row[i].erased_us, at);
		out_i64(c, x.row[i].environment_id);
		out_str(c, arena_str(c->t->arena, (struct str){ at, n }));
		out_str(c, x.row[i].target);
		out_str(c, x.row[i].mode);
		out_str(c, x.row[i].law);
		out_str(c, x.row[i].request_id);
		out_str(c, x.row[i].hash);
		out_str(c, x.row[i].sealed);
	}
	return E_OK;
}

static enum err
reapply(struct ctl *c)
{
	struct erasures x;
	struct erasures_done done;
	struct pg *pg;
	enum err e = erasures_load(c, c->arg[0], &x);
	if (e == E_OK)
		e = ctl_pg(c, &pg);
	if (e == E_OK)
		e = erasures_apply(c, pg, &x, &done);
	if (e != E_OK)
		return e;
	out_object(c, applied);
	out_i64(c, (int64_t)x.n);
	out_i64(c, done.persons);
	out_i64(c, done.waiting);
	out_i64(c, done.events);
	out_i64(c, done.forgotten);
	return E_OK;
}

static const struct ctl_flag list_flags[] = {
	{ "since", "TIME", false, "only what was erased after it" },
	{ "save", "FILE", false, "write it there as well, for reapply and restore --erasures" },
	{ 0 }
};
static const struct ctl_command commands[] = {
	{ "erasure", "list", list_flags, NULL, 0, 0,
	  "The ledger of erasures, as keyed hashes: keep its JSON apart from the backups.", list },
	{ "erasure", "reapply", NULL, "FILE", 1, 1,
	  "Erase again, after an older backup was restored, what a ledger names.", reapply },
};
const struct ctl_module ctl_erasures = { commands, NELEM(commands) };
