/* message: the bytes of a mail, and what may not get into one. */
#include "mail/message.h"

#include "t/unit/test.h"

#define WAVE "\xe2\x80\xa6"

static struct message
plain(void)
{
	return (struct message){
		.from = STR("Tidemark <no-reply@example.com>"), .to = STR("a@example.net"),
		.subject = STR("Hello"), .id = STR("0197-a"), .kind = STR("verify"),
		.text = STR("one\ntwo\n"), .html = STR("<p>one</p>\n"),
		.date_us = INT64_C(1771838712) * 1000000,
	};
}

static bool
has(struct str s, const char *what)
{
	return strstr(s.p, what) != NULL;
}

/* Every line ends with CRLF, has no bare CR or LF, and at most 78 bytes. */
static void
check_lines(struct str s)
{
	size_t from = 0;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] != '\n') {
			assert_true(s.p[i] != '\r' || (i + 1 < s.n && s.p[i + 1] == '\n'));
			assert_in_range((unsigned char)s.p[i], 9, 126);
			continue;
		}
		assert_true(i > 0 && s.p[i - 1] == '\r');
		assert_in_range(i - 1 - from, 0, 78);
		from = i + 1;
	}
	assert_int_equal(from, s.n);
}

static void
builds(void **state)
{
	struct task *t = *state;
	struct message m = plain();
	struct str s;
	assert_int_equal(message_build(t, &m, &s), E_OK);
	check_lines(s);
	assert_true(str_starts(s, STR("Date: Mon, 23 Feb 2026 09:25:12 +0000\r\n")));
	assert_true(has(s, "\r\nFrom: \"Tidemark\" <no-reply@example.com>\r\n"));
	assert_true(has(s, "\r\nTo: <a@example.net>\r\nSubject: Hello\r\n"));
	assert_true(has(s, "\r\nMessage-ID: <0197-a@example.com>\r\n"));
	assert_true(has(s, "\r\nAuto-Submitted: auto-generated\r\n"));
	assert_true(has(s, "quoted-printable\r\n\r\none\r\ntwo\r\n\r\n--=_tidemark_0197-a\r\n"));
	assert_true(str_ends(s, STR("\r\n--=_tidemark_0197-a--\r\n")));
}

/* What goes in comes out, whatever it is; lines stay short. */
static void
round_trip(void **state)
{
	static const char *const SUBJECTS[] = {
		"Hello", "Grüße aus Łódź " WAVE, "=?UTF-8?Q?not_encoded?=", "a=?b",
		"Nine words that make a subject much longer than one line can be, so it is folded",
		"\xe6\xbd\xae\xe6\xb1\x90\xe6\xbd\xae\xe6\xb1\x90\xe6\xbd\xae\xe6\xb1\x90\xe6\xbd\xae"
		"\xe6\xb1\x90\xe6\xbd\xae\xe6\xb1\x90\xe6\xbd\xae\xe6\xb1\x90 \xe6\xbd\xae",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	};
	static const char *const TEXTS[] = {
		".\n..\n. x\nFrom me\n", "a line that ends in a blank \nnext\n", "100 = 100\n", "\n\n",
		"x" WAVE "y\n", "--=_tidemark_0197-a--\n",
		"a very long line a very long line a very long line a very long line a very long line"
		" a very long line a very long line .F.F.F.F.F.F.F.F.F.F.F.F.F.F.F.F.F.F.F.F.F.F.F.F\n",
	};
	struct task *t = *state;
	struct message_read r;
	struct str s;
	for (size_t i = 0; i < NELEM(SUBJECTS); i++) {
		struct message m = plain();
		m.subject = str_of(SUBJECTS[i]);
		assert_int_equal(message_build(t, &m, &s), E_OK);
		check_lines(s);
		assert_int_equal(message_parse(t, s, &r), E_OK);
		assert_true(str_eq(r.subject, m.subject));
		assert_true(str_is(r.to, "a@example.net") && str_is(r.kind, "verify"));
	}
	for (size_t i = 0; i < NELEM(TEXTS); i++) {
		struct message m = plain();
		m.text = m.html = str_of(TEXTS[i]);
		assert_int_equal(message_build(t, &m, &s), E_OK);
		check_lines(s);
		assert_false(has(s, "\r\n."));
		assert_false(has(s, "\r\nFrom me"));
		assert_int_equal(message_parse(t, s, &r), E_OK);
		assert_true(str_eq(r.text, m.text));
		assert_true(str_eq(r.html, m.text));
	}
}

/* A value that would add a header, a recipient or a command. */
static void
injection(void **state)
{
	static const char *const TO[] = {
		"a@example.net\r\nBcc: b@example.net", "a@example.net\nBcc: b", "a@example.net,b@example.net",
		"a@example.net> RCPT TO:<b@example.net", "<a@example.net>", "\"a b\"@example.net",
		"a b@example.net", "a@b@c", "@example.net", "a@", "a", "", "a@exa\tmple.net",
		"-oX@example.net", "a@example.net\x7f", "a;b@example.net", "a(b)@example.net", "\xff@x.de",
	};
	static const char *const SUBJECT[] = { "x\r\nBcc: b@example.net", "x\ny", "x\ry", "x\x01", "\xff" };
	static const char *const FROM[] = { "", "Tidemark", "A <b@example.net> c", "A\r\nB: c <b@example.net>",
		"<b@example.net", "A <b@example.net\r\n>" };
	struct task *t = *state;
	struct message m;
	struct str s;
	for (size_t i = 0; i < NELEM(TO); i++) {
		m = plain();
		m.to = str_of(TO[i]);
		task_clear(t);
		assert_int_equal(message_build(t, &m, &s), E_INVALID);
	}
	m = plain();
	m.to = (struct str){ "a\0@example.net", 14 };
	assert_int_equal(message_build(t, &m, &s), E_INVALID);
	for (size_t i = 0; i < NELEM(SUBJECT); i++) {
		m = plain();
		m.subject = str_of(SUBJECT[i]);
		assert_int_equal(message_build(t, &m, &s), E_INVALID);
	}
	for (size_t i = 0; i < NELEM(FROM); i++) {
		m = plain();
		m.from = str_of(FROM[i]);
		assert_int_equal(message_build(t, &m, &s), E_INVALID);
	}
	m = plain();
	m.id = STR("a b");
	assert_int_equal(message_build(t, &m, &s), E_INVALID);
}

static void
senders(void **state)
{
	static const struct {
		const char *from, *header;
	} ROWS[] = {
		{ "a@example.com", "\r\nFrom: <a@example.com>\r\n" },
		{ "A B <a@example.com>", "\r\nFrom: \"A B\" <a@example.com>\r\n" },
		{ "\"A, B\" <a@example.com>", "\r\nFrom: \"A, B\" <a@example.com>\r\n" },
		{ "Ä <a@example.com>", "\r\nFrom: =?UTF-8?Q?=C3=84?= <a@example.com>\r\n" },
	};
	struct task *t = *state;
	for (size_t i = 0; i < NELEM(ROWS); i++) {
		struct message m = plain();
		struct str s;
		m.from = str_of(ROWS[i].from);
		assert_int_equal(message_build(t, &m, &s), E_OK);
		assert_true(has(s, ROWS[i].header));
	}
}

/* The reader takes anything without falling over. */
static void
reads_anything(void **state)
{
	struct task *t = *state;
	struct message m = plain();
	struct message_read r;
	struct str s;
	assert_int_equal(message_parse(t, STR(""), &r), E_DATA);
	assert_int_equal(message_parse(t, STR("Subject: x\r\n\r\n"), &r), E_DATA);
	assert_int_equal(message_build(t, &m, &s), E_OK);
	for (size_t n = 0; n < s.n; n++) {
		char *cut = malloc(n + 1); /* the sanitizer sees a step too far */
		assert_non_null(cut);
		memcpy(cut, s.p, n);
		enum err e = message_parse(t, (struct str){ cut, n }, &r);
		assert_true(e == E_OK || e == E_DATA);
		task_clear(t);
		free(cut);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		T(builds), T(round_trip), T(injection), T(senders), T(reads_anything),
	};
	return RUN(tests);
}
