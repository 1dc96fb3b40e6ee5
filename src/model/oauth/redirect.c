/* redirect.c - see redirect.h. */
#include "model/oauth/redirect.h"

#include "base/num.h"
#include "base/str.h"

static const struct str loopback[] = { { "http://127.0.0.1", 16 }, { "http://[::1]", 12 } };

/* "http://127.0.0.1[:port]" and the rest; false when it is no such address. */
static bool
loopback_cut(struct str uri, struct str *host, struct str *rest)
{
	for (size_t i = 0; i < NELEM(loopback); i++) {
		if (!str_starts(uri, loopback[i]))
			continue;
		*host = loopback[i];
		*rest = str_slice(uri, loopback[i].n, uri.n);
		if (rest->n > 0 && rest->p[0] == ':') {
			size_t n = 1;
			int64_t port;
			while (n < rest->n && rest->p[n] >= '0' && rest->p[n] <= '9')
				n++;
			if (!num_range(str_slice(*rest, 1, n), 1, 65535, &port))
				return false;
			*rest = str_slice(*rest, n, rest->n);
		}
		return rest->n == 0 || rest->p[0] == '/' || rest->p[0] == '?';
	}
	return false;
}

static bool
is_graphic(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] <= ' ' || (unsigned char)s.p[i] >= 127 ||
		    strchr("\\\"<>^`{|}#", s.p[i]) != NULL)
			return false;
	return true;
}

/* "https://host[:port]…": a host of letters, digits, dots and hyphens. */
static bool
has_host(struct str after)
{
	size_t n = 0;
	while (n < after.n && strchr("/?", after.p[n]) == NULL)
		n++;
	struct str host = str_slice(after, 0, n), name = host;
	ptrdiff_t colon = str_index(host, ':');
	int64_t port;
	if (colon >= 0) {
		if (!num_range(str_slice(host, (size_t)colon + 1, n), 1, 65535, &port))
			return false;
		name = str_slice(host, 0, (size_t)colon);
	}
	for (size_t i = 0; i < name.n; i++) {
		char c = name.p[i];
		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		      c == '.' || c == '-'))
			return false;
	}
	return name.n > 0;
}

/* RFC 8252 7.1: the reversed name of a domain, so that nobody else has it. */
static bool
is_private_scheme(struct str scheme)
{
	if (str_index(scheme, '.') <= 0)
		return false;
	for (size_t i = 0; i < scheme.n; i++) {
		char c = scheme.p[i];
		if (!((c >= 'a' && c <= 'z') || (i > 0 && ((c >= '0' && c <= '9') || c == '.' || c == '-'))))
			return false;
	}
	return true;
}

const char *
redirect_fault(struct str uri)
{
	struct str host, rest;
	if (uri.n == 0 || uri.n > REDIRECT_MAX)
		return "A redirect address has 1 to 1024 characters.";
	if (!is_graphic(uri))
		return "A redirect address holds no blanks, no # and no special characters.";
	if (loopback_cut(uri, &host, &rest))
		return NULL;
	if (str_starts(uri, STR("https://")))
		return has_host(str_slice(uri, 8, uri.n)) ?
		               NULL : "After https:// comes the name of a host.";
	if (str_starts(uri, STR("http://localhost")))
		return has_host(str_slice(uri, 7, uri.n)) && (uri.n == 16 || strchr(":/?", uri.p[16])) ?
		               NULL : "http:// is for one's own machine only; use https://.";
	if (str_starts(uri, STR("http://")))
		return "http:// is for one's own machine only; use https://.";
	rest = uri;
	if (is_private_scheme(str_cut(&rest, ':')) && rest.n > 1 && rest.p[0] == '/')
		return NULL;
	return "Use https://, http://127.0.0.1, or an app's own scheme such as com.example.app:/done.";
}

bool
redirect_matches(struct str registered, struct str asked)
{
	struct str a, b, rest_a, rest_b;
	if (str_eq(registered, asked))
		return true;
	return is_graphic(asked) && loopback_cut(registered, &a, &rest_a) &&
	       loopback_cut(asked, &b, &rest_b) && str_eq(a, b) && str_eq(rest_a, rest_b);
}
