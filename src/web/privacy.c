/* privacy.c - see privacy.h. */
#include "web/privacy.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/conf.h"
#include "base/str.h"
#include "base/zone.h"
#include "http/res.h"
#include "ingest/identity.h"
#include "ingest/scrub.h"
#include "ingest/tombstone.h"
#include "query/range.h"
#include "query/subject.h"
#include "web/milestone.h"
#include "web/trail.h"

#define CHUNK 65536

/* Of a subject for single events; E_INVALID with a field error. */
static enum err
read_filters(struct task *t, const struct privacy_subject *s, struct filters *f)
{
	enum err e = filters_parse(t, s->filter, s->nfilters, f);

	if (e != E_OK && err_status(e) < 500) {
		struct str what = arena_str(t->arena, str_of(t->detail));

		task_clear(t);
		task_field(t, STR("filters"), "%.*s", STRF(what));
		return task_fail(t, E_INVALID, "Please check the marked fields.");
	}
	return e;
}

static enum err
told(struct web *w, struct task *t, const struct req *req, const char *action, struct str id,
     const struct privacy_kind *k)
{
	return trail(w, t, req, action, arena_printf(t->arena, "privacy_request:%.*s", STRF(id)),
	             privacy_detail(t, k));
}

enum err
privacy_told(struct web *w, struct task *t, const struct req *req, const char *action,
             struct str id)
{
	return told(w, t, req, action, id, &(struct privacy_kind){ .environment_id = w->who.env.id });
}

static enum err
secret_get(struct web *w, struct task *t, uint8_t out[32])
{
	uint8_t master[32];
	enum err e = scrub_master_key(t, conf_str(w->conf, CONF_MASTER_KEY), master);

	if (e == E_OK)
		scrub_secret(master, w->who.env.id, out);
	return e;
}

static enum err
digests(struct web *w, struct task *t, struct privacy_new *in)
{
	const struct privacy_subject *s = &in->subject;
	struct str *digest = tarray(t, 2, struct str);
	uint8_t secret[32];
	enum err e = secret_get(w, t, secret);

	if (e != E_OK)
		return e;
	in->ndigests = 0;
	if (s->user_id.n > 0)
		digest[in->ndigests++] = tombstone_hash(t, secret, ID_USER, s->user_id);
	if (s->anonymous_id.n > 0)
		digest[in->ndigests++] = tombstone_hash(t, secret, ID_ANONYMOUS, s->anonymous_id);
	in->digest = digest;
	return E_OK;
}

enum err
privacy_ask(struct web *w, struct task *t, const struct req *req, struct privacy_new *in,
            struct str *id)
{
	const struct who *who = &w->who;
	struct filters f;
	enum err e;

	in->environment_id = who->env.id;
	in->crypt = w->crypt;
	in->requested_by = who->token.id.n > 0 ?
		arena_printf(t->arena, "token:%.*s", STRF(who->token.id)) :
		arena_printf(t->arena, "user:%.*s", STRF(who->user.id));
	if (in->hold_min < 0)
		in->hold_min = str_is(in->kind, "export") ? 0 :
			conf_int(w->conf, CONF_PRIVACY_HOLD_MINUTES);
	in->due_days = privacy_due_days(in->law, conf_int(w->conf, CONF_PRIVACY_DUE_DAYS));
	e = privacy_check(t, in);
	if (e == E_OK && in->subject.nfilters > 0)
		e = read_filters(t, &in->subject, &f);
	if (e == E_OK)
		e = digests(w, t, in);
	if (e == E_OK)
		e = privacy_create(t, w->pg, in, id);
	if (e == E_OK)
		e = milestone_operation(w, t, req, &(struct operation){ .area = "privacy",
			.type = str_is(in->kind, "erase") ? "erase" : "export_person" });
	return e != E_OK ? e : told(w, t, req, "privacy.request", *id, &(struct privacy_kind){
		in->environment_id, in->kind, in->target, in->mode, in->law });
}

enum err
privacy_preview(struct web *w, struct task *t, const struct privacy_new *in,
                struct erasable_sum *out)
{
	struct privacy_new look = *in;
	struct filters f;
	struct erasable x = { .environment_id = w->who.env.id, .from_us = in->subject.from_us,
		.to_us = in->subject.to_us, .filters = &f };
	look.hold_min = in->hold_min < 0 ? 0 : in->hold_min;
	enum err e = privacy_check(t, &look);

	if (e == E_OK)
		e = read_filters(t, &in->subject, &f);
	return e == E_OK ? erasable_sum(t, w->pg, &x, out) : e;
}

enum err
privacy_hashed(struct web *w, struct task *t, struct str user_id, struct str *out)
{
	uint8_t secret[32];
	enum err e = secret_get(w, t, secret);

	if (e == E_OK)
		*out = scrub_user_hashed(t, secret, user_id);
	return e;
}

enum err
privacy_held(struct web *w, struct task *t, const struct privacy_subject *s,
             struct privacy_request *out)
{
	struct str hashed;

	*out = (struct privacy_request){ .environment_id = w->who.env.id,
		.subject = { .user_id = s->user_id, .anonymous_id = s->anonymous_id } };
	enum err e = privacy_hashed(w, t, s->user_id, &hashed);

	if (e == E_OK)
		e = subject_find(t, w->pg, w->who.env.id, hashed, out);
	return e == E_OK ? subject_count(t, w->pg, w->who.env.id, out, 1) : e;
}

enum err
privacy_look(struct web *w, struct task *t, const struct privacy_new *in,
             struct privacy_request *out)
{
	struct privacy_new look = *in;

	look.hold_min = in->hold_min < 0 ? 0 : in->hold_min;
	enum err e = privacy_check(t, &look);

	return e == E_OK ? privacy_held(w, t, &in->subject, out) : e;
}

void
privacy_time(struct task *t, struct str timezone, const char *field, struct str text,
             int64_t *us)
{
	const struct zone *z = zone_find(timezone);

	if (!range_instant(t, z != NULL ? z : zone_find(STR("UTC")), text, us))
		task_field(t, str_of(field), "A date, such as 2026-11-17, or a time in RFC 3339.");
}

bool
privacy_has_archive(const struct task *t, const struct privacy_request *r)
{
	return str_is(r->kind, "export") && str_is(r->state, "done") && r->file_bytes > 0 &&
	       r->file_until_us > t->now_us;
}

struct file {
	int fd;
};

static void
file_close(void *p)
{
	close(((struct file *)p)->fd);
}

static bool
more(struct res *res, void *ctx)
{
	const struct file *f = ctx;
	ssize_t n = read(f->fd, buf_reserve(&res->body, CHUNK), CHUNK);

	if (n <= 0)
		return false;
	res->body.n += (size_t)n;
	res->body.p[res->body.n] = '\0';
	return true;
}

enum err
privacy_send_archive(struct web *w, struct task *t, const struct privacy_request *r,
                     struct res *res)
{
	struct file *f = talloc(t, struct file);
	struct str path = arena_printf(t->arena, "%s/%.*s.zip", conf_text(w->conf, CONF_EXPORT_DIR),
	                               STRF(r->id));

	if (!privacy_has_archive(t, r))
		return task_fail(t, E_NOT_FOUND, "The request has no archive to fetch.");
	f->fd = open(path.p, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (f->fd < 0)
		return task_fail(t, errno == ENOENT ? E_NOT_FOUND : E_IO, "The archive is not there.");
	arena_defer(t->arena, file_close, f);
	res_header(res, "Content-Type", STR("application/zip"));
	res_headerf(res, "Content-Disposition", "attachment; filename=\"person-%.*s.zip\"", STRF(r->id));
	res_header(res, "Cache-Control", STR("no-store"));
	res->more = more;
	res->more_ctx = f;
	return E_OK;
}

enum err
privacy_send_receipt(struct task *t, const struct privacy_request *r, struct res *res)
{
	if (r->receipt.n == 0)
		return task_fail(t, E_NOT_FOUND, "The request has no receipt yet.");
	res_header(res, "Content-Type", STR("application/jose"));
	res_headerf(res, "Content-Disposition", "attachment; filename=\"erasure-%.*s.jws\"", STRF(r->id));
	buf_add(&res->body, r->receipt);
	buf_putc(&res->body, '\n');
	return E_OK;
}
