/* remote.h - the configuration of the server. */

enum { TM_POLL_MS = 300000 }; /* also after an answer that is none */

static double
tm_remote_share(const char *sampling, const char *end, const char *name)
{
	return tm_json_double(tm_json_get(sampling, end, name), end, 1);
}

static bool
tm_remote_kills(const char *root, const char *end)
{
	const char *kill = tm_json_get(root, end, "kill_switch");
	const char *list = tm_json_get(kill, end, "sdks");
	if (tm_json_true(tm_json_get(kill, end, "all"), end))
		return true;
	if (list == NULL || *list != '[')
		return false;
	for (const char *p = tm_json_first(list, end); p != NULL;
	     p = tm_json_next(tm_json_skip(p, end, 0), end))
		if (tm_is(tm_json_word(p, end), "c"))
			return true;
	return false;
}

/* The server's limits of a batch, where they are smaller. */
static void
tm_queue_bound(struct tm_queue *q, size_t batch, int64_t max_events, int64_t max_body)
{
	const int64_t envelope = 2048; /* what a body has besides its items, generously */
	q->batch = batch < 1 || batch > TM_MAX_SEGMENT_ITEMS ? (size_t)TM_MAX_SEGMENT_ITEMS : batch;
	q->body = TM_MAX_SEGMENT_BYTES;
	if (max_events > 0 && (size_t)max_events < q->batch)
		q->batch = (size_t)max_events;
	if (max_body > envelope && max_body - envelope < q->body)
		q->body = max_body - envelope;
}

/* Takes the body of a 200 when it is JSON. */
static void
tm_remote_take(struct tidemark *tm, struct tm_answer *a)
{
	struct tm_remote *r = &tm->remote;
	const char *end = a->body.p + a->body.n, *root;
	if (a->body.n == 0 || !tm_json_valid(a->body.p, end))
		return;
	root = tm_json_blank(a->body.p, end);
	const char *sampling = tm_json_get(root, end, "sampling");
	const char *limits = tm_json_get(root, end, "limits");
	double poll = tm_json_double(tm_json_get(root, end, "poll_seconds"), end, 0);
	r->known = true;
	r->killed = tm_remote_kills(root, end);
	r->sample_events = tm_remote_share(sampling, end, "events");
	r->sample_traces = tm_remote_share(sampling, end, "traces");
	r->poll_ms = poll >= 1 && poll < 1e9 ? (int64_t)(poll * 1000) : (int64_t)TM_POLL_MS;
	snprintf(r->tag, sizeof(r->tag), "%s", a->tag);
	tm_queue_bound(&tm->queue, tm->batch, tm_json_int(tm_json_get(limits, end, "max_events"), end, 0),
	               tm_json_int(tm_json_get(limits, end, "max_body_bytes"), end, 0));
	free(r->text);
	r->text = a->body.p; /* taken over */
	r->text_n = a->body.n;
	tm_buf_init(&a->body);
}

/* Under the lock, which is given up while the server answers. */
static void
tm_remote_fetch(struct tidemark *tm)
{
	struct tm_answer a;
	char tag[128], *key = tm_copy(tm->key);
	snprintf(tag, sizeof(tag), "%s", tm->remote.tag);
	pthread_mutex_unlock(&tm->lock);
	tm_request(tm, key != NULL ? key : "", tag, NULL, &a);
	pthread_mutex_lock(&tm->lock);
	if (a.status == 200)
		tm_remote_take(tm, &a);
	bool answered = tm->remote.known && (a.status == 200 || a.status == 304);
	tm->remote.poll_at = tm_now(tm) + (answered ? tm->remote.poll_ms : (int64_t)TM_POLL_MS);
	tm_answer_free(&a);
	free(key);
}
