/* once: a secret is there for one look, of one session, for two minutes. */
#include "web/once.h"

#include "base/clock.h"
#include "base/conf.h"
#include "base/crypt.h"
#include "base/str.h"
#include "t/unit/test.h"

#define KEY "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define SECRET "tm_pat_not_a_real_one"

static struct conf *conf;
static struct crypt *crypt_ring;

static struct web
web_of(const char *session)
{
	struct web w = { .conf = conf, .crypt = crypt_ring };
	w.who.user.session = str_of(session);
	return w;
}

/* What the browser sends back after a reply. */
static struct pair
cookie_of(struct task *t, const struct res *res)
{
	struct str line = res_header_find(res, "Set-Cookie");
	return (struct pair){ STR("cookie"), arena_str(t->arena, str_cut(&line, ';')) };
}

static bool
take(struct task *t, const char *session, const char *kind, struct pair cookie, struct str *out)
{
	struct web w = web_of(session);
	struct req req = { .headers = &cookie, .nheaders = 1 };
	struct res res;
	res_init(&res, t);
	bool ok = once_take(&w, t, &req, &res, kind, out);
	if (ok) /* and it is over */
		assert_non_null(strstr(res_header_find(&res, "Set-Cookie").p, "Max-Age=0"));
	res_reset(&res);
	return ok;
}

static void
one_look(void **state)
{
	struct task *t = *state;
	struct web w = web_of("s1");
	struct str got = STR_NULL;
	struct res res;
	res_init(&res, t);
	once_put(&w, t, &res, "token", STR(SECRET));
	struct str line = res_header_find(&res, "Set-Cookie");
	assert_non_null(strstr(line.p, "HttpOnly"));
	assert_non_null(strstr(line.p, "Secure"));
	assert_non_null(strstr(line.p, "Max-Age=120"));
	assert_null(strstr(line.p, "tm_pat"));
	struct pair cookie = cookie_of(t, &res);
	res_reset(&res);

	assert_true(take(t, "s1", "token", cookie, &got));
	assert_str(got, SECRET);
	assert_false(take(t, "s2", "token", cookie, &got));
	assert_false(take(t, "s1", "key", cookie, &got));
	assert_false(take(t, "s1", "token", (struct pair){ STR("cookie"), STR("") }, &got));
	/* one changed character, anywhere behind the name */
	char *p = arena_cstr(t->arena, cookie.value);
	for (size_t i = (size_t)str_index(cookie.value, '=') + 1; i + 1 < cookie.value.n; i++) {
		char was = p[i];
		p[i] = was == 'A' ? 'B' : 'A';
		assert_false(take(t, "s1", "token",
		    (struct pair){ STR("cookie"), { p, cookie.value.n } }, &got));
		p[i] = was;
	}
	t->now_us += 121 * US_PER_S;
	assert_false(take(t, "s1", "token", cookie, &got));
}

static int
open_all(void **state)
{
	static struct task own;
	(void)state;
	task_init(&own, arena_new(0));
	test_env_clear();
	return conf_open(&own, "/dev/null", &conf) == E_OK &&
	    crypt_open(&own, STR(KEY), &crypt_ring) == E_OK ? 0 : -1;
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(one_look) };
	return cmocka_run_group_tests_name(__FILE__, tests, open_all, NULL);
}
