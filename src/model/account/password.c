/* password.c - see password.h. */
#include "model/account/password.h"

#include "base/str.h"
#include "model/account/user.h"

#define AROUND_MAX 6 /* digits and signs around a word that do not count */

static const char *const common[] = {
#include "model/account/password_common.def"
};

static bool
listed(struct str s)
{
	size_t low = 0, high = NELEM(common);
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int c = str_cmp(s, str_of(common[mid]));
		if (c == 0)
			return true;
		if (c < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return false;
}

static bool
is_letter(char c)
{
	return c >= 'a' && c <= 'z';
}

/* Every byte is the one before, plus a step of -1, 0 or 1: "9876543210". */
static bool
is_run(struct str s)
{
	int step = s.n > 1 ? s.p[1] - s.p[0] : 2;
	if (step < -1 || step > 1)
		return false;
	for (size_t i = 2; i < s.n; i++)
		if (s.p[i] - s.p[i - 1] != step)
			return false;
	return true;
}

/* "password-2026!" is "password" with something around it. */
static bool
is_dressed(struct str s)
{
	size_t from = 0, to = s.n;
	while (from < to && !is_letter(s.p[from]))
		from++;
	while (to > from && !is_letter(s.p[to - 1]))
		to--;
	if (to - from < 3 || !listed(str_slice(s, from, to)))
		return false;
	struct str end = str_slice(s, to, s.n);
	return from + end.n <= AROUND_MAX || (from == 0 && (listed(end) || is_run(end)));
}

/* Something short, or a common word, again and again. */
static bool
is_repeated(struct str s)
{
	for (size_t n = 1; n <= s.n / 2; n++) {
		struct str part = str_slice(s, 0, n);
		if (s.n % n == 0 && memcmp(s.p, s.p + n, s.n - n) == 0 &&
		    (n <= 3 || listed(part) || is_dressed(part)))
			return true;
	}
	return false;
}

bool
password_is_common(struct task *t, struct str password)
{
	char *low = arena_cstr(t->arena, password);
	for (size_t i = 0; i < password.n; i++)
		if (low[i] >= 'A' && low[i] <= 'Z')
			low[i] = (char)(low[i] - 'A' + 'a');
	struct str s = { low, password.n };
	return listed(s) || is_run(s) || is_dressed(s) || is_repeated(s);
}

static enum err
refuse(struct task *t, const char *why)
{
	task_field(t, STR("password"), "%s", why);
	return task_fail(t, E_INVALID, "%s", why);
}

enum err
password_check(struct task *t, struct str password, struct str email)
{
	struct str key = STR_NULL;
	if (password.n < USER_PASSWORD_MIN)
		return refuse(t, "Use at least 10 characters. Three or four words that have "
		    "nothing to do with each other are easy to remember.");
	if (password.n > USER_PASSWORD_MAX)
		return refuse(t, "Use at most 1024 characters.");
	if (password_is_common(t, password))
		return refuse(t, "This is one of the passwords that are tried first. Choose "
		    "another, for example three or four unrelated words.");
	if (user_email_key(t, email, &key) &&
	    (str_ieq(password, key) || str_ieq(password, str_slice(key, 0,
	        (size_t)str_index(key, '@')))))
		return refuse(t, "This is your mail address. Choose something that nobody "
		    "finds beside it.");
	return E_OK;
}
