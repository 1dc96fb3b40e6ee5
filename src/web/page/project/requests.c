/* requests.c - requests to erase and to export: the list, and one of them. */
#include "base/clock.h"
#include "base/json.h"
#include "base/str.h"
#include "base/zone.h"
#include "model/project/receipt.h"
#include "query/people.h"
#include "view/format.h"
#include "web/page/project/requests.h"
#include "web/who.h"

#define AT_ONCE 50
#define ID_END 8 /* ids of one minute begin alike */
#define KNOWN_DAYS 3640 /* a window of no more than ten years */

static const struct {
	const char *slug, *kind, *text;
} DONE[] = {
	{ "asked", "good", "The request is taken. It begins at the time below, and can be cancelled "
	                   "until then." },
	{ "cancelled", "good", "The request is cancelled. Nothing was changed." },
};

static const struct {
	const char *state, *tag, *word;
} STATES[] = {
	{ "received", "", "waiting" }, { "running", "warn", "running" }, { "done", "ok", "done" },
	{ "failed", "crash", "failed" }, { "cancelled", "", "cancelled" },
};

static const struct {
	const char *step, *text;
} STEPS[] = {
	{ "", "Waiting for its time" },
	{ "rows", "Taking rows and what counted them" },
	{ "digests", "Counting durations again" },
	{ "queue", "Waiting for what was accepted before" },
	{ "scan", "Searching every table for the ids" },
};

static const struct {
	const char *key, *name;
	bool person;
} ROWS[] = {
	{ "events", "Events", false }, { "crashes", "Crashes", false },
	{ "traces", "Traces", false }, { "sessions", "Sessions", false },
	{ "property_changes", "Changes of properties", false },
	{ "persons", "People, merged ones included", true },
	{ "mentions", "Mentions taken out of other rows", false },
};

enum err
requests_begin(struct web *w, struct task *t)
{

	return who_begin(t, w);
}

struct str
request_url(const struct web *w, struct task *t, struct str id, const char *act)
{
	return page_path(w, t, arena_printf(t->arena, "requests/%.*s%s", STRF(id), act).p);
}

static struct str
time_of(struct page *p, int64_t us)
{
	const struct zone *z = zone_find(p->w->who.env.timezone);

	return format_time(p->t, us, z != NULL ? zone_offset(z, us) : 0);
}

static const char *
what_of(const struct privacy_request *r)
{
	if (str_is(r->kind, "export"))
		return "Export of a person";
	if (str_is(r->target, "events"))
		return "Erase events";
	return str_is(r->mode, "pseudonymize") ? "Pseudonymise a person" : "Erase a person";
}

static void
fill_state(struct page *p, struct dict *d, const struct privacy_request *r)
{
	for (size_t i = 0; i < NELEM(STATES); i++) {
		if (!str_is(r->state, STATES[i].state))
			continue;
		dict_set(d, "STATE", STATES[i].tag);
		dict_set(d, "WORD", STATES[i].word);
	}
	dict_set(d, "WHAT", what_of(r));
	dict_str(d, "ASKED", format_ago(p->t, r->requested_us, p->t->now_us));
	dict_str(d, "DUE", format_ago(p->t, r->due_us, p->t->now_us));
	dict_show_if(d, "OVERDUE", privacy_is_overdue(p->t, r));
}

static void
note_done(struct page *p)
{
	struct str done = req_query(p->t, p->req, "done");

	for (size_t i = 0; i < NELEM(DONE); i++)
		if (str_is(done, DONE[i].slug))
			page_note(p, DONE[i].kind, DONE[i].text);
}

enum err
page_requests(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct page p = page_framed(w, t, req, "requests.tpl", "Privacy requests");
	struct privacy_request *r = NULL;
	struct str before = req_query(t, req, "before");
	size_t n = 0;
	enum err e = requests_begin(w, t);

	if (e == E_OK)
		e = privacy_list(t, w->pg, w->who.env.id, before, AT_ONCE + 1, &r, &n);
	if ((e = pg_end(t, w->pg, e)) != E_OK)
		return e;
	page_project(&p, "requests");
	note_done(&p);
	dict_str(p.body, "NEW_URL", page_path(w, t, "requests/new"));
	dict_show_if(p.body, "NONE", n == 0);
	struct dict *list = n > 0 ? dict_row(p.body, "LIST") : NULL;

	for (size_t i = 0; i < n && i < AT_ONCE; i++) {
		struct dict *d = dict_row(list, "ROW");

		fill_state(&p, d, &r[i]);
		dict_str(d, "URL", request_url(w, t, r[i].id, ""));
		dict_str(d, "ID", str_slice(r[i].id, r[i].id.n - ID_END, r[i].id.n));
	}
	if (n > AT_ONCE)
		dict_str(dict_row(p.body, "NEXT"), "URL", page_link(t, page_path(w, t, "requests"),
		    arena_printf(t->arena, "before=%.*s", STRF(r[AT_ONCE - 1].id)), STR_NULL, STR_NULL));
	return page_send(&p, res, 200);
}

static void
pair(struct page *p, const char *name, struct str value, bool mono)
{
	if (value.n == 0)
		return;
	struct dict *d = dict_row(p->body, "PAIR");

	dict_set(d, "NAME", name);
	dict_str(d, "VALUE", value);
	dict_set(d, "CLASS", mono ? "mono" : "text");
}

static void
pair_time(struct page *p, const char *name, int64_t us)
{
	if (us != 0)
		pair(p, name, time_of(p, us), false);
}

/* Shown while it is not done to whoever may erase; forgotten afterwards, or
 * kept for a restore, and shown to nobody. */
static enum err
fill_subject(struct page *p, struct privacy_request *r)
{
	bool done = str_is(r->state, "done"), sealed = r->sealed.p != NULL;
	enum err e = done ? E_OK : privacy_open(p->t, p->w->crypt, r);

	if (e != E_OK)
		return e;
	pair(p, "User id", r->subject.user_id, true);
	pair(p, "Anonymous id", r->subject.anonymous_id, true);
	for (size_t i = 0; i < r->subject.nfilters; i++)
		pair(p, "Events with", r->subject.filter[i], true);
	if (r->subject.nfilters > 0) {
		pair_time(p, "From", r->subject.from_us);
		pair_time(p, "To", r->subject.to_us);
	}
	if (!sealed && r->receipt.n > 0)
		dict_show(dict_row(p->body, "FORGOTTEN"), "DIGESTS");
	else
		dict_show_if(p->body, "FORGOTTEN", !sealed);
	if (done && sealed)
		dict_i64(dict_row(p->body, "SEALED"), "DAYS", PRIVACY_SEALED_DAYS);
	return E_OK;
}

static void
row_add(struct page *p, struct dict *d, struct str name, int64_t count)
{
	struct dict *row = dict_row(d, "ROW");

	dict_str(row, "NAME", name);
	dict_str(row, "COUNT", format_count(p->t, count));
}

enum err
requests_rows(struct page *p, struct dict *d, struct str counts, int64_t *sum)
{
	const struct str kept = STR(PRIVACY_KEPT);
	const struct json *j, *v;
	struct str key;
	void *it = NULL;
	enum err e = json_parse(p->t, counts, &j);

	*sum = 0;
	for (size_t i = 0; e == E_OK && i < NELEM(ROWS); i++) {
		v = json_get(j, ROWS[i].key);
		if (v == NULL)
			continue;
		row_add(p, d, str_of(ROWS[i].name), json_i64(v, 0));
		*sum += ROWS[i].person ? 0 : json_i64(v, 0);
	}
	while (e == E_OK && json_next(j, &it, &key, &v))
		if (str_starts(key, kept))
			row_add(p, d, arena_printf(p->t->arena, "Kept in %.*s: a name used by others",
			        STRF(str_slice(key, kept.n, key.n))), json_i64(v, 0));
	return e;
}

static enum err
fill_rows(struct page *p, const struct privacy_request *r)
{
	int64_t sum;

	return str_is(r->counts, "{}") ? E_OK :
	       requests_rows(p, dict_row(p->body, "ROWS"), r->counts, &sum);
}

static void
fill_receipt(struct page *p, const struct privacy_request *r)
{
	struct str payload = receipt_payload(p->t, r->receipt);
	const struct json *j, *search;

	if (payload.n == 0 || json_parse(p->t, payload, &j) != E_OK)
		return;
	search = json_get(j, "search");
	struct dict *d = dict_row(p->body, "RECEIPT");
	struct dict *s = dict_row(d, str_is(r->target, "events") ? "EVENTS" : "IDS");

	dict_str(d, "URL", request_url(p->w, p->t, r->id, "/receipt"));
	dict_str(s, "TABLES", format_count(p->t, json_i64(json_get(search, "tables"), 0)));
	dict_str(s, "LOOKED", format_count(p->t, json_i64(json_get(search, "rows"), 0)));
	dict_str(s, "KEYS", format_count(p->t, json_i64(json_get(search, "redis_keys"), 0)));
	dict_str(s, "FOUND", format_count(p->t, json_i64(json_get(search, "found"), 0)));
}

/* Nothing has been done yet. */
static bool
is_open(const struct privacy_request *r)
{
	return str_is(r->state, "received");
}

static enum err
known_range(const struct web *w, struct task *t, struct range *out)
{
	char from[CLOCK_TEXT], to[CLOCK_TEXT];

	clock_format(t->now_us - KNOWN_DAYS * US_PER_DAY, from);
	clock_format(t->now_us + US_PER_DAY, to);
	return range_parse(t, &(struct range_input){ .from = str_of(from), .to = str_of(to),
	    .env_tz = w->who.env.timezone }, out);
}

/* The page of the person whom the request names; "" when none has it. In a
 * transaction. */
static enum err
person_url(struct web *w, struct task *t, const struct privacy_subject *s, struct str *url)
{
	struct str filter[2];
	size_t n = 0;
	struct range range;
	struct query_env env;
	enum err e = query_env_load(t, w->pg, w->who.env.id, &env);

	*url = STR("");
	if (s->user_id.n > 0) {
		struct str hashed = STR("");
		if (e == E_OK)
			e = privacy_hashed(w, t, s->user_id, &hashed);
		filter[n++] = arena_printf(t->arena, "user:eq:%.*s", STRF(s->user_id));
		filter[n++] = arena_printf(t->arena, "user:eq:%.*s", STRF(hashed));
	} else {
		filter[n++] = arena_printf(t->arena, "anonymous:eq:%.*s", STRF(s->anonymous_id));
	}
	if (e == E_OK)
		e = known_range(w, t, &range);
	for (size_t i = 0; e == E_OK && i < n && url->n == 0; i++) {
		struct people_page found = { 0 };
		struct filters f;
		e = filters_parse(t, &filter[i], 1, &f);
		if (e == E_OK)
			e = people_list(t, w->pg, &env, &(struct people_query){ .range = &range,
			    .filters = &f, .limit = 1 }, &found);
		if (e == E_OK && found.n > 0)
			*url = page_path(w, t, arena_printf(t->arena, "persons/%.*s",
			    STRF(found.row[0].person_id)).p);
	}
	return e;
}

/* What waits can still be taken back: what it is about, in numbers. */
static enum err
fill_held(struct page *p, const struct privacy_request *r)
{
	struct web *w = p->w;
	struct task *t = p->t;
	struct privacy_request q;
	struct str url = STR("");
	int64_t sum;
	if (!is_open(r) || !str_is(r->target, "person"))
		return E_OK;
	enum err e = requests_begin(w, t);
	if (e == E_OK)
		e = privacy_held(w, t, &r->subject, &q);
	if (e == E_OK && q.npersons > 0)
		e = person_url(w, t, &r->subject, &url);
	e = pg_end(t, w->pg, e);
	if (e != E_OK)
		return e;
	if (q.npersons == 0) {
		dict_show(dict_row(p->body, "NOBODY"), str_is(r->kind, "export") ? "EXPORT" : "ERASE");
		return E_OK;
	}
	struct dict *d = dict_row(p->body, "HELD");
	if (url.n > 0)
		dict_str(dict_row(d, "PERSON"), "URL", url);
	return requests_rows(p, d, q.counts, &sum);
}

static void
fill_acts(struct page *p, const struct privacy_request *r)
{
	if (is_open(r)) {
		struct dict *d = dict_row(p->body, "CANCEL");

		page_csrf(p, d);
		dict_str(d, "URL", request_url(p->w, p->t, r->id, "/cancel"));
	}
	if (privacy_has_archive(p->t, r)) {
		struct dict *d = dict_row(p->body, "ARCHIVE");

		dict_str(d, "URL", request_url(p->w, p->t, r->id, "/archive"));
		dict_str(d, "SIZE", format_bytes(p->t, r->file_bytes));
		dict_str(d, "UNTIL", time_of(p, r->file_until_us));
		dict_str(d, "SHA256", r->file_sha256);
	}
}

enum err
page_request(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct page p = page_framed(w, t, req, "request.tpl", "Privacy request");
	struct privacy_request r;
	enum err e = requests_begin(w, t);

	if (e == E_OK)
		e = privacy_get(t, w->pg, w->who.env.id, req->param[3], &r);
	if ((e = pg_end(t, w->pg, e)) != E_OK)
		return e;
	page_project(&p, "requests");
	if (is_open(&r) == !str_is(req_query(t, req, "done"), "cancelled"))
		note_done(&p);
	fill_state(&p, p.body, &r);
	dict_show_if(p.body, "CANCELLED", str_is(r.state, "cancelled"));
	dict_str(p.body, "LIST_URL", page_path(w, t, "requests"));
	e = fill_subject(&p, &r);
	if (e == E_OK)
		e = fill_rows(&p, &r);
	if (e == E_OK)
		e = fill_held(&p, &r);
	if (e != E_OK)
		return e;
	pair(&p, "Law", str_is(r.law, "gdpr") ? STR("GDPR") : str_is(r.law, "ccpa") ? STR("CCPA") :
	    STR("Other"), false);
	pair_time(&p, "Asked", r.requested_us);
	pair_time(&p, "Begins", r.started_us == 0 ? r.not_before_us : 0);
	pair_time(&p, "Due", r.due_us);
	pair_time(&p, "Began", r.started_us);
	pair_time(&p, "Erased up to", r.erased_us);
	pair_time(&p, "Ended", r.finished_us);
	pair(&p, "Request id", r.id, true);
	for (size_t i = 0; str_is(r.state, "running") && i < NELEM(STEPS); i++)
		if (str_is(r.step, STEPS[i].step))
			dict_set(dict_row(p.body, "STEP"), "TEXT", STEPS[i].text);
	if (r.error.n > 0)
		dict_str(dict_row(p.body, "ERROR"), "TEXT", r.error);
	fill_receipt(&p, &r);
	fill_acts(&p, &r);
	return page_send(&p, res, 200);
}

enum err
page_request_cancel(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct str id = req->param[3];
	enum err e = requests_begin(w, t);

	if (e == E_OK)
		e = privacy_cancel(t, w->pg, w->who.env.id, id);
	if (e == E_OK)
		e = privacy_told(w, t, req, "privacy.cancel", id);
	if ((e = pg_end(t, w->pg, e)) != E_OK)
		return e;
	res_redirect(res, page_link(t, request_url(w, t, id, ""), STR("done=cancelled"), STR_NULL,
	    STR_NULL));
	return E_OK;
}

static enum err
fetch(struct web *w, struct task *t, const struct req *req, const char *action,
      struct privacy_request *r)
{
	enum err e = requests_begin(w, t);

	if (e == E_OK)
		e = privacy_get(t, w->pg, w->who.env.id, req->param[3], r);
	if (e == E_OK)
		e = privacy_told(w, t, req, action, r->id);
	return pg_end(t, w->pg, e);
}

enum err
page_request_receipt(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct privacy_request r;
	enum err e = fetch(w, t, req, "privacy.receipt", &r);

	return e == E_OK ? privacy_send_receipt(t, &r, res) : e;
}

enum err
page_request_archive(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct privacy_request r;
	enum err e = fetch(w, t, req, "privacy.download", &r);

	return e == E_OK ? privacy_send_archive(w, t, &r, res) : e;
}
