/* person.c - tidemarkctl person …: requests to erase and to hand out, what is
 * left of somebody, and receipts. The consumer does the work; --wait waits. */
#include <time.h>

#include "base/clock.h"
#include "base/num.h"
#include "base/str.h"
#include "base/zone.h"
#include "ingest/identity.h"
#include "ingest/scrub.h"
#include "ingest/tombstone.h"
#include "jobs/erase.h"
#include "jobs/erase_tx.h"
#include "model/project/privacy.h"
#include "model/project/receipt.h"
#include "programs/ctl/ctl.h"
#include "query/erasable.h"
#include "query/range.h"
#include "query/subject.h"

#define FILTERS 16
#define FILE_BYTES 65536
#define POLL_NS 300000000L
#define WAIT_S 3600

static const char *const columns[] = { "id", "kind", "target", "mode", "state", "requested_at",
	"due_at", "finished_at", "rows", "error", NULL };
static const char *const exported[] = { "id", "state", "bytes", "sha256", "file", "until", NULL };
static const char *const planned[] = { "persons", "ids", "rows", NULL };
static const char *const looked[] = { "place", "rows", "found", NULL };

static enum err
master_key(struct ctl *c, uint8_t out[32])
{
	enum err e = conf_need(c->t, c->conf, CONF_MASTER_KEY);

	return e == E_OK ? scrub_master_key(c->t, conf_str(c->conf, CONF_MASTER_KEY), out) : e;
}

static void
out_request(struct ctl *c, const struct privacy_request *r)
{
	out_str(c, r->id);
	out_str(c, r->kind);
	out_str(c, r->target);
	out_str(c, r->mode);
	out_str(c, r->state);
	out_time(c, r->requested_us);
	out_time(c, r->due_us);
	out_time(c, r->finished_us);
	out_json(c, r->counts);
	out_str(c, r->error);
}

static enum err
subject_read(struct ctl *c, const struct environment *env, struct privacy_new *in,
             const uint8_t master[32])
{
	struct privacy_subject *s = &in->subject;
	struct str *digest = tarray(c->t, 2, struct str), rest;
	uint8_t secret[32];

	s->user_id = ctl_value(c, "user-id");
	s->anonymous_id = ctl_value(c, "anonymous-id");
	scrub_secret(master, in->environment_id, secret);
	if (s->user_id.n > 0)
		digest[in->ndigests++] = tombstone_hash(c->t, secret, ID_USER, s->user_id);
	if (s->anonymous_id.n > 0)
		digest[in->ndigests++] = tombstone_hash(c->t, secret, ID_ANONYMOUS, s->anonymous_id);
	in->digest = digest;
	in->target = STR("person");
	if (!str_is(in->kind, "erase"))
		return E_OK;
	if (!ctl_given(c, "filter"))
		return ctl_given(c, "from") || ctl_given(c, "to") ?
			ctl_usage(c, "--from and --to go with --filter: of a person all goes") : E_OK;
	rest = ctl_value(c, "filter");
	in->target = STR("events");
	s->filter = tarray(c->t, FILTERS, struct str);
	while (rest.p != NULL && s->nfilters < FILTERS)
		s->filter[s->nfilters++] = str_trim(str_cut(&rest, ';'));
	if (rest.p != NULL)
		return ctl_usage(c, "--filter has more than %d parts", FILTERS);
	const struct zone *z = zone_find(env->timezone);
	if (z == NULL)
		z = zone_find(STR("UTC"));
	if (!range_instant(c->t, z, ctl_value(c, "from"), &s->from_us) ||
	    !range_instant(c->t, z, ctl_value(c, "to"), &s->to_us))
		return ctl_usage(c, "--filter needs --from and --to, as 2026-02-23 or RFC 3339");
	return E_OK;
}

/* What would go; nothing is changed. */
static enum err
plan(struct ctl *c, struct pg *pg, const struct privacy_new *in, const uint8_t master[32])
{
	struct privacy_request q = { .subject = in->subject, .environment_id = in->environment_id };
	const struct privacy_subject *s = &in->subject;
	struct filters f;
	struct erasable x = { .environment_id = in->environment_id, .from_us = s->from_us,
		.to_us = s->to_us, .filters = &f };
	struct erasable_sum sum = { 0 };
	enum err e;

	if (str_is(in->target, "events")) {
		e = filters_parse(c->t, s->filter, s->nfilters, &f);
		if (e == E_OK)
			e = erasable_sum(c->t, pg, &x, &sum);
		q.npersons = (size_t)sum.persons;
		q.counts = arena_printf(c->t->arena, "{\"events\":%lld}", (long long)sum.events);
	} else {
		e = erase_persons_of(c->t, pg, master, in->environment_id, &q);
		if (e == E_OK)
			e = subject_count(c->t, pg, in->environment_id, &q, 1);
	}
	if (e != E_OK)
		return e;
	out_object(c, planned);
	out_i64(c, (int64_t)q.npersons);
	out_i64(c, (int64_t)q.subject.nids);
	out_json(c, q.counts);
	return E_OK;
}

static bool
is_open(const struct privacy_request *r)
{
	return str_is(r->state, "received") || str_is(r->state, "running");
}

static enum err
request_get(struct ctl *c, struct pg *pg, int32_t env, struct str id, struct privacy_request *r)
{
	enum err e = pg_begin(c->t, pg, NULL);

	if (e == E_OK)
		e = privacy_get(c->t, pg, env, id, r);
	return pg_end(c->t, pg, e);
}

/* Until it has ended; E_TIMEOUT after the flag's time. */
static enum err
wait_for(struct ctl *c, struct pg *pg, int32_t env, struct str id, struct privacy_request *r)
{
	int64_t seconds;
	enum err e = ctl_number(c, "timeout", WAIT_S, 1, 864000, &seconds);
	int64_t until = clock_mono_us() + seconds * US_PER_S;

	while (e == E_OK) {
		struct timespec nap = { 0, POLL_NS };

		e = request_get(c, pg, env, id, r);
		if (e != E_OK || !is_open(r))
			break;
		if (clock_mono_us() > until)
			return task_fail(c->t, E_TIMEOUT, "The request is still %.*s; it goes on.",
			                 STRF(r->state));
		(void)nanosleep(&nap, NULL);
	}
	if (e == E_OK && str_is(r->state, "failed"))
		return task_fail(c->t, E_INTERNAL, "The request failed: %.*s", STRF(r->error));
	return e;
}

/* One request of --kind with this command's flags. */
static enum err
request(struct ctl *c, const char *kind, struct str mode, struct privacy_request *r, bool *made)
{
	struct privacy_new in = { .kind = str_of(kind), .mode = mode,
		.law = ctl_value(c, "law"), .requested_by = ctl_actor(c) };
	uint8_t master[32];
	struct environment env;
	struct str id;
	struct pg *pg;
	enum err e = master_key(c, master);

	*made = false;
	if (e == E_OK)
		e = ctl_crypt(c, &in.crypt);
	if (e == E_OK)
		e = ctl_begin(c, &pg);
	if (e == E_OK)
		e = ctl_environment(c, pg, &env);
	if (e != E_OK)
		return e;
	in.environment_id = env.id;
	in.due_days = privacy_due_days(in.law, conf_int(c->conf, CONF_PRIVACY_DUE_DAYS));
	e = subject_read(c, &env, &in, master);
	if (e == E_OK && privacy_check(c->t, &in) != E_OK)
		return ctl_usage(c, "%.*s: %.*s", STRF(c->t->fields[0].path),
		                 STRF(c->t->fields[0].message));
	if (e == E_OK && c->dry_run) {
		e = plan(c, pg, &in, master);
		return pg_end(c->t, pg, e);
	}
	if (e == E_OK)
		e = privacy_create(c->t, pg, &in, &id);
	if (e == E_OK)
		e = ctl_audit(c, env.team_id, "privacy.request",
		              arena_printf(c->t->arena, "privacy_request:%.*s", STRF(id)));
	e = pg_end(c->t, pg, e);
	if (e == E_OK)
		e = ctl_given(c, "wait") ? wait_for(c, pg, env.id, id, r) :
		                           request_get(c, pg, env.id, id, r);
	*made = e == E_OK;
	return e;
}

static enum err
erase(struct ctl *c)
{
	struct privacy_request r;
	bool made;
	struct str mode = ctl_given(c, "mode") ? ctl_value(c, "mode") : STR("delete");
	enum err e = request(c, "erase", mode, &r, &made);

	if (e != E_OK || !made)
		return e;
	out_object(c, columns);
	out_request(c, &r);
	return E_OK;
}

/* The archive stays in TIDEMARK_EXPORT_DIR; with --wait it is there. */
static enum err
export(struct ctl *c)
{
	struct privacy_request r;
	bool made;
	enum err e = request(c, "export", STR(""), &r, &made);

	if (e != E_OK || !made)
		return e;
	out_object(c, exported);
	out_str(c, r.id);
	out_str(c, r.state);
	out_i64(c, r.file_bytes);
	out_str(c, r.file_sha256);
	out_str(c, r.file_bytes == 0 ? STR("") : arena_printf(c->t->arena, "%s/%.*s.zip",
	    conf_text(c->conf, CONF_EXPORT_DIR), STRF(r.id)));
	out_time(c, r.file_until_us);
	return E_OK;
}

static enum err
list(struct ctl *c)
{
	struct environment env;
	struct privacy_request *r;
	struct pg *pg;
	size_t n = 0;
	enum err e = ctl_begin(c, &pg);

	if (e == E_OK)
		e = ctl_environment(c, pg, &env);
	if (e == E_OK)
		e = privacy_list(c->t, pg, env.id, STR(""), 1000, &r, &n);
	e = pg_end(c->t, pg, e);
	if (e != E_OK)
		return e;
	out_list(c, columns);
	for (size_t i = 0; i < n; i++)
		out_request(c, &r[i]);
	return E_OK;
}

/* Is there anything left of these ids? Changes nothing. */
static enum err
scan(struct ctl *c)
{
	struct privacy_subject s = { 0 };
	struct job_host h = { .conf = c->conf };
	struct environment env;
	struct erase_look *x;
	int64_t found = 0;
	size_t n = 0;
	enum err e = ctl_pg(c, &h.pg);

	if (e == E_OK)
		e = ctl_redis(c, &h.redis);
	if (e == E_OK)
		e = ctl_environment(c, h.pg, &env);
	if (e != E_OK)
		return e;
	privacy_subject_add(c->t, &s, ID_USER, ctl_value(c, "user-id"));
	privacy_subject_add(c->t, &s, ID_ANONYMOUS, ctl_value(c, "anonymous-id"));
	privacy_subject_add(c->t, &s, ID_DEVICE, ctl_value(c, "device-id"));
	if (s.nids == 0)
		return ctl_usage(c, "give --user-id, --anonymous-id or --device-id");
	for (size_t i = 0; i < s.nids; i++)
		if (!erase_is_telling(s.id[i].id))
			return ctl_usage(c, "\"%.*s\" may mean something else; only longer ids, or"
			                 " ones with digits, can be searched for", STRF(s.id[i].id));
	pg_timeout(h.pg, 0);
	e = erase_look(c->t, &h, env.id, &s, &x, &n);
	if (e != E_OK)
		return e;
	out_list(c, looked);
	for (size_t i = 0; i < n; i++) {
		found += x[i].found;
		out_str(c, x[i].place);
		out_i64(c, x[i].rows);
		out_i64(c, x[i].found);
	}
	c->show_anyway = true;
	return found == 0 ? E_OK : task_fail(c->t, E_CONFLICT, "%lld rows hold an id.", (long long)found);
}

static enum err
receipt_show(struct ctl *c)
{
	struct privacy_request r;
	struct environment env;
	struct pg *pg;
	enum err e = ctl_begin(c, &pg);

	if (e == E_OK)
		e = ctl_environment(c, pg, &env);
	if (e == E_OK)
		e = privacy_get(c->t, pg, env.id, c->arg[1], &r);
	if (e == E_OK && r.receipt.n == 0)
		e = task_fail(c->t, E_NOT_FOUND, "The request has no receipt: it is %.*s.", STRF(r.state));
	e = pg_end(c->t, pg, e);
	if (e == E_OK)
		out_text(c, arena_printf(c->t->arena, "%.*s\n", STRF(r.receipt)));
	return e;
}

static enum err
receipt_check(struct ctl *c)
{
	uint8_t key[32], master[32];
	struct str text, payload;
	enum err e;

	if (ctl_given(c, "key")) {
		e = ctl_read(c, ctl_value(c, "key"), FILE_BYTES, &text);
		if (e == E_OK)
			e = receipt_public_read(c->t, text, key);
	} else {
		e = master_key(c, master);
		receipt_public(master, key);
	}
	if (e == E_OK)
		e = ctl_read(c, c->arg[1], FILE_BYTES, &text);
	if (e == E_OK)
		e = receipt_verify(c->t, key, text, &payload);
	if (e == E_OK)
		out_text(c, arena_printf(c->t->arena, "%.*s\n", STRF(payload)));
	return e;
}

static enum err
receipt(struct ctl *c)
{
	if (str_is(c->arg[0], "show") && c->nargs == 2 && ctl_given(c, "env"))
		return receipt_show(c);
	if (str_is(c->arg[0], "verify") && c->nargs == 2)
		return receipt_check(c);
	return ctl_usage(c, "person receipt verify FILE, or person receipt show ID with --env");
}

#define WHERE \
	{ "project", "ID", false, "project the environment belongs to" }, \
	{ "env", "E", true, "name (with --project) or id" }
#define WHO \
	{ "user-id", "U", false, "who: the user id as the app sends it" }, \
	{ "anonymous-id", "A", false, "who: the anonymous id" }
#define WAITING \
	{ "law", "L", false, "gdpr (default), ccpa or other: when it is due" }, \
	{ "wait", NULL, false, "until it is done" }, \
	{ "timeout", "S", false, "wait at most so many seconds; 3600" }

static const struct ctl_flag erase_flags[] = {
	WHERE, WHO, WAITING,
	{ "mode", "M", false, "delete (default) or pseudonymize: rows stay, under a stranger" },
	{ "filter", "F", false, "instead of a person, events: \"name:eq:signup;prop.mail:exists:\"" },
	{ "from", "T", false, "with --filter: events from here on; a date begins in the environment's zone" },
	{ "to", "T", false, "with --filter: and before" },
	{ "dry-run", NULL, false, "only say what would go" },
	{ 0 }
};
static const struct ctl_flag export_flags[] = {
	WHERE, WHO, WAITING,
	{ "dry-run", NULL, false, "only say what there is" },
	{ 0 }
};
static const struct ctl_flag list_flags[] = { WHERE, { 0 } };
static const struct ctl_flag scan_flags[] = { WHERE, WHO,
	{ "device-id", "D", false, "or a device" }, { 0 } };
static const struct ctl_flag receipt_flags[] = {
	{ "project", "ID", false, "show: project the environment belongs to" },
	{ "env", "E", false, "show: name (with --project) or id" },
	{ "key", "FILE", false, "verify: public keys of another server, as JWKS" },
	{ 0 }
};

static const struct ctl_command commands[] = {
	{ "person", "erase", erase_flags, NULL, 0, 0,
	  "Erase a person, or events that should not have been sent.", erase },
	{ "person", "export", export_flags, NULL, 0, 0,
	  "Make an archive of what is known of a person.", export },
	{ "person", "requests", list_flags, NULL, 0, 0, "List requests to erase and to export.",
	  list },
	{ "person", "scan", scan_flags, NULL, 0, 0,
	  "Search every table and Redis for an id; fails when it is found.", scan },
	{ "person", "receipt", receipt_flags, "verify FILE | show ID", 2, 2,
	  "Check a receipt offline, or print one.", receipt },
};
const struct ctl_module ctl_person = { commands, NELEM(commands) };
