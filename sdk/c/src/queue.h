/* queue.h - two lanes of segments, oldest first. Used under the client's lock. */

struct tm_queue {
	char *folder; /* NULL in memory */
	int lock;     /* the folder's, -1 without */
	struct tm_segment **segment[TM_LANES];
	size_t n[TM_LANES], cap[TM_LANES];
	int64_t bytes, max_bytes, max_age_ms;
	uint64_t number; /* the highest of a segment */
	size_t batch;    /* items of a segment */
	int64_t body;    /* bytes of a segment */
	char *context;
	struct tm_ledger *ledger;
	void (*log)(void *arg, const char *message);
	void *log_arg;
};

static void
tm_queue_say(struct tm_queue *q, const char *what)
{
	char text[256];
	snprintf(text, sizeof(text), "tidemark: spool: %s: %s", what, strerror(errno));
	if (q->log != NULL)
		q->log(q->log_arg, text);
}

static void
tm_queue_save(struct tm_queue *q)
{
	if (!tm_ledger_save(q->ledger))
		tm_queue_say(q, "state.json");
}

static bool
tm_queue_insert(struct tm_queue *q, size_t at, struct tm_segment *s)
{
	enum tm_lane l = s->lane;
	if (q->n[l] == q->cap[l]) {
		size_t cap = q->cap[l] == 0 ? 8 : q->cap[l] * 2;
		struct tm_segment **more =
		    (struct tm_segment **)realloc(q->segment[l], cap * sizeof(*more));
		if (more == NULL)
			return false;
		q->segment[l] = more;
		q->cap[l] = cap;
	}
	memmove(q->segment[l] + at + 1, q->segment[l] + at, (q->n[l] - at) * sizeof(*q->segment[l]));
	q->segment[l][at] = s;
	q->n[l]++;
	q->bytes += s->bytes;
	return true;
}

static size_t
tm_queue_index(const struct tm_queue *q, const struct tm_segment *s)
{
	size_t i = 0;
	while (i < q->n[s->lane] && q->segment[s->lane][i] != s)
		i++;
	return i;
}

/* Forgets a segment and its file; the numbers it held stay known. The one that
 * is being sent is freed by the sender. */
static void
tm_queue_delete(struct tm_queue *q, struct tm_segment *s)
{
	size_t i = tm_queue_index(q, s);
	enum tm_lane l = s->lane;
	memmove(q->segment[l] + i, q->segment[l] + i + 1, (q->n[l] - i - 1) * sizeof(*q->segment[l]));
	q->n[l]--;
	q->bytes -= s->bytes;
	if (s->highest > q->ledger->saved)
		tm_queue_save(q);
	if (s->path != NULL)
		unlink(s->path);
	if (s->sending)
		s->gone = true;
	else
		tm_segment_free(s);
}

/* Deletes a segment and counts its items; a report among them gives its counts
 * back. */
static void
tm_queue_lose(struct tm_queue *q, struct tm_segment *s, enum tm_reason reason)
{
	struct tm_buf b;
	struct tm_str line;
	struct tm_head h;
	const char *p = NULL;
	tm_buf_init(&b);
	if (s->report > 0 && tm_segment_read(s, &b, &p))
		while (tm_line_next(&p, b.p + b.n, &line)) {
			const char *end = line.p + line.n;
			if (tm_head_read(line, &h) && strcmp(h.type->name, "client_report") == 0)
				tm_ledger_read_list(q->ledger,
				                    tm_json_get(tm_json_get(line.p, end, "props"), end,
				                                "discarded_events"), end);
		}
	for (int c = 0; c < TM_CATEGORIES; c++)
		q->ledger->lost[reason][c] += (int64_t)s->count[c];
	tm_queue_save(q);
	tm_queue_delete(q, s);
	tm_buf_free(&b);
}

/* Keeps the newest batch that the server refused, for whoever wants to know why. */
static void
tm_queue_set_aside(struct tm_queue *q, struct tm_segment *s)
{
	char path[TM_PATH];
	if (s->path != NULL) {
		tm_segment_close(s);
		snprintf(path, sizeof(path), "%s/rejected.ndjson", q->folder);
		if (rename(s->path, path) != 0)
			tm_queue_say(q, "rejected.ndjson");
	}
	tm_queue_lose(q, s, TM_REJECTED);
}

/* The oldest segments go until n more bytes fit: of the event lane first, and
 * not the one under way, which the server may have. */
static void
tm_queue_make_room(struct tm_queue *q, size_t n)
{
	static const enum tm_lane order[] = { TM_LANE_EVENT, TM_LANE_CRASH };
	while (q->bytes + (int64_t)n > q->max_bytes) {
		struct tm_segment *oldest = NULL;
		for (int l = 0; l < TM_LANES && oldest == NULL; l++)
			for (size_t i = 0; i < q->n[order[l]] && oldest == NULL; i++)
				if (!q->segment[order[l]][i]->sending)
					oldest = q->segment[order[l]][i];
		if (oldest == NULL)
			return;
		tm_queue_lose(q, oldest, TM_QUEUE_FULL);
	}
}

static void
tm_queue_expire(struct tm_queue *q, int64_t now)
{
	for (int l = 0; l < TM_LANES; l++)
		for (size_t i = 0; i < q->n[l];) {
			struct tm_segment *s = q->segment[l][i];
			if (!s->sending && now - s->newest > q->max_age_ms)
				tm_queue_lose(q, s, TM_QUEUE_AGE);
			else
				i++;
		}
}

static struct tm_segment *
tm_queue_open(const struct tm_queue *q, enum tm_lane l)
{
	struct tm_segment *last = q->n[l] > 0 ? q->segment[l][q->n[l] - 1] : NULL;
	return last != NULL && last->open ? last : NULL;
}

/* A new segment at a place of its lane; in memory when the file cannot be made. */
static struct tm_segment *
tm_queue_begin(struct tm_queue *q, const char *folder, enum tm_lane l, size_t at,
               const char *context)
{
	struct tm_segment *s = tm_segment_alloc(l, ++q->number, context);
	if (s == NULL)
		return NULL;
	if (folder != NULL && !tm_segment_create(s, folder))
		tm_queue_say(q, "a new file");
	if (tm_queue_insert(q, at, s))
		return s;
	if (s->path != NULL)
		unlink(s->path);
	tm_segment_free(s);
	return NULL;
}

static void
tm_queue_close(struct tm_segment *s, int64_t due)
{
	tm_segment_close(s);
	if (due < s->due)
		s->due = due;
}

enum { TM_OPENED = 1, TM_FULL = 2 };

/* Adds a line. TM_OPENED: the lane had no open segment; TM_FULL: one is due now. */
static int
tm_queue_append(struct tm_queue *q, enum tm_lane l, const struct tm_head *h, struct tm_str line,
                int64_t now, int64_t wait)
{
	int news = 0;
	tm_queue_make_room(q, line.n);
	struct tm_segment *s = tm_queue_open(q, l);
	if (s != NULL && s->bytes + (int64_t)line.n > q->body) {
		tm_queue_close(s, now);
		news |= TM_FULL;
		s = NULL;
	}
	for (int round = 0; round < 2; round++) {
		if (s == NULL) {
			s = tm_queue_begin(q, round == 0 ? q->folder : NULL, l, q->n[l], q->context);
			if (s == NULL)
				return news;
			s->open = true;
			s->due = now + wait;
			news |= TM_OPENED;
		}
		int64_t before = s->bytes;
		if (tm_segment_write(s, line, h, now)) {
			q->bytes += s->bytes - before;
			break;
		}
		tm_queue_say(q, "an item"); /* the disk is full: go on in memory */
		tm_segment_close(s);
		if (s->items == 0)
			tm_queue_delete(q, s);
		s = NULL;
	}
	if (s != NULL && s->items >= q->batch) {
		tm_queue_close(s, now);
		news |= TM_FULL;
	}
	return news;
}

/* A closed segment after s with the lines of it that `keep` says; NULL when
 * there are none, or no memory. */
static struct tm_segment *
tm_queue_part(struct tm_queue *q, struct tm_segment *s, size_t at, struct tm_str lines,
              const bool *keep)
{
	for (int round = 0; round < 2; round++) {
		const char *folder = round == 0 && s->path != NULL ? q->folder : NULL;
		struct tm_segment *part = NULL;
		const char *p = lines.p;
		struct tm_str line;
		struct tm_head h;
		bool ok = true;
		for (size_t i = 0; ok && tm_line_next(&p, lines.p + lines.n, &line); i++) {
			if (!keep[i] || !tm_head_read(line, &h))
				continue;
			if (part == NULL)
				part = tm_queue_begin(q, folder, s->lane, at, s->context);
			if (part == NULL)
				return NULL;
			int64_t before = part->bytes;
			line.n++; /* its end */
			ok = tm_segment_write(part, line, &h, s->newest);
			q->bytes += part->bytes - before;
		}
		if (part == NULL)
			return NULL;
		tm_segment_close(part);
		part->due = s->due;
		part->asked = s->asked;
		if (ok)
			return part;
		tm_queue_delete(q, part); /* no room for a second copy: in memory */
	}
	return NULL;
}

/* Deletes the waiting items whose consent is not among kinds. */
static void
tm_queue_filter(struct tm_queue *q, int kinds)
{
	for (int l = 0; l < TM_LANES; l++)
		for (size_t i = q->n[l]; i-- > 0;) {
			struct tm_segment *s = q->segment[l][i];
			struct tm_buf b;
			struct tm_str line;
			struct tm_head h;
			const char *p = NULL, *from;
			bool *keep = (bool *)calloc(s->items + 1, sizeof(*keep));
			size_t n = 0, dropped = 0;
			tm_buf_init(&b);
			bool ok = keep != NULL && tm_segment_read(s, &b, &p);
			from = p;
			while (ok && n < s->items && tm_line_next(&p, b.p + b.n, &line)) {
				keep[n] = !tm_head_read(line, &h) || (h.type->consent & kinds) != 0;
				if (!keep[n++]) {
					q->ledger->lost[TM_CONSENT][h.type->category]++;
					dropped++;
				}
			}
			if (dropped > 0) {
				tm_queue_part(q, s, i + 1, tm_slice(from, b.p + b.n), keep);
				tm_queue_delete(q, s);
			}
			tm_buf_free(&b);
			free(keep);
		}
	tm_queue_save(q);
}

static void
tm_queue_clear(struct tm_queue *q)
{
	char path[TM_PATH];
	for (int l = 0; l < TM_LANES; l++)
		while (q->n[l] > 0)
			tm_queue_delete(q, q->segment[l][q->n[l] - 1]);
	if (q->folder != NULL) {
		snprintf(path, sizeof(path), "%s/rejected.ndjson", q->folder);
		unlink(path);
	}
}

static size_t
tm_queue_items(const struct tm_queue *q)
{
	size_t n = 0;
	for (int l = 0; l < TM_LANES; l++)
		for (size_t i = 0; i < q->n[l]; i++)
			n += q->segment[l][i]->items;
	return n;
}
