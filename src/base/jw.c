/* jw.c - see jw.h. */
#include "base/jw.h"

#include <math.h>

#include "base/clock.h"
#include "base/num.h"
#include "base/str.h"

/* The comma before a value or key, when one is due. */
static void
separate(struct jw *w)
{
	if (w->key) {
		w->key = false;
		return;
	}
	if (w->some[w->depth])
		buf_putc(w->b, ',');
	w->some[w->depth] = true;
}

static void
begin(struct jw *w, char c)
{
	separate(w);
	ASSERT(w->depth < JW_DEPTH);
	buf_putc(w->b, c);
	w->some[++w->depth] = false;
}

static void
end(struct jw *w, char c)
{
	ASSERT(w->depth > 0 && !w->key);
	w->depth--;
	buf_putc(w->b, c);
}

void
jw_init(struct jw *w, struct buf *b)
{
	*w = (struct jw){ .b = b };
}

void
jw_object_begin(struct jw *w)
{
	begin(w, '{');
}

void
jw_object_end(struct jw *w)
{
	end(w, '}');
}

void
jw_array_begin(struct jw *w)
{
	begin(w, '[');
}

void
jw_array_end(struct jw *w)
{
	end(w, ']');
}

void
jw_key_str(struct jw *w, struct str key)
{
	ASSERT(!w->key && w->depth > 0);
	separate(w);
	buf_json(w->b, key);
	buf_putc(w->b, ':');
	w->key = true;
}

void
jw_key(struct jw *w, const char *key)
{
	jw_key_str(w, str_of(key));
}

void
jw_str(struct jw *w, struct str s)
{
	separate(w);
	buf_json(w->b, s);
}

void
jw_str_or_null(struct jw *w, struct str s)
{
	if (s.n > 0)
		jw_str(w, s);
	else
		jw_null(w);
}

void
jw_i64(struct jw *w, int64_t v)
{
	separate(w);
	buf_i64(w->b, v);
}

void
jw_f64(struct jw *w, double v)
{
	char text[NUM_TEXT];
	if (!isfinite(v)) {
		jw_null(w);
		return;
	}
	separate(w);
	size_t n = num_format(v, text);
	buf_add(w->b, (struct str){ text, n });
}

void
jw_round(struct jw *w, double v, int digits)
{
	static const double scale[] = { 1, 10, 100, 1e3, 1e4, 1e5, 1e6 };
	ASSERT(digits >= 0 && digits <= 6);
	double rounded = round(v * scale[digits]) / scale[digits];
	if (rounded == 0)
		rounded = 0; /* not "-0" */
	jw_f64(w, rounded);
}

void
jw_bool(struct jw *w, bool v)
{
	separate(w);
	buf_puts(w->b, v ? "true" : "false");
}

void
jw_null(struct jw *w)
{
	separate(w);
	buf_add(w->b, STR("null"));
}

void
jw_time(struct jw *w, int64_t us)
{
	char text[CLOCK_TEXT];
	if (us == INT64_MIN) {
		jw_null(w);
		return;
	}
	size_t n = clock_format(us, text);
	jw_str(w, (struct str){ text, n });
}

struct buf *
jw_value(struct jw *w)
{
	separate(w);
	return w->b;
}

void
jw_raw(struct jw *w, struct str json)
{
	separate(w);
	buf_add(w->b, json.n > 0 ? json : STR("null"));
}

void
jw_kstr(struct jw *w, const char *key, struct str s)
{
	jw_key(w, key);
	jw_str(w, s);
}

void
jw_kstr_or_null(struct jw *w, const char *key, struct str s)
{
	jw_key(w, key);
	jw_str_or_null(w, s);
}

void
jw_kstr_if_any(struct jw *w, const char *key, struct str s)
{
	if (s.n > 0)
		jw_kstr(w, key, s);
}

void
jw_ki64(struct jw *w, const char *key, int64_t v)
{
	jw_key(w, key);
	jw_i64(w, v);
}

void
jw_kf64(struct jw *w, const char *key, double v)
{
	jw_key(w, key);
	jw_f64(w, v);
}

void
jw_kbool(struct jw *w, const char *key, bool v)
{
	jw_key(w, key);
	jw_bool(w, v);
}

void
jw_ktime(struct jw *w, const char *key, int64_t us)
{
	jw_key(w, key);
	jw_time(w, us);
}

void
jw_kraw(struct jw *w, const char *key, struct str json)
{
	jw_key(w, key);
	jw_raw(w, json);
}
