/* command.h - a command of the runner, read with the client's own JSON. */

enum { MAX_PROPS = 256, MAX_TIMERS = 64, MAX_KEYS = 32, MAX_TEXTS = 1024 };

/* One command: its text and what was unescaped of it. */
struct command {
	const char *p, *end;
	char *texts[MAX_TEXTS];
	size_t ntexts;
	struct tidemark_value value[MAX_PROPS];
};

static char *
text_at(struct command *c, const char *p)
{
	const char *after = p != NULL && *p == '"' ? tm_json_skip_text(p, c->end) : NULL;
	struct tm_buf b;
	if (after == NULL || c->ntexts == sizeof(c->texts) / sizeof(c->texts[0]))
		return NULL;
	tm_buf_init(&b);
	tm_json_text(&b, tm_slice(p, after));
	tm_buf_text(&b);
	return c->texts[c->ntexts++] = b.p;
}

static char *
text_of(struct command *c, const char *name)
{
	return text_at(c, tm_json_get(c->p, c->end, name));
}

static double
number_of(struct command *c, const char *name, double otherwise)
{
	return tm_json_double(tm_json_get(c->p, c->end, name), c->end, otherwise);
}

static bool
bool_of(struct command *c, const char *name, bool otherwise)
{
	const char *p = tm_json_get(c->p, c->end, name);
	return p == NULL || (*p != 't' && *p != 'f') ? otherwise : *p == 't';
}

static struct tidemark_who
who_of(struct command *c)
{
	struct tidemark_who w = tidemark_user(text_of(c, "user_id"));
	w.anonymous_id = text_of(c, "anonymous_id");
	w.session_id = text_of(c, "session_id");
	return w;
}

/* One value, as a C program would give it. */
static struct tidemark_value
value_at(struct command *c, const char *key, const char *p)
{
	const char *after = tm_json_skip(p, c->end, 0);
	double number = tm_json_double(p, c->end, 0.5);
	if (*p == '"')
		return tidemark_str(key, text_at(c, p));
	if (*p == 't' || *p == 'f')
		return tidemark_bool(key, *p == 't');
	if (*p == 'n')
		return tidemark_str(key, NULL);
	if (*p == '{' || *p == '[') {
		char *copy = (char *)malloc((size_t)(after - p) + 1);
		memcpy(copy, p, (size_t)(after - p));
		copy[after - p] = '\0';
		c->texts[c->ntexts++] = copy;
		return tidemark_json(key, copy);
	}
	if (number == (double)(int64_t)number)
		return tidemark_int(key, (int64_t)number);
	return tidemark_num(key, number);
}

/* The members of an object, or the texts of a list as keys. */
static size_t
values_of(struct command *c, const char *name)
{
	const char *p = tm_json_get(c->p, c->end, name);
	struct tm_str key;
	size_t n = 0;
	bool object = p != NULL && *p == '{';
	if (p == NULL || (*p != '{' && *p != '['))
		return 0;
	for (p = tm_json_first(p, c->end); p != NULL && n < MAX_PROPS; n++) {
		const char *at = p;
		if (object)
			p = tm_json_member(p, c->end, &key);
		c->value[n] = object ? value_at(c, text_at(c, at), p)
		                     : tidemark_str(text_at(c, at), NULL);
		p = tm_json_next(tm_json_skip(p, c->end, 0), c->end);
	}
	return n;
}

static int
consent_of(struct command *c)
{
	return (bool_of(c, "analytics", false) ? TIDEMARK_ANALYTICS : 0) |
	       (bool_of(c, "crashes", false) ? TIDEMARK_CRASHES : 0) |
	       (bool_of(c, "traces", false) ? TIDEMARK_TRACES : 0);
}
