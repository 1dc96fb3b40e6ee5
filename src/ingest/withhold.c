/* withhold.c - see withhold.h. */
#include "ingest/withhold.h"

#include "base/str.h"
#include "base/uuid.h"
#include "ingest/item.h"

bool
withhold_is_code(struct str code)
{
	return str_is(code, WITHHOLD_QUOTA) || str_is(code, WITHHOLD_SDK);
}

static enum quota_rank
rank_of(const struct item *it)
{
	return it->type == ITEM_CLIENT_REPORT ? QUOTA_NOTHING :
	    it->type == ITEM_CRASH            ? QUOTA_CRASHES :
	                                        QUOTA_ALL;
}

uint32_t
withhold_metered(const struct batch *b)
{
	uint32_t n = 0;
	for (size_t i = 0; i < b->nitems; i++)
		n += b->items[i].type == ITEM_EVENT || b->items[i].type == ITEM_CRASH ||
		    b->items[i].type == ITEM_TRACE;
	return n;
}

enum quota_rank
withhold_rank(const struct batch *b)
{
	enum quota_rank least = QUOTA_NOTHING;
	for (size_t i = 0; i < b->nitems && least > QUOTA_ALL; i++)
		if (rank_of(&b->items[i]) < least)
			least = rank_of(&b->items[i]);
	return least;
}

static void
count(struct task *t, struct batch *b, struct str code, uint32_t n)
{
	for (size_t i = 0; i < b->nrejects; i++)
		if (str_eq(b->rejects[i].code, code)) {
			b->rejects[i].count += n;
			return;
		}
	struct reject_count *more = tarray(t, b->nrejects + 1, struct reject_count);
	if (b->nrejects > 0)
		memcpy(more, b->rejects, b->nrejects * sizeof(*more));
	more[b->nrejects] = (struct reject_count){ code, n };
	b->rejects = more;
	b->nrejects++;
}

static void
drop(struct task *t, struct verdict *v, const struct item *it, const char *code)
{
	struct item_result *r = verdict_add(t, v);
	char id[UUID_TEXT];
	uuid_format(it->event_id, id);
	*r = (struct item_result){
		.index = it->index,
		.event_id = it->original_id.n > 0 ? it->original_id :
		                                    arena_str(t->arena, str_of(id)),
		.result = "drop",
		.code = code,
	};
}

void
withhold(struct task *t, struct batch *b, struct verdict *v, enum quota_rank least,
         const char *code)
{
	size_t kept = 0;
	uint32_t gone = 0;
	for (size_t i = 0; i < b->nitems; i++) {
		if (rank_of(&b->items[i]) >= least) {
			b->items[kept++] = b->items[i];
			continue;
		}
		drop(t, v, &b->items[i], code);
		batch_lose(t, b, b->items[i].seq);
		gone++;
	}
	b->nitems = kept;
	v->accepted -= gone;
	v->rejected += gone;
	if (gone > 0)
		count(t, b, str_of(code), gone);
}

bool
withhold_sdk(struct str list, struct str sdk)
{
	while (list.p != NULL) {
		struct str one = str_trim(str_cut(&list, '\n'));
		if (one.n > 0 && (str_is(one, "*") || str_ieq(one, sdk)))
			return true;
	}
	return false;
}
