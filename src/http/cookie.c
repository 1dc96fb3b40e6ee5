/* cookie.c - see cookie.h. */
#include "http/cookie.h"

#include "base/str.h"

struct str
cookie_find(struct str header, const char *name)
{
	while (header.p != NULL) {
		struct str value = str_trim(str_cut(&header, ';'));
		struct str key = str_cut(&value, '=');
		if (value.p == NULL || !str_is(key, name))
			continue;
		if (value.n >= 2 && value.p[0] == '"' && value.p[value.n - 1] == '"')
			value = str_slice(value, 1, value.n - 1);
		return value;
	}
	return STR_NULL;
}

static bool
is_plain(struct str s, const char *refused)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] <= ' ' || s.p[i] >= 0x7F || strchr(refused, s.p[i]) != NULL)
			return false;
	}
	return true;
}

bool
cookie_is_name(struct str s)
{
	return s.n > 0 && is_plain(s, "()<>@,;:\\\"/[]?={}");
}

bool
cookie_is_value(struct str s)
{
	return is_plain(s, "\",;\\");
}
