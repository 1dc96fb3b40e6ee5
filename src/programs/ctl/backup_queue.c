/* backup_queue.c - the queue as lines of JSON: {"id","items","env","wire"}. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/jw.h"
#include "base/str.h"
#include "programs/ctl/backup.h"
#include "queue/stream.h"

#define PAGE 64
#define ARENA_KEEP ((size_t)1 << 20)

static void
write_entry(struct task *t, struct buf *b, const struct stream_entry *entry)
{
	struct jw w;
	jw_init(&w, b);
	jw_object_begin(&w);
	jw_kstr(&w, "id", entry->id);
	jw_ki64(&w, "items", entry->items);
	jw_ki64(&w, "env", entry->environment_id);
	jw_kstr(&w, "wire", codec_b64url(t->arena, entry->wire));
	jw_object_end(&w);
	buf_putc(b, '\n');
}

/* Page by page; the memory of a page is given back. */
static enum err
write_pages(struct task *t, struct redis *r, FILE *f, struct backup_queue *out)
{
	struct stream_list page = { .n = PAGE };
	struct buf b = BUF_INIT;
	char after[BATCH_ID_TEXT] = "";
	enum err e = E_OK;
	while (e == E_OK && page.n > 0) {
		task_reset(t);
		buf_reset(&b);
		e = stream_page(t, r, str_of(after), PAGE, &page);
		for (size_t i = 0; e == E_OK && i < page.n; i++) {
			write_entry(t, &b, &page.entries[i]);
			out->batches++;
			out->items += page.entries[i].items;
			snprintf(after, sizeof(after), "%.*s", STRF(page.entries[i].id));
		}
		if (e == E_OK && b.n > 0 && fwrite(b.p, 1, b.n, f) != b.n)
			e = task_fail(t, E_IO, BACKUP_QUEUE ": %s", strerror(errno));
	}
	buf_release(&b);
	return e;
}

enum err
backup_queue_write(struct ctl *c, struct str path, struct backup_queue *out)
{
	struct redis *r;
	struct task t;
	struct arena *a = arena_new(ARENA_KEEP);
	int fd = open(path.p, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	FILE *f = fd >= 0 ? fdopen(fd, "w") : NULL;
	*out = (struct backup_queue){ 0 };
	task_init(&t, a);
	enum err e = ctl_redis(c, &r);
	if (f == NULL)
		e = task_fail(c->t, E_IO, "%.*s: %s", STRF(path), strerror(errno));
	if (e == E_OK && (e = write_pages(&t, r, f, out)) != E_OK)
		e = task_fail(c->t, e, "%s", t.detail);
	if (f != NULL && fclose(f) != 0 && e == E_OK)
		e = task_fail(c->t, E_IO, "%.*s: %s", STRF(path), strerror(errno));
	arena_free(a);
	return e;
}

static enum err
put_line(struct task *t, struct redis *r, struct str line, struct backup_queue *out)
{
	const struct json *j;
	struct stream_entry entry = { 0 };
	bool kept;
	enum err e = json_parse(t, line, &j);
	if (e != E_OK)
		return e;
	entry.id = json_get_str(j, "id");
	entry.items = (uint32_t)json_i64(json_get(j, "items"), 0);
	entry.environment_id = (int32_t)json_i64(json_get(j, "env"), 0);
	if (entry.id.n == 0 || !codec_unb64(t->arena, json_get_str(j, "wire"), &entry.wire))
		return task_fail(t, E_DATA, BACKUP_QUEUE ": a line is not whole");
	e = stream_put(t, r, &entry, &kept);
	out->batches += e == E_OK;
	out->items += e == E_OK ? entry.items : 0;
	return e;
}

enum err
backup_queue_restore(struct ctl *c, struct str path, struct backup_queue *out)
{
	struct redis *r;
	struct task t;
	char *line = NULL;
	size_t size = 0;
	ssize_t n;
	struct arena *a = arena_new(ARENA_KEEP);
	FILE *f = fopen(path.p, "re");
	*out = (struct backup_queue){ 0 };
	task_init(&t, a);
	enum err e = ctl_redis(c, &r);
	if (e == E_OK)
		e = stream_ensure(c->t, r);
	if (f == NULL)
		e = task_fail(c->t, E_IO, "%.*s: %s", STRF(path), strerror(errno));
	while (e == E_OK && (n = getline(&line, &size, f)) > 0) {
		task_reset(&t);
		e = put_line(&t, r, str_trim((struct str){ line, (size_t)n }), out);
		if (e != E_OK)
			e = task_fail(c->t, e, "%s", t.detail);
	}
	free(line);
	if (f != NULL)
		fclose(f);
	arena_free(a);
	return e;
}
