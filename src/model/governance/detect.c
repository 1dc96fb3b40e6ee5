/* detect.c - see detect.h. Each detector is asked at a place where its kind
 * may begin and answers how far it goes; 0 = not here. */
#include "model/governance/detect.h"

#include <arpa/inet.h>
#include <ctype.h>

#include "base/str.h"
#include "model/governance/keyname.h"

#define PHONE_MIN 8
#define PHONE_MAX 15
#define CARD_MIN 13
#define CARD_MAX 19
#define IBAN_MIN 15
#define IBAN_MAX 34
#define DOMAIN_MAX 255

static const char *const names[DETECT_END] = {
	[DETECT_EMAIL] = "email", [DETECT_PHONE] = "phone", [DETECT_CARD] = "card",
	[DETECT_IBAN] = "iban", [DETECT_IP] = "ip", [DETECT_TOKEN] = "token",
	[DETECT_URL_SECRET] = "url_secret", [DETECT_SSN] = "ssn", [DETECT_HOME] = "home",
};

const char *
detect_name(enum detector d)
{
	return names[d];
}

bool
detect_find(struct str name, enum detector *out)
{
	for (int i = 0; i < DETECT_END; i++) {
		if (str_is(name, names[i])) {
			*out = (enum detector)i;
			return true;
		}
	}
	return false;
}

/* --- classes of bytes --- */

static bool
digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
alnum(char c)
{
	return digit(c) || ((c | 32) >= 'a' && (c | 32) <= 'z');
}

static bool
high(char c)
{
	return ((unsigned char)c & 0x80) != 0;
}

static char
at(struct str s, size_t i)
{
	return i < s.n ? s.p[i] : '\0';
}

static char
before(struct str s, size_t i)
{
	return i > 0 ? s.p[i - 1] : '\0';
}

static bool
local(char c)
{
	return alnum(c) || high(c) || (c != '\0' && strchr("._%+'-", c) != NULL);
}

/* --- e-mail --- */

/* "icon@2x.png", "load@main.js": names of files. */
static bool
names_file(struct str label)
{
	static const char *const list[] = { "png", "jpg", "jpeg", "gif", "webp", "svg", "js", "ts",
		"dart", "so" };
	for (size_t i = 0; i < NELEM(list); i++)
		if (str_ieq(label, str_of(list[i])))
			return true;
	return false;
}

/* End of a domain that begins at i: labels, a dot, a last label of letters. */
static size_t
domain(struct str s, size_t i)
{
	size_t from = i, good = 0, label = i;
	bool dot = false;
	for (; i < s.n && i - from < DOMAIN_MAX; i++) {
		char c = s.p[i];
		if (c == '.') {
			if (i == label)
				break;
			dot = true;
			label = i + 1;
			continue;
		}
		if (!alnum(c) && !high(c) && c != '-')
			break;
		/* the last label: two letters or more, not digits alone */
		if (dot && i > label && !digit(s.p[label]) && c != '-')
			good = i + 1;
	}
	return good > label && names_file(str_slice(s, label, good)) ? 0 : good;
}

static size_t
email(struct str s, size_t i, size_t *from)
{
	size_t end = i;
	if (!local(at(s, i)) || (i > 0 && local(s.p[i - 1])))
		return 0;
	while (end < s.n && local(s.p[end]))
		end++;
	*from = i;
	if (at(s, end) == '@')
		return domain(s, end + 1);
	/* percent-encoded: the run holds the whole address */
	const char *p = memmem(s.p + i, end - i, "%40", 3);
	return p != NULL && p > s.p + i ? domain(s, (size_t)(p - s.p) + 3) : 0;
}

/* --- numbers --- */

static size_t
phone(struct str s, size_t i)
{
	size_t digits = 0, end = 0, gap = 0, j = i + 1;
	if (at(s, i) != '+' || alnum(before(s, i)) || !digit(at(s, j)) || at(s, j) == '0')
		return 0;
	for (; j < s.n && digits <= PHONE_MAX; j++) {
		char c = s.p[j];
		if (digit(c)) {
			digits++;
			end = j + 1;
			gap = 0;
		} else if (c == '\0' || strchr(" -.()/", c) == NULL || ++gap > 2) {
			break;
		}
	}
	return digits >= PHONE_MIN && digits <= PHONE_MAX && !alnum(at(s, end)) ? end : 0;
}

static bool
luhn(const char *d, size_t n)
{
	int sum = 0;
	for (size_t i = 0; i < n; i++) {
		int v = d[n - 1 - i] - '0';
		if (i % 2 == 1)
			v = v * 2 > 9 ? v * 2 - 9 : v * 2;
		sum += v;
	}
	return sum % 10 == 0;
}

static size_t
card(struct str s, size_t i)
{
	char d[CARD_MAX + 1], c = before(s, i);
	size_t n = 0, end = i, j = i;
	if (at(s, i) < '2' || at(s, i) > '6' || alnum(c) || c == '.' || c == '_')
		return 0;
	for (; j < s.n && n <= CARD_MAX; j++) {
		if (digit(s.p[j])) {
			d[n++] = s.p[j];
			end = j + 1;
		} else if ((s.p[j] != ' ' && s.p[j] != '-') || !digit(at(s, j + 1))) {
			break;
		}
	}
	c = at(s, end);
	if (n < CARD_MIN || n > CARD_MAX || alnum(c) || c == '_')
		return 0;
	return luhn(d, n) ? end : 0;
}

static size_t
ssn(struct str s, size_t i)
{
	static const char shape[] = "000-00-0000";
	const char *p = s.p + i;
	char c = before(s, i);
	if (s.n - i < sizeof(shape) - 1 || alnum(c) || c == '-')
		return 0;
	for (size_t k = 0; k < sizeof(shape) - 1; k++)
		if (shape[k] == '0' ? !digit(p[k]) : p[k] != shape[k])
			return 0;
	c = at(s, i + sizeof(shape) - 1);
	if (alnum(c) || c == '-' || p[0] == '9')
		return 0;
	bool given = memcmp(p, "000", 3) != 0 && memcmp(p, "666", 3) != 0 &&
	    memcmp(p + 4, "00", 2) != 0 && memcmp(p + 7, "0000", 4) != 0;
	return given ? i + sizeof(shape) - 1 : 0;
}

/* What modulo 97 leaves of the rearranged account: the check needs all of it,
 * so country and digits go last. */
static unsigned
mod97(const char *t, size_t n)
{
	unsigned r = 0;
	for (size_t k = 4; k < n + 4; k++) {
		char c = t[k % n];
		unsigned v = digit(c) ? (unsigned)(c - '0') : (unsigned)((c | 32) - 'a' + 10);
		r = (r * (v > 9 ? 100 : 10) + v) % 97;
	}
	return r;
}

static size_t
iban(struct str s, size_t i)
{
	char t[IBAN_MAX];
	size_t n = 0, found = 0;
	if (alnum(before(s, i)) || !isupper((unsigned char)at(s, i)) ||
	    !isupper((unsigned char)at(s, i + 1)) || !digit(at(s, i + 2)) || !digit(at(s, i + 3)))
		return 0;
	for (size_t j = i; j < s.n && n < IBAN_MAX; j++) {
		char c = s.p[j];
		if (c == ' ' && n % 4 == 0 && alnum(at(s, j + 1)) && s.p[j - 1] != ' ')
			continue;
		if (!digit(c) && !(c >= 'A' && c <= 'Z'))
			break;
		t[n++] = c;
		if (n >= IBAN_MIN && !alnum(at(s, j + 1)) && mod97(t, n) == 1)
			found = j + 1;
	}
	return found;
}

static size_t
ipv4(struct str s, size_t i)
{
	size_t j = i;
	for (int part = 0; part < 4; part++) {
		unsigned v = 0;
		size_t n = 0;
		for (; n < 3 && digit(at(s, j)); n++, j++)
			v = v * 10 + (unsigned)(s.p[j] - '0');
		if (n == 0 || v > 255 || digit(at(s, j)))
			return 0;
		if (part < 3 && at(s, j++) != '.')
			return 0;
	}
	return alnum(at(s, j)) || (at(s, j) == '.' && digit(at(s, j + 1))) ? 0 : j;
}

static size_t
ipv6(struct str s, size_t i)
{
	char text[INET6_ADDRSTRLEN];
	unsigned char raw[16];
	size_t n = 0, colons = 0, digits = 0;
	for (; n + 1 < sizeof(text); n++) {
		char c = at(s, i + n);
		if (!isxdigit((unsigned char)c) && c != ':' && c != '.')
			break;
		text[n] = c;
		colons += c == ':';
		digits += digit(c);
	}
	while (n > 0 && text[n - 1] == '.')
		n--;
	/* "Face::add" would be one; an address without a digit is not met */
	if (colons < 2 || digits == 0 || alnum(at(s, i + n)) || at(s, i + n) == '_')
		return 0;
	text[n] = '\0';
	return inet_pton(AF_INET6, text, raw) == 1 ? i + n : 0;
}

static size_t
ip(struct str s, size_t i)
{
	char c = before(s, i);
	if (alnum(c) || c == '.' || c == ':' || c == '_')
		return 0;
	size_t end = digit(at(s, i)) ? ipv4(s, i) : 0;
	return end > 0 ? end : ipv6(s, i);
}

/* --- tokens --- */

static bool
token_byte(char c)
{
	return alnum(c) || (c != '\0' && strchr("-._~+/=", c) != NULL);
}

static size_t
token_run(struct str s, size_t i)
{
	while (i < s.n && token_byte(s.p[i]))
		i++;
	return i;
}

/* Base64url and dots; a run is looked at once, from its beginning. */
static size_t
jwt(struct str s, size_t i)
{
	size_t end = i, dots = 0;
	char c = before(s, i);
	if (c == '-' || c == '_' || c == '.')
		return 0;
	while (end < s.n && (alnum(s.p[end]) || strchr("-_.", s.p[end]) != NULL) &&
	       s.p[end] != '\0')
		end++;
	if (end - i < 20)
		return 0;
	for (size_t k = i; k < end; k++)
		dots += s.p[k] == '.';
	while (end > i && s.p[end - 1] == '.' && dots-- > 2)
		end--; /* the end of a sentence; an unsigned JWT ends with its dot */
	return dots >= 2 ? end : 0;
}

static size_t
known_key(struct str s, size_t i)
{
	static const char *const begin[] = { "ghp_", "gho_", "github_pat_", "glpat-", "sk_live_",
		"sk_test_", "rk_live_", "pk_live_", "xoxb-", "xoxp-", "AKIA", "ASIA", "AIza", "tm_wk_",
		"tm_rk_", "tm_pat_", "npm_", "SG." };
	struct str rest = str_slice(s, i, s.n);
	for (size_t k = 0; k < NELEM(begin); k++) {
		if (!str_starts(rest, str_of(begin[k])))
			continue;
		size_t end = token_run(s, i);
		return end - i >= strlen(begin[k]) + 16 ? end : 0;
	}
	return 0;
}

static size_t
token(struct str s, size_t i, size_t *from)
{
	static const char *const schemes[] = { "Bearer ", "Basic ", "Token " };
	*from = i;
	if (alnum(before(s, i)))
		return 0;
	for (size_t k = 0; k < NELEM(schemes); k++) {
		size_t n = strlen(schemes[k]);
		if (s.n - i <= n || !str_ieq(str_slice(s, i, i + n), str_of(schemes[k])))
			continue;
		*from = i + n;
		size_t end = token_run(s, *from);
		return end - *from >= 8 ? end : 0;
	}
	if (str_starts(str_slice(s, i, s.n), STR("eyJ")))
		return jwt(s, i);
	return known_key(s, i);
}

/* --- URLs --- */

static bool
url_end(char c)
{
	return c == '\0' || strchr("&#\"'<>) \t\r\n;", c) != NULL;
}

/* "?name=value", "&name=value"; "://user:password@host". */
static size_t
url_secret(struct str s, size_t i, size_t *from)
{
	size_t j = i + 1;
	if (at(s, i) == ':') {
		if (!str_starts(str_slice(s, i, i + 3), STR("://")))
			return 0;
		for (j = i + 3; j < s.n && j - i < KEYNAME_MAX && local(s.p[j]); j++)
			;
		*from = j + 1;
		if (at(s, j++) != ':')
			return 0;
		while (j < s.n && j - *from < DOMAIN_MAX && s.p[j] != '@' && s.p[j] != '/' &&
		       !url_end(s.p[j]))
			j++;
		return at(s, j) == '@' ? j : 0;
	}
	while (j < s.n && j - i <= KEYNAME_MAX &&
	       (alnum(s.p[j]) || strchr("_-.[]", s.p[j]) != NULL))
		j++;
	if (at(s, j) != '=' || !keyname_is_secret(str_slice(s, i + 1, j)))
		return 0;
	*from = ++j;
	while (j < s.n && !url_end(s.p[j]))
		j++;
	return j > *from ? j : 0;
}

static size_t
home(struct str s, size_t i, size_t *from)
{
	static const char *const begin[] = { "/home/", "/Users/", "\\Users\\",
		"\\Documents and Settings\\" };
	static const char *const nobody[] = { "Shared", "Public", "runner" };
	struct str rest = str_slice(s, i, s.n);
	for (size_t k = 0; k < NELEM(begin); k++) {
		if (!str_starts(rest, str_of(begin[k])))
			continue;
		size_t j = *from = i + strlen(begin[k]);
		while (j < s.n && s.p[j] != '/' && s.p[j] != '\\' && s.p[j] != ':' &&
		       !url_end(s.p[j]))
			j++;
		for (size_t n = 0; n < NELEM(nobody); n++)
			if (str_is(str_slice(s, *from, j), nobody[n]))
				return 0;
		return j > *from ? j : 0;
	}
	return 0;
}

/* --- which may begin here --- */

#define E_ DETECT_BIT(DETECT_EMAIL)
#define L_ (E_ | DETECT_BIT(DETECT_TOKEN)) /* a letter */
#define D_ (E_ | DETECT_BIT(DETECT_CARD) | DETECT_BIT(DETECT_IP) | DETECT_BIT(DETECT_SSN) | \
	DETECT_BIT(DETECT_TOKEN))
#define H_ DETECT_BIT(DETECT_HOME)
#define U_ DETECT_BIT(DETECT_URL_SECRET)

static uint32_t
may_begin(char c)
{
	if (digit(c))
		return D_;
	switch (c) {
	case '+':
		return DETECT_BIT(DETECT_PHONE) | E_;
	case '/':
	case '\\':
		return H_;
	case '?':
	case '&':
		return U_;
	case ':':
		return U_ | DETECT_BIT(DETECT_IP);
	case '.':
	case '_':
	case '%':
	case '\'':
	case '-':
		return E_;
	default:
		break;
	}
	if (high(c))
		return E_;
	if (!alnum(c))
		return 0;
	uint32_t set = L_;
	if ((c | 32) <= 'f')
		set |= DETECT_BIT(DETECT_IP);
	if (c <= 'Z')
		set |= DETECT_BIT(DETECT_IBAN);
	return set;
}

static size_t
ask(enum detector d, struct str s, size_t i, size_t *from)
{
	*from = i;
	switch (d) {
	case DETECT_EMAIL:
		return email(s, i, from);
	case DETECT_PHONE:
		return phone(s, i);
	case DETECT_CARD:
		return card(s, i);
	case DETECT_IBAN:
		return iban(s, i);
	case DETECT_IP:
		return ip(s, i);
	case DETECT_TOKEN:
		return token(s, i, from);
	case DETECT_URL_SECRET:
		return url_secret(s, i, from);
	case DETECT_SSN:
		return ssn(s, i);
	case DETECT_HOME:
		return home(s, i, from);
	case DETECT_END:
		break;
	}
	return 0;
}

bool
detect_next(struct str s, size_t from, uint32_t set, struct detect_span *out)
{
	for (size_t i = from; i < s.n; i++) {
		uint32_t here = may_begin(s.p[i]) & set;
		while (here != 0) {
			enum detector d = (enum detector)__builtin_ctz(here);
			here &= here - 1;
			size_t end = ask(d, s, i, &out->from);
			if (end == 0)
				continue;
			out->to = end;
			out->what = d;
			return true;
		}
	}
	return false;
}
