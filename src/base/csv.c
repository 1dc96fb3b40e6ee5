/* csv.c - see csv.h. */
#include "base/csv.h"

#include <math.h>

#include "base/clock.h"
#include "base/codec.h"
#include "base/num.h"
#include "base/str.h"

static void
separate(struct csv *c)
{
	if (c->some)
		buf_putc(c->b, ',');
	c->some = true;
}

void
csv_init(struct csv *c, struct buf *b)
{
	*c = (struct csv){ .b = b };
}

void
csv_str(struct csv *c, struct str s)
{
	separate(c);
	codec_csv(c->b, s, true);
}

void
csv_i64(struct csv *c, int64_t v)
{
	separate(c);
	buf_i64(c->b, v);
}

void
csv_f64(struct csv *c, double v)
{
	char text[NUM_TEXT];

	separate(c);
	if (!isnan(v))
		buf_add(c->b, (struct str){ text, num_format(v, text) });
}

void
csv_bool(struct csv *c, bool v)
{
	separate(c);
	buf_puts(c->b, v ? "true" : "false");
}

void
csv_time(struct csv *c, int64_t us)
{
	char text[CLOCK_TEXT];

	separate(c);
	if (us != INT64_MIN)
		buf_add(c->b, (struct str){ text, clock_format(us, text) });
}

void
csv_line_end(struct csv *c)
{
	buf_puts(c->b, "\r\n");
	c->some = false;
}

void
csv_head(struct csv *c, const char *const *name, size_t n)
{
	for (size_t i = 0; i < n; i++)
		csv_str(c, str_of(name[i]));
	csv_line_end(c);
}
