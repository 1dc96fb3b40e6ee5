/* mail.c - see mail.h. */
#include "model/account/mail.h"

#include "base/crypt.h"
#include "base/str.h"
#include "base/utf8.h"
#include "base/uuid.h"

#define ERROR_MAX 300
#define OPEN "sent_at IS NULL AND failed_at IS NULL"
#define US(column) "(extract(epoch from " column ")*1e6)::int8"
#define FACTS "id, kind, error, " US("created_at") ", " US("next_at") ", " US("sent_at") ", " \
	US("failed_at") ", attempts"

static const struct stmt put = { "mail_put",
	"INSERT INTO mails (id, kind, sealed) VALUES ($1::uuid, $2, $3::bytea)" };
static const struct stmt due = { "mail_due",
	"SELECT EXISTS (SELECT FROM mails WHERE " OPEN " AND next_at <= now())" };
static const struct stmt take = { "mail_take",
	"SELECT " FACTS ", sealed FROM mails WHERE " OPEN " AND next_at <= now()"
	" ORDER BY next_at, id LIMIT 1 FOR UPDATE SKIP LOCKED" };
static const struct stmt sent = { "mail_sent",
	"UPDATE mails SET sent_at = now(), attempts = attempts + 1, sealed = NULL, error = ''"
	" WHERE id = $1::uuid" };
static const struct stmt not_sent = { "mail_not_sent",
	"UPDATE mails SET attempts = attempts + 1, error = $2,"
	" next_at = now() + least(interval '1 hour', interval '10 s' * 2 ^ least(attempts, 12)),"
	" failed_at = CASE WHEN $3::bool OR created_at < now() - interval '48 h' THEN now() END"
	" WHERE id = $1::uuid" };
static const struct stmt prune = { "mail_prune",
	"DELETE FROM mails WHERE coalesce(sent_at, failed_at) < now() - interval '30 days'" };
static const struct stmt count = { "mail_count",
	"SELECT count(*) FILTER (WHERE " OPEN "), count(*) FILTER (WHERE failed_at IS NOT NULL),"
	" coalesce(" US("min(created_at) FILTER (WHERE " OPEN ")") ", 0),"
	/* CASE: the newest that was sent is only looked for when one was given up */
	" count(*) FILTER (WHERE CASE WHEN failed_at > now() - interval '1 hour' THEN"
	" failed_at > coalesce((SELECT max(s.sent_at) FROM mails s), '-infinity') ELSE false END)"
	" FROM mails WHERE sent_at IS NULL" };
static const struct stmt list = { "mail_list",
	"SELECT " FACTS " FROM mails WHERE $1::bool OR " OPEN
	" ORDER BY created_at DESC, id DESC LIMIT $2::int8" };
static const struct stmt retry = { "mail_retry",
	"UPDATE mails SET next_at = now(), failed_at = NULL"
	" WHERE sent_at IS NULL AND sealed IS NOT NULL AND ($1 = '' OR id::text = $1)" };
static const struct stmt *const all_statements[] = { &put, &due, &take, &sent, &not_sent, &prune,
	&count, &list, &retry };
const struct stmt_list mail_statements = STMT_LIST("mail", all_statements);

static struct str
aad(struct task *t, struct str id)
{
	return arena_printf(t->arena, "mails|%.*s|sealed", STRF(id));
}

enum err
mail_put(struct task *t, struct pg *pg, const struct crypt *c, const struct mail_new *in)
{
	struct bind b = { 0 };
	ASSERT(utf8_is_line(in->to) && in->to.n > 0);
	struct str plain = arena_printf(t->arena, "%.*s\n%.*s", STRF(in->to), STRF(in->message));
	bind_str(t, &b, in->id);
	bind_str(t, &b, in->kind);
	bind_bytes(t, &b, crypt_seal(t, c, plain, aad(t, in->id)));
	return pg_run(t, pg, &put, &b, NULL);
}

enum err
mail_is_due(struct task *t, struct pg *pg, bool *yes)
{
	struct rows *r;
	enum err e = pg_one(t, pg, &due, NULL, &r);
	*yes = e == E_OK && row_bool(r, 0, 0);
	return e;
}

static struct mail
row_mail(const struct rows *r, size_t i)
{
	return (struct mail){
		.id = row_str(r, i, 0), .kind = row_str(r, i, 1), .error = row_str(r, i, 2),
		.created_us = row_time(r, i, 3), .next_us = row_time(r, i, 4),
		.sent_us = row_time(r, i, 5), .failed_us = row_time(r, i, 6),
		.attempts = row_i64(r, i, 7),
	};
}

enum err
mail_take(struct task *t, struct pg *pg, const struct crypt *c, struct mail *out, bool *found)
{
	*found = false;
	for (;;) {
		struct rows *r;
		struct str plain;
		enum err e = pg_run(t, pg, &take, NULL, &r);
		if (e != E_OK || rows_count(r) == 0)
			return e;
		*out = row_mail(r, 0);
		e = crypt_unseal(t, c, row_bytes(t, r, 0, 8), aad(t, out->id), &plain);
		if (e == E_OK) {
			out->to = str_cut(&plain, '\n');
			out->message = plain;
			*found = true;
			return E_OK;
		}
		struct str why = arena_str(t->arena, str_of(t->detail));
		task_clear(t);
		e = mail_not_sent(t, pg, out->id, why, true);
		if (e != E_OK)
			return e;
	}
}

enum err
mail_sent(struct task *t, struct pg *pg, struct str id)
{
	struct bind b = { 0 };
	bind_str(t, &b, id);
	return pg_run(t, pg, &sent, &b, NULL);
}

enum err
mail_not_sent(struct task *t, struct pg *pg, struct str id, struct str error, bool permanent)
{
	struct bind b = { 0 };
	bind_str(t, &b, id);
	bind_str(t, &b, utf8_cut(utf8_clean(t->arena, error), ERROR_MAX));
	bind_bool(&b, permanent);
	return pg_run(t, pg, &not_sent, &b, NULL);
}

enum err
mail_prune(struct task *t, struct pg *pg, int64_t *n)
{
	struct rows *r;
	enum err e = pg_run(t, pg, &prune, NULL, &r);
	*n = e == E_OK ? rows_affected(r) : 0;
	return e;
}

enum err
mail_count(struct task *t, struct pg *pg, struct mail_counts *out)
{
	struct rows *r;
	enum err e = pg_one(t, pg, &count, NULL, &r);
	if (e == E_OK)
		*out = (struct mail_counts){ row_i64(r, 0, 0), row_i64(r, 0, 1), row_i64(r, 0, 2),
			row_i64(r, 0, 3) };
	return e;
}

enum err
mail_list(struct task *t, struct pg *pg, bool all, int64_t limit, struct mail **out, size_t *n)
{
	struct bind b = { 0 };
	struct rows *r;
	bind_bool(&b, all);
	bind_i64(t, &b, limit);
	enum err e = pg_run(t, pg, &list, &b, &r);
	if (e != E_OK)
		return e;
	*n = rows_count(r);
	*out = tarray(t, *n, struct mail);
	for (size_t i = 0; i < *n; i++)
		(*out)[i] = row_mail(r, i);
	return E_OK;
}

enum err
mail_retry(struct task *t, struct pg *pg, struct str id, int64_t *n)
{
	uint8_t raw[16];
	struct bind b = { 0 };
	struct rows *r;
	*n = 0;
	if (id.n > 0 && !uuid_parse(id, raw))
		return task_fail(t, E_NOT_FOUND, "There is no mail %.*s", STRF(id));
	bind_str(t, &b, id);
	enum err e = pg_run(t, pg, &retry, &b, &r);
	if (e == E_OK)
		*n = rows_affected(r);
	return e;
}
