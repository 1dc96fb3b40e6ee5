/* sender.h - what is sent when, and what an answer means. Driven by tm_pump():
 * the client's thread, or the conformance driver. All under the lock. */

enum { TM_KEY_PAUSE_MS = 3600000, TM_RETRY_PAUSE_MS = 60000, TM_BACKOFF_MS = 600000 };

static bool
tm_paused(const struct tidemark *tm, enum tm_lane l, int64_t now)
{
	return now < tm->paused_to[l];
}

static int64_t
tm_backoff(struct tidemark *tm)
{
	int n = ++tm->failures;
	int64_t wait = n < 11 ? (int64_t)1000 << (n - 1) : (int64_t)TM_BACKOFF_MS;
	if (wait > TM_BACKOFF_MS)
		wait = TM_BACKOFF_MS;
	return (int64_t)((double)wait * tm->host.jitter(tm->host.arg));
}

/* Holds the lanes of a mask. */
static void
tm_pause(struct tidemark *tm, int64_t ms, unsigned lanes)
{
	int64_t until = tm_now(tm) + ms;
	for (int l = 0; l < TM_LANES; l++)
		if ((lanes >> l & 1) != 0 && until > tm->paused_to[l])
			tm->paused_to[l] = until;
}

/* Appends what was thrown away since the last report. */
static void
tm_report(struct tidemark *tm, int64_t now)
{
	struct tm_head h;
	struct tm_buf line;
	char id[TM_ID];
	if (!tm_ledger_lost_any(&tm->ledger))
		return;
	tm_buf_init(&line);
	h.type = tm_type_find(tm_str_of("client_report"));
	h.ts = tm_wall(tm);
	h.seq = tm->ledger.seq + 1;
	tm_uuid7(&tm->ids, h.ts, id);
	tm_put_head(&line, h.type->name, id, h.ts, h.seq);
	tm_buf_puts(&line, ",\"props\":{\"discarded_events\":");
	tm_ledger_list(&tm->ledger, &line);
	tm_buf_puts(&line, "}}\n");
	if (!line.failed) {
		tm->ledger.seq = h.seq;
		tm_ledger_forget(&tm->ledger);
		tm_queue_append(&tm->queue, TM_LANE_EVENT, &h, tm_buf_str(&line), now, 0);
		tm_queue_save(&tm->queue);
	}
	tm_buf_free(&line);
}

static bool
tm_any_due(const struct tidemark *tm, int64_t now)
{
	for (int l = 0; l < TM_LANES; l++) {
		const struct tm_segment *s = tm_queue_open(&tm->queue, (enum tm_lane)l);
		if (s != NULL && now >= s->due && !tm_paused(tm, (enum tm_lane)l, now))
			return true;
	}
	return false;
}

/* Begins a flush when one was asked for or something is due: what is open in
 * the lanes that may send is closed, after the report of what was lost. */
static void
tm_take(struct tidemark *tm, int64_t now)
{
	bool asked = tm->flush_asked > tm->flush_begun;
	tm->flush_begun = tm->flush_asked;
	if (tm->remote.killed || (!asked && !tm->full && !tm_any_due(tm, now)))
		return;
	tm->full = false;
	if (!tm_paused(tm, TM_LANE_EVENT, now))
		tm_report(tm, now);
	for (int l = 0; l < TM_LANES; l++)
		for (size_t i = 0; i < tm->queue.n[l] && !tm_paused(tm, (enum tm_lane)l, now); i++) {
			struct tm_segment *s = tm->queue.segment[l][i];
			tm_queue_close(s, now);
			s->due = now < s->due ? now : s->due;
			s->asked = s->asked || asked;
		}
}

/* The segment to send now, crashes first, then the oldest; asked: only of those
 * that a flush waits for. */
static struct tm_segment *
tm_sendable(const struct tidemark *tm, int64_t now, bool asked)
{
	for (int l = 0; l < TM_LANES; l++)
		for (size_t i = 0; i < tm->queue.n[l] && !tm_paused(tm, (enum tm_lane)l, now); i++) {
			struct tm_segment *s = tm->queue.segment[l][i];
			if (!s->open && now >= s->due && now >= s->not_before && (s->asked || !asked))
				return s;
		}
	return NULL;
}

/* Is the configuration asked for although nothing may be sent now? */
static bool
tm_polls(const struct tidemark *tm)
{
	return tm->ask_remote && tm->remote.poll_at > 0 &&
	       (tm->remote.killed || tm_queue_items(&tm->queue) > 0);
}

/* When something may be sent, or the configuration is due; -1 is never. */
static int64_t
tm_next_due(const struct tidemark *tm)
{
	int64_t next = tm_polls(tm) ? tm->remote.poll_at : -1;
	for (int l = 0; l < TM_LANES; l++)
		for (size_t i = 0; i < tm->queue.n[l]; i++) {
			const struct tm_segment *s = tm->queue.segment[l][i];
			int64_t at = s->due > s->not_before ? s->due : s->not_before;
			if (at < tm->paused_to[l])
				at = tm->paused_to[l];
			if (next < 0 || at < next)
				next = at;
		}
	return next;
}

static void
tm_flushes_end(struct tidemark *tm)
{
	if (tm->flush_done == tm->flush_begun)
		return;
	tm->flush_done = tm->flush_begun;
	pthread_cond_broadcast(&tm->done);
}

/* The request for a segment: NULL when its file is gone. *lines: its items. */
static bool
tm_body(const struct tidemark *tm, const struct tm_segment *s, struct tm_buf *file,
        struct tm_str *lines, struct tm_buf *out)
{
	const char *p = NULL;
	struct tm_str line;
	bool first = true;
	if (!tm_segment_read(s, file, &p))
		return false;
	*lines = tm_slice(p, file->p + file->n);
	tm_buf_puts(out, "{\"schema_version\":\"1.1\",\"sent\":");
	tm_buf_put_int(out, tm_wall(tm));
	tm_put_field(out, "install", tm->ledger.install, TM_ID);
	if (strcmp(s->context, "{}") != 0) {
		tm_buf_puts(out, ",\"context\":");
		tm_buf_puts(out, s->context);
	}
	tm_buf_puts(out, ",\"items\":[");
	while (tm_line_next(&p, lines->p + lines->n, &line)) {
		if (!first)
			tm_buf_putc(out, ',');
		first = false;
		tm_buf_add(out, line.p, line.n);
	}
	tm_buf_puts(out, "]}");
	return !out->failed && !first;
}

/* keep[i] of the items that the server wants again; their number. */
static size_t
tm_retries(const struct tm_answer *a, bool *keep, size_t items)
{
	const char *end = a->body.p + a->body.n, *list;
	size_t n = 0;
	if (a->body.n == 0 || !tm_json_valid(a->body.p, end))
		return 0;
	list = tm_json_get(tm_json_blank(a->body.p, end), end, "results");
	if (list == NULL || *list != '[')
		return 0;
	for (const char *p = tm_json_first(list, end); p != NULL;
	     p = tm_json_next(tm_json_skip(p, end, 0), end)) {
		int64_t i = tm_json_int(tm_json_get(p, end, "index"), end, -1);
		if (tm_is(tm_json_word(tm_json_get(p, end, "result"), end), "retry") && i >= 0 &&
		    (size_t)i < items && !keep[i]) {
			keep[i] = true;
			n++;
		}
	}
	return n;
}

/* The lanes that a 429 names: "event", "crash" or a list of them; 0 is none. */
static unsigned
tm_named_lanes(const struct tm_answer *a)
{
	const char *end = a->body.p + a->body.n, *p;
	unsigned lanes = 0;
	if (a->body.n == 0 || !tm_json_valid(a->body.p, end))
		return 0;
	p = tm_json_get(tm_json_blank(a->body.p, end), end, "details");
	p = tm_json_get(p, end, "category");
	bool list = p != NULL && *p == '[';
	for (p = list ? tm_json_first(p, end) : p; p != NULL;
	     p = list ? tm_json_next(tm_json_skip(p, end, 0), end) : NULL)
		for (unsigned l = 0; l < TM_LANES; l++)
			if (tm_is(tm_json_word(p, end), tm_lane_names[l]))
				lanes |= 1u << l;
	return lanes;
}

static void
tm_acknowledge(struct tidemark *tm, struct tm_segment *s, struct tm_str lines,
               const struct tm_answer *a)
{
	bool *keep = (bool *)calloc(s->items + 1, sizeof(*keep));
	tm->failures = 0;
	if (keep != NULL && tm_retries(a, keep, s->items) > 0) {
		struct tm_segment *part = tm_queue_part(&tm->queue, s, tm_queue_index(&tm->queue, s) + 1,
		                                        lines, keep);
		if (part != NULL) {
			part->not_before = tm_now(tm) + (a->retry_ms > 0 ? a->retry_ms
			                                                 : (int64_t)TM_RETRY_PAUSE_MS);
			part->asked = false;
		}
	}
	free(keep);
	tm_queue_delete(&tm->queue, s);
}

static void
tm_halve(struct tidemark *tm, struct tm_segment *s, struct tm_str lines)
{
	size_t half = s->items / 2, at = tm_queue_index(&tm->queue, s) + 1;
	bool *keep = s->items > 1 ? (bool *)calloc(s->items + 1, sizeof(*keep)) : NULL;
	if (keep == NULL) {
		tm_queue_lose(&tm->queue, s, TM_TOO_LARGE);
		return;
	}
	for (int part = 1; part >= 0; part--) { /* the second half first: both go in after s */
		for (size_t i = 0; i < s->items; i++)
			keep[i] = (i >= half) == (part == 1);
		tm_queue_part(&tm->queue, s, at, lines, keep);
	}
	free(keep);
	tm_queue_delete(&tm->queue, s);
}

/* The table of sdk/spec, section 6. */
static void
tm_settle(struct tidemark *tm, struct tm_segment *s, struct tm_str lines,
          const struct tm_answer *a, const char *key)
{
	const unsigned all = (1u << TM_LANES) - 1;
	unsigned named;
	if (a->status >= 200 && a->status < 300) {
		tm_acknowledge(tm, s, lines, a);
		return;
	}
	if (a->status != 413)
		tm_say(tm, "tidemark: send: status %ld %s", a->status, a->status == 0 ? a->error : "");
	switch (a->status) {
	case 400:
	case 415:
	case 422:
		tm_queue_set_aside(&tm->queue, s);
		return;
	case 401:
	case 403:
		if (tm->key != NULL && strcmp(key, tm->key) == 0) {
			tm->key_paused = true;
			tm_pause(tm, TM_KEY_PAUSE_MS, all);
		}
		return;
	case 413:
		tm_halve(tm, s, lines);
		return;
	default:
		break;
	}
	int64_t wait = tm_backoff(tm);
	named = a->status == 429 ? tm_named_lanes(a) : 0;
	tm_pause(tm, a->retry_ms > wait ? a->retry_ms : wait,
	         named != 0 ? named | 1u << s->lane : all); /* whatever it names, this was refused */
}

static void
tm_deliver(struct tidemark *tm, struct tm_segment *s)
{
	struct tm_buf file, body;
	struct tm_str lines = tm_str_of("");
	struct tm_answer a;
	char *key = tm_copy(tm->key);
	tm_buf_init(&file);
	tm_buf_init(&body);
	if (!tm_body(tm, s, &file, &lines, &body)) { /* somebody deleted the file */
		tm_say(tm, "tidemark: spool: %zu items are gone", s->items);
		tm_queue_delete(&tm->queue, s);
	} else {
		s->sending = true;
		pthread_mutex_unlock(&tm->lock);
		tm_request(tm, key != NULL ? key : "", "", &body, &a);
		pthread_mutex_lock(&tm->lock);
		s->sending = false;
		if (s->gone)
			tm_segment_free(s);
		else if (!tm->closed)
			tm_settle(tm, s, lines, &a, key != NULL ? key : "");
		tm_answer_free(&a);
	}
	tm_buf_free(&file);
	tm_buf_free(&body);
	free(key);
}

/* Does what is due; when to be called again by the steady clock, -1 for never.
 * Under the lock. */
static int64_t
tm_pump(struct tidemark *tm)
{
	for (;;) {
		int64_t now = tm_now(tm);
		if (tm->closed || tm->ledger.opt_out || tm->disabled) {
			tm->flush_begun = tm->flush_asked;
			tm_flushes_end(tm);
			return -1;
		}
		tm_queue_expire(&tm->queue, now);
		tm_take(tm, now);
		struct tm_segment *s = tm_sendable(tm, now, false);
		if (tm->ask_remote && now >= tm->remote.poll_at && !tm_stopping(tm) &&
		    (s != NULL || tm_polls(tm))) {
			tm_remote_fetch(tm);
			continue;
		}
		if (tm->remote.killed || tm_sendable(tm, now, true) == NULL || tm_stopping(tm))
			tm_flushes_end(tm);
		if (tm->remote.killed || tm_stopping(tm))
			return tm->remote.poll_at;
		if (s == NULL)
			return tm_next_due(tm);
		tm_deliver(tm, s);
	}
}
