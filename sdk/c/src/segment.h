/* segment.h - a batch that waits: items of one lane recorded under one context.
 * Its lines are in a file, or in memory when there is no folder or the disk
 * would not take it. Only the newest segment of a lane is open. */

enum tm_lane { TM_LANE_CRASH, TM_LANE_EVENT, TM_LANES };
static const char *const tm_lane_names[] = { "crash", "event" };

struct tm_segment {
	enum tm_lane lane;
	uint64_t number;
	char *context;      /* the context block, JSON */
	char *path;         /* NULL in memory */
	int fd;             /* -1 unless it is open and on disk */
	struct tm_buf data; /* the lines, in memory */
	size_t count[TM_CATEGORIES];
	size_t items;
	int64_t bytes;      /* what it takes up */
	int64_t highest;    /* number of an item */
	int64_t report;     /* number of its client_report, 0 without */
	int64_t newest, due, not_before; /* by the steady clock */
	bool open, asked, sending, gone;
};

/* What is known of a line without reading the rest. */
struct tm_head {
	const struct tm_type *type;
	int64_t seq, ts;
};

static bool
tm_head_read(struct tm_str line, struct tm_head *h)
{
	const char *end = line.p + line.n;
	if (line.n == 0 || !tm_json_valid(line.p, end))
		return false;
	h->type = tm_type_find(tm_json_word(tm_json_get(line.p, end, "type"), end));
	h->seq = tm_json_int(tm_json_get(line.p, end, "seq"), end, 0);
	h->ts = tm_json_int(tm_json_get(line.p, end, "ts"), end, 0);
	return h->type != NULL;
}

static void
tm_segment_account(struct tm_segment *s, const struct tm_head *h, size_t bytes, int64_t at)
{
	s->count[h->type->category]++;
	s->items++;
	s->bytes += (int64_t)bytes;
	s->newest = at;
	if (h->seq > s->highest)
		s->highest = h->seq;
	if (strcmp(h->type->name, "client_report") == 0)
		s->report = h->seq;
}

static void
tm_segment_free(struct tm_segment *s)
{
	if (s == NULL)
		return;
	if (s->fd >= 0)
		close(s->fd);
	tm_buf_free(&s->data);
	free(s->context);
	free(s->path);
	free(s);
}

static struct tm_segment *
tm_segment_alloc(enum tm_lane lane, uint64_t number, const char *context)
{
	struct tm_segment *s = (struct tm_segment *)calloc(1, sizeof(*s));
	if (s == NULL)
		return NULL;
	s->lane = lane;
	s->number = number;
	s->fd = -1;
	s->context = tm_copy(context);
	if (s->context == NULL) {
		tm_segment_free(s);
		return NULL;
	}
	return s;
}

/* Makes the file with the context as its first line. */
static bool
tm_segment_create(struct tm_segment *s, const char *folder)
{
	char path[TM_PATH];
	snprintf(path, sizeof(path), "%s/%s-%020llu.ndjson", folder, tm_lane_names[s->lane],
	         (unsigned long long)s->number);
	s->fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
	if (s->fd < 0)
		return false;
	s->path = tm_copy(path);
	if (s->path != NULL && tm_write_all(s->fd, s->context, strlen(s->context)) &&
	    tm_write_all(s->fd, "\n", 1)) {
		s->bytes = (int64_t)strlen(s->context) + 1;
		return true;
	}
	close(s->fd);
	unlink(path);
	free(s->path);
	s->path = NULL;
	s->fd = -1;
	return false;
}

/* Appends a line (with its end) by one call of the system. After a failure the
 * segment is as it was before. */
static bool
tm_segment_write(struct tm_segment *s, struct tm_str line, const struct tm_head *h, int64_t now)
{
	if (s->path != NULL) {
		ssize_t n;
		do {
			n = write(s->fd, line.p, line.n);
		} while (n < 0 && errno == EINTR);
		if (n != (ssize_t)line.n) {
			if (n > 0 && ftruncate(s->fd, (off_t)s->bytes) != 0)
				return false;
			return false;
		}
	} else {
		tm_buf_add(&s->data, line.p, line.n);
		if (s->data.failed) {
			s->data.failed = false;
			return false;
		}
	}
	tm_segment_account(s, h, line.n, now);
	return true;
}

static void
tm_segment_close(struct tm_segment *s)
{
	s->open = false;
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
}

/* Reads all of it into b; *lines begins after the context. */
static bool
tm_segment_read(const struct tm_segment *s, struct tm_buf *b, const char **lines)
{
	if (s->path == NULL) {
		tm_buf_add(b, s->data.p, s->data.n);
		*lines = b->p;
		return !b->failed && b->n > 0;
	}
	if (!tm_read_file(s->path, b) || b->n == 0)
		return false;
	const char *stop = (const char *)memchr(b->p, '\n', b->n);
	*lines = stop != NULL ? stop + 1 : NULL;
	return stop != NULL;
}

/* The next line without its end; false at the end. A last one that was cut
 * short is left out: its call had not returned. */
static bool
tm_line_next(const char **p, const char *end, struct tm_str *line)
{
	const char *stop = *p < end ? (const char *)memchr(*p, '\n', (size_t)(end - *p)) : NULL;
	if (stop == NULL)
		return false;
	*line = tm_slice(*p, stop);
	*p = stop + 1;
	return true;
}

/* "event-00000000000000000012.ndjson" */
static bool
tm_segment_parse_name(const char *name, enum tm_lane *lane, uint64_t *number)
{
	for (int l = 0; l < TM_LANES; l++) {
		size_t n = strlen(tm_lane_names[l]);
		if (strncmp(name, tm_lane_names[l], n) != 0 || name[n] != '-' || strlen(name) != n + 28 ||
		    strcmp(name + n + 21, ".ndjson") != 0)
			continue;
		*number = 0;
		for (const char *c = name + n + 1; c < name + n + 21; c++) {
			if (*c < '0' || *c > '9')
				return false;
			*number = *number * 10 + (uint64_t)(*c - '0');
		}
		*lane = (enum tm_lane)l;
		return true;
	}
	return false;
}

/* A file that another process left, closed; NULL when it holds nothing to send.
 * wall_to_steady: what to add to a time of the wall clock. */
static struct tm_segment *
tm_segment_adopt(const char *path, enum tm_lane lane, uint64_t number, int64_t wall_to_steady)
{
	struct tm_buf b;
	struct tm_str line;
	struct tm_head h;
	const char *p = NULL;
	struct tm_segment *s = tm_segment_alloc(lane, number, "");
	tm_buf_init(&b);
	if (s != NULL) {
		s->path = tm_copy(path);
		bool ok = s->path != NULL && tm_segment_read(s, &b, &p);
		if (ok) {
			size_t n = (size_t)(p - b.p) - 1;
			free(s->context);
			s->context = (char *)malloc(n + 1);
			ok = s->context != NULL;
			if (ok) {
				memcpy(s->context, b.p, n);
				s->context[n] = '\0';
			}
			s->bytes = (int64_t)b.n;
		}
		while (ok && tm_line_next(&p, b.p + b.n, &line)) {
			ok = tm_head_read(line, &h);
			if (ok)
				tm_segment_account(s, &h, 0, h.ts + wall_to_steady);
		}
		if (!ok || s->items == 0) {
			tm_segment_free(s);
			s = NULL;
		}
	}
	tm_buf_free(&b);
	return s;
}
