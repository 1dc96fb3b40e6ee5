/* pattern.cc - see pattern.h. The only user of RE2; no exception leaves it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <new>
#include <string>

#include <re2/re2.h>

#define _Noreturn [[noreturn]]
extern "C" {
#include "base/pattern.h"
}

#define MEMORY_MAX (256 << 10) /* of one pattern with its caches */

struct pattern {
	RE2 re;
	pattern(re2::StringPiece text, const RE2::Options &o) : re(text, o) {}
};

static void
release(void *p)
{
	delete static_cast<pattern *>(p);
}

static void
explain(char *why, const char *text)
{
	snprintf(why, PATTERN_WHY, "%s", text);
	for (char *c = why; *c != '\0'; c++) /* RE2 repeats what it was given */
		if (*c < ' ' || *c > '~')
			*c = '?';
}

struct pattern *
pattern_new(struct arena *a, struct str text, char *why)
{
	RE2::Options o;
	o.set_log_errors(false);
	o.set_max_mem(MEMORY_MAX);
	if (text.n == 0 || text.n > PATTERN_BYTES_MAX) {
		snprintf(why, PATTERN_WHY, "a pattern has 1 to %d bytes", PATTERN_BYTES_MAX);
		return nullptr;
	}
	pattern *p = new (std::nothrow) pattern(re2::StringPiece(text.p, text.n), o);
	ASSERT(p != nullptr);
	if (!p->re.ok()) {
		explain(why, p->re.error().c_str());
		release(p);
		return nullptr;
	}
	arena_defer(a, release, p);
	return p;
}

bool
pattern_has(const struct pattern *p, struct str s)
{
	return p->re.Match(re2::StringPiece(s.p, s.n), 0, s.n, RE2::UNANCHORED, nullptr, 0);
}

bool
pattern_find(const struct pattern *p, struct str s, size_t from, size_t *begin, size_t *end)
{
	re2::StringPiece m;
	while (from <= s.n) {
		if (!p->re.Match(re2::StringPiece(s.p, s.n), from, s.n, RE2::UNANCHORED, &m, 1))
			return false;
		*begin = static_cast<size_t>(m.data() - s.p);
		*end = *begin + m.size();
		if (*end > *begin)
			return true;
		/* "a*" fits everywhere with nothing: only the rest may hold more */
		if (from == 0 && !pattern_has(p, s))
			return false;
		from = *end + 1;
	}
	return false;
}
