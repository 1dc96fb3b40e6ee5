/* record.h - the way of every item, in the order of sdk/spec, section 3. */

/* An item on its way. `rest` is everything after its number. */
struct tm_item {
	const struct tm_type *type;
	struct tidemark_item seen; /* type, name, ids and props, as before_send sees them */
	const char *session_id, *org_id, *ns;
	int64_t ts;
	bool fatal;
	struct tm_buf props; /* JSON of an object, or empty */
	struct tm_buf more;  /* further members, each with its comma */
};

/* Begins an item; false when it is not to be recorded. Takes the lock. */
static bool
tm_item_begin(struct tidemark *tm, struct tm_item *it, const char *type, struct tidemark_who who)
{
	memset(it, 0, sizeof(*it));
	if (tm == NULL)
		return false;
	it->type = tm_type_find(tm_str_of(type));
	it->seen.type = it->type->name;
	it->seen.user_id = who.user_id;
	it->seen.anonymous_id = who.anonymous_id;
	it->session_id = who.session_id;
	it->org_id = who.org_id;
	it->ts = tm_wall(tm);
	tm_own(tm);
	pthread_mutex_lock(&tm->lock);
	bool ok = tm_allows(tm, it->type);
	pthread_mutex_unlock(&tm->lock);
	return ok;
}

static void
tm_item_props(struct tidemark *tm, struct tm_item *it, const struct tidemark_value *v, size_t n)
{
	if (v != NULL && n > 0)
		tm_put_values(&it->props, &tm->redact, v, n);
}

/* "context" of an event: org_id, service, version. */
static void
tm_put_context(const struct tidemark *tm, const struct tm_item *it, struct tm_buf *b)
{
	const char *org = it->org_id != NULL ? it->org_id : tm->org_id;
	if (org == NULL && tm->service_json == NULL)
		return;
	tm_buf_puts(b, ",\"context\":{");
	tm_put_field(b, "org_id", org, TM_MAX_OWNER);
	if (tm->service_json != NULL)
		tm_buf_puts(b, tm->service_json + (b->p != NULL && b->n > 0 && b->p[b->n - 1] == '{'));
	tm_buf_putc(b, '}');
}

static void
tm_item_rest(const struct tidemark *tm, const struct tm_item *it, struct tm_buf *b)
{
	tm_put_field(b, "user_id", it->seen.user_id, TM_MAX_OWNER);
	tm_put_field(b, "anonymous_id", it->seen.anonymous_id, TM_MAX_OWNER);
	tm_put_field(b, "session", it->session_id, TM_MAX_OWNER);
	tm_put_field(b, "name", it->seen.name, TM_MAX_NAME);
	if (it->ns != NULL && strcmp(it->ns, "product") != 0)
		tm_put_field(b, "ns", it->ns, TM_MAX_NAME);
	if (it->seen.props != NULL) {
		const char *p = it->seen.props, *end = p + strlen(p);
		p = tm_json_blank(p, end);
		if (p < end && *p == '{' && tm_json_valid(p, end)) {
			tm_buf_puts(b, ",\"props\":");
			if (it->seen.props == it->props.p)
				tm_buf_add(b, it->props.p, it->props.n);
			else /* what before_send made of them */
				tm_put_json(b, &tm->redact, p, end, 0);
		}
	}
	if (it->type->category == TM_EVENT)
		tm_put_context(tm, it, b);
	tm_buf_add(b, it->more.p, it->more.n);
	tm_buf_putc(b, '}');
}

/* before_send, which in C++ may throw. */
static bool
tm_ask(const struct tidemark *tm, struct tidemark_item *seen)
{
#ifdef __cplusplus
	try {
		return tm->before_send(tm->before_send_arg, seen);
	} catch (...) {
		return false;
	}
#else
	return tm->before_send(tm->before_send_arg, seen);
#endif
}

static double
tm_rate(const struct tidemark *tm, const struct tm_type *type)
{
	double own = type->category == TM_EVENT ? tm->sample_events :
	             type->category == TM_TRACE ? tm->sample_traces : 1;
	double theirs = !tm->remote.known ? 1 : type->category == TM_EVENT ? tm->remote.sample_events :
	                type->category == TM_TRACE ? tm->remote.sample_traces : 1;
	return theirs < own ? theirs : own;
}

static bool
tm_keeps(const struct tidemark *tm, const struct tm_item *it, const char *id)
{
	const char *subject = it->seen.anonymous_id != NULL && *it->seen.anonymous_id != '\0'
	                          ? it->seen.anonymous_id
	                          : it->seen.user_id != NULL && *it->seen.user_id != '\0'
	                                ? it->seen.user_id : id;
	return tm_sampled(tm_str_of(subject), tm_rate(tm, it->type));
}

/* {"type":…,"id":…,"ts":…,"seq":… */
static void
tm_put_head(struct tm_buf *b, const char *type, const char *id, int64_t ts, int64_t seq)
{
	tm_buf_puts(b, "{\"type\":\"");
	tm_buf_puts(b, type);
	tm_buf_puts(b, "\",\"id\":\"");
	tm_buf_puts(b, id);
	tm_buf_puts(b, "\",\"ts\":");
	tm_buf_put_int(b, ts);
	tm_buf_puts(b, ",\"seq\":");
	tm_buf_put_int(b, seq);
}

/* The number and the place in the queue are given together. Under the lock. */
static void
tm_enqueue(struct tidemark *tm, const struct tm_item *it, const char *id, struct tm_str rest)
{
	struct tm_head h;
	size_t limit = it->type->category == TM_CRASH ? TM_MAX_CRASH : TM_MAX_ITEM;
	enum tm_lane lane = it->type->category == TM_CRASH ? TM_LANE_CRASH : TM_LANE_EVENT;
	int64_t wait = tm->flush_ms, now = tm_now(tm);
	if (lane == TM_LANE_CRASH && !(it->fatal && tm->queue.folder != NULL))
		wait = 0; /* a fatal one on disk goes out at the next start */
	h.type = it->type;
	h.ts = it->ts;
	h.seq = ++tm->ledger.seq;
	tm->line.n = 0;
	tm_put_head(&tm->line, it->type->name, id, it->ts, h.seq);
	tm_buf_add(&tm->line, rest.p, rest.n);
	tm_buf_putc(&tm->line, '\n');
	if (tm->line.failed || tm->line.n - 1 > limit) {
		tm->ledger.lost[TM_TOO_LARGE][it->type->category]++;
	} else {
		int news = tm_queue_append(&tm->queue, lane, &h, tm_buf_str(&tm->line), now, wait);
		struct tm_segment *s = tm_queue_open(&tm->queue, TM_LANE_CRASH);
		if (wait == 0 && s != NULL)
			s->due = now;
		tm->full = tm->full || (news & TM_FULL) != 0;
		if (news != 0 || wait == 0)
			tm_kick(tm);
	}
	if (tm->line.cap > 2 * TM_MAX_ITEM || tm->line.failed)
		tm_buf_free(&tm->line); /* one large crash must not stay for ever */
}

static void
tm_lose_one(struct tidemark *tm, const struct tm_item *it, enum tm_reason reason)
{
	tm->ledger.seq++;
	tm->ledger.lost[reason][it->type->category]++;
}

/* Ends an item that tm_item_begin() began, whatever it answered. */
static void
tm_item_end(struct tidemark *tm, struct tm_item *it)
{
	struct tm_buf rest;
	char id[TM_ID];
	bool kept, wanted = true, named = it->seen.name != NULL;
	tm_buf_init(&rest);
	if (it->props.n > 0)
		it->seen.props = tm_buf_text(&it->props);
	pthread_mutex_lock(&tm->lock);
	tm_uuid7(&tm->ids, it->ts, id);
	kept = tm_keeps(tm, it, id);
	pthread_mutex_unlock(&tm->lock);
	if (kept && tm->before_send != NULL)
		wanted = tm_ask(tm, &it->seen) &&
		         (!named || (it->seen.name != NULL && *it->seen.name != '\0'));
	if (kept && wanted)
		tm_item_rest(tm, it, &rest);
	pthread_mutex_lock(&tm->lock);
	if (!tm_allows(tm, it->type)) {
		/* switched off meanwhile */
	} else if (!kept) {
		tm_lose_one(tm, it, TM_SAMPLED);
	} else if (!wanted) {
		tm_lose_one(tm, it, TM_BEFORE_SEND);
	} else if (!rest.failed && !it->props.failed && !it->more.failed) {
		tm_enqueue(tm, it, id, tm_buf_str(&rest));
	}
	pthread_mutex_unlock(&tm->lock);
	tm_buf_free(&rest);
}

static void
tm_item_free(struct tm_item *it)
{
	tm_buf_free(&it->props);
	tm_buf_free(&it->more);
}
