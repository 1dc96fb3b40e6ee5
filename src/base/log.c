/* log.c - see log.h. */
#include "base/log.h"

#include <stdarg.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/num.h"
#include "base/str.h"

static const char *const level_names[] = { "debug", "info", "warn", "error" };
static const char *program = "tidemark";
static enum log_level least = LOG_INFO;

void
log_open(const char *name, enum log_level level)
{
	program = name;
	least = level;
}

bool
log_level_parse(struct str s, enum log_level *out)
{
	for (size_t i = 0; i < NELEM(level_names); i++) {
		if (str_is(s, level_names[i])) {
			*out = (enum log_level)i;
			return true;
		}
	}
	return false;
}

/* Values end here: the closing quote and the line feed must fit behind them. */
#define VALUE_END (LOG_LINE - 2)

static void
put(struct log *l, char c)
{
	l->line[l->n++] = c;
}

static void
put_text(struct log *l, const char *s)
{
	for (; *s != '\0'; s++)
		put(l, *s);
}

/* As one to four bytes; also bytes above ASCII, so that a terminal stays
 * unharmed. */
static size_t
escape(unsigned char c, char out[4])
{
	static const char hex[] = "0123456789abcdef";
	if (c == '"' || c == '\\' || c == '\n') {
		out[0] = '\\';
		out[1] = c == '\n' ? 'n' : (char)c;
		return 2;
	}
	if (c >= 0x20 && c < 0x7F) {
		out[0] = (char)c;
		return 1;
	}
	out[0] = '\\';
	out[1] = 'x';
	out[2] = hex[c >> 4];
	out[3] = hex[c & 15];
	return 4;
}

static void
put_escaped(struct log *l, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char text[4];
		size_t n = escape((unsigned char)s.p[i], text);
		if (l->n + n > VALUE_END)
			return;
		memcpy(l->line + l->n, text, n);
		l->n += n;
	}
}

static bool
is_bare(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		if (c <= ' ' || c >= 0x7F || c == '"' || c == '=' || c == '\\')
			return false;
	}
	return s.n > 0;
}

void
log_str(struct log *l, const char *key, struct str value)
{
	/* room for blank, '=', quote and a first byte, or no pair at all */
	if (l->off || l->n + strlen(key) + 7 > VALUE_END)
		return;
	if (l->n > 0)
		put(l, ' ');
	put_text(l, key);
	put(l, '=');
	bool bare = is_bare(value);
	if (!bare)
		put(l, '"');
	put_escaped(l, value);
	if (!bare)
		put(l, '"');
}

void
log_i64(struct log *l, const char *key, int64_t value)
{
	char text[NUM_TEXT];
	size_t n = num_i64_format(value, text);
	log_str(l, key, (struct str){ text, n });
}

void
log_begin(struct log *l, enum log_level level, const char *msg)
{
	l->n = 0;
	l->off = level < least;
	if (l->off)
		return;
	char ts[CLOCK_TEXT];
	size_t n = clock_format(clock_now_us(), ts);
	log_str(l, "ts", (struct str){ ts, n });
	log_str(l, "level", str_of(level_names[level]));
	log_str(l, "prog", str_of(program));
	log_str(l, "msg", str_of(msg));
}

void
log_end(struct log *l)
{
	if (l->off)
		return;
	l->line[l->n++] = '\n';
	/* Nothing sensible is left to do when the log itself fails. */
	ssize_t done = write(STDERR_FILENO, l->line, l->n);
	(void)done;
}

void
log_msg(enum log_level level, const char *msg, const char *fmt, ...)
{
	if (level < least)
		return;
	struct log l;
	char text[1024];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	log_begin(&l, level, msg);
	log_str(&l, "detail", str_of(text));
	log_end(&l);
}
