/* privacy.c - see privacy.h. */
#include "model/project/privacy.h"

#include "base/json.h"
#include "base/jw.h"
#include "base/num.h"
#include "base/str.h"
#include "base/uuid.h"

#define ID_BYTES 256
#define FILTER_BYTES 1200
#define STR_(x) #x
#define TEXT(x) STR_(x)

static const struct stmt insert = { "privacy_insert",
	"INSERT INTO privacy_requests (id, environment_id, kind, target, mode, law, subject, digests,"
	" requested_by, not_before, due_at) SELECT $2::uuid, $1::int4, $3, $4, $5, $6, $7::bytea,"
	" $8::text[], $9, now() + make_interval(mins => $10::int4),"
	" now() + make_interval(days => $11::int4)" };
static const struct stmt get = { "privacy_get",
	"SELECT " PRIVACY_COLUMNS " FROM privacy_requests r WHERE r.environment_id = $1::int4"
	" AND r.id = $2::uuid" };
static const struct stmt list = { "privacy_list",
	"SELECT " PRIVACY_COLUMNS " FROM privacy_requests r WHERE r.environment_id = $1::int4"
	" AND ($2::uuid IS NULL OR (r.requested_at, r.id) < (SELECT b.requested_at, b.id"
	"  FROM privacy_requests b WHERE b.environment_id = $1 AND b.id = $2))"
	" ORDER BY r.requested_at DESC, r.id DESC LIMIT $3" };
static const struct stmt cancel = { "privacy_cancel",
	"UPDATE privacy_requests SET state = 'cancelled', finished_at = now(), subject = NULL"
	" WHERE environment_id = $1::int4 AND id = $2::uuid AND state = 'received'" };
static const struct stmt forget = { "privacy_forget",
	"UPDATE privacy_requests SET subject = NULL WHERE kind = 'erase' AND target = 'events'"
	" AND state = 'done' AND subject IS NOT NULL"
	" AND finished_at < now() - interval '" TEXT(PRIVACY_SEALED_DAYS) " days'" };
static const struct stmt *const all[] = { &insert, &get, &list, &cancel, &forget };
const struct stmt_list privacy_statements = STMT_LIST("privacy", all);

static bool
is_one_of(struct str s, const char *const *words)
{
	for (; *words != NULL; words++)
		if (str_is(s, *words))
			return true;
	return false;
}

void
privacy_subject_add(struct task *t, struct privacy_subject *s, char kind, struct str id)
{
	for (size_t i = 0; i < s->nids; i++)
		if (s->id[i].kind == kind && str_eq(s->id[i].id, id))
			return;
	if (id.n == 0 || s->nids >= PRIVACY_IDS_MAX)
		return;
	s->id = arena_grow(t->arena, s->id, s->nids, &s->cap, sizeof(*s->id));
	s->id[s->nids++] = (struct privacy_id){ kind, arena_str(t->arena, id) };
}

static void
check_person(struct task *t, const struct privacy_subject *s)
{
	if (s->user_id.n == 0 && s->anonymous_id.n == 0)
		task_field(t, STR("user_id"), "Give a user id, an anonymous id, or both.");
	if (s->user_id.n > ID_BYTES)
		task_field(t, STR("user_id"), "At most %d bytes.", ID_BYTES);
	if (s->anonymous_id.n > ID_BYTES)
		task_field(t, STR("anonymous_id"), "At most %d bytes.", ID_BYTES);
	/* what is not used is refused: it was to erase less */
	if (s->from_us != 0 || s->to_us != 0)
		task_field(t, STR("from"), "Only of events, by filters: of a person all goes.");
}

static void
check_events(struct task *t, const struct privacy_subject *s)
{
	if (s->user_id.n > 0 || s->anonymous_id.n > 0)
		task_field(t, STR("filters"), "Either a person or events; the filters user:eq:\xe2\x80\xa6"
			" and anonymous:eq:\xe2\x80\xa6 choose events of one person.");
	if (s->nfilters == 0)
		task_field(t, STR("filters"), "Say which events: a name, a property, or both.");
	for (size_t i = 0; i < s->nfilters; i++)
		if (s->filter[i].n > FILTER_BYTES)
			task_field(t, STR("filters"), "At most %d bytes each.", FILTER_BYTES);
	if (s->from_us == 0 || s->to_us <= s->from_us)
		task_field(t, STR("from"), "A range of time that ends after it begins.");
}

enum err
privacy_check(struct task *t, const struct privacy_new *in)
{
	static const char *const kinds[] = { "erase", "export", NULL };
	static const char *const laws[] = { "", "gdpr", "ccpa", "other", NULL };
	static const char *const modes[] = { "delete", "pseudonymize", NULL };
	bool person = str_is(in->target, "person");

	if (!is_one_of(in->kind, kinds))
		task_field(t, STR("kind"), "Is erase or export.");
	if (!person && !(str_is(in->target, "events") && str_is(in->kind, "erase")))
		task_field(t, STR("target"), "Is person; for an erasure also events.");
	if (str_is(in->kind, "erase") && !is_one_of(in->mode, modes))
		task_field(t, STR("mode"), "Is delete or pseudonymize.");
	if (!person && str_is(in->mode, "pseudonymize"))
		task_field(t, STR("mode"), "Events can only be deleted.");
	if (!is_one_of(in->law, laws))
		task_field(t, STR("law"), "Is gdpr, ccpa or other.");
	if (in->hold_min < 0 || in->hold_min > PRIVACY_HOLD_MAX)
		task_field(t, STR("hold_minutes"), "A number from 0 to %d.", PRIVACY_HOLD_MAX);
	if (person)
		check_person(t, &in->subject);
	else
		check_events(t, &in->subject);
	return t->nfields > 0 ? task_fail(t, E_INVALID, "Please check the marked fields.") : E_OK;
}

static struct str
seal_place(struct task *t, struct str id)
{
	return arena_printf(t->arena, "privacy_requests|%.*s|subject", STRF(id));
}

static struct str
subject_json(struct task *t, const struct privacy_subject *s)
{
	struct buf b = BUF_INIT;
	struct jw w;

	jw_init(&w, &b);
	jw_object_begin(&w);
	jw_kstr(&w, "user_id", s->user_id);
	jw_kstr(&w, "anonymous_id", s->anonymous_id);
	jw_ki64(&w, "from", s->from_us);
	jw_ki64(&w, "to", s->to_us);
	jw_ki64(&w, "come_by", s->come_by_us);
	jw_key(&w, "filters");
	jw_array_begin(&w);
	for (size_t i = 0; i < s->nfilters; i++)
		jw_str(&w, s->filter[i]);
	jw_array_end(&w);
	jw_key(&w, "ids");
	jw_array_begin(&w);
	for (size_t i = 0; i < s->nids; i++) {
		jw_str(&w, (struct str){ &s->id[i].kind, 1 });
		jw_str(&w, s->id[i].id);
	}
	jw_array_end(&w);
	jw_object_end(&w);
	struct str out = arena_str(t->arena, buf_str(&b));

	buf_release(&b);
	return out;
}

struct str
privacy_seal(struct task *t, const struct crypt *crypt, const struct privacy_request *r)
{
	return crypt_seal(t, crypt, subject_json(t, &r->subject), seal_place(t, r->id));
}

enum err
privacy_open(struct task *t, const struct crypt *crypt, struct privacy_request *r)
{
	struct privacy_subject *s = &r->subject;
	const struct json *j, *values;
	struct str text;
	enum err e;

	*s = (struct privacy_subject){ 0 };
	if (r->sealed.p == NULL)
		return E_OK;
	e = crypt_unseal(t, crypt, r->sealed, seal_place(t, r->id), &text);
	if (e == E_OK)
		e = json_parse(t, text, &j);
	if (e != E_OK)
		return e;
	s->user_id = json_get_str(j, "user_id");
	s->anonymous_id = json_get_str(j, "anonymous_id");
	s->from_us = json_i64(json_get(j, "from"), 0);
	s->to_us = json_i64(json_get(j, "to"), 0);
	s->come_by_us = json_i64(json_get(j, "come_by"), 0);
	values = json_get(j, "filters");
	s->filter = tarray(t, json_count(values) + 1, struct str);
	for (size_t i = 0; i < json_count(values); i++)
		s->filter[s->nfilters++] = json_str(json_at(values, i), STR(""));
	values = json_get(j, "ids");
	for (size_t i = 0; i + 1 < json_count(values); i += 2)
		privacy_subject_add(t, s, json_str(json_at(values, i), STR("?")).p[0],
		                    json_str(json_at(values, i + 1), STR("")));
	return E_OK;
}

enum err
privacy_create(struct task *t, struct pg *pg, const struct privacy_new *in, struct str *id)
{
	struct privacy_request r = { .subject = in->subject };
	struct bind b = { 0 };
	uint8_t raw[16];
	enum err e = privacy_check(t, in);

	if (e != E_OK)
		return e;
	uuid_v7(t->now_us, raw);
	r.id = *id = in->id.n > 0 ? in->id : uuid_str(t->arena, raw);
	bind_i64(t, &b, in->environment_id);
	bind_str(t, &b, *id);
	bind_str(t, &b, in->kind);
	bind_str(t, &b, in->target);
	bind_str(t, &b, in->mode.n > 0 ? in->mode : STR(""));
	bind_str(t, &b, in->law.n > 0 ? in->law : STR("gdpr"));
	bind_bytes(t, &b, privacy_seal(t, in->crypt, &r));
	bind_str_array(t, &b, in->digest, in->ndigests);
	bind_str(t, &b, in->requested_by);
	bind_i64(t, &b, in->hold_min);
	bind_i64(t, &b, in->due_days);
	return pg_run(t, pg, &insert, &b, NULL);
}

/* "{1,2}" */
static int64_t *
numbers(struct task *t, struct str text, size_t *n)
{
	struct str rest = text.n > 2 ? str_slice(text, 1, text.n - 1) : STR_NULL;
	size_t cap = 1;

	for (size_t i = 0; i < text.n; i++)
		cap += text.p[i] == ',';
	int64_t *v = tarray(t, cap, int64_t);

	*n = 0;
	while (rest.p != NULL)
		*n += num_i64(str_cut(&rest, ','), &v[*n]);
	return v;
}

void
privacy_row(struct task *t, const struct rows *r, size_t i, struct privacy_request *out)
{
	*out = (struct privacy_request){
		.id = row_str(r, i, 0), .environment_id = (int32_t)row_i64(r, i, 1),
		.kind = row_str(r, i, 2), .target = row_str(r, i, 3), .mode = row_str(r, i, 4),
		.law = row_str(r, i, 5), .state = row_str(r, i, 6), .step = row_str(r, i, 7),
		.requested_by = row_str(r, i, 8), .error = row_str(r, i, 9),
		.receipt = row_str(r, i, 10), .counts = row_str(r, i, 11),
		.queue_mark = row_str(r, i, 12), .requested_us = row_time(r, i, 13),
		.not_before_us = row_time(r, i, 14), .due_us = row_time(r, i, 15),
		.started_us = row_time(r, i, 16), .erased_us = row_time(r, i, 17),
		.finished_us = row_time(r, i, 18), .digests = row_str(r, i, 19),
		.rounds = row_i64(r, i, 20), .file_bytes = row_i64(r, i, 21),
		.file_until_us = row_time(r, i, 22), .file_sha256 = row_str(r, i, 23),
	};
	if (!row_is_null(r, i, 24))
		out->sealed = row_bytes(t, r, i, 24);
	out->person_no = numbers(t, row_str(r, i, 25), &out->npersons);
	out->device_no = numbers(t, row_str(r, i, 26), &out->ndevices);
}

enum err
privacy_get(struct task *t, struct pg *pg, int32_t environment_id, struct str id,
            struct privacy_request *out)
{
	struct bind b = { 0 };
	struct rows *r = NULL;
	uint8_t raw[16];
	enum err e = E_OK;

	bind_i64(t, &b, environment_id);
	bind_str(t, &b, id);
	if (uuid_parse(id, raw))
		e = pg_run(t, pg, &get, &b, &r);
	if (e == E_OK && (r == NULL || rows_count(r) != 1))
		return task_fail(t, E_NOT_FOUND, "There is no privacy request \"%.*s\"", STRF(id));
	if (e == E_OK)
		privacy_row(t, r, 0, out);
	return e;
}

enum err
privacy_list(struct task *t, struct pg *pg, int32_t environment_id, struct str before,
             int64_t limit, struct privacy_request **out, size_t *n)
{
	struct bind b = { 0 };
	struct rows *r;
	uint8_t raw[16];
	enum err e;

	if (before.n > 0 && !uuid_parse(before, raw))
		return task_fail(t, E_BAD_CURSOR, "The cursor is not one of this list.");
	bind_i64(t, &b, environment_id);
	bind_str_or_null(t, &b, before);
	bind_i64(t, &b, limit);
	e = pg_run(t, pg, &list, &b, &r);
	*n = e == E_OK ? rows_count(r) : 0;
	*out = tarray(t, *n + 1, struct privacy_request);
	for (size_t i = 0; i < *n; i++)
		privacy_row(t, r, i, &(*out)[i]);
	return e;
}

enum err
privacy_cancel(struct task *t, struct pg *pg, int32_t environment_id, struct str id)
{
	struct privacy_request was;
	struct bind b = { 0 };
	struct rows *r;
	enum err e = privacy_get(t, pg, environment_id, id, &was);

	bind_i64(t, &b, environment_id);
	bind_str(t, &b, id);
	if (e == E_OK)
		e = pg_run(t, pg, &cancel, &b, &r);
	if (e == E_OK && rows_affected(r) == 0)
		return task_fail(t, E_CONFLICT, "The request has begun already.");
	return e;
}

enum err
privacy_forget(struct task *t, struct pg *pg, int64_t *forgotten)
{
	struct rows *r;
	enum err e = pg_run(t, pg, &forget, NULL, &r);

	*forgotten = e == E_OK ? rows_affected(r) : 0;
	return e;
}

bool
privacy_is_overdue(const struct task *t, const struct privacy_request *r)
{
	bool open = str_is(r->state, "received") || str_is(r->state, "running") ||
	            str_is(r->state, "failed");

	return open && r->due_us < t->now_us;
}

int64_t
privacy_due_days(struct str law, int64_t config)
{
	return str_is(law, "ccpa") ? 45 : config;
}

struct str
privacy_detail(struct task *t, const struct privacy_kind *k)
{
	const struct {
		const char *name;
		struct str value;
	} part[] = {
		{ "kind", k->kind }, { "target", k->target }, { "mode", k->mode }, { "law", k->law },
		{ "environment", arena_printf(t->arena, "%d", k->environment_id) },
	};
	struct buf b = BUF_INIT;
	struct jw j;

	jw_init(&j, &b);
	jw_object_begin(&j);
	for (size_t i = 0; i < NELEM(part); i++)
		if (part[i].value.n > 0)
			jw_kstr(&j, part[i].name, part[i].value);
	jw_object_end(&j);
	struct str s = arena_str(t->arena, buf_str(&b));

	buf_release(&b);
	return s;
}
