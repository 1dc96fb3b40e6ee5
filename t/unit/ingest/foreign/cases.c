/*
 * cases: requests as the official clients send them, and the canonical batch
 * that each becomes, one file a protocol in cases/:
 *
 *   # what it shows
 *   POST /path?query
 *   the body, one line, or -
 *   = the batch, as written by the translator (or the error's slug)
 *   ! accepted rejected [code of the first that is refused]
 *   > the answer (may be missing)
 */
#include "t/unit/ingest/foreign/vendor.h"

#define CASES TOP_SRCDIR "/t/unit/ingest/foreign/cases"

struct one {
	char *what, *request, *body, *batch, *counts, *answer;
};

static enum foreign_id
row_of(struct str path)
{
	static const struct {
		const char *starts;
		enum foreign_id id;
	} rows[] = {
		{ "/v1/", FOREIGN_SEGMENT },       { "/2/", FOREIGN_AMPLITUDE },
		{ "/track", FOREIGN_MIXPANEL },    { "/engage", FOREIGN_MIXPANEL },
		{ "/groups", FOREIGN_MIXPANEL },   { "/import", FOREIGN_MIXPANEL },
	};
	for (size_t i = 0; i < NELEM(rows); i++)
		if (str_starts(path, str_of(rows[i].starts)))
			return rows[i].id;
	return FOREIGN_NONE;
}

static bool
same(const char *what, const char *name, struct str have, const char *want)
{
	if (str_is(have, want))
		return true;
	print_error("%s, %s:\n have %.*s\n want %s\n", what, name, STRF(have), want);
	return false;
}

static bool
check(struct task *t, const struct one *o)
{
	char *save, counts[128];
	char *method = strtok_r(o->request, " ", &save), *path = strtok_r(NULL, " ", &save);
	char *query = strchr(path, '?');
	if (query != NULL)
		*query++ = '\0';
	struct vendor_call c = { .id = row_of(str_of(path)),
		.method = strcmp(method, "GET") == 0 ? M_GET : M_POST,
		.path = path, .query = query, .body = str_of(o->body) };
	vendor_run(t, &c);
	bool ok = same(o->what, "the batch",
	               c.err == E_OK ? c.text : str_of(err_slug(c.err)), o->batch);
	if (c.err != E_OK)
		return ok;
	const char *code = vendor_code(&c);
	snprintf(counts, sizeof(counts), "%zu %zu%s%s", c.verdict.accepted, c.verdict.rejected,
	         code[0] != '\0' ? " " : "", code);
	ok &= same(o->what, "counts", str_of(counts), o->counts);
	ok &= same(o->what, "the key", c.key, "tm_wk_x");
	if (o->answer != NULL)
		ok &= same(o->what, "the answer", str_of(c.reply), o->answer);
	return ok;
}

/* The next line without its mark; NULL at the end. */
static char *
next_line(FILE *f, struct arena *a)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t n = getline(&line, &size, f);
	char *copy = n < 0 ? NULL : arena_cstr(a, (struct str){ line, (size_t)n });
	if (copy != NULL && n > 0 && copy[n - 1] == '\n')
		copy[n - 1] = '\0';
	free(line);
	return copy;
}

static size_t
run_file(const char *name)
{
	struct task t = { 0 };
	struct arena *a = arena_new(0);
	char path[512];
	size_t n = 0, bad = 0;
	snprintf(path, sizeof(path), CASES "/%s", name);
	FILE *f = fopen(path, "r");
	assert_non_null(f);
	task_init(&t, arena_new(0));
	struct one o = { 0 };
	for (char *line = next_line(f, a);; line = next_line(f, a)) {
		if (line != NULL && line[0] != '\0') {
			char **to = line[0] == '#' ? &o.what :
			    line[0] == '='         ? &o.batch :
			    line[0] == '!'         ? &o.counts :
			    line[0] == '>'         ? &o.answer :
			    o.request == NULL      ? &o.request :
			                             &o.body;
			bool marked = to != &o.request && to != &o.body;
			*to = marked ? line + 2 : line;
			continue;
		}
		if (o.request != NULL) {
			if (strcmp(o.body, "-") == 0)
				o.body[0] = '\0';
			task_reset(&t);
			bad += !check(&t, &o);
			n++;
		}
		o = (struct one){ 0 };
		if (line == NULL)
			break;
	}
	fclose(f);
	assert_true(n > 3);
	arena_free(t.arena);
	arena_free(a);
	return bad;
}

static void
segment(void **state)
{
	(void)state;
	assert_int_equal(run_file("segment"), 0);
}

static void
amplitude(void **state)
{
	(void)state;
	assert_int_equal(run_file("amplitude"), 0);
}

static void
mixpanel(void **state)
{
	(void)state;
	assert_int_equal(run_file("mixpanel"), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(segment), T(amplitude), T(mixpanel) };
	return RUN(tests);
}
