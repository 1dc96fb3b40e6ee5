/* open_filters.c - see open_filters.h. */
#include "store/open_filters.h"

#ifdef CRASH_POINTS
#include "base/str.h"

static const struct str columns[] = { { "team_id", 7 }, { "environment_id", 14 },
	{ "user_id", 7 }, { "project_id", 10 } };

static bool
is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	    c == '_' || c == '.';
}

bool
open_filters_on(void)
{
	static int on = -1;
	if (on < 0)
		on = getenv("TM_OPEN_FILTERS") != NULL;
	return on == 1;
}

/* The word before position i of sql. */
static struct str
word_before(struct str sql, size_t i)
{
	while (i > 0 && sql.p[i - 1] == ' ')
		i--;
	size_t end = i;
	while (i > 0 && is_word(sql.p[i - 1]))
		i--;
	return str_slice(sql, i, end);
}

/* Is it a condition? In SET a = $1, b = $2 it is not. */
static bool
is_condition(struct str sql, size_t i)
{
	static const char *const before[] = { "WHERE", "AND", "OR", "ON", "WHEN", "NOT" };
	struct str word = word_before(sql, i);
	for (size_t k = 0; k < NELEM(before); k++)
		if (str_is(word, before[k]))
			return true;
	return word.n == 0 && i > 0 && sql.p[i - 1] == '(';
}

/* " = $12::uuid" at position i: its length; 0 = something else. */
static size_t
parameter(struct str sql, size_t i)
{
	size_t from = i;
	if (!str_starts(str_slice(sql, i, sql.n), STR(" = $")))
		return 0;
	i += 4;
	while (i < sql.n && sql.p[i] >= '0' && sql.p[i] <= '9')
		i++;
	if (i + 2 < sql.n && sql.p[i] == ':' && sql.p[i + 1] == ':')
		for (i += 2; i < sql.n && is_word(sql.p[i]);)
			i++;
	return i - from;
}

/* Length of a comparison that begins at i: "e.team_id = $1::uuid". */
static size_t
comparison(struct str sql, size_t i)
{
	size_t end = i;
	while (end < sql.n && is_word(sql.p[end]))
		end++;
	struct str word = str_slice(sql, i, end);
	for (size_t k = 0; k < word.n; k++)
		if (word.p[k] == '.')
			word = str_slice(sql, i + k + 1, end);
	for (size_t k = 0; k < NELEM(columns); k++) {
		size_t n = str_eq(word, columns[k]) ? parameter(sql, end) : 0;
		if (n > 0)
			return end - i + n;
	}
	return 0;
}

void
open_filters(struct buf *out, struct str sql)
{
	for (size_t i = 0; i < sql.n;) {
		bool begins = is_word(sql.p[i]) && (i == 0 || !is_word(sql.p[i - 1]));
		size_t n = begins && is_condition(sql, i) ? comparison(sql, i) : 0;
		if (n > 0) {
			buf_putc(out, '(');
			buf_add(out, str_slice(sql, i, i + n));
			buf_puts(out, " OR true)");
			i += n;
		} else {
			buf_putc(out, sql.p[i++]);
		}
	}
	buf_putc(out, '\0');
}
#endif
