/*
 * item_context.c - the app and device blocks of one item; see item.h.
 *
 * Our SDKs send them once a batch. A server that forwards what many devices
 * did, or another vendor's SDK, says them with each item.
 */
#include "base/str.h"
#include "base/utf8.h"
#include "ingest/geo.h"
#include "ingest/item.h"
#include "ingest/item_type.h"

#define MAX_MEMBERS 64

static const struct part {
	int field;
	const char *path;
	size_t offset; /* in struct context */
	bool described; /* tells of the device: the rules see it */
} app_parts[] = {
	{ BLK_BUNDLE_ID, "app.id", offsetof(struct context, bundle_id), false },
	{ BLK_APP_VERSION, "app.version", offsetof(struct context, app_version), true },
	{ BLK_APP_BUILD, "app.build", offsetof(struct context, app_build), true },
}, device_parts[] = {
	{ BLK_PLATFORM, "device.platform", offsetof(struct context, platform), true },
	{ BLK_OS_VERSION, "device.os", offsetof(struct context, os_version), true },
	{ BLK_MODEL, "device.model", offsetof(struct context, model), true },
	{ BLK_LOCALE, "device.locale", offsetof(struct context, locale), true },
};

static bool
read_part(struct item_check *c, const struct part *p, uint32_t at, struct context *x)
{
	struct str *to = (struct str *)(void *)((char *)x + p->offset);
	if (at == 0)
		return true;
	if (!text_read(c->task, c->scan, at, to)) {
		*to = STR("");
		return item_failf(c, "invalid_type", str_of(p->path),
		                  "The %s field must be a string.", p->path);
	}
	if (p->described)
		*to = item_redact(c, SCOPE_DEVICE, strchr(p->path, '.') + 1, *to);
	if (to->n > MAX_CONTEXT_BYTES) {
		*to = utf8_cut(*to, MAX_CONTEXT_BYTES);
		item_warn(c, "string_cut", str_of(p->path));
	}
	return true;
}

static bool
read_block(struct item_check *c, uint32_t at, struct key_map *keys, const struct part *parts,
           size_t n, struct context *x)
{
	uint32_t pos[BLK_END];
	struct str key;
	bool ok = true;
	if (at == 0)
		return true;
	if (!scan_is_object(c->scan, at))
		return item_fail(c, "invalid_type", STR("device"), "The field must be an object.");
	if (!key_map_collect(keys, c->scan, at, MAX_MEMBERS, pos, BLK_END, &key))
		return item_fail(c, "duplicate_key", STR("device"),
		                 "The object has a key twice, or too many.");
	for (size_t i = 0; i < n; i++)
		ok &= read_part(c, &parts[i], pos[parts[i].field], x);
	return ok;
}

static bool
same(const struct context *a, const struct context *b)
{
	return str_eq(a->bundle_id, b->bundle_id) && str_eq(a->app_version, b->app_version) &&
	    str_eq(a->app_build, b->app_build) && str_eq(a->platform, b->platform) &&
	    str_eq(a->os_version, b->os_version) && str_eq(a->model, b->model) &&
	    str_eq(a->locale, b->locale) && str_eq(a->country, b->country);
}

/* Index in the batch, added when new. The latest few are looked at, as with
 * identities: a batch never has more of them than items. */
static uint16_t
context_index(struct task *t, struct batch *b, const struct context *x)
{
	size_t n = b->ncontexts;
	for (size_t i = n; i > 0 && i + 8 > n; i--)
		if (same(&b->contexts[i - 1], x))
			return (uint16_t)(i - 1);
	ASSERT(n < UINT16_MAX);
	if ((n & (n - 1)) == 0) {
		struct context *more = tarray(t, 2 * n, struct context);
		memcpy(more, b->contexts, n * sizeof(*more));
		b->contexts = more;
	}
	b->contexts[b->ncontexts++] = *x;
	return (uint16_t)n;
}

static bool
barred(struct item_check *c)
{
	c->before.barred = true;
	return item_fail(c, "origin_not_allowed", STR("app.id"),
	                 "This bundle id is not allowed for the environment.");
}

/* Translators say so where they can: most batches are of one device. */
static bool
as_before(struct item_check *c, struct item *out)
{
	out->context = c->before.context;
	c->redact.refused = c->redact.refused || c->before.refused;
	return !c->before.barred || barred(c);
}

bool
item_context(struct item_check *c, struct item *out)
{
	struct batch *b = c->batch;
	uint32_t app = c->pos[F_APP], device = c->pos[F_DEVICE];
	if (c->pos[F_SAME] != 0)
		return as_before(c, out);
	if (app == 0 && device == 0)
		return true;
	memset(&c->before, 0, sizeof(c->before));
	struct context x = b->contexts[0];
	bool ok = read_block(c, app, c->adapter->app, app_parts, NELEM(app_parts), &x);
	ok &= read_block(c, device, c->adapter->device, device_parts, NELEM(device_parts), &x);
	if (!ok)
		return false;
	c->before.refused = c->redact.refused;
	if (x.bundle_id.n > 0 && !bundle_listed(c->in->bundles, x.bundle_id))
		return barred(c);
	x.country = c->in->country.n > 0 ? c->in->country : geo_of_locale(c->task, x.locale);
	out->context = context_index(c->task, b, &x);
	c->before.context = out->context;
	return true;
}
