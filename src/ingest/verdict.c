/* verdict.c - small parts that envelope and item share; see item.h. */
#include "base/clock.h"
#include "base/num.h"
#include "base/str.h"
#include "ingest/item.h"

struct item_result *
verdict_add(struct task *t, struct verdict *v)
{
	if (v->nresults == v->cap) {
		size_t cap = v->cap == 0 ? 16 : v->cap * 2;
		struct item_result *more = tarray(t, cap, struct item_result);
		if (v->nresults > 0)
			memcpy(more, v->results, v->nresults * sizeof(*more));
		v->results = more;
		v->cap = cap;
	}
	struct item_result *r = &v->results[v->nresults++];
	*r = (struct item_result){ 0 };
	return r;
}

void
verdict_warn(struct verdict *v, const char *code, struct str message)
{
	for (size_t i = 0; i < v->nwarnings; i++)
		if (strcmp(v->warnings[i].code, code) == 0)
			return;
	if (v->nwarnings < NELEM(v->warnings))
		v->warnings[v->nwarnings++] = (struct warning){ code, message };
}

void
batch_lose(struct task *t, struct batch *b, int64_t seq)
{
	if (seq < 0)
		return;
	if ((b->nlost & (b->nlost - 1)) == 0) {
		int64_t *more = tarray(t, b->nlost == 0 ? 1 : b->nlost * 2, int64_t);
		if (b->nlost > 0)
			memcpy(more, b->lost_seq, b->nlost * sizeof(*more));
		b->lost_seq = more;
	}
	b->lost_seq[b->nlost++] = seq;
}

static bool
identity_same(const struct identity *a, const struct identity *b)
{
	return str_eq(a->user_id, b->user_id) && str_eq(a->anonymous_id, b->anonymous_id) &&
	    str_eq(a->device_id, b->device_id);
}

int
identity_index(struct task *t, struct batch *b, const struct identity *d)
{
	/* The envelope's own and the latest few: batches are of one person. */
	for (size_t i = b->nidentities; i > 0 && i + 8 > b->nidentities; i--)
		if (identity_same(&b->identities[i - 1], d))
			return (int)i - 1;
	if (b->nidentities > 0 && identity_same(&b->identities[0], d))
		return 0;
	if (b->nidentities >= UINT16_MAX)
		return -1;
	if ((b->nidentities & (b->nidentities - 1)) == 0) {
		size_t cap = b->nidentities == 0 ? 1 : b->nidentities * 2;
		struct identity *more = tarray(t, cap, struct identity);
		if (b->nidentities > 0)
			memcpy(more, b->identities, b->nidentities * sizeof(*more));
		b->identities = more;
	}
	b->identities[b->nidentities] = *d;
	return (int)b->nidentities++;
}

bool
time_read(const struct adapter *a, const struct scan *s, uint32_t at, int64_t *us)
{
	struct str text;
	double ms;
	if (scan_string(s, at, &text))
		return clock_parse(text, true, us);
	if (!a->epoch_ms || !scan_double(s, at, &ms) || !(ms > -1e14 && ms < 1e15))
		return false;
	*us = (int64_t)(ms * 1000.0);
	return true;
}

bool
text_read(struct task *t, const struct scan *s, uint32_t at, struct str *out)
{
	int64_t v;
	char num[NUM_TEXT];
	double d;
	if (scan_string(s, at, out))
		return true;
	if (scan_int(s, at, &v)) {
		*out = arena_str(t->arena, (struct str){ num, num_i64_format(v, num) });
		return true;
	}
	if (scan_kind(s, at) == SCAN_BIG || !scan_double(s, at, &d))
		return false;
	size_t n = num_format(d, num);
	*out = arena_str(t->arena, (struct str){ num, n });
	return true;
}
