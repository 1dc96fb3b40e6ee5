/* filter.c - parse and describe "key:op:value" conditions. */
#include "query/filter.h"

#include "base/num.h"
#include "base/str.h"
#include "base/utf8.h"
#include "base/uuid.h"
#include "query/link.h"

#define BIT(op) (1u << FILTER_##op)
#define OPS_ID (BIT(EQ) | BIT(NE) | BIT(IN) | BIT(EXISTS))
#define OPS_TEXT (OPS_ID | BIT(CONTAINS))
#define OPS_ALL (OPS_TEXT | BIT(GT) | BIT(GTE) | BIT(LT) | BIT(LTE))

const struct filter_key_info filter_keys[FILTER_KEYS] = {
	[FILTER_NAME]       = { "name", "event", OPS_TEXT },
	[FILTER_NAMESPACE]  = { "namespace", "namespace", OPS_TEXT },
	[FILTER_PLATFORM]   = { "platform", "platform", OPS_TEXT },
	[FILTER_VERSION]    = { "version", "app version", OPS_ALL },
	[FILTER_BUILD]      = { "build", "build", OPS_ALL },
	[FILTER_COUNTRY]    = { "country", "country", OPS_TEXT },
	[FILTER_OS_VERSION] = { "os_version", "OS version", OPS_ALL },
	[FILTER_MODEL]      = { "model", "device model", OPS_TEXT },
	[FILTER_LOCALE]     = { "locale", "locale", OPS_TEXT },
	[FILTER_USER]       = { "user", "user", OPS_ID },
	[FILTER_ANONYMOUS]  = { "anonymous", "anonymous id", OPS_ID },
	[FILTER_PERSON]     = { "person", "person", OPS_ID },
	[FILTER_SESSION]    = { "session", "session", OPS_ID },
	[FILTER_DEVICE]     = { "device", "device", OPS_ID },
	[FILTER_PROP]       = { "prop.", "property", OPS_ALL },
};

const struct filter_op_info filter_ops[FILTER_OPS] = {
	[FILTER_EQ]       = { "eq", "is" },
	[FILTER_NE]       = { "ne", "is not" },
	[FILTER_IN]       = { "in", "is one of" },
	[FILTER_CONTAINS] = { "contains", "contains" },
	[FILTER_GT]       = { "gt", ">" },
	[FILTER_GTE]      = { "gte", "\xe2\x89\xa5" },
	[FILTER_LT]       = { "lt", "<" },
	[FILTER_LTE]      = { "lte", "\xe2\x89\xa4" },
	[FILTER_EXISTS]   = { "exists", "is set" },
};

static enum err
bad(struct task *t, struct str raw, const char *why)
{
	struct str shown = utf8_cut(raw, 80);

	task_field(t, STR("f"), "\xe2\x80\x9c%.*s\xe2\x80\x9d %s", STRF(shown), why);
	return task_fail(t, E_BAD_PARAM, "f: \xe2\x80\x9c%.*s\xe2\x80\x9d %s", STRF(shown), why);
}

static bool
parse_key(struct str name, struct filter *f)
{
	struct str prefix = STR("prop.");

	if (str_starts(name, prefix)) {
		f->key = FILTER_PROP;
		f->path = str_slice(name, prefix.n, name.n);
		return f->path.n > 0;
	}
	for (int k = 0; k < FILTER_PROP; k++)
		if (str_is(name, filter_keys[k].key)) {
			f->key = (enum filter_key)k;
			return true;
		}
	return false;
}

static bool
parse_op(struct str name, struct filter *f)
{
	for (int op = 0; op < FILTER_OPS; op++)
		if (str_is(name, filter_ops[op].op)) {
			f->op = (enum filter_op)op;
			return (filter_keys[f->key].ops & (1u << op)) != 0;
		}
	return false;
}

/* "a,b\,c" -> a | b,c */
static bool
parse_list(struct task *t, struct str s, struct filter *f)
{
	char *text = arena_raw(t->arena, s.n + 1);
	size_t n = 0, begin = 0;

	f->value = tarray(t, FILTER_VALUES_MAX, struct str);
	for (size_t i = 0; i <= s.n; i++) {
		if (i < s.n && s.p[i] == '\\' && i + 1 < s.n &&
		    (s.p[i + 1] == ',' || s.p[i + 1] == '\\')) {
			text[n++] = s.p[++i];
			continue;
		}
		if (i < s.n && s.p[i] != ',') {
			text[n++] = s.p[i];
			continue;
		}
		if (f->nvalues == FILTER_VALUES_MAX)
			return false;
		f->value[f->nvalues++] = (struct str){ text + begin, n - begin };
		begin = n;
	}
	return true;
}

static bool
all_uuids(const struct filter *f)
{
	uint8_t id[16];

	for (size_t i = 0; i < f->nvalues; i++)
		if (!uuid_parse(f->value[i], id))
			return false;
	return true;
}

/* Values arrive percent-decoded; the key cannot hold a colon unless it is a
 * property path, whose op is then the last known one before the value. */
static enum err
parse_one(struct task *t, struct str raw, struct filter *f)
{
	struct str rest = raw, key, op;

	f->raw = raw = rest = arena_str(t->arena, raw);
	if (!utf8_is_line(raw) || raw.n > FILTER_VALUE_BYTES * 4)
		return bad(t, STR("\xe2\x80\xa6"), "is not a line of text");
	key = str_cut(&rest, ':');
	if (rest.p == NULL)
		return bad(t, raw, "is not of the form key:op:value");
	if (!parse_key(key, f))
		return bad(t, key, "is not a filter key");
	op = str_cut(&rest, ':');
	if (!parse_op(op, f))
		return bad(t, op, "is not an operator of this key");
	if (f->op == FILTER_EXISTS)
		return E_OK;
	if (rest.p == NULL)
		return bad(t, raw, "has no value");
	if (f->op == FILTER_IN) {
		if (!parse_list(t, rest, f))
			return bad(t, raw, "lists more than 50 values");
	} else {
		f->value = talloc(t, struct str);
		f->value[0] = rest;
		f->nvalues = 1;
	}
	for (size_t i = 0; i < f->nvalues; i++)
		if (f->value[i].n > FILTER_VALUE_BYTES)
			return bad(t, raw, "has a value longer than 1024 bytes");
	if (f->key == FILTER_PERSON && !all_uuids(f))
		return bad(t, raw, "wants the id of a person (a UUID)");
	return E_OK;
}

enum err
filters_parse(struct task *t, const struct str *raw, size_t n, struct filters *out)
{
	memset(out, 0, sizeof(*out));
	for (size_t i = 0; i < n; i++) {
		if (raw[i].n == 0) /* an empty form field */
			continue;
		if (out->n == FILTERS_MAX)
			return bad(t, raw[i], "is one filter too many (16 at most)");
		enum err e = parse_one(t, raw[i], &out->f[out->n]);
		if (e != E_OK)
			return e;
		out->n++;
	}
	return E_OK;
}

struct str
filter_describe(struct task *t, const struct filter *f)
{
	struct buf b = BUF_INIT;
	struct str out;

	if (f->key == FILTER_PROP)
		buf_add(&b, f->path);
	else
		buf_puts(&b, filter_keys[f->key].label);
	buf_putc(&b, ' ');
	buf_puts(&b, filter_ops[f->op].label);
	for (size_t i = 0; i < f->nvalues; i++) {
		buf_puts(&b, i == 0 ? " " : ", ");
		if (f->value[i].n == 0)
			buf_puts(&b, "(empty)");
		else
			buf_add(&b, f->value[i]);
	}
	out = arena_str(t->arena, buf_str(&b));
	buf_release(&b);
	return out;
}

struct str
filters_query(struct task *t, const struct filters *f, int skip)
{
	struct buf b = BUF_INIT;
	struct str out;

	for (size_t i = 0; f != NULL && i < f->n; i++)
		if ((int)i != skip)
			link_param(&b, "f", f->f[i].raw);
	out = arena_str(t->arena, buf_str(&b));
	buf_release(&b);
	return out;
}

bool
filters_indexed(const struct filters *f)
{
	for (size_t i = 0; f != NULL && i < f->n; i++) {
		enum filter_key k = f->f[i].key;
		bool exact = f->f[i].op == FILTER_EQ || f->f[i].op == FILTER_IN;
		if (exact && (k == FILTER_USER || k == FILTER_PERSON || k == FILTER_SESSION))
			return true;
	}
	return false;
}

int
filters_rollup(const struct filters *f, struct str *value)
{
	static const int dim[FILTER_KEYS] = {
		[FILTER_NAME] = 2, [FILTER_VERSION] = 3,
		[FILTER_PLATFORM] = 4, [FILTER_COUNTRY] = 5,
	};

	*value = STR("");
	if (f == NULL || f->n == 0)
		return 0;
	if (f->n > 1 || f->f[0].op != FILTER_EQ || dim[f->f[0].key] == 0)
		return -1;
	*value = f->f[0].value[0];
	return dim[f->f[0].key];
}
