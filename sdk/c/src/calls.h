/* calls.h - the public calls that record. */

void
tidemark_track_in(struct tidemark *tm, struct tidemark_who who, const char *ns, const char *name,
                  const struct tidemark_value *props, size_t n)
{
	struct tm_item it;
	if (name == NULL || *name == '\0' || !tm_item_begin(tm, &it, "event", who))
		return;
	it.seen.name = name;
	it.ns = ns;
	tm_item_props(tm, &it, props, n);
	tm_item_end(tm, &it);
	tm_item_free(&it);
}

void
tidemark_track(struct tidemark *tm, struct tidemark_who who, const char *name,
               const struct tidemark_value *props, size_t n)
{
	tidemark_track_in(tm, who, NULL, name, props, n);
}

void
tidemark_identify(struct tidemark *tm, struct tidemark_who who,
                  const struct tidemark_value *traits, size_t n)
{
	struct tm_item it;
	if (!tm_item_begin(tm, &it, "identify", who))
		return;
	tm_item_props(tm, &it, traits, n);
	tm_item_end(tm, &it);
	tm_item_free(&it);
}

void
tidemark_alias(struct tidemark *tm, struct tidemark_who who, const char *alias)
{
	struct tm_item it;
	if (alias == NULL || !tm_item_begin(tm, &it, "alias", who))
		return;
	tm_put_field(&it.more, "alias", alias, TM_MAX_OWNER);
	tm_item_end(tm, &it);
	tm_item_free(&it);
}

/* --- user properties --- */

static void
tm_put_operation(struct tm_buf *b, const struct tm_redact *r, const char *op,
                 const struct tidemark_value *v)
{
	struct tm_str key = tm_str_of(v->key);
	tm_buf_puts(b, "{\"op\":\"");
	tm_buf_puts(b, op);
	tm_buf_puts(b, "\",\"key\":");
	tm_put_text(b, key, TM_MAX_TEXT);
	if (strcmp(op, "unset") != 0) {
		tm_buf_puts(b, ",\"value\":");
		if (tm_redacts(r, key))
			tm_buf_puts(b, "\"[redacted]\"");
		else
			tm_put_value(b, r, v, 0);
	}
	tm_buf_putc(b, '}');
}

static void
tm_operate(struct tidemark *tm, struct tidemark_who who, const char *op,
           const struct tidemark_value *v, size_t n)
{
	struct tm_item it;
	if (v == NULL || n == 0 || !tm_item_begin(tm, &it, "user_properties", who))
		return;
	tm_buf_puts(&it.more, ",\"operations\":[");
	for (size_t i = 0; i < n && i < TM_MAX_OPERATIONS; i++) {
		if (i > 0)
			tm_buf_putc(&it.more, ',');
		tm_put_operation(&it.more, &tm->redact, op, &v[i]);
	}
	tm_buf_putc(&it.more, ']');
	tm_item_end(tm, &it);
	tm_item_free(&it);
}

void
tidemark_set(struct tidemark *tm, struct tidemark_who who, const struct tidemark_value *values,
             size_t n)
{
	tm_operate(tm, who, "set", values, n);
}

void
tidemark_set_once(struct tidemark *tm, struct tidemark_who who,
                  const struct tidemark_value *values, size_t n)
{
	tm_operate(tm, who, "set_once", values, n);
}

void
tidemark_increment(struct tidemark *tm, struct tidemark_who who,
                   const struct tidemark_value *values, size_t n)
{
	tm_operate(tm, who, "increment", values, n);
}

void
tidemark_unset(struct tidemark *tm, struct tidemark_who who, const struct tidemark_value *keys,
               size_t n)
{
	tm_operate(tm, who, "unset", keys, n);
}

/* --- traces --- */

static void
tm_trace_at(struct tidemark *tm, struct tidemark_who who, const char *name, const char *trace_id,
            double duration_ms, int64_t ts, const struct tidemark_value *props, size_t n)
{
	struct tm_item it;
	if (name == NULL || *name == '\0' || !tm_item_begin(tm, &it, "trace", who))
		return;
	it.seen.name = name;
	if (ts > 0)
		it.ts = ts;
	tm_item_props(tm, &it, props, n);
	tm_put_field(&it.more, "trace_id", trace_id, TM_MAX_OWNER);
	tm_buf_puts(&it.more, ",\"duration_ms\":");
	tm_put_double(&it.more, duration_ms > 0 ? duration_ms : 0);
	tm_item_end(tm, &it);
	tm_item_free(&it);
}

void
tidemark_trace(struct tidemark *tm, struct tidemark_who who, const char *name,
               const char *trace_id, double duration_ms, const struct tidemark_value *props,
               size_t n)
{
	tm_trace_at(tm, who, name, trace_id, duration_ms, 0, props, n);
}

struct tidemark_timer
tidemark_trace_start(struct tidemark *tm, const char *name)
{
	struct tidemark_timer t;
	memset(&t, 0, sizeof(t));
	t.name = name;
	if (tm == NULL)
		return t;
	tm_own(tm);
	t.wall_ms = tm_wall(tm);
	t.mono_us = tm->host.steady_us(tm->host.arg);
	pthread_mutex_lock(&tm->lock);
	tm_uuid7(&tm->ids, t.wall_ms, t.id);
	pthread_mutex_unlock(&tm->lock);
	return t;
}

void
tidemark_trace_stop(struct tidemark *tm, struct tidemark_who who,
                    const struct tidemark_timer *timer, const struct tidemark_value *props,
                    size_t n)
{
	if (tm == NULL || timer == NULL)
		return;
	int64_t us = tm->host.steady_us(tm->host.arg) - timer->mono_us;
	tm_trace_at(tm, who, timer->name, timer->id, (double)us / 1000, timer->wall_ms, props, n);
}

/* --- crashes --- */

void
tidemark_breadcrumb(struct tidemark *tm, const char *type, const char *message,
                    const struct tidemark_value *data, size_t n)
{
	struct tm_buf b;
	if (tm == NULL)
		return;
	tm_own(tm);
	tm_buf_init(&b);
	tm_put_field(&b, "type", type, TM_MAX_NAME);
	tm_put_field(&b, "message", message, TM_MAX_TEXT);
	tm_put_object(&b, "data", &tm->redact, data, n);
	char *json = tm_copy(tm_buf_text(&b));
	tm_buf_free(&b);
	pthread_mutex_lock(&tm->lock);
	if (json != NULL && tm_allows(tm, tm_type_find(tm_str_of("crash")))) {
		size_t at = tm->ncrumb;
		if (at == TM_MAX_CRUMBS) {
			at = tm->oldest_crumb;
			tm->oldest_crumb = (at + 1) % TM_MAX_CRUMBS;
			free(tm->crumb[at].json);
		} else {
			tm->ncrumb++;
		}
		tm->crumb[at].ts = tm_wall(tm);
		tm->crumb[at].json = json;
		json = NULL;
	}
	pthread_mutex_unlock(&tm->lock);
	free(json);
}

static void
tm_forget_crumbs(struct tidemark *tm)
{
	while (tm->ncrumb > 0)
		free(tm->crumb[--tm->ncrumb].json);
	tm->oldest_crumb = 0;
}

static void
tm_put_crumbs(struct tidemark *tm, struct tm_buf *b)
{
	pthread_mutex_lock(&tm->lock);
	for (size_t i = 0; i < tm->ncrumb; i++) {
		const struct tm_crumb *c = &tm->crumb[(tm->oldest_crumb + i) % tm->ncrumb];
		tm_buf_puts(b, i == 0 ? ",\"breadcrumbs\":[{\"ts\":" : ",{\"ts\":");
		tm_buf_put_int(b, c->ts);
		tm_buf_puts(b, c->json);
		tm_buf_putc(b, '}');
	}
	if (tm->ncrumb > 0)
		tm_buf_putc(b, ']');
	pthread_mutex_unlock(&tm->lock);
}

/* ts 0 is now; crumbs: those of this process belong to it. */
static void
tm_crash_at(struct tidemark *tm, struct tidemark_who who, const struct tidemark_crash *crash,
            const struct tidemark_value *props, size_t n, int64_t ts, bool crumbs)
{
	struct tm_item it;
	struct tm_buf stack;
	if (crash == NULL || !tm_item_begin(tm, &it, "crash", who))
		return;
	tm_buf_init(&stack);
#ifdef TIDEMARK_BACKTRACE
	if (crash->stack == NULL)
		tm_put_stack(&stack, 3);
#endif
	it.fatal = crash->fatal;
	if (ts > 0)
		it.ts = ts;
	tm_item_props(tm, &it, props, n);
	tm_buf_puts(&it.more, crash->fatal ? ",\"fatal\":true,\"exception\":{"
	                                   : ",\"fatal\":false,\"exception\":{");
	tm_put_field(&it.more, "type", crash->type, TM_MAX_NAME);
	tm_put_field(&it.more, "message", crash->message, TM_MAX_MESSAGE);
	tm_put_field(&it.more, "stacktrace", crash->stack != NULL ? crash->stack : tm_buf_text(&stack),
	             TM_MAX_STACK);
	tm_buf_putc(&it.more, '}');
	tm_put_field(&it.more, "fingerprint", crash->fingerprint, TM_MAX_NAME);
	if (crumbs)
		tm_put_crumbs(tm, &it.more);
	tm_item_end(tm, &it);
	tm_item_free(&it);
	tm_buf_free(&stack);
}

void
tidemark_crash(struct tidemark *tm, struct tidemark_who who, const struct tidemark_crash *crash,
               const struct tidemark_value *props, size_t n)
{
	tm_crash_at(tm, who, crash, props, n, 0, true);
}
