/* envelope.c - see envelope.h. */
#include "ingest/envelope.h"

#include "base/clock.h"
#include "base/str.h"
#include "base/utf8.h"
#include "ingest/geo.h"
#include "ingest/item.h"

#define MAX_MEMBERS 128 /* of the envelope and its blocks */
#define CLOCK_SLACK (5 * US_PER_MIN)
/* Another vendor's request may hold as many times our own limit: a message may
 * become several items, and OpenTelemetry's collector sends 8,192 at a time. */
#define FOREIGN_SPREAD 16

/* The envelope's parts while it is read. */
struct parts {
	uint32_t root;
	uint32_t pos[ENV_END];
	uint32_t first, end; /* the items on the tape */
	size_t count;
};

static bool
wrong(struct task *t, const char *path, const char *message)
{
	task_field(t, str_of(path), "%s", message);
	return false;
}

/* --- NDJSON as one array --- */

static enum err
join_lines(struct task *t, struct str body, struct str *out, size_t *lines)
{
	struct buf b = BUF_INIT;
	size_t n = 0;
	buf_reserve(&b, body.n + 16);
	buf_putc(&b, '[');
	while (body.p != NULL) {
		struct str line = str_trim(str_cut(&body, '\n'));
		if (line.n == 0)
			continue;
		if (n++ > 0)
			buf_putc(&b, ',');
		buf_add(&b, line);
	}
	buf_putc(&b, ']');
	*out = arena_str(t->arena, buf_str(&b));
	*lines = n;
	buf_release(&b);
	return E_OK;
}

/* --- adapters and where the items are --- */

/* An unusable version is reported, and the rest is read as 1.0: whoever sends
 * it learns of all that is wrong at once. */
static const struct adapter *
pick_adapter(struct task *t, const struct intake *in, const struct scan *s, uint32_t root,
             struct verdict *v, struct str *version)
{
	char text[80];
	uint32_t at = scan_find(s, root, STR("schema_version"));
	*version = in->schema_version;
	if (at != 0 && !text_read(t, s, at, version))
		*version = STR("?");
	if (at != 0 && in->schema_version.n > 0 && !str_eq(*version, in->schema_version))
		verdict_warn(v, "schema_version_mismatch",
		             STR("X-Schema-Version differs from the body; the body counts."));
	const struct adapter *a = adapter_find(*version);
	if (a != NULL)
		return a;
	snprintf(text, sizeof(text), "Unsupported schema_version. Supported: %s",
	         adapter_versions());
	wrong(t, "schema_version",
	      version->n > 0 ? text : "The schema_version field is required.");
	return adapter_find(STR("1.0"));
}

static bool
collect(struct task *t, struct key_map *m, const struct scan *s, uint32_t at, uint32_t *pos,
        const char *path, size_t end)
{
	struct str key;
	if (!scan_is_object(s, at))
		return wrong(t, path[0] != '\0' ? path : "body", "This field must be an object.");
	if (key_map_collect(m, s, at, MAX_MEMBERS, pos, end, &key))
		return true;
	if (key.n == 0)
		return wrong(t, path[0] != '\0' ? path : "body", "This object has too many keys.");
	struct str full = path[0] != '\0' ?
	    arena_printf(t->arena, "%s.%.*s", path, STRF(str_slice(key, 0, 64))) :
	    str_slice(key, 0, 64);
	task_field(t, full, "The key stands there twice.");
	return false;
}

static bool
find_items(struct task *t, const struct adapter *a, const struct scan *s, struct parts *p)
{
	uint32_t list = p->pos[ENV_EVENTS];
	char text[64];
	if (list != 0 && scan_is_array(s, list)) {
		p->first = scan_first(s, list);
		p->end = scan_end(s, list);
		return true;
	}
	snprintf(text, sizeof(text),
	         list == 0 ? "The %s field is required." : "The %s field must be an array.",
	         a->list);
	return wrong(t, a->list, text);
}

/* --- the envelope's fields --- */

static bool
read_sent_at(struct item_check *c, const struct parts *p)
{
	const struct intake *in = c->in;
	struct batch *b = c->batch;
	uint32_t at = p->pos[ENV_SENT_AT], historical = p->pos[ENV_HISTORICAL];
	b->historical = c->in->historical;
	if (historical != 0) {
		enum scan_type kind = scan_kind(c->scan, historical);
		if (kind != SCAN_TRUE && kind != SCAN_FALSE)
			return wrong(c->task, "historical",
			             "The historical field must be true or false.");
		b->historical = b->historical || kind == SCAN_TRUE;
	}
	if (at == 0)
		return true;
	const char *name = c->adapter->version != NULL && c->adapter->epoch_ms ? "sent" :
	                                                                         "sent_at";
	if (!time_read(c->adapter, c->scan, at, &b->sent_us))
		return wrong(c->task, name, "The sent_at field must be a valid RFC 3339 date-time.");
	int64_t off = in->received_us - b->sent_us;
	if (!b->historical && (off > CLOCK_SLACK || off < -CLOCK_SLACK)) {
		c->offset_us = off;
		verdict_warn(c->verdict, "clock_corrected",
		             STR("The device's clock was off; all times were moved by one offset."));
	}
	return true;
}

static bool
block_text(struct item_check *c, const uint32_t *pos, int field, const char *path, size_t max,
           struct str *out)
{
	uint32_t at = pos[field];
	if (at == 0)
		return true;
	if (!text_read(c->task, c->scan, at, out))
		return wrong(c->task, path, "This field must be a string.");
	/* what describes the device; ids and the bundle say who sends */
	if (max == MAX_CONTEXT_BYTES && field != BLK_BUNDLE_ID && c->in->scrub->policy != NULL) {
		c->redact.scope = SCOPE_DEVICE;
		*out = redact_text(&c->redact, str_of(strchr(path, '.') + 1), *out);
	}
	if (out->n <= max)
		return true;
	if (max == MAX_PERSON_ID_BYTES)
		return wrong(c->task, path, "This field must not be greater than 256 bytes.");
	*out = utf8_cut(*out, max);
	verdict_warn(c->verdict, "string_cut", STR("A string longer than the limit was cut."));
	return true;
}

static bool
read_app(struct item_check *c, uint32_t at, struct context *x)
{
	uint32_t pos[BLK_END];
	if (at == 0 || c->adapter->app == NULL)
		return true;
	if (!collect(c->task, c->adapter->app, c->scan, at, pos, "app", BLK_END))
		return false;
	bool ok = block_text(c, pos, BLK_BUNDLE_ID, "app.bundle_id", MAX_CONTEXT_BYTES,
	                     &x->bundle_id);
	ok &= block_text(c, pos, BLK_APP_VERSION, "app.version_name", MAX_CONTEXT_BYTES,
	                 &x->app_version);
	return ok & block_text(c, pos, BLK_APP_BUILD, "app.build_number", MAX_CONTEXT_BYTES,
	                       &x->app_build);
}

static bool
read_device(struct item_check *c, uint32_t at, struct context *x, struct identity *d)
{
	uint32_t pos[BLK_END];
	if (at == 0 || c->adapter->device == NULL)
		return true;
	if (!collect(c->task, c->adapter->device, c->scan, at, pos, "device", BLK_END))
		return false;
	bool ok = block_text(c, pos, BLK_DEVICE_ID, "device.device_id", MAX_PERSON_ID_BYTES,
	                     &d->device_id);
	ok &= block_text(c, pos, BLK_PLATFORM, "device.platform", MAX_CONTEXT_BYTES,
	                 &x->platform);
	ok &= block_text(c, pos, BLK_OS_VERSION, "device.os_version", MAX_CONTEXT_BYTES,
	                 &x->os_version);
	ok &= block_text(c, pos, BLK_MODEL, "device.model", MAX_CONTEXT_BYTES, &x->model);
	return ok & block_text(c, pos, BLK_LOCALE, "device.locale", MAX_CONTEXT_BYTES, &x->locale);
}

static bool
read_user(struct item_check *c, uint32_t at, struct identity *d)
{
	uint32_t pos[BLK_END];
	if (at == 0 || c->adapter->user == NULL)
		return true;
	if (!collect(c->task, c->adapter->user, c->scan, at, pos, "user", BLK_END))
		return false;
	bool ok = block_text(c, pos, BLK_USER_ID, "user.user_id", MAX_PERSON_ID_BYTES,
	                     &d->user_id);
	ok &= block_text(c, pos, BLK_ANONYMOUS_ID, "user.anonymous_id", MAX_PERSON_ID_BYTES,
	                 &d->anonymous_id);
	d->user_id = scrub_user_id(c->task, c->in->scrub, d->user_id);
	return ok;
}

bool
bundle_listed(struct str allowed, struct str bundle)
{
	if (str_trim(allowed).n == 0)
		return true;
	while (allowed.p != NULL) {
		struct str one = str_trim(str_cut(&allowed, '\n'));
		if (one.n > 0 && str_eq(one, bundle))
			return true;
	}
	return false;
}

/* "name/version", of a sender that cannot set the headers (a beacon). They
 * win, and what is no such line says nothing, as unknown keys do. */
static void
read_sdk(struct item_check *c, uint32_t at)
{
	struct batch *b = c->batch;
	struct str rest;
	if (at == 0 || b->sdk.n > 0 || !scan_string(c->scan, at, &rest) || !utf8_is_line(rest))
		return;
	b->sdk = utf8_cut(str_trim(str_cut(&rest, '/')), MAX_SDK_BYTES);
	if (b->sdk_version.n == 0 && rest.p != NULL)
		b->sdk_version = utf8_cut(str_trim(rest), MAX_SDK_BYTES);
}

static bool
read_envelope(struct item_check *c, struct parts *p)
{
	struct task *t = c->task;
	struct batch *b = c->batch;
	struct context *x = b->contexts;
	struct identity d = { 0 };
	uint32_t at = p->pos[ENV_ENVIRONMENT], install = p->pos[ENV_INSTALL];
	uint32_t blocks[ENV_END];
	struct str name;
	const uint32_t *from = p->pos;
	bool ok = read_sent_at(c, p);
	read_sdk(c, p->pos[ENV_SDK]);
	if (install != 0 &&
	    (!text_read(t, c->scan, install, &b->install) || b->install.n > MAX_ID_BYTES))
		ok = wrong(t, "install", "The install field must be a string within 128 bytes.");
	if (at != 0 && (!text_read(t, c->scan, at, &name) || !str_eq(name, c->in->environment)))
		verdict_warn(c->verdict, "environment_mismatch",
		             STR("The key selects the environment; the body names another."));
	if (p->pos[ENV_CONTEXT] != 0) {
		if (!collect(t, c->adapter->context, c->scan, p->pos[ENV_CONTEXT], blocks, "context",
		             ENV_END))
			return false;
		from = blocks;
	}
	ok &= read_app(c, from[ENV_APP], x);
	ok &= read_device(c, from[ENV_DEVICE], x, &d);
	ok &= read_user(c, from[ENV_USER], &d);
	c->blocks_refused = c->redact.refused;
	x->country = c->in->country.n > 0 ? c->in->country : geo_of_locale(t, x->locale);
	(void)identity_index(t, b, &d);
	return ok;
}

/* --- items --- */

/* Open addressing over event ids; entry = item + 1. */
struct id_set {
	uint32_t *slot;
	size_t mask;
};

static bool
id_seen(struct id_set *set, const struct batch *b, const struct item *it)
{
	uint64_t a, z;
	memcpy(&a, it->event_id, 8);
	memcpy(&z, it->event_id + 8, 8);
	/* Ids of one batch often differ in a few last bits only: mix well. */
	uint64_t h = (a ^ (z ^ z >> 32) * UINT64_C(0x9e3779b97f4a7c15));
	h = (h ^ h >> 32) * UINT64_C(0xd6e8feb86659fd93);
	for (size_t i = (size_t)(h ^ h >> 32) & set->mask;; i = (i + 1) & set->mask) {
		if (set->slot[i] == 0) {
			set->slot[i] = (uint32_t)(b->nitems + 1);
			return false;
		}
		if (memcmp(b->items[set->slot[i] - 1].event_id, it->event_id, 16) == 0)
			return true;
	}
}

static void
count_reject(struct batch *b, struct task *t, struct str code)
{
	for (size_t i = 0; i < b->nrejects; i++) {
		if (str_eq(b->rejects[i].code, code)) {
			b->rejects[i].count++;
			return;
		}
	}
	if (b->rejects == NULL)
		b->rejects = tarray(t, 32, struct reject_count);
	if (b->nrejects < 32)
		b->rejects[b->nrejects++] = (struct reject_count){ code, 1 };
}

static void
read_items(struct item_check *c, const struct parts *p, size_t *malformed)
{
	struct batch *b = c->batch;
	struct verdict *v = c->verdict;
	struct id_set set = { .mask = 16 };
	while (set.mask < p->count * 2)
		set.mask *= 2;
	set.slot = tarray(c->task, set.mask, uint32_t);
	set.mask--;
	b->items = arena_raw(c->task->arena, (p->count + 1) * sizeof(*b->items));
	uint32_t index = 0;
	for (uint32_t at = p->first; at < p->end; at = scan_next(c->scan, at), index++) {
		struct item *it = &b->items[b->nitems];
		enum item_verdict r = item_check(c, at, index, it);
		if (r == ITEM_TAKEN) {
			if (id_seen(&set, b, it))
				v->duplicates++;
			else
				b->nitems++;
			continue;
		}
		v->rejected++;
		*malformed += r == ITEM_MALFORMED;
	}
	for (size_t i = 0; i < v->nresults; i++)
		if (v->results[i].result[0] == 'd')
			count_reject(b, c->task, str_of(v->results[i].code));
	v->accepted = b->nitems;
	b->duplicates = (uint32_t)v->duplicates;
}

static size_t
count_items(const struct scan *s, const struct parts *p, size_t max)
{
	size_t n = 0;
	for (uint32_t at = p->first; at < p->end && n <= max; at = scan_next(s, at))
		n++;
	return n;
}

/* --- shapes --- */

/* Find adapter, envelope fields and items; false = field errors. No adapter:
 * the body is not even an envelope. */
static bool
open_shape(struct item_check *c, struct parts *p, struct str *version)
{
	const struct intake *in = c->in;
	const struct scan *s = c->scan;
	bool lines = in->form == BODY_NDJSON;
	uint32_t root = s->root, head = root;
	*version = STR("");
	if (in->shape == SHAPE_FOREIGN) {
		c->adapter = &adapter_foreign;
	} else if (in->shape != SHAPE_INGEST) {
		c->adapter = &adapter_events;
		c->alone = in->shape == SHAPE_EVENT;
		if (c->alone) {
			p->first = root;
			p->end = root + 1; /* scan_next jumps beyond it */
			return true;
		}
		if (lines || scan_is_array(s, root)) {
			p->first = scan_first(s, root);
			p->end = scan_end(s, root);
			return true;
		}
	} else {
		if (lines) {
			head = scan_first(s, root);
			if (scan_count(s, root) == 0)
				return wrong(c->task, "body", "The first line must be the envelope.");
		}
		if (!scan_is_object(s, head))
			return wrong(c->task, "body", "The body must be an object.");
		c->adapter = pick_adapter(c->task, in, s, head, c->verdict, version);
	}
	if (!collect(c->task, c->adapter->envelope, s, head, p->pos, "", ENV_END))
		return false;
	p->root = head;
	if (!lines)
		return find_items(c->task, c->adapter, s, p);
	p->first = scan_next(s, head);
	p->end = scan_end(s, root);
	uint32_t list = p->pos[ENV_EVENTS];
	if (in->shape == SHAPE_INGEST && list != 0 &&
	    (!scan_is_array(s, list) || scan_count(s, list) > 0))
		return wrong(c->task, c->adapter->list,
		             "In NDJSON the items are the lines after the envelope.");
	return true;
}

static void
begin_batch(struct item_check *c)
{
	const struct intake *in = c->in;
	struct batch *b = c->batch;
	*b = (struct batch){
		.environment_id = in->environment_id,
		.key_id = in->key_id,
		.received_us = in->received_us,
		.request_id = str_of(c->task->request_id),
		.sdk = utf8_cut(in->sdk, MAX_SDK_BYTES),
		.sdk_version = utf8_cut(in->sdk_version, MAX_SDK_BYTES),
		.contexts = tarray(c->task, 1, struct context),
		.ncontexts = 1,
	};
	*c->verdict = (struct verdict){ 0 };
}

static enum err
settle(struct item_check *c, const struct parts *p, size_t malformed)
{
	struct task *t = c->task;
	struct verdict *v = c->verdict;
	if (c->scan->repaired)
		verdict_warn(v, "text_repaired",
		             STR("U+0000 or a lone surrogate was replaced by U+FFFD."));
	if (malformed > 0 && malformed == p->count && c->in->shape != SHAPE_FOREIGN)
		return task_fail(t, E_INVALID, "%s", err_message(E_INVALID));
	if (c->in->strict && v->rejected > 0)
		return task_fail(t, E_INVALID, "%s", err_message(E_INVALID));
	return E_OK;
}

/* What is on the tape; size: not less than any item's. */
static enum err
check(struct item_check *c, size_t size)
{
	struct task *t = c->task;
	const struct intake *in = c->in;
	struct parts p = { 0 };
	size_t malformed = 0;
	begin_batch(c);
	bool usable = open_shape(c, &p, &c->batch->schema_version);
	if (c->adapter == NULL)
		return task_fail(t, E_INVALID, "%s", err_message(E_INVALID));
	c->batch->source = str_of(in->source != NULL ? in->source : c->adapter->source);
	usable = read_envelope(c, &p) && usable && t->nfields == 0;
	if (in->shape == SHAPE_INGEST &&
	    !bundle_listed(in->bundles, c->batch->contexts[0].bundle_id))
		return task_fail(t, E_ORIGIN, "%s", err_message(E_ORIGIN));
	size_t max = in->limits->max_events * (in->shape == SHAPE_FOREIGN ? FOREIGN_SPREAD : 1);
	p.count = count_items(c->scan, &p, max);
	c->verdict->sent = p.count;
	if (p.count > max)
		return task_fail(t, E_TOO_LARGE, "The batch has more than %zu items.", max);
	c->measure = size > in->limits->max_event_bytes;
	read_items(c, &p, &malformed);
	if (!usable)
		return task_fail(t, E_INVALID, "%s", err_message(E_INVALID));
	return settle(c, &p, malformed);
}

enum err
envelope_check(struct task *t, const struct scan *s, size_t size, const struct intake *in,
               struct batch *b, struct verdict *v)
{
	struct buf scratch = BUF_INIT;
	struct item_check c = {
		.task = t,
		.scan = s,
		.in = in,
		.batch = b,
		.verdict = v,
		.scratch = &scratch,
		.redact = { .task = t, .scrub = in->scrub, .scan = s, .notes = in->notes },
	};
	enum err e = check(&c, size);
	buf_release(&scratch);
	return e;
}

enum err
envelope_parse(struct task *t, struct scan *s, const struct intake *in, struct str body,
               struct batch *b, struct verdict *v)
{
	size_t lines = 0;
	enum err e;
	if (in->form == BODY_NDJSON && (e = join_lines(t, body, &body, &lines)) != E_OK)
		return e;
	if ((e = scan_parse(t, s, body)) != E_OK)
		return e;
	if (in->form == BODY_NDJSON && lines < 0xffffff && scan_count(s, s->root) != lines)
		return task_fail(t, E_BAD_JSON, "A line must hold exactly one JSON value.");
	return envelope_check(t, s, body.n, in, b, v);
}
