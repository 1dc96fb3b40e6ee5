/* jwt.c - the time of one check of an access token: form, signature, claims.
 * And of one password hash, at the parameters in use. JSON on stdout. */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/jose.h"
#include "base/passwd.h"
#include "base/str.h"

#define CHECKS 4000
#define HASHES 15

static int
by_value(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static bool
check(struct task *t, const struct jose_set *set, struct str token,
      const struct jose_expect *expect)
{
	struct jose_token got;
	return jose_verify(t, set, token, &got) == E_OK &&
	       jose_claims_fault(got.claims, expect) == NULL;
}

int
main(void)
{
	static double us[CHECKS], hash_us[HASHES];
	struct arena *a = arena_new((size_t)1 << 20), *b = arena_new((size_t)1 << 20);
	struct task t, work;
	struct jose_set *set;
	char text[PASSWD_TEXT];
	task_init(&t, a);
	task_init(&work, b);
	struct jose_key *key = jose_key_make();
	struct jose_expect expect = { .iss = STR("https://stats.example.org"),
		.aud = STR("https://stats.example.org/api"), .now_s = t.now_us / US_PER_S,
		.skew_s = 5 };
	struct str claims = arena_printf(a, "{\"iss\":\"https://stats.example.org\","
	    "\"aud\":\"https://stats.example.org/api\",\"sub\":\"user\",\"scope\":\"metrics:read\","
	    "\"iat\":%lld,\"exp\":%lld}", (long long)expect.now_s, (long long)expect.now_s + 3600);
	struct str jwks = arena_printf(a, "{\"keys\":[%.*s]}", STRF(jose_key_public(&t, key)));
	struct str token = jose_sign(&t, key, "at+jwt", claims);
	if (jose_set_open(&t, jwks, &set) != E_OK)
		return 1;
	for (int i = 0; i < CHECKS; i++) {
		int64_t begin = clock_mono_us();
		if (!check(&work, set, token, &expect))
			return 1;
		us[i] = (double)(clock_mono_us() - begin);
		task_reset(&work);
	}
	for (int i = 0; i < HASHES; i++) {
		int64_t begin = clock_mono_us();
		if (passwd_hash(&t, STR("correct horse battery"), text) != E_OK)
			return 1;
		hash_us[i] = (double)(clock_mono_us() - begin);
	}
	qsort(us, CHECKS, sizeof(us[0]), by_value);
	qsort(hash_us, HASHES, sizeof(hash_us[0]), by_value);
	printf("{\"jwt_p50_us\": %.0f, \"jwt_p99_us\": %.0f, \"hash_p50_ms\": %.1f}\n",
	    us[CHECKS / 2], us[CHECKS * 99 / 100], hash_us[HASHES / 2] / 1000);
	jose_set_close(set);
	jose_key_close(key);
	arena_free(a);
	arena_free(b);
	return 0;
}
