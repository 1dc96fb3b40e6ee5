/* letter: every mail, with plain and with hostile values. With LETTER_DIR
 * the messages are left there, to be looked at. */
#include "web/letter.h"

#include "base/conf.h"
#include "mail/message.h"
#include "t/unit/test.h"
#include "view/view.h"

#define SITE "https://stats.example.com"

static struct conf *conf;
static struct view *view;
static struct task own; /* of conf and view */

static const struct letter_value GOOD[] = {
	{ "TEAM", { "Harbour & Sons", 14 } }, { "BY", { "Ada Łovelace", 13 } },
	{ "TO", { "Grace", 5 } }, { "ROLE", { "analyst", 7 } }, { "WHEN", { "Tue 24 Nov", 10 } },
	{ "WHERE", { "Firefox on Linux, 192.0.2.1", 27 } },
	{ "WHAT", { "The second factor was switched off.", 35 } },
};

static struct letter_new
letter(enum letter kind)
{
	return (struct letter_new){ .kind = kind, .to = STR("ada@example.net"),
		.path = STR("/verify?token=abc-def_123"), .value = GOOD, .nvalues = NELEM(GOOD) };
}

static void
leave(struct task *t, const struct message *m)
{
	const char *dir = getenv("LETTER_DIR");
	struct str bytes;
	char path[256];
	assert_int_equal(message_build(t, m, &bytes), E_OK);
	if (dir == NULL)
		return;
	snprintf(path, sizeof(path), "%s/%.*s.eml", dir, STRF(m->kind));
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(bytes.p, 1, bytes.n, f), bytes.n);
	fclose(f);
}

static size_t
count(struct str s, const char *what)
{
	size_t n = 0;
	for (const char *p = s.p; (p = strstr(p, what)) != NULL; p++)
		n++;
	return n;
}

/* Each says why it came; links lead to the public address only. */
static void
every_kind(void **state)
{
	struct task *t = *state;
	struct web w = { .conf = conf, .view = view };
	for (int k = 0; k < LETTER_COUNT; k++) {
		struct letter_new in = letter((enum letter)k);
		struct message m;
		assert_int_equal(letter_write(&w, t, &in, &m), E_OK);
		assert_true(m.subject.n > 10 && m.kind.n > 0);
		assert_int_equal(count(m.text, "This mail came because"), 1);
		assert_int_equal(count(m.html, "This mail came because"), 1);
		assert_int_equal(count(m.text, "{{") + count(m.html, "{{"), 0);
		assert_int_equal(count(m.text, "://"), count(m.text, SITE));
		assert_int_equal(count(m.html, "://"), count(m.html, SITE));
		assert_int_equal(count(m.text, "\n\n\n"), 0);
		/* one link a mail, in both parts, or in none */
		size_t links = count(m.text, "\n" SITE "/verify?token=abc-def_123\n");
		assert_in_range(links, 0, 1);
		assert_int_equal(count(m.html, "href="), 2 * links);
		assert_int_equal(count(m.html, "src=") + count(m.html, "url("), 0);
		leave(t, &m);
	}
}

/* Names that other people chose: no mark-up, no line, no web address. */
static void
hostile(void **state)
{
	static const struct letter_value BAD[] = {
		{ "TEAM", { "<img src=x>\r\nBcc: b@example.net\n\nSee https://evil.example/x", 57 } },
		{ "BY", { "\" onclick=\"x\xff", 13 } }, { "ROLE", { "owner", 5 } },
	};
	struct task *t = *state;
	struct web w = { .conf = conf, .view = view };
	struct letter_new in = letter(LETTER_INVITATION);
	struct message m;
	struct str bytes;
	in.value = BAD;
	in.nvalues = NELEM(BAD);
	assert_int_equal(letter_write(&w, t, &in, &m), E_OK);
	assert_int_equal(count(m.html, "<img"), 0);
	assert_int_equal(count(m.html, "\" onclick"), 0);
	assert_int_equal(count(m.text, "\nBcc"), 0);
	assert_int_equal(count(m.text, "evil.example/x\n"), 0);
	assert_int_equal(count(m.text, "https://evil") + count(m.html, "https://evil"), 0);
	assert_true(str_index(m.subject, '\n') < 0 && str_index(m.subject, '\r') < 0);
	assert_int_equal(message_build(t, &m, &bytes), E_OK);
	assert_int_equal(count(bytes, "\r\nBcc"), 0);
	/* an address that is none is refused before it is a row */
	in.to = STR("a@example.net\r\nBcc: b@example.net");
	assert_int_equal(letter_write(&w, t, &in, &m), E_OK);
	assert_int_equal(message_build(t, &m, &bytes), E_INVALID);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = { T(every_kind), T(hostile) };
	test_env_clear();
	setenv("TIDEMARK_CONF", "/dev/null", 1);
	setenv("TIDEMARK_PUBLIC_URL", SITE, 1);
	setenv("TIDEMARK_MAIL_FROM", "Tidemark <tidemark@example.com>", 1);
	task_init(&own, arena_new(0));
	if (conf_open(&own, NULL, &conf) != E_OK ||
	    view_open(&own, TM_SRCDIR "/templates", &view) != E_OK) {
		fprintf(stderr, "%s\n", own.detail);
		return 1;
	}
	return RUN(tests);
}
