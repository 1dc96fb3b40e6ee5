/* foreign_out.c - the writer of canonical batches; see foreign.h. */
#include "base/clock.h"
#include "base/codec.h"
#include "base/crypt.h"
#include "base/scan_write.h"
#include "base/str.h"
#include "base/uuid.h"
#include "ingest/foreign/foreign.h"
#include "ingest/limits.h"

/* A body is 8 MiB and makes about as much. But one message may become many
 * items, each with an id of all its bytes, or with all that is known of a group. */
#define BOUND ((size_t)64 << 20)

static bool
is_too_much(struct foreign_out *o)
{
	if (o->bound > 0 && (o->hashed > o->bound || tape_size(o->w) > o->bound))
		o->too_much = true;
	return o->too_much;
}

void
foreign_begin(const struct foreign *f, struct task *t, struct tape *out, struct foreign_out *o)
{
	*o = (struct foreign_out){ .task = t, .vendor = f->vendor, .now_us = t->now_us, .w = out };
	tape_reset(out);
	tape_object_begin(o->w);
	tape_key(o->w, "items");
	tape_array_begin(o->w);
}

void
foreign_finish(struct foreign_out *o)
{
	tape_array_end(o->w);
	if (o->sent_us != 0)
		tape_ktime(o->w, "sent", o->sent_us);
	if (o->historical)
		tape_kbool(o->w, "historical", true);
	tape_object_end(o->w);
	buf_release(&o->scratch);
}

enum err
foreign_translate(const struct foreign *f, const struct foreign_request *r, struct tape *out,
                  struct foreign_out *o)
{
	foreign_begin(f, r->task, out, o);
	o->scan = r->scan;
	o->bound = BOUND;
	enum err e = f->translate(o, r);
	if (e == E_OK && is_too_much(o))
		e = task_fail(r->task, E_TOO_LARGE, "The body makes too many items; send it in parts.");
	if (e == E_OK)
		foreign_finish(o);
	else
		buf_release(&o->scratch);
	return e;
}

/* --- values --- */

void
foreign_text_str(struct foreign_out *o, struct str key, struct str text)
{
	tape_key_str(o->w, key);
	tape_str(o->w, text);
}

void
foreign_value_str(struct foreign_out *o, struct str key, uint32_t at)
{
	if (o->too_much)
		return;
	tape_key_str(o->w, key);
	tape_copy(o->w, o->scan, at);
}

void
foreign_element(struct foreign_out *o, uint32_t at)
{
	if (o->too_much)
		return;
	tape_copy(o->w, o->scan, at);
}

bool
foreign_fits(struct foreign_out *o, uint32_t at)
{
	const struct ingest_limits *l = &ingest_limits_default;
	enum scan_type kind = scan_kind(o->scan, at);
	if (kind != SCAN_OBJECT && kind != SCAN_ARRAY && kind != SCAN_HUGE)
		return true;
	struct scan_writer w = {
		.max_depth = l->max_depth - 4, /* what it will stand in */
		.max_keys = l->max_properties,
		.max_key = l->max_key_bytes,
		.max_string = l->max_string_bytes,
	};
	buf_reset(&o->scratch);
	return scan_write(&o->scratch, o->scan, at, &w) == SCAN_FINE;
}

static bool
is_listed(const char *const *list, struct str key)
{
	char first = key.n > 0 ? key.p[0] : '\0';
	for (; list != NULL && *list != NULL; list++)
		if ((*list)[0] == first && str_is(key, *list))
			return true;
	return false;
}

void
foreign_spread(struct foreign_out *o, uint32_t obj, const char *const *skip)
{
	const struct scan *s = o->scan;
	if (obj == 0 || !scan_is_object(s, obj) || is_too_much(o))
		return;
	uint32_t end = scan_end(s, obj);
	for (uint32_t k = scan_first(s, obj); k < end; k = scan_next(s, k + 1)) {
		struct str key = scan_text(s, k);
		if (scan_is_null(s, k + 1) || is_listed(skip, key))
			continue;
		tape_key_str(o->w, key);
		tape_copy(o->w, s, k + 1);
	}
}

/* --- items --- */

/* 32 digits, as Sentry and OpenTelemetry write a UUID. */
static bool
read_id(struct str id, uint8_t uuid[16])
{
	return uuid_parse(id, uuid) || (id.n == 32 && codec_unhex(id, uuid, 16));
}

/* Part of what makes an id: never to be changed. */
#define ID_DEPTH 24

/* UUIDv5 of the message's bytes, where the protocol has no ids. */
static void
id_of_bytes(struct foreign_out *o, const struct foreign_head *h, const char *part,
            uint8_t uuid[16])
{
	/* Drawn once; changing it renames every such item. */
	static const uint8_t root[16] = {
		0x0b, 0x7c, 0x52, 0xe4, 0x91, 0x3d, 0x48, 0xa6,
		0xb2, 0x6f, 0xd8, 0x15, 0x7a, 0xc9, 0x03, 0x5e,
	};
	struct buf *b = &o->scratch;
	buf_reset(b);
	buf_puts(b, o->vendor);
	buf_putc(b, ':');
	buf_puts(b, part);
	buf_putc(b, ':');
	buf_i64(b, h->salt);
	if (is_too_much(o)) { /* the item will not be kept */
		memset(uuid, 0, 16);
		return;
	}
	scan_write_sent(b, o->scan, h->at, ID_DEPTH);
	o->hashed += b->n;
	uuid_v5(root, buf_str(b), uuid);
}

/* "vendor:part:id", hashed when that is too long. */
static struct str
join_id(struct foreign_out *o, const char *part, struct str id)
{
	char hex[CRYPT_SHA256_HEX];
	struct buf *b = &o->scratch;
	buf_reset(b);
	buf_puts(b, o->vendor);
	buf_putc(b, ':');
	if (part[0] != '\0') {
		buf_puts(b, part);
		buf_putc(b, ':');
	}
	size_t n = b->n;
	buf_add(b, id);
	if (b->n <= MAX_ID_BYTES)
		return buf_str(b);
	crypt_sha256_hex(buf_str(b), hex);
	b->n = n < MAX_ID_BYTES - sizeof(hex) ? n : strlen(o->vendor) + 1;
	buf_puts(b, hex);
	return buf_str(b);
}

static void
write_id(struct foreign_out *o, const struct foreign_head *h, const char *part)
{
	uint8_t uuid[16];
	char text[UUID_TEXT];
	if (h->id.n > 0 && (part[0] != '\0' || !read_id(h->id, uuid))) {
		foreign_text(o, "id", join_id(o, part, h->id));
	} else if (h->id.n == UUID_TEXT - 1) {
		foreign_text(o, "id", h->id);
	} else {
		if (h->id.n == 0)
			id_of_bytes(o, h, part, uuid);
		uuid_format(uuid, text);
		foreign_text(o, "id", (struct str){ text, UUID_TEXT - 1 });
	}
}

/* A wall time written as if it were UTC, as an instant. */
static int64_t
instant(const struct zone *z, int64_t wall_us)
{
	int64_t day = clock_floor(wall_us, US_PER_DAY), rest = wall_us - day;
	return zone_wall(z, (int32_t)(day / US_PER_DAY), (int32_t)(rest / US_PER_S)) +
	       rest % US_PER_S;
}

static void
write_time(struct foreign_out *o, const struct foreign_head *h)
{
	char text[CLOCK_TEXT];
	/* by the client's clock, since that is what the door corrects */
	int64_t us = o->sent_us != 0 ? o->sent_us : o->now_us;
	if (h->time != 0 && !foreign_time(o->scan, h->time, h->unit, &us)) {
		/* as it is, to be refused; a number could pass as another time */
		struct str as_sent;
		tape_kstr(o->w, "ts", scan_string(o->scan, h->time, &as_sent) ? as_sent : STR("?"));
		return;
	}
	if (o->zone != NULL && h->time != 0)
		us = instant(o->zone, us);
	us += h->nudge_us;
	if (us % US_PER_MS == 0) {
		tape_ki64(o->w, "ts", us / US_PER_MS);
	} else {
		clock_format_us(us, text);
		tape_kstr(o->w, "ts", str_of(text));
	}
}

static bool
same_context(const struct foreign_head *a, const struct foreign_head *b)
{
	return str_eq(a->app_id, b->app_id) && str_eq(a->app_version, b->app_version) &&
	    str_eq(a->app_build, b->app_build) && str_eq(a->platform, b->platform) &&
	    str_eq(a->os, b->os) && str_eq(a->model, b->model) && str_eq(a->locale, b->locale);
}

/* A copy: an import parses one message after the other onto the same tape. */
static void
keep_context(struct foreign_out *o, const struct foreign_head *h)
{
	struct arena *a = o->task->arena;
	o->before = (struct foreign_head){
		.app_id = arena_str(a, h->app_id),
		.app_version = arena_str(a, h->app_version),
		.app_build = arena_str(a, h->app_build),
		.platform = arena_str(a, h->platform),
		.os = arena_str(a, h->os),
		.model = arena_str(a, h->model),
		.locale = arena_str(a, h->locale),
	};
}

/* Once for all items in a row that have it in common. */
static void
write_context(struct foreign_out *o, const struct foreign_head *h)
{
	bool app = h->app_id.n > 0 || h->app_version.n > 0 || h->app_build.n > 0;
	bool device = h->platform.n > 0 || h->os.n > 0 || h->model.n > 0 || h->locale.n > 0;
	if (!app && !device)
		return;
	if (same_context(&o->before, h)) {
		tape_kbool(o->w, "same", true);
		return;
	}
	if (app) {
		tape_key(o->w, "app");
		tape_object_begin(o->w);
		foreign_text(o, "id", h->app_id);
		foreign_text(o, "version", h->app_version);
		foreign_text(o, "build", h->app_build);
		tape_object_end(o->w);
	}
	if (device) {
		tape_key(o->w, "device");
		tape_object_begin(o->w);
		foreign_text(o, "platform", h->platform);
		foreign_text(o, "os", h->os);
		foreign_text(o, "model", h->model);
		foreign_text(o, "locale", h->locale);
		tape_object_end(o->w);
	}
	keep_context(o, h);
}

void
foreign_item(struct foreign_out *o, const struct foreign_head *h, const char *type,
             const char *part)
{
	tape_object_begin(o->w);
	foreign_text_str(o, STR("type"), str_of(type));
	write_id(o, h, part);
	write_time(o, h);
	foreign_text(o, "user_id", h->user_id);
	foreign_text(o, "anonymous_id", h->anonymous_id);
	foreign_text(o, "device_id", h->device_id);
	foreign_text(o, "session", h->session);
	write_context(o, h);
	o->items++;
}

void
foreign_end(struct foreign_out *o)
{
	tape_object_end(o->w);
}

void
foreign_name(struct foreign_out *o, uint32_t at)
{
	static const struct {
		struct str theirs, ours;
	} names[] = {
		{ { "$pageview", 9 }, { "page_view", 9 } },
		{ { "$screen", 7 }, { "screen_view", 11 } },
		{ { "screen", 6 }, { "screen_view", 11 } },
	};
	struct str name;
	if (at != 0 && scan_string(o->scan, at, &name)) {
		for (size_t i = 0; i < NELEM(names); i++) {
			if (!str_eq(name, names[i].theirs))
				continue;
			foreign_text(o, "name", names[i].ours);
			return;
		}
	}
	foreign_value(o, "name", at);
}

void
foreign_refuse(struct foreign_out *o, const struct foreign_head *h, const char *what,
               const char *code)
{
	foreign_item(o, h, what, what);
	tape_kstr(o->w, "refuse", str_of(code));
	foreign_end(o);
}

/* --- user properties --- */

void
foreign_op(struct foreign_ops *ops, const char *op, struct str key, uint32_t at)
{
	struct foreign_out *o = ops->out;
	if (ops->n % MAX_OPERATIONS == 0) {
		foreign_ops_end(ops);
		const char *part = ops->part;
		if (ops->n > 0)
			part = arena_printf(o->task->arena, "%s%zu", ops->part,
			    ops->n / MAX_OPERATIONS).p;
		foreign_item(o, ops->head, "user_properties", part);
		tape_key(o->w, "operations");
		tape_array_begin(o->w);
	}
	ops->n++;
	tape_object_begin(o->w);
	tape_kstr(o->w, "op", str_of(op));
	tape_kstr(o->w, "key", key);
	if (strcmp(op, "unset") != 0)
		foreign_value(o, "value", at);
	tape_object_end(o->w);
}

void
foreign_op_each(struct foreign_ops *ops, const char *op, uint32_t obj, const char *const *skip)
{
	const struct scan *s = ops->out->scan;
	if (obj == 0 || !scan_is_object(s, obj))
		return;
	uint32_t end = scan_end(s, obj);
	for (uint32_t k = scan_first(s, obj); k < end; k = scan_next(s, k + 1)) {
		struct str key = scan_text(s, k);
		if (is_listed(skip, key))
			continue;
		foreign_op(ops, scan_is_null(s, k + 1) ? "unset" : op, key, k + 1);
	}
}

void
foreign_ops_end(struct foreign_ops *ops)
{
	if (ops->n == 0)
		return;
	tape_array_end(ops->out->w);
	foreign_end(ops->out);
}
