/* detect: what is found in a text, and what is not; and how long hostile
 * texts take. */
#include "../test.h"

#include <time.h>

#include "base/buf.h"
#include "model/governance/detect.h"

/* Every span as "kind(text)", separated by blanks. */
static const char *
found(struct task *t, struct str s, uint32_t set)
{
	struct buf b = BUF_INIT;
	struct detect_span span;
	for (size_t at = 0; at <= s.n && detect_next(s, at, set, &span); at = span.to) {
		assert_true(span.from < span.to && span.to <= s.n && span.from >= at);
		buf_printf(&b, "%s%s(%.*s)", b.n > 0 ? " " : "", detect_name(span.what),
		           (int)(span.to - span.from), s.p + span.from);
	}
	const char *out = arena_cstr(t->arena, buf_str(&b));
	buf_release(&b);
	return out;
}

static const char *const rows[][2] = {
	/* RFC 5321, 5322, 6531 */
	{ "write to bob@example.org.", "email(bob@example.org)" },
	{ "disposable.style.email.with+symbol@example.com",
	  "email(disposable.style.email.with+symbol@example.com)" },
	{ "x@y.museum, fully-qualified@example.co.uk",
	  "email(x@y.museum) email(fully-qualified@example.co.uk)" },
	{ "mailto:bob@example.org?subject=x", "email(bob@example.org)" },
	{ "https://x.example/?mail=bob%40example.org&x=1", "email(bob%40example.org)" },
	{ "m\xc3\xbcller@b\xc3\xbc" "cher.de", "email(m\xc3\xbcller@b\xc3\xbc" "cher.de)" },
	{ "<bob@example.org>", "email(bob@example.org)" },
	{ "no@domain", "" }, { "@example.org", "" }, { "bob@", "" }, { "a@b..de", "" },
	{ "icon@2x.png", "" }, { "run@main.dart:12:5", "" }, { "pkg@1.2.3", "" },
	/* E.164 */
	{ "+4930123456", "phone(+4930123456)" },
	{ "call +1 (415) 555-2671 now", "phone(+1 (415) 555-2671)" },
	{ "+49 30 / 1234567", "" }, { "+1", "" }, { "+123456", "" }, { "1+23456789", "" },
	{ "+1234567890123456", "" }, { "+0123456789", "" },
	/* card numbers: the networks' test numbers */
	{ "4111 1111 1111 1111", "card(4111 1111 1111 1111)" },
	{ "4111111111111111", "card(4111111111111111)" },
	{ "378282246310005", "card(378282246310005)" },
	{ "5555-5555-5555-4444!", "card(5555-5555-5555-4444)" },
	{ "6011111111111117", "card(6011111111111117)" },
	{ "4111111111111112", "" }, { "41111111111111111111111", "" },
	{ "1771839912000", "" }, { "0x4111111111111111", "" }, { "a4111111111111111", "" },
	{ "0000000000000000", "" },
	/* ISO 13616, the registry's examples */
	{ "DE89 3704 0044 0532 0130 00", "iban(DE89 3704 0044 0532 0130 00)" },
	{ "GB29NWBK60161331926819", "iban(GB29NWBK60161331926819)" },
	{ "to NO9386011117947 please", "iban(NO9386011117947)" },
	{ "DE88370400440532013000", "" }, { "XDE89370400440532013000", "" },
	/* addresses */
	{ "from 192.0.2.77:443", "ip(192.0.2.77)" }, { "10.0.0.1.", "ip(10.0.0.1)" },
	{ "2001:db8::8a2e:370:7334", "ip(2001:db8::8a2e:370:7334)" }, { "::1", "ip(::1)" },
	{ "::ffff:192.0.2.1", "ip(::ffff:192.0.2.1)" },
	{ "256.1.1.1", "" }, { "1.2.3", "" }, { "v1.2.3.4", "" }, { "1.2.3.4.5", "" },
	{ "Face::add", "" }, { "12:30:45", "" }, { "std::vector", "" }, { "::", "" },
	/* RFC 7519, section 3.1 */
	{ "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UifQ.dBjftJeZ4CVP",
	  "token(eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UifQ.dBjftJeZ4CVP)" },
	{ "Authorization: Bearer mF_9.B5f-4.1JqM", "token(mF_9.B5f-4.1JqM)" },
	{ "basic QWxhZGRpbjpvcGVu", "token(QWxhZGRpbjpvcGVu)" },
	{ "AKIAIOSFODNN7EXAMPLE", "token(AKIAIOSFODNN7EXAMPLE)" },
	{ "eyJhbGc", "" }, { "Bearer of news", "" }, { "AKIA", "" },
	/* URLs */
	{ "/cb?code=abc&x=1#y", "url_secret(abc)" },
	{ "?a=1&access_token=s3cr3t", "url_secret(s3cr3t)" },
	{ "?X-Amz-Signature=00ff", "url_secret(00ff)" },
	{ "ftp://bob:hunter2@host/x", "url_secret(hunter2)" },
	{ "?token=", "" }, { "?tokens=1", "" }, { "https://host:8080/x", "" },
	{ "http://[::1]/", "ip(::1)" },
	/* numbers that the administration gives */
	{ "ssn 536-90-4399", "ssn(536-90-4399)" },
	{ "000-12-3456", "" }, { "666-12-3456", "" }, { "900-12-3456", "" },
	{ "536-00-4399", "" }, { "536-90-0000", "" }, { "1536-90-4399", "" },
	{ "536-90-43990", "" },
	/* homes */
	{ "/home/bob/app/main.c", "home(bob)" }, { "/Users/anna lee/x", "home(anna)" },
	{ "C:\\Users\\bob\\x", "home(bob)" }, { "/Users/Shared/x", "" }, { "/home/", "" },
	{ "", "" }, { "an ordinary sentence, 12 items (3.5 %)", "" },
};

static void
kinds(void **state)
{
	struct task *t = *state;
	for (size_t i = 0; i < NELEM(rows); i++) {
		const char *got = found(t, str_of(rows[i][0]), DETECT_ALL);
		if (strcmp(got, rows[i][1]) != 0)
			fail_msg("\"%s\": \"%s\", not \"%s\"", rows[i][0], got, rows[i][1]);
	}
	assert_string_equal(found(t, STR("a@b.de +4930123456"), DETECT_BIT(DETECT_PHONE)),
	                    "phone(+4930123456)");
}

static void
names(void **state)
{
	enum detector d;
	(void)state;
	for (int i = 0; i < DETECT_END; i++) {
		assert_true(detect_find(str_of(detect_name((enum detector)i)), &d));
		assert_int_equal(d, i);
	}
	assert_false(detect_find(STR("emails"), &d));
}

/* Texts made to be looked at again and again: the time for twice as much is
 * about twice as long, never four times. */
static void
hostile(void **state)
{
	static const char *const parts[] = { "a@", "eyJ-", "eyJ.", "?", "?token=", "+1", "4 ", "41-",
		"DE89 ", "AA00", "::", "1:", "/home/", "://a:", "%40", "a%40", "Bearer ", ".@", "1.1.",
		"\\Users\\", "000-", "AKIA=", "eyJ=" };
	struct task *t = *state;
	for (size_t i = 0; i < NELEM(parts); i++) {
		clock_t took[2];
		for (int k = 0; k < 2; k++) {
			size_t n = (size_t)(k + 1) << 17;
			char *p = arena_raw(t->arena, n);
			for (size_t j = 0; j < n; j++)
				p[j] = parts[i][j % strlen(parts[i])];
			struct detect_span span;
			clock_t began = clock();
			for (size_t at = 0; detect_next((struct str){ p, n }, at, DETECT_ALL, &span);)
				at = span.to;
			took[k] = clock() - began;
		}
		if (took[1] > took[0] * 3 + CLOCKS_PER_SEC / 20 || took[1] > CLOCKS_PER_SEC)
			fail_msg("\"%s\": %ld, then %ld ticks", parts[i], (long)took[0], (long)took[1]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(kinds), T(names), T(hostile) };
	return RUN(tests);
}
