/* adapt.c - see adapt.h. */
#include "ingest/adapt.h"

#include "base/str.h"

/* --- 1.0 --- */

static const struct key_name envelope_10[] = {
	{ "schema_version", ENV_SCHEMA }, { "sent_at", ENV_SENT_AT },
	{ "environment", ENV_ENVIRONMENT }, { "historical", ENV_HISTORICAL },
	{ "app", ENV_APP }, { "device", ENV_DEVICE }, { "user", ENV_USER },
	{ "events", ENV_EVENTS }, { "sdk", ENV_SDK },
};
static const struct key_name app_10[] = {
	{ "bundle_id", BLK_BUNDLE_ID },
	{ "version_name", BLK_APP_VERSION },
	{ "build_number", BLK_APP_BUILD },
};
static const struct key_name device_10[] = {
	{ "device_id", BLK_DEVICE_ID }, { "platform", BLK_PLATFORM },
	{ "os_version", BLK_OS_VERSION }, { "model", BLK_MODEL }, { "locale", BLK_LOCALE },
};
static const struct key_name user_10[] = {
	{ "user_id", BLK_USER_ID },
	{ "anonymous_id", BLK_ANONYMOUS_ID },
};
static const struct key_name item_10[] = {
	{ "type", F_TYPE }, { "event_id", F_ID }, { "name", F_NAME },
	{ "namespace", F_NAMESPACE }, { "timestamp", F_TIME }, { "session_id", F_SESSION },
	{ "seq", F_SEQ }, { "background", F_BACKGROUND }, { "properties", F_PROPERTIES },
	{ "attributes", F_PROPERTIES },
	{ "report", F_PROPERTIES }, { "operations", F_OPERATIONS }, { "fatal", F_FATAL },
	{ "fingerprint", F_FINGERPRINT }, { "exception", F_EXCEPTION },
	{ "breadcrumbs", F_BREADCRUMBS }, { "trace", F_TRACE }, { "trace_id", F_TRACE_ID },
	{ "duration_ms", F_DURATION }, { "spans", F_SPANS }, { "user_id", F_USER_ID },
	{ "anonymous_id", F_ANONYMOUS_ID }, { "device_id", F_DEVICE_ID },
	{ "alias", F_ALIAS }, { "alias_id", F_ALIAS },
};

/* --- 1.1 --- */

static const struct key_name envelope_11[] = {
	{ "schema_version", ENV_SCHEMA }, { "sent", ENV_SENT_AT }, { "env", ENV_ENVIRONMENT },
	{ "historical", ENV_HISTORICAL }, { "context", ENV_CONTEXT }, { "items", ENV_EVENTS },
	{ "install", ENV_INSTALL }, { "sdk", ENV_SDK },
};
static const struct key_name context_11[] = {
	{ "app", ENV_APP },
	{ "device", ENV_DEVICE },
	{ "user", ENV_USER },
};
static const struct key_name app_11[] = {
	{ "id", BLK_BUNDLE_ID },
	{ "version", BLK_APP_VERSION },
	{ "build", BLK_APP_BUILD },
};
static const struct key_name device_11[] = {
	{ "id", BLK_DEVICE_ID }, { "platform", BLK_PLATFORM }, { "os", BLK_OS_VERSION },
	{ "model", BLK_MODEL }, { "locale", BLK_LOCALE },
};
static const struct key_name user_11[] = {
	{ "id", BLK_USER_ID },
	{ "anonymous_id", BLK_ANONYMOUS_ID },
};
static const struct key_name item_11[] = {
	{ "type", F_TYPE }, { "id", F_ID }, { "name", F_NAME }, { "ns", F_NAMESPACE },
	{ "ts", F_TIME }, { "session", F_SESSION }, { "seq", F_SEQ },
	{ "background", F_BACKGROUND },
	{ "props", F_PROPERTIES }, { "operations", F_OPERATIONS }, { "fatal", F_FATAL },
	{ "fingerprint", F_FINGERPRINT }, { "exception", F_EXCEPTION },
	{ "breadcrumbs", F_BREADCRUMBS }, { "trace", F_TRACE }, { "trace_id", F_TRACE_ID },
	{ "duration_ms", F_DURATION }, { "spans", F_SPANS }, { "user_id", F_USER_ID },
	{ "anonymous_id", F_ANONYMOUS_ID }, { "device_id", F_DEVICE_ID }, { "alias", F_ALIAS },
	{ "context", F_CONTEXT },
};

/* --- seed 001 --- */

static const struct key_name envelope_events[] = {
	{ "events", ENV_EVENTS },
	{ "sent_at", ENV_SENT_AT },
	{ "environment", ENV_ENVIRONMENT },
	{ "historical", ENV_HISTORICAL },
	{ "sdk", ENV_SDK },
};
static const struct key_name item_events[] = {
	{ "event", F_NAME }, { "name", F_NAME }, { "namespace", F_NAMESPACE },
	{ "timestamp", F_TIME }, { "properties", F_PROPERTIES }, { "context", F_CONTEXT },
	{ "id", F_ID }, { "event_id", F_ID }, { "session_id", F_SESSION }, { "seq", F_SEQ },
	{ "user_id", F_USER_ID }, { "anonymous_id", F_ANONYMOUS_ID },
	{ "device_id", F_DEVICE_ID }, { "background", F_BACKGROUND },
};
/* What of an item's context has a place of its own. */
static const struct key_name context_item[] = {
	{ "user_id", F_USER_ID }, { "anonymous_id", F_ANONYMOUS_ID },
	{ "device_id", F_DEVICE_ID }, { "session_id", F_SESSION },
};

/* --- ingest/foreign --- */

static const struct key_name envelope_foreign[] = {
	{ "items", ENV_EVENTS }, { "sent", ENV_SENT_AT }, { "historical", ENV_HISTORICAL },
};
static const struct key_name item_foreign[] = {
	{ "type", F_TYPE }, { "id", F_ID }, { "name", F_NAME }, { "ns", F_NAMESPACE },
	{ "ts", F_TIME }, { "session", F_SESSION }, { "background", F_BACKGROUND },
	{ "props", F_PROPERTIES }, { "operations", F_OPERATIONS }, { "fatal", F_FATAL },
	{ "fingerprint", F_FINGERPRINT }, { "exception", F_EXCEPTION },
	{ "breadcrumbs", F_BREADCRUMBS }, { "trace", F_TRACE }, { "trace_id", F_TRACE_ID },
	{ "duration_ms", F_DURATION }, { "spans", F_SPANS }, { "user_id", F_USER_ID },
	{ "anonymous_id", F_ANONYMOUS_ID }, { "device_id", F_DEVICE_ID }, { "alias", F_ALIAS },
	{ "app", F_APP }, { "device", F_DEVICE }, { "same", F_SAME },
	{ "refuse", F_REFUSE },
};

#define MAP(rows_) ((struct key_map[]){ { .rows = (rows_), .n = NELEM(rows_) } })

static const struct adapter versions[] = {
	{ "1.0", "ingest", "events", "name", false, false, MAP(envelope_10), MAP(app_10),
	  MAP(device_10), MAP(user_10), MAP(item_10), NULL, NULL },
	{ "1.1", "ingest", "items", "name", true, false, MAP(envelope_11), MAP(app_11),
	  MAP(device_11), MAP(user_11), MAP(item_11), MAP(context_11), MAP(context_item) },
};

const struct adapter adapter_events = {
	NULL, "events", "events", "event", true, true, MAP(envelope_events), NULL, NULL, NULL,
	MAP(item_events), NULL, MAP(context_item),
};

const struct adapter adapter_foreign = {
	NULL, "foreign", "items", "name", true, false, MAP(envelope_foreign), MAP(app_11),
	MAP(device_11), NULL, MAP(item_foreign), NULL, NULL,
};

const struct adapter *
adapter_find(struct str version)
{
	for (size_t i = 0; i < NELEM(versions); i++)
		if (str_is(version, versions[i].version))
			return &versions[i];
	return NULL;
}

const char *
adapter_versions(void)
{
	return "1.0, 1.1";
}

static unsigned
hash(const char *p, size_t n)
{
	unsigned h = (unsigned)n * 31U;
	h += (unsigned char)p[0] * 7U + (unsigned char)p[n - 1] * 13U;
	return h + (unsigned char)p[n / 2];
}

/* A name's first eight bytes; of a shorter one, all of them, some twice. Two
 * names of one length have the same head when these bytes are the same. */
static inline uint64_t
head_of(const char *p, size_t n)
{
	uint64_t all;
	uint32_t low, high;
	if (n >= 8) {
		memcpy(&all, p, 8);
		return all;
	}
	if (n >= 4) {
		memcpy(&low, p, 4);
		memcpy(&high, p + n - 4, 4);
		return (uint64_t)high << 32 | low;
	}
	return (unsigned char)p[0] | (unsigned)(unsigned char)p[n / 2] << 8 |
	    (unsigned)(unsigned char)p[n - 1] << 16;
}

static void
build(struct key_map *m)
{
	ASSERT(m->n < NELEM(m->len) && 2 * m->n < NELEM(m->slot));
	for (size_t i = 0; i < m->n; i++) {
		size_t n = strlen(m->rows[i].name);
		unsigned h = hash(m->rows[i].name, n) % NELEM(m->slot);
		while (m->slot[h] != 0)
			h = (h + 1) % NELEM(m->slot);
		m->slot[h] = (uint8_t)(i + 1);
		m->len[i] = (uint8_t)n;
		m->head[i] = head_of(m->rows[i].name, n);
	}
	m->ready = true;
}

/* The row of a key, -1 = unknown. */
static int
find(const struct key_map *m, struct str key)
{
	if (key.n == 0)
		return -1;
	uint64_t head = head_of(key.p, key.n);
	unsigned h = hash(key.p, key.n) % NELEM(m->slot);
	for (; m->slot[h] != 0; h = (h + 1) % NELEM(m->slot)) {
		size_t i = m->slot[h] - 1U;
		if (m->len[i] != key.n || m->head[i] != head)
			continue;
		if (key.n <= 8 || memcmp(m->rows[i].name + 8, key.p + 8, key.n - 8) == 0)
			return (int)i;
	}
	return -1;
}

bool
key_map_collect(struct key_map *m, const struct scan *s, uint32_t obj, size_t max,
                uint32_t *pos, size_t end_field, struct str *bad)
{
	uint64_t seen = 0;
	size_t unknown = 0;
	uint32_t end = scan_end(s, obj);
	memset(pos, 0, end_field * sizeof(*pos));
	*bad = STR("");
	if (scan_count(s, obj) > max)
		return false;
	if (!m->ready)
		build(m);
	for (uint32_t k = scan_first(s, obj); k < end; k = scan_next(s, k + 1)) {
		struct str key = scan_text(s, k);
		int row = find(m, key);
		if (row < 0) {
			unknown++;
			continue;
		}
		if (seen & UINT64_C(1) << row) {
			*bad = key;
			return false;
		}
		seen |= UINT64_C(1) << row;
		/* null = not sent; of two names for one field the first wins */
		if (pos[m->rows[row].field] == 0 && !scan_is_null(s, k + 1))
			pos[m->rows[row].field] = k + 1;
	}
	return unknown < 2 || !scan_duplicate(s, obj, bad);
}

size_t
key_map_pick(struct key_map *m, const struct scan *s, uint32_t obj, uint32_t *pos, size_t end,
             uint32_t *other)
{
	uint64_t seen = 0;
	size_t n = 0, room;
	memset(pos, 0, end * sizeof(*pos));
	if (obj == 0 || !scan_is_object(s, obj))
		return 0;
	if (!m->ready)
		build(m);
	room = other != NULL ? scan_count(s, obj) : 0;
	uint32_t last = scan_end(s, obj);
	for (uint32_t k = scan_first(s, obj); k < last; k = scan_next(s, k + 1)) {
		int row = find(m, scan_text(s, k));
		if (row >= 0 && (seen >> row & 1) == 0) {
			seen |= UINT64_C(1) << row;
			if (!scan_is_null(s, k + 1))
				pos[m->rows[row].field] = k + 1;
		} else if (row < 0 && n < room && !scan_is_null(s, k + 1)) {
			other[n++] = k;
		}
	}
	return n;
}
