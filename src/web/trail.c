/* trail.c - see trail.h. */
#include "web/trail.h"

#include "base/crypt.h"
#include "base/jw.h"
#include "base/str.h"
#include "model/team/audit.h"
#include "web/milestone.h"
#include "web/who.h"

#define HOUR_US (3600 * (int64_t)1000000)

static struct str
actor(const struct web *w, struct task *t)
{
	const struct who *who = &w->who;
	if (who->token.id.n > 0)
		return arena_printf(t->arena, "%s:%.*s", who->token.is_read_key ? "key" : "token",
		    STRF(who->token.id));
	if (who->user.id.n > 0)
		return arena_printf(t->arena, "user:%.*s", STRF(who->user.id));
	return STR("nobody");
}

static struct audit_entry
entry(struct web *w, struct task *t, const struct req *req, const char *action)
{
	return (struct audit_entry){ .team_id = w->who.team.id, .actor = actor(w, t),
		.action = str_of(action), .remote_addr = req->remote_addr };
}

enum err
trail(struct web *w, struct task *t, const struct req *req, const char *action,
      struct str target, struct str detail)
{
	struct audit_entry e = entry(w, t, req, action);
	e.target = target;
	e.detail = detail;
	return audit_add(t, w->pg, &e);
}

enum err
trail_once(struct web *w, struct task *t, const struct req *req, const char *action,
           struct str target, struct str detail)
{
	struct audit_entry e = entry(w, t, req, action);
	e.target = target;
	e.detail = detail;
	return audit_once(t, w->pg, &e);
}

static struct str
environment_of(const struct web *w, struct task *t)
{
	return arena_printf(t->arena, "environment:%d", w->who.env.id);
}

static struct str
export_detail(struct task *t, const struct req *req, const char *format)
{
	static const char *const window[] = { "range", "from", "to" };
	struct str f[20];
	struct buf b = BUF_INIT;
	struct jw j;
	jw_init(&j, &b);
	jw_object_begin(&j);
	jw_kstr(&j, "format", str_of(format));
	for (size_t i = 0; i < NELEM(window); i++) {
		struct str v = req_query(t, req, window[i]);
		if (v.n > 0 && v.n <= 40)
			jw_kstr(&j, window[i], v);
	}
	/* how many, not which: a filter may name a person */
	jw_ki64(&j, "filters", (int64_t)req_query_all(t, req, "f", f, NELEM(f)));
	jw_object_end(&j);
	struct str detail = arena_str(t->arena, buf_str(&b));
	buf_release(&b);
	return detail;
}

static enum err
exported(struct web *w, struct task *t, const struct req *req, const char *type, const char *format)
{
	return milestone_operation(w, t, req, &(struct operation){ .type = type, .area = "exports",
		.format = format });
}

enum err
trail_export(struct web *w, struct task *t, const struct req *req, const char *format)
{
	enum err e = exported(w, t, req, "export", format);
	return e != E_OK ? e : trail(w, t, req, "events.export", environment_of(w, t),
	    export_detail(t, req, format));
}

enum err
trail_export_people(struct web *w, struct task *t, const struct req *req, const char *format)
{
	enum err e = exported(w, t, req, "export_people", format);
	return e != E_OK ? e : trail(w, t, req, "persons.export", environment_of(w, t),
	    export_detail(t, req, format));
}

enum err
trail_people(struct web *w, struct task *t, const struct req *req)
{
	return trail_once(w, t, req, "persons.read", environment_of(w, t), STR_NULL);
}

enum err
trail_person(struct web *w, struct task *t, const struct req *req, struct str person_id)
{
	return trail_once(w, t, req, "person.read", arena_printf(t->arena, "person:%.*s",
	    STRF(person_id)), arena_printf(t->arena, "{\"environment\":\"%d\"}", w->who.env.id));
}

/* What this process has told of: a place for each hash, the newest stays. The
 * database has the last word, so a place taken by another costs one look. */
static struct told {
	uint8_t hash[32];
	int64_t hour;
} told[256];

static struct told *
told_find(const struct web *w, struct task *t, uint8_t hash[32])
{
	crypt_sha256(arena_printf(t->arena, "%.*s %d", STRF(w->who.token.id), w->who.env.id),
	    hash);
	return &told[hash[0]];
}

enum err
trail_read(struct web *w, struct task *t, const struct req *req)
{
	int64_t hour = t->now_us / HOUR_US;
	uint8_t hash[32];
	struct told *mine = told_find(w, t, hash);
	if (mine->hour == hour && memcmp(mine->hash, hash, sizeof(hash)) == 0)
		return E_OK;
	enum err e = who_begin(t, w);
	if (e == E_OK)
		e = trail_once(w, t, req, "events.read", environment_of(w, t), STR_NULL);
	e = pg_end(t, w->pg, e);
	if (e == E_OK) {
		memcpy(mine->hash, hash, sizeof(hash));
		mine->hour = hour;
	}
	return e;
}

enum err
trail_account(struct web *w, struct task *t, const struct req *req, const char *action,
              struct str user_id, struct str detail)
{
	struct str user = arena_printf(t->arena, "user:%.*s", STRF(user_id));
	return audit_add(t, w->pg, &(struct audit_entry){
		.actor = w->who.user.id.n > 0 ? actor(w, t) : user, .action = str_of(action),
		.target = user, .detail = detail, .remote_addr = req->remote_addr });
}
