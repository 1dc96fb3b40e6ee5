/* passwd.c - see passwd.h. */
#include "base/passwd.h"

#include <argon2.h>

#include "base/crypt.h"
#include "base/num.h"
#include "base/str.h"

#define MEMORY_KIB 47104
#define PASSES 1
#define LANES 1
#define SALT_BYTES 16
#define HASH_BYTES 32

enum err
passwd_hash(struct task *t, struct str password, char out[PASSWD_TEXT])
{
	uint8_t salt[SALT_BYTES];
	if (password.n > PASSWD_BYTES_MAX)
		return task_fail(t, E_INVALID, "The password is longer than %d bytes.",
		                 PASSWD_BYTES_MAX);
	crypt_random(salt, sizeof(salt));
	int rc = argon2id_hash_encoded(PASSES, MEMORY_KIB, LANES, password.n > 0 ? password.p : "",
	                               password.n, salt, sizeof(salt), HASH_BYTES, out,
	                               PASSWD_TEXT);
	if (rc != ARGON2_OK)
		return task_fail(t, E_INTERNAL, "argon2: %s", argon2_error_message(rc));
	return E_OK;
}

bool
passwd_verify(struct str password, struct str hash)
{
	char text[PASSWD_TEXT];
	if (password.n > PASSWD_BYTES_MAX || hash.n >= sizeof(text) || hash.n == 0)
		return false;
	memcpy(text, hash.p, hash.n);
	text[hash.n] = '\0';
	if (!str_starts(hash, STR("$argon2id$")))
		return false;
	return argon2id_verify(text, password.n > 0 ? password.p : "", password.n) == ARGON2_OK;
}

/* Value of "m=" and the like in the parameter part; 0 when absent. */
static int64_t
parameter(struct str part, char name)
{
	while (part.p != NULL) {
		struct str one = str_cut(&part, ',');
		int64_t v;
		if (one.n > 2 && one.p[0] == name && one.p[1] == '=' &&
		    num_i64(str_slice(one, 2, one.n), &v))
			return v;
	}
	return 0;
}

bool
passwd_needs_rehash(struct str hash)
{
	/* $argon2id$v=19$m=47104,t=1,p=1$salt$hash */
	if (!str_starts(hash, STR("$argon2id$v=19$")))
		return true;
	struct str rest = str_slice(hash, 15, hash.n);
	struct str part = str_cut(&rest, '$');
	return parameter(part, 'm') < MEMORY_KIB || parameter(part, 't') < PASSES ||
	       parameter(part, 'p') < LANES;
}

void
passwd_dummy(struct str password)
{
	uint8_t salt[SALT_BYTES] = { 0 }, hash[HASH_BYTES];
	size_t n = password.n > PASSWD_BYTES_MAX ? PASSWD_BYTES_MAX : password.n;
	(void)argon2id_hash_raw(PASSES, MEMORY_KIB, LANES, n > 0 ? password.p : "", n, salt,
	                        sizeof(salt), hash, sizeof(hash));
	crypt_wipe(hash, sizeof(hash));
}
