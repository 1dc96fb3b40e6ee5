/* wire.c - see wire.h. */
#include "ingest/wire.h"

#include "base/str.h"
#include "base/utf8.h"

enum batch_flag { BATCH_HISTORICAL = 1, BATCH_LOST = 2, BATCH_INSTALL = 4 };

/* Presence bits of an item; append only. */
enum has {
	HAS_ORIGINAL_ID = 1 << 0,
	HAS_SEQ = 1 << 1,
	HAS_NAME = 1 << 2,
	HAS_NAMESPACE = 1 << 3, /* other than the default */
	HAS_SESSION = 1 << 4,
	SAME_SESSION = 1 << 5, /* as the item before */
	HAS_PROPERTIES = 1 << 6,
	HAS_EXTRA = 1 << 7,
	HAS_OPERATIONS = 1 << 8,
	HAS_ALIAS = 1 << 9,
	IS_FATAL = 1 << 10,
	HAS_FINGERPRINT = 1 << 11,
	HAS_EXCEPTION = 1 << 12, /* type, message, stack trace */
	HAS_BREADCRUMBS = 1 << 13,
	HAS_TRACE = 1 << 14, /* id, duration */
	IS_BACKGROUND = 1 << 15,
	HAS_END = 1 << 16
};

static const struct str namespace_default = { "product", 7 };

/* --- writing --- */

static void
put_u64(struct buf *b, uint64_t v)
{
	char *p = buf_reserve(b, 10);
	size_t n = 0;
	while (v >= 0x80) {
		p[n++] = (char)(v | 0x80);
		v >>= 7;
	}
	p[n++] = (char)v;
	b->n += n;
}

static void
put_i64(struct buf *b, int64_t v)
{
	put_u64(b, ((uint64_t)v << 1) ^ (uint64_t)(v >> 63));
}

static void
put_str(struct buf *b, struct str s)
{
	put_u64(b, s.n);
	char *p = buf_reserve(b, s.n);
	if (s.n > 0)
		memcpy(p, s.p, s.n);
	b->n += s.n;
}

static void
put_double(struct buf *b, double v)
{
	uint64_t u;
	char *p = buf_reserve(b, 8);
	memcpy(&u, &v, sizeof(u));
	for (int i = 0; i < 8; i++)
		p[i] = (char)(u >> (8 * i));
	b->n += 8;
}

/* Flags; *version is the oldest whose readers know them. */
static unsigned
head_flags(const struct batch *b, unsigned *version)
{
	*version = b->install.n > 0 ? 3 : b->nlost > 0 ? 2 : 1;
	return (b->historical ? BATCH_HISTORICAL : 0U) | (b->nlost > 0 ? BATCH_LOST : 0U) |
	    (b->install.n > 0 ? BATCH_INSTALL : 0U);
}

static void
put_head(struct buf *out, const struct batch *b, size_t ncontexts, size_t nidentities,
         size_t nitems)
{
	char *p = buf_reserve(out, 4);
	unsigned version, flags = head_flags(b, &version);
	p[0] = 'T';
	p[1] = 'M';
	p[2] = (char)version;
	p[3] = (char)flags;
	out->n += 4;
	put_i64(out, b->environment_id);
	put_i64(out, b->received_us);
	put_i64(out, b->sent_us);
	put_str(out, b->key_id);
	put_str(out, b->request_id);
	put_str(out, b->schema_version);
	put_str(out, b->sdk);
	put_str(out, b->sdk_version);
	put_str(out, b->source);
	put_u64(out, b->duplicates);
	put_u64(out, b->nrejects);
	for (size_t i = 0; i < b->nrejects; i++) {
		put_str(out, b->rejects[i].code);
		put_u64(out, b->rejects[i].count);
	}
	if (b->nlost > 0)
		put_u64(out, b->nlost);
	for (size_t i = 0; i < b->nlost; i++)
		put_i64(out, b->lost_seq[i]);
	if (b->install.n > 0)
		put_str(out, b->install);
	put_u64(out, ncontexts);
	put_u64(out, nidentities);
	put_u64(out, nitems);
}

static void
put_context(struct buf *out, const struct context *c)
{
	put_str(out, c->bundle_id);
	put_str(out, c->app_version);
	put_str(out, c->app_build);
	put_str(out, c->platform);
	put_str(out, c->os_version);
	put_str(out, c->model);
	put_str(out, c->locale);
	put_str(out, c->country);
}

static void
put_identity(struct buf *out, const struct identity *d)
{
	put_str(out, d->user_id);
	put_str(out, d->anonymous_id);
	put_str(out, d->device_id);
}

static uint32_t
item_has(const struct item *it, struct str session_before)
{
	uint32_t has = 0;
	has |= it->original_id.n ? HAS_ORIGINAL_ID : 0;
	has |= it->seq >= 0 ? HAS_SEQ : 0;
	has |= it->name.n ? HAS_NAME : 0;
	has |= !str_eq(it->namespace_, namespace_default) ? HAS_NAMESPACE : 0;
	if (it->session_id.n > 0)
		has |= str_eq(it->session_id, session_before) ? SAME_SESSION : HAS_SESSION;
	has |= it->properties.n ? HAS_PROPERTIES : 0;
	has |= it->extra.n ? HAS_EXTRA : 0;
	has |= it->operations.n ? HAS_OPERATIONS : 0;
	has |= it->alias_id.n ? HAS_ALIAS : 0;
	has |= it->fatal ? IS_FATAL : 0;
	has |= it->background ? IS_BACKGROUND : 0;
	has |= it->fingerprint.n ? HAS_FINGERPRINT : 0;
	if (it->exception_type.n || it->exception_message.n || it->stacktrace.n)
		has |= HAS_EXCEPTION;
	has |= it->breadcrumbs.n ? HAS_BREADCRUMBS : 0;
	if (it->trace_id.n || it->type == ITEM_TRACE)
		has |= HAS_TRACE;
	return has;
}

static void
put_item(struct buf *out, const struct item *it, struct str session_before)
{
	uint32_t has = item_has(it, session_before);
	put_u64(out, has);
	put_u64(out, it->type);
	put_u64(out, it->context);
	put_u64(out, it->identity);
	put_u64(out, it->index);
	memcpy(buf_reserve(out, sizeof(it->event_id)), it->event_id, sizeof(it->event_id));
	out->n += sizeof(it->event_id);
	put_i64(out, it->ts_us);
	if (has & HAS_ORIGINAL_ID)
		put_str(out, it->original_id);
	if (has & HAS_SEQ)
		put_i64(out, it->seq);
	if (has & HAS_NAME)
		put_str(out, it->name);
	if (has & HAS_NAMESPACE)
		put_str(out, it->namespace_);
	if (has & HAS_SESSION)
		put_str(out, it->session_id);
	if (has & HAS_PROPERTIES)
		put_str(out, it->properties);
	if (has & HAS_EXTRA)
		put_str(out, it->extra);
	if (has & HAS_OPERATIONS)
		put_str(out, it->operations);
	if (has & HAS_ALIAS)
		put_str(out, it->alias_id);
	if (has & HAS_FINGERPRINT)
		put_str(out, it->fingerprint);
	if (has & HAS_EXCEPTION) {
		put_str(out, it->exception_type);
		put_str(out, it->exception_message);
		put_str(out, it->stacktrace);
	}
	if (has & HAS_BREADCRUMBS)
		put_str(out, it->breadcrumbs);
	if (has & HAS_TRACE) {
		put_str(out, it->trace_id);
		put_double(out, it->duration_ms);
	}
}

void
wire_encode(struct buf *out, const struct batch *b)
{
	struct str session = STR_NULL;
	ASSERT(b->nitems == 0 || (b->ncontexts > 0 && b->nidentities > 0));
	put_head(out, b, b->ncontexts, b->nidentities, b->nitems);
	for (size_t i = 0; i < b->ncontexts; i++)
		put_context(out, &b->contexts[i]);
	for (size_t i = 0; i < b->nidentities; i++)
		put_identity(out, &b->identities[i]);
	for (size_t i = 0; i < b->nitems; i++) {
		put_item(out, &b->items[i], session);
		session = b->items[i].session_id;
	}
	*buf_reserve(out, 0) = '\0';
}

void
wire_encode_item(struct buf *out, const struct batch *b, size_t i)
{
	ASSERT(i < b->nitems);
	struct item one = b->items[i];
	struct batch head = *b;
	/* what else became of the request is told by its own ledger row */
	head.nrejects = head.nlost = 0;
	head.duplicates = 0;
	put_head(out, &head, 1, 1, 1);
	put_context(out, &b->contexts[one.context]);
	put_identity(out, &b->identities[one.identity]);
	one.context = 0;
	one.identity = 0;
	put_item(out, &one, STR_NULL);
	*buf_reserve(out, 0) = '\0';
}

/* --- reading: a cursor that remembers the first fault --- */

struct cursor {
	const unsigned char *p, *end;
	bool bad;
};

static size_t
left(const struct cursor *c)
{
	return (size_t)(c->end - c->p);
}

static uint64_t
get_u64(struct cursor *c)
{
	uint64_t v = 0;
	for (unsigned shift = 0; shift < 64; shift += 7) {
		if (c->p == c->end)
			break;
		unsigned char byte = *c->p++;
		if (shift == 63 && byte > 1)
			break;
		v |= (uint64_t)(byte & 0x7f) << shift;
		if ((byte & 0x80) == 0)
			return v;
	}
	c->bad = true;
	c->p = c->end;
	return 0;
}

/* A count or enum value below `limit`. */
static size_t
get_below(struct cursor *c, uint64_t limit)
{
	uint64_t v = get_u64(c);
	if (v >= limit) {
		c->bad = true;
		c->p = c->end;
		return 0;
	}
	return (size_t)v;
}

static int64_t
get_i64(struct cursor *c)
{
	uint64_t v = get_u64(c);
	return (int64_t)(v >> 1) ^ -(int64_t)(v & 1);
}

static struct str
get_str(struct cursor *c)
{
	size_t n = get_below(c, (uint64_t)left(c) + 1);
	if (n > left(c)) {
		c->bad = true;
		return STR("");
	}
	struct str s = { (const char *)c->p, n };
	c->p += n;
	return n > 0 ? s : STR("");
}

static double
get_double(struct cursor *c)
{
	uint64_t u = 0;
	double v;
	if (left(c) < 8) {
		c->bad = true;
		c->p = c->end;
		return 0;
	}
	for (int i = 0; i < 8; i++)
		u |= (uint64_t)c->p[i] << (8 * i);
	c->p += 8;
	memcpy(&v, &u, sizeof(v));
	if (!(v >= -1e308 && v <= 1e308)) {
		c->bad = true;
		return 0;
	}
	return v;
}

static void
get_context(struct cursor *c, struct context *x)
{
	x->bundle_id = get_str(c);
	x->app_version = get_str(c);
	x->app_build = get_str(c);
	x->platform = get_str(c);
	x->os_version = get_str(c);
	x->model = get_str(c);
	x->locale = get_str(c);
	x->country = get_str(c);
}

static void
get_identity(struct cursor *c, struct identity *d)
{
	d->user_id = get_str(c);
	d->anonymous_id = get_str(c);
	d->device_id = get_str(c);
}

static void
get_text(struct cursor *c, uint64_t has, struct item *it)
{
	it->original_id = has & HAS_ORIGINAL_ID ? get_str(c) : STR("");
	it->seq = has & HAS_SEQ ? get_i64(c) : -1;
	it->name = has & HAS_NAME ? get_str(c) : STR("");
	it->namespace_ = has & HAS_NAMESPACE ? get_str(c) : namespace_default;
	if (has & HAS_SESSION)
		it->session_id = get_str(c);
	it->properties = has & HAS_PROPERTIES ? get_str(c) : STR("");
	it->extra = has & HAS_EXTRA ? get_str(c) : STR("");
	it->operations = has & HAS_OPERATIONS ? get_str(c) : STR("");
	it->alias_id = has & HAS_ALIAS ? get_str(c) : STR("");
}

static void
get_item(struct cursor *c, const struct batch *b, struct str session_before, struct item *it)
{
	uint64_t has = get_below(c, HAS_END);
	it->type = (enum item_type)get_below(c, ITEM_TYPE_END);
	it->context = (uint16_t)get_below(c, b->ncontexts);
	it->identity = (uint16_t)get_below(c, b->nidentities);
	it->index = (uint32_t)get_below(c, UINT32_MAX);
	if (left(c) < sizeof(it->event_id) || it->type < ITEM_EVENT) {
		c->bad = true;
		return;
	}
	memcpy(it->event_id, c->p, sizeof(it->event_id));
	c->p += sizeof(it->event_id);
	it->ts_us = get_i64(c);
	it->session_id = has & SAME_SESSION ? session_before : STR("");
	get_text(c, has, it);
	it->fatal = (has & IS_FATAL) != 0;
	it->background = (has & IS_BACKGROUND) != 0;
	it->fingerprint = has & HAS_FINGERPRINT ? get_str(c) : STR("");
	it->exception_type = has & HAS_EXCEPTION ? get_str(c) : STR("");
	it->exception_message = has & HAS_EXCEPTION ? get_str(c) : STR("");
	it->stacktrace = has & HAS_EXCEPTION ? get_str(c) : STR("");
	it->breadcrumbs = has & HAS_BREADCRUMBS ? get_str(c) : STR("");
	it->trace_id = has & HAS_TRACE ? get_str(c) : STR("");
	it->duration_ms = has & HAS_TRACE ? get_double(c) : 0;
}

static void
get_head(struct cursor *c, struct batch *b)
{
	b->environment_id = (int32_t)get_i64(c);
	b->received_us = get_i64(c);
	b->sent_us = get_i64(c);
	b->key_id = get_str(c);
	b->request_id = get_str(c);
	b->schema_version = get_str(c);
	b->sdk = get_str(c);
	b->sdk_version = get_str(c);
	b->source = get_str(c);
	b->duplicates = (uint32_t)get_below(c, UINT32_MAX);
}

/* Text that no store takes must not come back for ever: the head belongs to
 * all items, so it cannot be put aside with one of them. */
static bool
head_is_text(const struct batch *b)
{
	const struct str all[] = { b->key_id, b->request_id, b->schema_version, b->sdk,
		b->sdk_version, b->source, b->install };
	for (size_t i = 0; i < NELEM(all); i++)
		if (!utf8_valid(all[i]) || str_index(all[i], '\0') >= 0)
			return false;
	return true;
}

/* Smallest encodings: a count cannot promise more than the bytes left. */
#define REJECT_MIN 2
#define CONTEXT_MIN 8
#define IDENTITY_MIN 3
#define ITEM_MIN 22

enum err
wire_decode(struct task *t, struct str wire, struct batch *b)
{
	*b = (struct batch){ 0 };
	if (wire.n < 4 || memcmp(wire.p, "TM", 2) != 0)
		return task_fail(t, E_DATA, "not a batch");
	if (wire.p[2] < 1 || wire.p[2] > WIRE_VERSION)
		return task_fail(t, E_DATA, "wire version %d is not known here", wire.p[2]);
	struct cursor c = { (const unsigned char *)wire.p + 4,
		            (const unsigned char *)wire.p + wire.n, false };
	b->historical = (wire.p[3] & BATCH_HISTORICAL) != 0;
	get_head(&c, b);
	b->nrejects = get_below(&c, left(&c) / REJECT_MIN + 1);
	b->rejects = tarray(t, b->nrejects, struct reject_count);
	for (size_t i = 0; i < b->nrejects && !c.bad; i++) {
		b->rejects[i].code = get_str(&c);
		b->rejects[i].count = (uint32_t)get_below(&c, UINT32_MAX);
	}
	if (wire.p[3] & BATCH_LOST) {
		b->nlost = get_below(&c, left(&c) + 1);
		b->lost_seq = tarray(t, b->nlost, int64_t);
		for (size_t i = 0; i < b->nlost && !c.bad; i++)
			b->lost_seq[i] = get_i64(&c);
	}
	b->install = wire.p[3] & BATCH_INSTALL ? get_str(&c) : STR("");
	if (!c.bad && !head_is_text(b))
		return task_fail(t, E_DATA, "the head of the batch is not text");
	size_t rest = left(&c);
	b->ncontexts = get_below(&c, rest / CONTEXT_MIN + 1);
	b->nidentities = get_below(&c, rest / IDENTITY_MIN + 1);
	b->nitems = get_below(&c, rest / ITEM_MIN + 1);
	if (b->ncontexts > UINT16_MAX || b->nidentities > UINT16_MAX)
		c.bad = true;
	if (c.bad)
		return task_fail(t, E_DATA, "the batch is damaged");
	b->contexts = tarray(t, b->ncontexts, struct context);
	b->identities = tarray(t, b->nidentities, struct identity);
	b->items = tarray(t, b->nitems, struct item);
	for (size_t i = 0; i < b->ncontexts; i++)
		get_context(&c, &b->contexts[i]);
	for (size_t i = 0; i < b->nidentities; i++)
		get_identity(&c, &b->identities[i]);
	for (size_t i = 0; i < b->nitems && !c.bad; i++)
		get_item(&c, b, i > 0 ? b->items[i - 1].session_id : STR(""), &b->items[i]);
	if (c.bad || c.p != c.end)
		return task_fail(t, E_DATA, "the batch is damaged");
	return E_OK;
}
