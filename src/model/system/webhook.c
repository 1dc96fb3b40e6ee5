/* webhook.c - see webhook.h. */
#include "model/system/webhook.h"

#include "base/codec.h"
#include "base/crypt.h"
#include "base/str.h"
#include "base/utf8.h"
#include "base/uuid.h"

#define US(column) "coalesce((extract(epoch from " column ")*1e6)::int8, 0)"
#define SECRET_BYTES 24
#define ERROR_MAX 300
#define OPEN "d.delivered_at IS NULL AND d.failed_at IS NULL"
#define OF_TEAM " (CASE WHEN $1 = '' THEN w.scope = 'system' ELSE w.team_id = nullif($1, '')::uuid END)"

static const struct stmt create = { "webhook_create",
	"INSERT INTO webhooks (id, scope, team_id, url, name, secret, created_by)"
	" VALUES ($1::uuid, CASE WHEN $2 = '' THEN 'system' ELSE 'team' END, nullif($2, '')::uuid, $3,"
	" $4, $5::bytea, nullif($6, '')::uuid)" };
#define FACTS "SELECT w.id, w.url, w.name, coalesce(w.team_id::text, ''), " US("w.created_at") ", " \
	US("w.disabled_at") ", CASE WHEN w.old_until > now() THEN " US("w.old_until") " ELSE 0 END," \
	" w.disabled_why, (SELECT count(*) FROM webhook_deliveries d WHERE d.webhook_id = w.id AND " \
	OPEN "), (SELECT count(*) FROM webhook_deliveries d WHERE d.webhook_id = w.id" \
	" AND d.failed_at > now() - interval '1 day') FROM webhooks w WHERE "
static const struct stmt list = { "webhook_list", FACTS OF_TEAM " ORDER BY w.created_at, w.id" };
static const struct stmt get = { "webhook_get", FACTS "w.id = $1::uuid" };
static const struct stmt rotate = { "webhook_rotate",
	"UPDATE webhooks SET secret_old = secret, old_until = now() + make_interval(secs => $3::int8),"
	" secret = $2::bytea WHERE id = $1::uuid" };
static const struct stmt enable = { "webhook_enable",
	"UPDATE webhooks SET disabled_at = CASE WHEN $2::bool THEN NULL ELSE now() END,"
	" disabled_why = $3 WHERE id = $1::uuid" };
static const struct stmt drop = { "webhook_delete", "DELETE FROM webhooks WHERE id = $1::uuid" };
static const struct stmt emit = { "webhook_emit",
	"INSERT INTO webhook_deliveries (webhook_id, event, body) SELECT w.id, $2, $3"
	" FROM webhooks w WHERE w.disabled_at IS NULL AND" OF_TEAM };
static const struct stmt emit_one = { "webhook_emit_one",
	"INSERT INTO webhook_deliveries (webhook_id, event, body) VALUES ($1::uuid, $2, $3)" };
static const struct stmt deliveries = { "webhook_deliveries",
	"SELECT d.id, d.event, d.body, d.error, " US("d.created_at") ", " US("d.next_at") ", "
	US("d.delivered_at") ", " US("d.failed_at") ", d.attempts, coalesce(d.status, 0),"
	" coalesce(d.ms, 0) FROM webhook_deliveries d WHERE d.webhook_id = $1::uuid"
	" ORDER BY d.created_at DESC, d.id LIMIT $2::int8" };
static const struct stmt retry = { "webhook_retry",
	"UPDATE webhook_deliveries SET next_at = now(), failed_at = NULL WHERE id = $2::uuid"
	" AND webhook_id = $1::uuid AND delivered_at IS NULL" };
static const struct stmt due = { "webhook_due",
	"SELECT EXISTS (SELECT FROM webhook_deliveries d WHERE " OPEN " AND d.next_at <= now())" };
static const struct stmt take = { "webhook_take",
	"SELECT d.id, d.event, d.body, d.error, " US("d.created_at") ", " US("d.next_at") ", 0, 0,"
	" d.attempts, 0, 0, w.id, w.url, w.secret, CASE WHEN w.old_until > now() THEN w.secret_old END"
	" FROM webhook_deliveries d JOIN webhooks w ON w.id = d.webhook_id WHERE " OPEN
	" AND d.next_at <= now() AND NOT EXISTS (SELECT FROM webhook_deliveries e"
	" WHERE e.webhook_id = d.webhook_id AND e.delivered_at IS NULL AND e.failed_at IS NULL"
	" AND e.next_at <= now() AND (e.next_at, e.id) < (d.next_at, d.id))"
	" ORDER BY d.next_at, d.id LIMIT 1 FOR UPDATE OF d SKIP LOCKED" };
static const struct stmt done = { "webhook_done",
	"UPDATE webhook_deliveries SET attempts = attempts + 1, status = nullif($2::int4, 0),"
	" ms = $3::int8, error = $4,"
	" delivered_at = CASE WHEN $5::bool THEN now() END,"
	" failed_at = CASE WHEN NOT $5::bool AND ($6::bool OR attempts + 1 >= $7::int4) THEN now() END,"
	" next_at = now() + least(interval '3 hours', interval '5 s' * 2 ^ least(attempts, 12))"
	" WHERE id = $1::uuid" };
static const struct stmt prune = { "webhook_prune",
	"DELETE FROM webhook_deliveries WHERE coalesce(delivered_at, failed_at)"
	" < now() - make_interval(days => $1::int4)" };
static const struct stmt *const all[] = { &create, &list, &get, &rotate, &enable, &drop, &emit,
	&emit_one, &deliveries, &retry, &due, &take, &done, &prune };
const struct stmt_list webhook_statements = STMT_LIST("webhook", all);

static struct str
aad(struct task *t, struct str id)
{
	return arena_printf(t->arena, "webhooks|%.*s|secret", STRF(id));
}

/* Base64 with padding, as the specification writes it. */
static struct str
base64(struct task *t, struct str raw)
{
	struct str url = codec_b64url(t->arena, raw);
	char *p = arena_alloc(t->arena, url.n + 4);
	size_t n = 0;
	for (; n < url.n; n++)
		p[n] = url.p[n] == '-' ? '+' : url.p[n] == '_' ? '/' : url.p[n];
	while (n % 4 != 0)
		p[n++] = '=';
	return (struct str){ p, n };
}

struct str
webhook_sign(struct task *t, struct str secret, struct str id, int64_t at_s, struct str body)
{
	uint8_t mac[32];
	struct str text = arena_printf(t->arena, "%.*s.%lld.%.*s", STRF(id), (long long)at_s,
	    STRF(body));
	crypt_hmac_sha256(secret, text, mac);
	return arena_printf(t->arena, "v1,%.*s", STRF(base64(t, (struct str){ (char *)mac, 32 })));
}

/* A new secret: sealed for the row, as text for its owner. */
static struct str
secret_new(struct task *t, const struct crypt *c, struct str id, struct str *text)
{
	uint8_t raw[SECRET_BYTES];
	crypt_random(raw, sizeof(raw));
	struct str plain = arena_str(t->arena, (struct str){ (char *)raw, sizeof(raw) });
	crypt_wipe(raw, sizeof(raw));
	*text = arena_printf(t->arena, "whsec_%.*s", STRF(base64(t, plain)));
	return crypt_seal(t, c, plain, aad(t, id));
}

static void
check_new(struct task *t, const struct webhook_new *in, bool loopback)
{
	bool https = str_starts(in->url, STR("https://")) && in->url.n > 8;
	bool http = loopback && str_starts(in->url, STR("http://")) && in->url.n > 7;
	bool plain = in->url.n <= WEBHOOK_URL_MAX && utf8_is_line(in->url) &&
	    str_index(in->url, ' ') < 0;
	if ((!https && !http) || !plain)
		task_field(t, STR("url"), "An address that begins with https://, of at most %d bytes.",
		    WEBHOOK_URL_MAX);
	else if (str_index(in->url, '@') >= 0)
		task_field(t, STR("url"), "No user name or password in the address, please.");
	if (in->name.n > 100 || (in->name.n > 0 && !utf8_is_line(in->name)))
		task_field(t, STR("name"), "One line of at most 100 bytes.");
}

enum err
webhook_create(struct task *t, struct pg *pg, const struct crypt *c, const struct webhook_new *in,
               bool loopback, struct str *id, struct str *secret)
{
	struct bind b = { 0 };
	uint8_t raw[16];
	check_new(t, in, loopback);
	if (t->nfields > 0)
		return task_fail(t, E_INVALID, "Please check the marked fields.");
	uuid_v7(t->now_us, raw);
	*id = uuid_str(t->arena, raw);
	bind_str(t, &b, *id);
	bind_str(t, &b, in->team_id.p != NULL ? in->team_id : STR(""));
	bind_str(t, &b, in->url);
	bind_str(t, &b, in->name.p != NULL ? in->name : STR(""));
	bind_bytes(t, &b, secret_new(t, c, *id, secret));
	bind_str(t, &b, in->user_id.p != NULL ? in->user_id : STR(""));
	return pg_run(t, pg, &create, &b, NULL);
}

static struct webhook
row_webhook(const struct rows *r, size_t i)
{
	return (struct webhook){
		.id = row_str(r, i, 0), .url = row_str(r, i, 1), .name = row_str(r, i, 2),
		.team_id = row_str(r, i, 3), .created_us = row_i64(r, i, 4),
		.disabled_us = row_i64(r, i, 5), .old_until_us = row_i64(r, i, 6),
		.disabled_why = row_str(r, i, 7), .waiting = row_i64(r, i, 8),
		.failed = row_i64(r, i, 9),
	};
}

enum err
webhook_list(struct task *t, struct pg *pg, struct str team_id, struct webhook **out, size_t *n)
{
	struct bind b = { 0 };
	struct rows *r;
	*n = 0;
	bind_str(t, &b, team_id.p != NULL ? team_id : STR(""));
	enum err e = pg_run(t, pg, &list, &b, &r);
	if (e != E_OK)
		return e;
	*out = tarray(t, rows_count(r) + 1, struct webhook);
	for (; *n < rows_count(r); ++*n)
		(*out)[*n] = row_webhook(r, *n);
	return E_OK;
}

static enum err
not_there(struct task *t)
{
	return task_fail(t, E_NOT_FOUND, "There is no such webhook.");
}

/* $1 = the id; E_NOT_FOUND when it cannot be one. */
static enum err
bind_id(struct task *t, struct bind *b, struct str id)
{
	uint8_t raw[16];
	if (!uuid_parse(id, raw))
		return not_there(t);
	bind_str(t, b, id);
	return E_OK;
}

enum err
webhook_get(struct task *t, struct pg *pg, struct str id, struct webhook *out)
{
	struct bind b = { 0 };
	struct rows *r;
	enum err e = bind_id(t, &b, id);
	if (e == E_OK)
		e = pg_run(t, pg, &get, &b, &r);
	if (e == E_OK && rows_count(r) == 0)
		return not_there(t);
	if (e == E_OK)
		*out = row_webhook(r, 0);
	return e;
}

/* A change that must meet a row. */
static enum err
change(struct task *t, struct pg *pg, const struct stmt *s, const struct bind *b)
{
	struct rows *r;
	enum err e = pg_run(t, pg, s, b, &r);
	return e == E_OK && rows_affected(r) == 0 ? not_there(t) : e;
}

enum err
webhook_rotate(struct task *t, struct pg *pg, const struct crypt *c, struct str id,
               struct str *secret)
{
	struct bind b = { 0 };
	enum err e = bind_id(t, &b, id);
	if (e != E_OK)
		return e;
	bind_bytes(t, &b, secret_new(t, c, id, secret));
	bind_i64(t, &b, WEBHOOK_OVERLAP_US / 1000000);
	return change(t, pg, &rotate, &b);
}

enum err
webhook_enable(struct task *t, struct pg *pg, struct str id, bool on, struct str why)
{
	struct bind b = { 0 };
	enum err e = bind_id(t, &b, id);
	if (e != E_OK)
		return e;
	bind_bool(&b, on);
	bind_str(t, &b, why);
	return change(t, pg, &enable, &b);
}

enum err
webhook_delete(struct task *t, struct pg *pg, struct str id)
{
	struct bind b = { 0 };
	enum err e = bind_id(t, &b, id);
	return e == E_OK ? change(t, pg, &drop, &b) : e;
}

enum err
webhook_emit(struct task *t, struct pg *pg, struct str team_id, const char *event, struct str body)
{
	struct bind b = { 0 };
	bind_str(t, &b, team_id.p != NULL ? team_id : STR(""));
	bind_str(t, &b, str_of(event));
	bind_str(t, &b, body);
	return pg_run(t, pg, &emit, &b, NULL);
}

enum err
webhook_emit_one(struct task *t, struct pg *pg, struct str id, const char *event, struct str body)
{
	struct bind b = { 0 };
	enum err e = bind_id(t, &b, id);
	if (e != E_OK)
		return e;
	bind_str(t, &b, str_of(event));
	bind_str(t, &b, body);
	return pg_run(t, pg, &emit_one, &b, NULL);
}

static struct webhook_delivery
row_delivery(const struct rows *r, size_t i)
{
	return (struct webhook_delivery){
		.id = row_str(r, i, 0), .event = row_str(r, i, 1), .body = row_str(r, i, 2),
		.error = row_str(r, i, 3), .created_us = row_i64(r, i, 4),
		.next_us = row_i64(r, i, 5), .delivered_us = row_i64(r, i, 6),
		.failed_us = row_i64(r, i, 7), .attempts = row_i64(r, i, 8),
		.status = row_i64(r, i, 9), .ms = row_i64(r, i, 10),
	};
}

enum err
webhook_deliveries(struct task *t, struct pg *pg, struct str webhook_id, int64_t limit,
                   struct webhook_delivery **out, size_t *n)
{
	struct bind b = { 0 };
	struct rows *r;
	*n = 0;
	enum err e = bind_id(t, &b, webhook_id);
	bind_i64(t, &b, limit);
	if (e == E_OK)
		e = pg_run(t, pg, &deliveries, &b, &r);
	if (e != E_OK)
		return e;
	*out = tarray(t, rows_count(r) + 1, struct webhook_delivery);
	for (; *n < rows_count(r); ++*n)
		(*out)[*n] = row_delivery(r, *n);
	return E_OK;
}

enum err
webhook_retry(struct task *t, struct pg *pg, struct str webhook_id, struct str delivery_id)
{
	struct bind b = { 0 };
	enum err e = bind_id(t, &b, webhook_id);
	if (e == E_OK)
		e = bind_id(t, &b, delivery_id);
	return e == E_OK ? change(t, pg, &retry, &b) : e;
}

enum err
webhook_is_due(struct task *t, struct pg *pg, bool *yes)
{
	struct rows *r;
	enum err e = pg_one(t, pg, &due, NULL, &r);
	*yes = e == E_OK && row_bool(r, 0, 0);
	return e;
}

static enum err
open_secrets(struct task *t, const struct crypt *c, const struct rows *r,
             struct webhook_delivery *d)
{
	enum err e = crypt_unseal(t, c, row_bytes(t, r, 0, 13), aad(t, d->webhook_id), &d->secret);
	d->secret_old = STR("");
	if (e == E_OK && !row_is_null(r, 0, 14))
		e = crypt_unseal(t, c, row_bytes(t, r, 0, 14), aad(t, d->webhook_id),
		    &d->secret_old);
	return e;
}

enum err
webhook_take(struct task *t, struct pg *pg, const struct crypt *c, struct webhook_delivery *out,
             bool *found)
{
	*found = false;
	for (;;) {
		struct rows *r;
		enum err e = pg_run(t, pg, &take, NULL, &r);
		if (e != E_OK || rows_count(r) == 0)
			return e;
		*out = row_delivery(r, 0);
		out->webhook_id = row_str(r, 0, 11);
		out->url = row_str(r, 0, 12);
		if (open_secrets(t, c, r, out) == E_OK) {
			*found = true;
			return E_OK;
		}
		struct str why = arena_str(t->arena, str_of(t->detail));
		task_clear(t);
		e = webhook_done(t, pg, out, &(struct webhook_result){ .error = why,
			.permanent = true });
		if (e != E_OK)
			return e;
	}
}

enum err
webhook_done(struct task *t, struct pg *pg, const struct webhook_delivery *d,
             const struct webhook_result *r)
{
	bool delivered = r->status >= 200 && r->status < 300;
	bool gone = r->status == 410;
	struct bind b = { 0 };
	bind_str(t, &b, d->id);
	bind_i64(t, &b, r->status);
	bind_i64(t, &b, r->ms);
	bind_str(t, &b, utf8_cut(utf8_clean(t->arena, r->error.p != NULL ? r->error : STR("")),
	    ERROR_MAX));
	bind_bool(&b, delivered);
	bind_bool(&b, r->permanent || gone);
	bind_i64(t, &b, WEBHOOK_TRIES);
	enum err e = pg_run(t, pg, &done, &b, NULL);
	if (e == E_OK && gone)
		e = webhook_enable(t, pg, d->webhook_id, false, STR("the receiver answered 410 Gone"));
	return e;
}

enum err
webhook_prune(struct task *t, struct pg *pg, int64_t *n)
{
	struct bind b = { 0 };
	struct rows *r;
	bind_i64(t, &b, WEBHOOK_KEEP_DAYS);
	enum err e = pg_run(t, pg, &prune, &b, &r);
	*n = e == E_OK ? rows_affected(r) : 0;
	return e;
}
