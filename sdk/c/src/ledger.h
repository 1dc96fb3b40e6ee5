/* ledger.h - numbers what is recorded and counts what is thrown away. With a
 * folder it survives the process: state.json there, replaced as a whole. */

/* Both in the order of the wire format: by name. */
enum tm_reason {
	TM_BEFORE_SEND, TM_CONSENT, TM_QUEUE_AGE, TM_QUEUE_FULL, TM_REJECTED, TM_SAMPLED,
	TM_TOO_LARGE, TM_REASONS
};
enum tm_category {
	TM_CRASH, TM_EVENT, TM_SESSION, TM_TRACE, TM_USER, TM_CATEGORIES
};
static const char *const tm_reason_names[] = { "before_send", "consent", "queue_age", "queue_full",
	                                       "rejected", "sampled", "too_large" };
static const char *const tm_category_names[] = { "crash", "event", "session", "trace", "user" };

/* consent: of tidemark_options; no session ever begins here. */
static const struct tm_type {
	const char *name;
	enum tm_category category;
	int consent;
} tm_types[] = {
	{ "event", TM_EVENT, TIDEMARK_ANALYTICS },
	{ "user_properties", TM_USER, TIDEMARK_ANALYTICS },
	{ "identify", TM_USER, TIDEMARK_ANALYTICS },
	{ "alias", TM_USER, TIDEMARK_ANALYTICS },
	{ "crash", TM_CRASH, TIDEMARK_CRASHES },
	{ "trace", TM_TRACE, TIDEMARK_TRACES },
	{ "client_report", TM_EVENT, TIDEMARK_ALL },
};

static const struct tm_type *
tm_type_find(struct tm_str name)
{
	for (size_t i = 0; i < sizeof(tm_types) / sizeof(tm_types[0]); i++)
		if (tm_is(name, tm_types[i].name))
			return &tm_types[i];
	return NULL;
}

struct tm_ledger {
	char install[TM_ID];
	int64_t seq;   /* the highest number given */
	int64_t saved; /* the highest in the file */
	int64_t lost[TM_REASONS][TM_CATEGORIES];
	bool opt_out;
	char *folder; /* NULL in memory */
};

static bool
tm_ledger_lost_any(const struct tm_ledger *l)
{
	for (int r = 0; r < TM_REASONS; r++)
		for (int c = 0; c < TM_CATEGORIES; c++)
			if (l->lost[r][c] > 0)
				return true;
	return false;
}

static void
tm_ledger_forget(struct tm_ledger *l)
{
	memset(l->lost, 0, sizeof(l->lost));
}

/* [{"reason":…,"category":…,"quantity":…},…] */
static void
tm_ledger_list(const struct tm_ledger *l, struct tm_buf *b)
{
	bool first = true;
	tm_buf_putc(b, '[');
	for (int r = 0; r < TM_REASONS; r++)
		for (int c = 0; c < TM_CATEGORIES; c++) {
			if (l->lost[r][c] == 0)
				continue;
			tm_buf_puts(b, first ? "{\"reason\":\"" : ",{\"reason\":\"");
			tm_buf_puts(b, tm_reason_names[r]);
			tm_buf_puts(b, "\",\"category\":\"");
			tm_buf_puts(b, tm_category_names[c]);
			tm_buf_puts(b, "\",\"quantity\":");
			tm_buf_put_int(b, l->lost[r][c]);
			tm_buf_putc(b, '}');
			first = false;
		}
	tm_buf_putc(b, ']');
}

/* Adds the counts of such a list. */
static void
tm_ledger_read_list(struct tm_ledger *l, const char *list, const char *end)
{
	if (list == NULL || *list != '[')
		return;
	for (const char *p = tm_json_first(list, end); p != NULL;
	     p = tm_json_next(tm_json_skip(p, end, 0), end)) {
		struct tm_str reason = tm_json_word(tm_json_get(p, end, "reason"), end);
		struct tm_str category = tm_json_word(tm_json_get(p, end, "category"), end);
		int64_t n = tm_json_int(tm_json_get(p, end, "quantity"), end, 0);
		for (int r = 0; r < TM_REASONS; r++)
			for (int c = 0; c < TM_CATEGORIES; c++)
				if (tm_is(reason, tm_reason_names[r]) && tm_is(category, tm_category_names[c]))
					l->lost[r][c] += n;
	}
}

static bool
tm_read_file(const char *path, struct tm_buf *b)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	ssize_t n = 1;
	while (n > 0 && tm_buf_room(b, 16384)) {
		n = read(fd, b->p + b->n, 16384);
		if (n > 0)
			b->n += (size_t)n;
	}
	close(fd);
	return n == 0 && !b->failed;
}

static bool
tm_write_all(int fd, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t k = write(fd, p, n);
		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0)
			return false;
		p += k;
		n -= (size_t)k;
	}
	return true;
}

static void
tm_ledger_load(struct tm_ledger *l)
{
	char path[TM_PATH];
	struct tm_buf b;
	tm_buf_init(&b);
	snprintf(path, sizeof(path), "%s/state.json", l->folder);
	if (tm_read_file(path, &b) && tm_json_valid(b.p, b.p + b.n)) {
		const char *end = b.p + b.n, *p = tm_json_blank(b.p, end);
		struct tm_str install = tm_json_word(tm_json_get(p, end, "install"), end);
		if (install.n == TM_ID - 1)
			memcpy(l->install, install.p, install.n);
		l->seq = l->saved = tm_json_int(tm_json_get(p, end, "seq"), end, 0);
		l->opt_out = tm_json_true(tm_json_get(p, end, "opt_out"), end);
		tm_ledger_read_list(l, tm_json_get(p, end, "discarded"), end);
	}
	tm_buf_free(&b);
}

/* Under a new name first: a reader sees the old file or the new one. */
static bool
tm_ledger_save(struct tm_ledger *l)
{
	char path[TM_PATH], fresh[TM_PATH];
	struct tm_buf b;
	if (l->folder == NULL)
		return true;
	tm_buf_init(&b);
	tm_buf_puts(&b, "{\"seq\":");
	tm_buf_put_int(&b, l->seq);
	tm_put_field(&b, "install", l->install, TM_ID);
	tm_buf_puts(&b, ",\"discarded\":");
	tm_ledger_list(l, &b);
	tm_buf_puts(&b, l->opt_out ? ",\"opt_out\":true}" : "}");
	snprintf(path, sizeof(path), "%s/state.json", l->folder);
	snprintf(fresh, sizeof(fresh), "%s/state.json.new", l->folder);
	int fd = b.failed ? -1 : open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	bool ok = fd >= 0 && tm_write_all(fd, b.p, b.n);
	if (fd >= 0)
		close(fd);
	ok = ok && rename(fresh, path) == 0;
	if (ok)
		l->saved = l->seq;
	tm_buf_free(&b);
	return ok;
}
