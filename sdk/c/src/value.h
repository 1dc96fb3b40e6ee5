/* value.h - properties as JSON, within the bounds of the wire format. */

/* Keys whose value is replaced, compared without case. */
struct tm_redact {
	char **key;
	size_t n;
};

static bool
tm_redacts(const struct tm_redact *r, struct tm_str key)
{
	for (size_t i = 0; i < r->n; i++)
		if (strlen(r->key[i]) == key.n && strncasecmp(r->key[i], key.p, key.n) == 0)
			return true;
	return false;
}

static const char *tm_put_json(struct tm_buf *b, const struct tm_redact *r, const char *p,
                               const char *end, int depth);

/* One member; what comes after it. */
static const char *
tm_put_member(struct tm_buf *b, const struct tm_redact *r, const char *p, const char *end,
              int depth)
{
	struct tm_str quoted, key;
	struct tm_buf plain;
	p = tm_json_member(p, end, &quoted);
	tm_buf_init(&plain);
	tm_json_text(&plain, quoted);
	key = tm_buf_str(&plain);
	tm_put_key(b, key);
	if (tm_redacts(r, key)) {
		tm_buf_puts(b, "\"[redacted]\"");
		p = tm_json_skip(p, end, 0);
	} else {
		p = tm_put_json(b, r, p, end, depth);
	}
	tm_buf_free(&plain);
	return p;
}

static const char *
tm_put_container(struct tm_buf *b, const struct tm_redact *r, const char *p, const char *end,
                 int depth)
{
	const char *after = tm_json_skip(p, end, 0);
	bool object = *p == '{';
	if (depth >= TM_MAX_DEPTH) {
		tm_buf_puts(b, "\"[deep]\"");
		return after;
	}
	tm_buf_putc(b, *p);
	bool first = true;
	for (p = tm_json_first(p, end); p != NULL; first = false) {
		if (!object && !first)
			tm_buf_putc(b, ',');
		p = object ? tm_put_member(b, r, p, end, depth + 1)
		           : tm_put_json(b, r, p, end, depth + 1);
		p = tm_json_next(p, end);
	}
	tm_buf_putc(b, object ? '}' : ']');
	return after;
}

/* Writes the valid JSON at p again: strings cut, depth bounded, keys redacted.
 * depth: containers around it. */
static const char *
tm_put_json(struct tm_buf *b, const struct tm_redact *r, const char *p, const char *end, int depth)
{
	if (*p == '{' || *p == '[')
		return tm_put_container(b, r, p, end, depth);
	const char *after = tm_json_skip(p, end, 0);
	if (*p == '"') {
		struct tm_buf plain;
		tm_buf_init(&plain);
		tm_json_text(&plain, tm_slice(p, after));
		tm_put_text(b, tm_buf_str(&plain), TM_MAX_TEXT);
		tm_buf_free(&plain);
	} else if (isinf(tm_json_double(p, end, 0))) { /* out of range */
		tm_buf_puts(b, "null");
	} else {
		tm_buf_add(b, p, (size_t)(after - p));
	}
	return after;
}

/* depth: containers around the value. */
static void
tm_put_value(struct tm_buf *b, const struct tm_redact *r, const struct tidemark_value *v, int depth)
{
	struct tm_str text = tm_str_of(v->text);
	const char *json = tm_json_blank(text.p, text.p + text.n);
	switch (v->kind) {
	case TIDEMARK_STR: tm_put_text(b, text, TM_MAX_TEXT); return;
	case TIDEMARK_NUM: tm_put_double(b, v->number); return;
	case TIDEMARK_INT: tm_buf_put_int(b, v->integer); return;
	case TIDEMARK_BOOL: tm_buf_puts(b, v->integer != 0 ? "true" : "false"); return;
	case TIDEMARK_NULL: tm_buf_puts(b, "null"); return;
	case TIDEMARK_JSON: break;
	}
	if (tm_json_valid(text.p, text.p + text.n))
		tm_put_json(b, r, json, text.p + text.n, depth);
	else
		tm_put_text(b, text, TM_MAX_TEXT);
}

/* {"key":value,…} */
static void
tm_put_values(struct tm_buf *b, const struct tm_redact *r, const struct tidemark_value *v, size_t n)
{
	tm_buf_putc(b, '{');
	for (size_t i = 0; i < n; i++) {
		struct tm_str key = tm_str_of(v[i].key);
		tm_put_key(b, key);
		if (tm_redacts(r, key))
			tm_buf_puts(b, "\"[redacted]\"");
		else
			tm_put_value(b, r, &v[i], 1);
	}
	tm_buf_putc(b, '}');
}

/* The same as a member, or nothing when there are none. */
static void
tm_put_object(struct tm_buf *b, const char *name, const struct tm_redact *r,
              const struct tidemark_value *v, size_t n)
{
	if (n == 0 || v == NULL)
		return;
	tm_put_key(b, tm_str_of(name));
	tm_put_values(b, r, v, n);
}
