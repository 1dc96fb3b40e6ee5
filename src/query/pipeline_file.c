/* pipeline_file.c - the balance as JSON and as rows; see pipeline.h. */
#include "query/pipeline.h"

#include "base/csv.h"
#include "base/jw.h"
#include "base/str.h"

static void
put_balance(struct jw *w, const struct pipeline_balance *b)
{
	jw_ki64(w, "sent", pipeline_sent(b));
	for (int k = 0; k < PIPELINE_OUTCOMES; k++)
		jw_ki64(w, pipeline_words[k].name, b->n[k]);
	jw_ki64(w, "requests", b->requests);
	jw_ki64(w, "refused_requests", b->refused);
}

static void
put_bucket(struct jw *w, const struct range *r, size_t i, const struct pipeline_balance *b)
{
	jw_object_begin(w);
	jw_ktime(w, "from", r->now.edge[i]);
	jw_ktime(w, "to", r->now.edge[i + 1]);
	put_balance(w, b);
	jw_object_end(w);
}

static void
put_senders(struct jw *w, const char *key, const char *first, const char *second,
            const struct pipeline_sender *x, size_t n)
{
	jw_key(w, key);
	jw_array_begin(w);
	for (size_t i = 0; i < n; i++) {
		jw_object_begin(w);
		jw_kstr(w, first, x[i].name);
		jw_kstr(w, second, x[i].version);
		jw_ki64(w, "stored", x[i].sum.n[PIPELINE_STORED]);
		jw_ki64(w, "duplicate", x[i].sum.n[PIPELINE_DUPLICATE]);
		jw_ki64(w, "rejected", x[i].sum.n[PIPELINE_REJECTED]);
		jw_ki64(w, "dropped", x[i].sum.n[PIPELINE_DROPPED]);
		jw_ki64(w, "reported", x[i].sum.n[PIPELINE_REPORTED]);
		jw_ki64(w, "requests", x[i].sum.requests);
		jw_ki64(w, "refused_requests", x[i].sum.refused);
		jw_object_end(w);
	}
	jw_array_end(w);
}

void
pipeline_json(struct jw *w, const struct range *range, const struct pipeline *p)
{
	jw_key(w, "window");
	jw_object_begin(w);
	jw_ktime(w, "from", range->now.from_us);
	jw_ktime(w, "to", range->now.to_us);
	jw_object_end(w);
	put_balance(w, &p->all);
	jw_key(w, "reasons");
	jw_array_begin(w);
	for (size_t i = 0; i < p->nreasons; i++) {
		jw_object_begin(w);
		jw_kstr(w, "outcome", str_of(p->reason[i].outcome));
		jw_kstr(w, "code", p->reason[i].code);
		jw_ki64(w, "items", p->reason[i].items);
		jw_ki64(w, "requests", p->reason[i].requests);
		jw_object_end(w);
	}
	jw_array_end(w);
	put_senders(w, "sdks", "sdk", "version", p->sdk, p->nsdks);
	put_senders(w, "keys", "key", "key_id", p->key, p->nkeys);
	jw_key(w, "series");
	jw_array_begin(w);
	for (size_t i = 0; i < range->now.n; i++)
		put_bucket(w, range, i, &p->bucket[i]);
	jw_array_end(w);
}

static void
put_head(struct csv *c)
{
	csv_str(c, STR("from"));
	csv_str(c, STR("to"));
	csv_str(c, STR("sent"));
	for (int k = 0; k < PIPELINE_OUTCOMES; k++)
		csv_str(c, str_of(pipeline_words[k].name));
	csv_str(c, STR("requests"));
	csv_str(c, STR("refused_requests"));
	csv_line_end(c);
}

static void
put_csv(struct csv *c, const struct range *r, size_t i, const struct pipeline_balance *x)
{
	csv_time(c, r->now.edge[i]);
	csv_time(c, r->now.edge[i + 1]);
	csv_i64(c, pipeline_sent(x));
	for (int k = 0; k < PIPELINE_OUTCOMES; k++)
		csv_i64(c, x->n[k]);
	csv_i64(c, x->requests);
	csv_i64(c, x->refused);
	csv_line_end(c);
}

void
pipeline_file(struct buf *b, enum export_format f, const struct range *range,
              const struct pipeline *p)
{
	struct csv c;
	csv_init(&c, b);
	if (f == EXPORT_CSV)
		put_head(&c);
	for (size_t i = 0; i < range->now.n; i++) {
		struct jw w;
		if (f == EXPORT_CSV) {
			put_csv(&c, range, i, &p->bucket[i]);
			continue;
		}
		jw_init(&w, b);
		put_bucket(&w, range, i, &p->bucket[i]);
		buf_putc(b, '\n');
	}
}
