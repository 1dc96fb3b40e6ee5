/* grouping: labelled crash samples, every pair: what was labelled as one
 * crash falls together, nothing else does. Three sets: the one the rules were
 * made with, and two written before their authors had read them. "heldout"
 * scored 38 of 50 joins at first, under rule version 2; version 3 learnt from
 * it. "blind" scored 15 of 18, under version 3; version 4 learnt from it. No
 * other pair was ever merged falsely. What is still missed: who waited for a
 * promise or a future, which a runtime prints as far as it happens to know. */
#include "../test.h"

#include "ingest/fingerprint.h"

#define SAMPLES_MAX 400
#define FILE_MAX ((size_t)1 << 20)

struct sample {
	struct str group, note;
	struct crash_text crash;
	struct fingerprint fp;
};

struct score {
	size_t joins, missed;   /* pairs of one label; of these not joined */
	size_t others, merged;  /* pairs of two labels; of these joined */
};

static const char *const files[] = { "dart", "java", "apple", "js", "go", "python" };

static const struct set {
	const char *folder;
	size_t samples, groups; /* at least */
	size_t missed;          /* at most */
} SETS[] = {
	{ "crashes", 70, 28, 0 },
	{ "heldout", 100, 50, 1 },
	{ "blind", 47, 29, 1 },
};

static struct str
slurp(struct task *t, const char *folder, const char *name)
{
	char path[512], *text = arena_raw(t->arena, FILE_MAX);
	FILE *f;
	size_t n;

	snprintf(path, sizeof(path), "%s/t/unit/ingest/%s/%s.txt", TOP_SRCDIR, folder,
		name);
	f = fopen(path, "rb");
	assert_row(f != NULL, path);
	n = fread(text, 1, FILE_MAX, f);
	fclose(f);
	assert_row(n > 0 && n < FILE_MAX, path);
	return (struct str){ text, n };
}

static struct str
field(struct str *rest, const char *name)
{
	struct str line = str_cut(rest, '\n');

	assert_row(str_starts(line, str_of(name)), name);
	return str_trim(str_slice(line, strlen(name), line.n));
}

/* "=== group | note", "type: …", "message: …", then the stack. */
static size_t
read_samples(struct task *t, const char *folder, struct sample *all)
{
	size_t n = 0;

	for (size_t i = 0; i < NELEM(files); i++) {
		struct str text = slurp(t, folder, files[i]);

		assert_true(str_starts(text, STR("=== ")));
		while (text.n > 4) {
			const char *end = memmem(text.p + 4, text.n - 4, "\n=== ", 5);
			size_t len = end == NULL ? text.n : (size_t)(end - text.p) + 1;
			struct str rest = str_slice(text, 4, len), head = str_cut(&rest, '\n');
			struct sample *s = &all[n++];

			assert_true(n < SAMPLES_MAX);
			*s = (struct sample){ 0 };
			s->group = str_trim(str_cut(&head, '|'));
			s->note = str_trim(head);
			s->crash.type = field(&rest, "type:");
			s->crash.message = field(&rest, "message:");
			s->crash.stack = rest.p == NULL ? STR("") : rest;
			text = str_slice(text, len, text.n);
		}
	}
	return n;
}

static struct str
by_fingerprint(const struct sample *s)
{
	return s->fp.text;
}

static struct str
by_type(const struct sample *s)
{
	return s->crash.type;
}

static struct str
by_text(const struct sample *s)
{
	return s->crash.stack.n > 0 ? s->crash.stack : s->crash.message;
}

static struct score
compare(const struct sample *all, size_t n, struct str (*key)(const struct sample *), bool tell)
{
	struct score r = { 0 };

	for (size_t i = 0; i < n; i++) {
		for (size_t k = i + 1; k < n; k++) {
			const struct sample *a = &all[i], *b = &all[k];
			bool one = str_eq(a->group, b->group), got = str_eq(key(a), key(b));

			r.joins += one;
			r.missed += one && !got;
			r.others += !one;
			r.merged += !one && got;
			if (one == got || !tell)
				continue;
			print_message("# %s: %.*s (%.*s)\n#   and %.*s (%.*s)\n#   %.*s\n#   %.*s\n",
				one ? "missed join" : "FALSE MERGE", STRF(a->group), STRF(a->note),
				STRF(b->group), STRF(b->note), STRF(a->fp.why), STRF(b->fp.why));
		}
	}
	return r;
}

static struct score
check_set(struct task *t, const struct set *set)
{
	struct sample *all = tarray(t, SAMPLES_MAX, struct sample);
	size_t n = read_samples(t, set->folder, all), groups = 0;
	struct score r, type, text;

	for (size_t i = 0; i < n; i++) {
		size_t k = 0;

		fingerprint_make(t, &all[i].crash, &all[i].fp);
		while (!str_eq(all[k].group, all[i].group))
			k++;
		groups += k == i;
	}
	r = compare(all, n, by_fingerprint, true);
	print_message("# %s: %zu samples, %zu groups: %zu of %zu joins right (%.1f %%), "
		"%zu of %zu other pairs merged falsely\n", set->folder, n, groups, r.joins - r.missed, r.joins,
		100.0 * (double)(r.joins - r.missed) / (double)r.joins, r.merged, r.others);
	assert_true(n >= set->samples && groups >= set->groups);
	assert_int_equal(r.merged, 0);
	assert_true(r.missed <= set->missed);
	/* what the numbers are worth: two rules that must fail */
	type = compare(all, n, by_type, false);
	text = compare(all, n, by_text, false);
	print_message("# by type alone: %zu false merges; by raw text: %zu joins missed\n",
		type.merged, text.missed);
	assert_true(type.merged > 0);
	assert_true(text.missed * 2 > text.joins);
	return r;
}

static void
pairs(void **state)
{
	size_t joins = 0, missed = 0;

	for (size_t i = 0; i < NELEM(SETS); i++) {
		struct score r = check_set(*state, &SETS[i]);

		joins += r.joins;
		missed += r.missed;
	}
	assert_true((joins - missed) * 100 >= joins * 95);
}

/* One sample twice is one crash, and every sample says why. */
static void
check_steady(struct task *t, const char *folder)
{
	struct sample *all = tarray(t, SAMPLES_MAX, struct sample);
	size_t n = read_samples(t, folder, all);

	for (size_t i = 0; i < n; i++) {
		struct fingerprint a, b;
		const char *what = arena_printf(t->arena, "%.*s", STRF(all[i].group)).p;

		fingerprint_make(t, &all[i].crash, &a);
		fingerprint_make(t, &all[i].crash, &b);
		assert_row(str_eq(a.text, b.text), what);
		assert_row(a.why.n > 0 && a.title.n > 0, what);
		assert_row(a.text.n <= 200 && a.title.n <= 200 && a.culprit.n <= 200, what);
	}
}

static void
steady(void **state)
{
	for (size_t i = 0; i < NELEM(SETS); i++)
		check_steady(*state, SETS[i].folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(pairs), T(steady) };

	return RUN(tests);
}
