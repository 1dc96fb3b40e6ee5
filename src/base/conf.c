/* conf.c - see conf.h. */
#include "base/conf.h"

#include <errno.h>
#include <unistd.h>

#include "base/num.h"
#include "base/str.h"
#include "base/utf8.h"

#define PREFIX "TIDEMARK_"
#define DEFAULT_PATH TM_SYSCONFDIR "/tidemark.conf"
#define LINE_MAX_BYTES 8192
#define NAME_MAX_BYTES 64

enum source { FROM_DEFAULT, FROM_FILE, FROM_ENV };

struct conf {
	struct {
		char *text; /* heap; never NULL after conf_open */
		int64_t number; /* INT, BOOL */
		enum source source;
	} value[CONF_COUNT];
};

#define TEXT CONF_TEXT
#define SECRET CONF_SECRET
#define INT CONF_INT
#define BOOL CONF_BOOL
static const struct conf_row rows[] = {
#define C(name, type, fallback, min, max, help) { PREFIX #name, type, fallback, min, max, help },
#include "base/conf.def"
#undef C
};
#undef TEXT
#undef SECRET
#undef INT
#undef BOOL

/* Known to ./dev, the tests and this file; no settings of a daemon. */
static const char *const other_names[] = {
	PREFIX "CONF",	     PREFIX "VAR",	  PREFIX "HTTP_PORT",
	PREFIX "HTTPS_PORT", PREFIX "ADMIN_PORT", PREFIX "CRASH_AT",
};

/* What is being read, for messages. */
struct origin {
	const char *file; /* NULL = environment */
	int line;
	enum source source;
};

static enum err
complain(struct task *t, const struct origin *at, struct str name, const char *what)
{
	if (at->file == NULL)
		return task_fail(t, E_CONFIG, "environment: %.*s %s", STRF(name), what);
	return task_fail(t, E_CONFIG, "%s:%d: %.*s %s", at->file, at->line, STRF(name), what);
}

const char *
conf_suggest(struct str name)
{
	const char *best = NULL;
	size_t least = 4; /* further away is no typing mistake */
	for (size_t i = 0; i < NELEM(rows); i++) {
		size_t d = str_distance(name, str_of(rows[i].name));
		if (d < least) {
			least = d;
			best = rows[i].name;
		}
	}
	return best;
}

static enum err
unknown(struct task *t, const struct origin *at, struct str name)
{
	char what[160];
	const char *near = conf_suggest(name);
	if (near != NULL)
		snprintf(what, sizeof(what), "is not a known key. Did you mean %s?", near);
	else
		snprintf(what, sizeof(what),
		         "is not a known key. See tidemark.conf(5) for all keys.");
	return complain(t, at, utf8_cut(name, NAME_MAX_BYTES), what);
}

static bool
parse_bool(struct str s, int64_t *out)
{
	static const char *const words[][2] = {
		{ "false", "true" }, { "0", "1" }, { "no", "yes" }, { "off", "on" },
	};
	for (size_t i = 0; i < NELEM(words); i++) {
		for (int v = 0; v < 2; v++) {
			if (str_is(s, words[i][v])) {
				*out = v;
				return true;
			}
		}
	}
	return false;
}

static enum err
set(struct task *t, struct conf *c, size_t key, struct str value, const struct origin *at)
{
	const struct conf_row *row = &rows[key];
	struct str name = str_of(row->name);
	char what[120];
	int64_t number = 0;
	if (c->value[key].text != NULL && at->source != FROM_DEFAULT &&
	    c->value[key].source == at->source)
		return complain(t, at, name, "is set twice.");
	if (!utf8_is_line(value))
		return complain(t, at, name, "holds a control character or is not UTF-8.");
	if (row->type == CONF_INT && !num_range(value, row->min, row->max, &number)) {
		snprintf(what, sizeof(what), "must be a whole number from %lld to %lld.",
		         (long long)row->min, (long long)row->max);
		return complain(t, at, name, what);
	}
	if (row->type == CONF_BOOL && !parse_bool(value, &number))
		return complain(t, at, name, "must be true or false.");
	char *text = malloc(value.n + 1);
	ASSERT(text != NULL);
	if (value.n > 0)
		memcpy(text, value.p, value.n);
	text[value.n] = '\0';
	free(c->value[key].text);
	c->value[key].text = text;
	c->value[key].number = number;
	c->value[key].source = at->source;
	return E_OK;
}

/* First line of the file that a *_FILE key names. */
static enum err
set_from_file(struct task *t, struct conf *c, size_t key, struct str path,
              const struct origin *at)
{
	char line[LINE_MAX_BYTES], what[200];
	FILE *f = fopen(arena_cstr(t->arena, path), "re");
	if (f == NULL) {
		snprintf(what, sizeof(what), "names a file that cannot be read: %s.",
		         strerror(errno));
		return complain(t, at, str_of(rows[key].name), what);
	}
	bool some = fgets(line, sizeof(line), f) != NULL;
	fclose(f);
	if (!some)
		return complain(t, at, str_of(rows[key].name), "names an empty file.");
	return set(t, c, key, str_trim(str_of(line)), at);
}

static enum err
assign(struct task *t, struct conf *c, struct str name, struct str value,
       const struct origin *at)
{
	struct str suffix = STR("_FILE");
	for (size_t i = 0; i < NELEM(rows); i++) {
		if (str_is(name, rows[i].name))
			return set(t, c, i, value, at);
	}
	for (size_t i = 0; i < NELEM(rows) && str_ends(name, suffix); i++) {
		struct str stem = str_slice(name, 0, name.n - suffix.n);
		if (rows[i].type == CONF_SECRET && str_is(stem, rows[i].name))
			return set_from_file(t, c, i, value, at);
	}
	for (size_t i = 0; i < NELEM(other_names); i++) {
		if (at->file == NULL && str_is(name, other_names[i]))
			return E_OK;
	}
	return unknown(t, at, name);
}

static enum err
read_line(struct task *t, struct conf *c, struct str line, const struct origin *at)
{
	line = str_trim(line);
	if (line.n == 0 || line.p[0] == '#')
		return E_OK;
	struct str value = line, name = str_trim(str_cut(&value, '='));
	if (value.p == NULL)
		return complain(t, at, STR("the line"), "is not KEY=VALUE.");
	value = str_trim(value);
	if (value.n >= 2 && value.p[0] == '"' && value.p[value.n - 1] == '"')
		value = str_slice(value, 1, value.n - 1);
	return assign(t, c, name, value, at);
}

static enum err
read_file(struct task *t, struct conf *c, const char *path, bool may_be_absent)
{
	struct origin at = { .file = path, .source = FROM_FILE };
	char line[LINE_MAX_BYTES];
	enum err e = E_OK;
	FILE *f = fopen(path, "re");
	if (f == NULL && errno == ENOENT && may_be_absent)
		return E_OK;
	if (f == NULL)
		return task_fail(t, E_CONFIG, "%s cannot be read: %s.", path, strerror(errno));
	while (e == E_OK && fgets(line, sizeof(line), f) != NULL) {
		struct str s = str_of(line);
		at.line++;
		if (s.n == sizeof(line) - 1 && s.p[s.n - 1] != '\n')
			e = complain(t, &at, STR("the line"), "is too long.");
		else
			e = read_line(t, c, s, &at);
	}
	fclose(f);
	return e;
}

static enum err
read_environment(struct task *t, struct conf *c)
{
	struct origin at = { .source = FROM_ENV };
	for (char **p = environ; *p != NULL; p++) {
		struct str value = str_of(*p), name = str_cut(&value, '=');
		if (!str_starts(name, STR(PREFIX)) || value.p == NULL)
			continue;
		enum err e = assign(t, c, name, value, &at);
		if (e != E_OK)
			return e;
	}
	return E_OK;
}

enum err
conf_open(struct task *t, const char *path, struct conf **out)
{
	const struct origin fallback = { .source = FROM_DEFAULT };
	const char *named = path != NULL ? path : getenv(PREFIX "CONF");
	if (named != NULL && *named == '\0')
		named = NULL;
	struct conf *c = calloc(1, sizeof(*c));
	ASSERT(c != NULL);
	enum err e = E_OK;
	for (size_t i = 0; i < NELEM(rows) && e == E_OK; i++)
		e = set(t, c, i, str_of(rows[i].fallback), &fallback);
	if (e == E_OK)
		e = read_file(t, c, named != NULL ? named : DEFAULT_PATH, named == NULL);
	if (e == E_OK)
		e = read_environment(t, c);
	if (e != E_OK) {
		conf_free(c);
		return e;
	}
	*out = c;
	return E_OK;
}

void
conf_free(struct conf *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < CONF_COUNT; i++)
		free(c->value[i].text);
	free(c);
}

const char *
conf_text(const struct conf *c, enum conf_key key)
{
	ASSERT(key < CONF_COUNT);
	return c->value[key].text;
}

struct str
conf_str(const struct conf *c, enum conf_key key)
{
	return str_of(conf_text(c, key));
}

int64_t
conf_int(const struct conf *c, enum conf_key key)
{
	ASSERT(key < CONF_COUNT && rows[key].type == CONF_INT);
	return c->value[key].number;
}

bool
conf_bool(const struct conf *c, enum conf_key key)
{
	ASSERT(key < CONF_COUNT && rows[key].type == CONF_BOOL);
	return c->value[key].number != 0;
}

enum err
conf_need(struct task *t, const struct conf *c, enum conf_key key)
{
	if (*conf_text(c, key) != '\0')
		return E_OK;
	return task_fail(t, E_CONFIG, "%s is not set.", rows[key].name);
}

const char *
conf_source(const struct conf *c, enum conf_key key)
{
	static const char *const names[] = { "default", "file", "environment" };
	ASSERT(key < CONF_COUNT);
	return names[c->value[key].source];
}

const struct conf_row *
conf_row(enum conf_key key)
{
	ASSERT(key < CONF_COUNT);
	return &rows[key];
}

void
conf_each(const struct conf *c, void (*fn)(void *ctx, const struct conf_row *row,
          const char *shown, const char *source), void *ctx)
{
	for (size_t i = 0; i < CONF_COUNT; i++) {
		enum conf_key key = (enum conf_key)i;
		const char *text = conf_text(c, key);
		if (rows[i].type == CONF_SECRET && *text != '\0')
			text = "(hidden)";
		fn(ctx, &rows[i], text, conf_source(c, key));
	}
}
