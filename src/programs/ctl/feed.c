/* feed.c - see feed.h. */
#include "programs/ctl/feed.h"

#include <unistd.h>

#include "base/clock.h"
#include "base/str.h"
#include "ingest/wire.h"
#include "queue/stream.h"

#define ARENA_KEEP (4u << 20)
#define PAUSE_US 100000
#define PATIENCE_US (120 * US_PER_S)
#define AWAY_US (30 * US_PER_S)

static const struct stmt ledger_sum = { "feed_ledger_sum",
	"SELECT count(*), coalesce(sum(items), 0), coalesce(sum(inserted), 0), "
	"coalesce(sum(duplicates), 0), coalesce(sum(dead), 0), "
	"coalesce(sum((SELECT sum(value::int8) FROM jsonb_each_text(dropped))), 0)::int8 "
	"FROM batches WHERE environment_id = $1 AND batch_id = ANY ($2) "
	"AND received_at >= to_timestamp($3 / 1e6) - interval '5 minutes'" };
static const struct stmt *const statements[] = { &ledger_sum };
const struct stmt_list ctl_feed_statements = STMT_LIST("ctl_feed", statements);

enum err
feed_begin(struct feed *f, struct ctl *c, int32_t environment_id, const char *what,
           int64_t total)
{
	*f = (struct feed){ .c = c, .environment_id = environment_id,
	                    .begun_us = clock_now_us() };
	f->bound = (struct queue_bound){
		.max_bytes = conf_int(c->conf, CONF_QUEUE_MAX_BYTES),
		.max_items = conf_int(c->conf, CONF_QUEUE_MAX_ITEMS),
	};
	f->arena = arena_new(ARENA_KEEP);
	task_init(&f->task, f->arena);
	progress_begin(&f->progress, what, total);
	enum err err = ctl_redis(c, &f->redis);
	return err == E_OK ? E_OK : feed_end(f, err);
}

/* One attempt; E_QUEUE_FULL is for the caller to wait on. */
static enum err
push_once(struct feed *f, const struct stream_entry *entry)
{
	struct str id;
	enum err err = stream_push(&f->task, f->redis, entry, &f->bound, &id);
	if (err != E_OK)
		return err;
	char text[BATCH_ID_TEXT];
	size_t n = batch_id_format(id, text);
	buf_add(&f->ids, (struct str){ text, n });
	buf_putc(&f->ids, ',');
	f->nids++;
	return E_OK;
}

/* One that never answered is a mistake of the configuration. */
static bool
is_away(const struct feed *f, enum err err)
{
	return err == E_UNAVAILABLE && f->nids > 0;
}

static int64_t
queue_length(struct feed *f)
{
	struct stream_stats stats;
	if (stream_stats(&f->task, f->redis, &stats) != E_OK) {
		task_clear(&f->task);
		return -1;
	}
	return stats.items;
}

enum err
feed_push(struct feed *f, const struct batch *b, int64_t done)
{
	buf_reset(&f->wire);
	wire_encode(&f->wire, b);
	struct stream_entry entry = { .wire = buf_str(&f->wire),
		.items = (uint32_t)b->nitems, .environment_id = b->environment_id };
	int64_t moved_us = clock_mono_us(), before = -1;
	enum err err;
	while ((err = push_once(f, &entry)) == E_QUEUE_FULL || is_away(f, err)) {
		int64_t length = err == E_QUEUE_FULL ? queue_length(f) : before;
		if (length != before)
			moved_us = clock_mono_us();
		before = length;
		if (clock_mono_us() - moved_us > (err == E_QUEUE_FULL ? PATIENCE_US : AWAY_US))
			break;
		task_clear(&f->task);
		usleep(PAUSE_US);
	}
	if (err == E_OK) {
		f->done = done;
		progress_step(&f->progress, done);
	}
	return err;
}

/* The ids since the last settling, as an array. */
static void
ids_bind(struct feed *f, struct bind *b)
{
	struct task *t = &f->task;
	struct str *id = tarray(t, f->nids + 1, struct str);
	struct str rest = buf_str(&f->ids);
	for (size_t i = 0; i < f->nids; i++)
		id[i] = str_cut(&rest, ',');
	bind_str_array(t, b, id, f->nids);
}

static enum err
ledger_read(struct feed *f, struct pg *pg, struct feed_result *out)
{
	struct task *t = &f->task;
	struct bind b = { 0 };
	struct rows *rows;
	bind_i64(t, &b, f->environment_id);
	ids_bind(f, &b);
	bind_i64(t, &b, f->begun_us);
	enum err err = pg_begin(t, pg, NULL);
	if (err == E_OK && (err = pg_one(t, pg, &ledger_sum, &b, &rows)) == E_OK) {
		*out = (struct feed_result){
			.batches = row_i64(rows, 0, 0), .items = row_i64(rows, 0, 1),
			.inserted = row_i64(rows, 0, 2), .duplicates = row_i64(rows, 0, 3),
			.dead = row_i64(rows, 0, 4), .dropped = row_i64(rows, 0, 5),
		};
	}
	pg_rollback(t, pg);
	return err;
}

enum err
feed_settle(struct feed *f, struct feed_result *out)
{
	struct pg *pg;
	enum err err = ctl_pg(f->c, &pg);
	if (err != E_OK)
		return err;
	int64_t moved_us = clock_mono_us(), before = -1;
	for (;;) {
		task_reset(&f->task);
		if ((err = ledger_read(f, pg, out)) != E_OK)
			return err;
		if (out->batches >= (int64_t)f->nids)
			return E_OK;
		if (out->batches != before)
			moved_us = clock_mono_us();
		before = out->batches;
		if (clock_mono_us() - moved_us > PATIENCE_US)
			return task_fail(&f->task, E_TIMEOUT,
			    "the batches are queued, but the consumers do not store them");
		usleep(PAUSE_US);
	}
}

enum err
feed_end(struct feed *f, enum err err)
{
	progress_end(&f->progress, f->done);
	if (err != E_OK && f->task.err == err)
		err = task_fail(f->c->t, err, "%s", f->task.detail);
	buf_release(&f->wire);
	buf_release(&f->ids);
	arena_free(f->arena);
	return err;
}
