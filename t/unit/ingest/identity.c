/* identity.c - who is who, by the rules of persons: one line a step. */
#include "ingest/identity.h"
#include "t/unit/test.h"

/* user anonymous device -> persons told apart by their letters. */
struct step {
	const char *user, *anonymous, *device;
};

#define STEPS 5

static int
resolve(struct identity_set *s, const struct step *p)
{
	int u = identity_want(s, 1, ID_USER, str_of(p->user));
	int a = identity_want(s, 1, ID_ANONYMOUS, str_of(p->anonymous));
	int d = identity_want(s, 1, ID_DEVICE, str_of(p->device));

	return identity_resolve(s, u, a, d);
}

static void
cases(void **state)
{
	static const struct {
		const char *what;
		struct step step[STEPS];
		size_t n;
		const char *want; /* one letter a step; same letter = same person */
		int persons;      /* that are left */
	} row[] = {
		{ "nobody", { { "", "", "" } }, 1, "-", 0 },
		{ "user before anonymous before device",
		  { { "u", "a", "d" }, { "u", "", "d" }, { "", "", "d" } }, 3, "aab", 2 },
		{ "joins backwards", { { "", "a", "" }, { "u", "a", "" }, { "", "a", "" } }, 3,
		  "aaa", 1 },
		{ "joins an existing user", { { "u", "", "" }, { "", "a", "" }, { "u", "a", "" } },
		  3, "aaa", 1 },
		{ "joins once, the first wins",
		  { { "u", "a", "" }, { "v", "a", "" }, { "", "a", "" }, { "v", "", "" } }, 4,
		  "abab", 2 },
		{ "two anonymous ids of one user",
		  { { "", "a", "" }, { "", "b", "" }, { "u", "a", "" }, { "u", "b", "" } }, 4,
		  "aaaa", 1 },
		{ "devices never join", { { "", "", "d" }, { "u", "", "d" }, { "", "", "d" } }, 3,
		  "aba", 2 },
	};
	struct task *t = *state;

	for (size_t i = 0; i < NELEM(row); i++) {
		struct identity_set s;
		int at[STEPS], first[26];
		size_t live = 0;

		memset(first, -1, sizeof(first));
		identity_init(&s, t->arena);
		for (size_t k = 0; k < row[i].n; k++)
			at[k] = resolve(&s, &row[i].step[k]);
		for (size_t k = 0; k < row[i].n; k++) {
			int p = identity_final(&s, at[k]), *f;

			if (row[i].want[k] == '-') {
				assert_row(p == -1, row[i].what);
				continue;
			}
			f = &first[row[i].want[k] - 'a'];
			if (*f < 0)
				*f = p;
			assert_row(*f == p, row[i].what);
		}
		for (size_t k = 0; k < s.nperson; k++)
			live += s.person[k].into < 0;
		assert_row((int)live == row[i].persons, row[i].what);
		assert_row(first[0] != first[1] || first[0] < 0, row[i].what);
	}
}

/* What the store knows: person 10 is user u, 20 the anonymous a. */
static void
stored_persons_merge(void **state)
{
	struct task *t = *state;
	struct identity_set s;
	int u, a, p;

	identity_init(&s, t->arena);
	u = identity_want(&s, 1, ID_USER, STR("u"));
	a = identity_want(&s, 1, ID_ANONYMOUS, STR("a"));
	identity_known(&s, u, 1, 10, false, true);
	identity_known(&s, a, 2, 20, false, false);
	p = identity_final(&s, identity_resolve(&s, u, a, -1));
	assert_int_equal(s.person[p].person_no, 10);
	assert_int_equal(s.person[identity_final(&s, s.entry[a].person)].person_no, 10);
	assert_true(s.entry[a].joined && s.entry[a].changed);
	assert_int_equal(s.person[s.entry[a].person].into, p);
}

static void
alias_joins_but_never_two_users(void **state)
{
	struct task *t = *state;
	struct identity_set s;
	int u, v, b, x;

	identity_init(&s, t->arena);
	u = identity_want(&s, 1, ID_USER, STR("u"));
	b = identity_want(&s, 1, ID_ANONYMOUS, STR("b"));
	x = identity_resolve(&s, -1, b, -1);
	assert_true(identity_final(&s, x) ==
	            identity_final(&s, identity_alias(&s, u, -1, b,
	                                              identity_want(&s, 1, ID_USER, STR("b")))));
	v = identity_want(&s, 1, ID_USER, STR("v"));
	(void)identity_resolve(&s, v, -1, -1);
	(void)identity_alias(&s, u, -1, identity_want(&s, 1, ID_ANONYMOUS, STR("v")), v);
	assert_true(identity_final(&s, s.entry[u].person) != identity_final(&s, s.entry[v].person));
}

static void
environments_are_apart(void **state)
{
	struct task *t = *state;
	struct identity_set s;

	identity_init(&s, t->arena);
	assert_true(identity_want(&s, 1, ID_USER, STR("u")) !=
	            identity_want(&s, 2, ID_USER, STR("u")));
	assert_true(identity_want(&s, 1, ID_USER, STR("u")) ==
	            identity_want(&s, 1, ID_USER, STR("u")));
	assert_int_equal(identity_want(&s, 1, ID_USER, STR("")), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(cases),
		T(stored_persons_merge),
		T(alias_joins_but_never_two_users),
		T(environments_are_apart),
	};

	return RUN(tests);
}
