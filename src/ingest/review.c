/* review.c - see review.h. */
#include "ingest/review.h"

#include "base/buf.h"
#include "base/map.h"
#include "base/str.h"
#include "model/governance/keyname.h"

#define ROWS_MAX 500
#define FIELDS_MAX 2000
#define SHAPE_MAX 48

static struct str
lines(struct task *t, const struct str_list *list)
{
	struct buf b = BUF_INIT;
	for (size_t i = 0; i < list->n; i++) {
		buf_add(&b, list->item[i]);
		buf_putc(&b, '\n');
	}
	struct str out = arena_str(t->arena, buf_str(&b));
	buf_release(&b);
	return out;
}

struct scrub_text
review_text(struct task *t, const struct environment *env)
{
	return (struct scrub_text){ env->pii_mode, lines(t, &env->pii_keys), env->ip_mode,
		env->user_id_mode, env->id };
}

enum err
review_scrub(struct task *t, struct arena *a, const struct environment *env, struct str rules,
             const uint8_t master_key[32], struct scrub *out)
{
	struct policy *p = arena_alloc(a, sizeof(*p));
	const struct scrub_text text = review_text(t, env);
	scrub_init(out, a, &text, master_key);
	enum err e = policy_compile(t, a, rules, p);
	out->policy = p->n > 0 ? p : NULL;
	return e;
}

/* Walks stored values as the door walks sent ones, without its limits. */
static const struct scan_writer unlimited = { .max_depth = 64, .max_keys = SIZE_MAX,
	.max_key = SIZE_MAX, .max_string = SIZE_MAX };

/* --- what rules would do --- */

static struct review_row *
row_of(struct task *t, struct review *r, const struct redact_note *n)
{
	for (size_t i = 0; i < r->n; i++) {
		struct review_row *x = &r->row[i];
		if (x->scope == n->scope && str_eq(x->key, n->key) && str_eq(x->rule, n->rule))
			return x;
	}
	if (r->n == ROWS_MAX) {
		r->cut = true;
		return NULL;
	}
	if (r->row == NULL)
		r->row = tarray(t, ROWS_MAX, struct review_row);
	r->row[r->n] = (struct review_row){ n->scope, n->action, n->key, n->rule, n->before,
		n->after, 0 };
	return &r->row[r->n++];
}

static int
by_times(const void *pa, const void *pb)
{
	const struct review_row *a = pa, *b = pb;
	if (a->times != b->times)
		return a->times < b->times ? 1 : -1;
	return str_cmp(a->key, b->key);
}

static void
apply(struct redact *r, struct scan *s, const struct sample *x, struct buf *scratch)
{
	struct scan_writer w = unlimited;
	r->scope = x->scope;
	if (x->key.p != NULL) {
		r->rule = NULL;
		(void)redact_text(r, x->key, x->text);
	} else if (scan_parse(r->task, s, x->text) == E_OK) {
		redact_writer(r, &w);
		buf_reset(scratch);
		(void)scan_write(scratch, s, s->root, &w);
	} else {
		task_clear(r->task); /* PostgreSQL's numbers may be larger than a double */
	}
}

void
review_run(struct task *t, const struct scrub *scrub, const struct sample_list *l,
           struct review *out)
{
	struct redact_notes notes = { .values = true };
	struct buf scratch = BUF_INIT;
	struct scan s;
	*out = (struct review){ .items = l->items };
	scan_init(&s);
	struct redact r = { .task = t, .scrub = scrub, .scan = &s, .notes = &notes };
	for (size_t i = 0; i < l->n;) {
		size_t before = notes.n;
		r.refused = false;
		for (r.index = l->row[i].item; i < l->n && l->row[i].item == r.index; i++)
			apply(&r, &s, &l->row[i], &scratch);
		out->changed += notes.n > before;
		out->dropped += r.refused;
	}
	scan_release(&s);
	buf_release(&scratch);
	out->cut = notes.cut;
	for (size_t i = 0; i < notes.n; i++) {
		struct review_row *x = row_of(t, out, &notes.note[i]);
		if (x != NULL)
			x->times++;
	}
	if (out->n > 1)
		qsort(out->row, out->n, sizeof(*out->row), by_times);
}

/* --- what looks personal --- */

struct field {
	unsigned scope;
	struct str key;
	int64_t rows, hits[DETECT_END], whole[DETECT_END];
	struct str shape;
	bool covered;
};
struct survey {
	struct task *task;
	const struct scrub *scrub;
	const struct scan *scan;
	unsigned scope;
	struct field *field;
	size_t n;
};

static struct field *
field_of(struct survey *s, struct str key)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->field[i].scope == s->scope && str_eq(s->field[i].key, key))
			return &s->field[i];
	if (s->n == FIELDS_MAX)
		return NULL;
	const struct policy *p = s->scrub->policy;
	struct field *f = &s->field[s->n++];
	*f = (struct field){ .scope = s->scope, .key = arena_str(s->task->arena, key) };
	f->covered = (p != NULL && policy_key(p, s->scope, key) != NULL) ||
	    scrub_drops(s->scrub, key);
	return f;
}

static struct str
shape_of(struct task *t, struct str s)
{
	char out[SHAPE_MAX];
	size_t n = s.n < SHAPE_MAX ? s.n : SHAPE_MAX;
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		if (c >= '0' && c <= '9')
			out[i] = '0';
		else
			out[i] = c >= 0x80 || ((c | 32) >= 'a' && (c | 32) <= 'z') ? 'x' : (char)c;
		if (c < ' ')
			out[i] = ' ';
	}
	return arena_str(t->arena, (struct str){ out, n });
}

static void
look(struct survey *s, struct str key, struct str text)
{
	struct field *f = field_of(s, key);
	struct detect_span span;
	uint32_t met = 0;
	if (f == NULL)
		return;
	f->rows++;
	for (size_t at = 0; detect_next(text, at, DETECT_ALL & ~met, &span); at = span.to) {
		met |= DETECT_BIT(span.what);
		f->hits[span.what]++;
		f->whole[span.what] += span.from == 0 && span.to == text.n;
		if (f->shape.n == 0)
			f->shape = shape_of(s->task, str_slice(text, span.from, span.to));
	}
}

static bool
survey_text(void *ctx, struct str key, struct str in, struct str *out)
{
	(void)out;
	look(ctx, key, in);
	return false;
}

static bool
survey_member(void *ctx, struct str key, uint32_t at, struct str *text)
{
	struct survey *s = ctx;
	*text = STR_NULL;
	/* numbers, too, have names */
	enum scan_type kind = scan_kind(s->scan, at);
	if (kind >= SCAN_INT && kind <= SCAN_HUGE && keyname_personal(key) != NULL) {
		struct field *f = field_of(s, key);
		if (f != NULL)
			f->rows++;
	}
	return true;
}

/* Does a rule already look for such values there? */
static bool
is_sought(const struct scrub *scrub, unsigned scope, enum detector d)
{
	const struct policy *p = scrub->policy;
	for (size_t i = 0; p != NULL && i < p->n; i++)
		if (p->rule[i].kind == POLICY_VALUE && p->rule[i].detector == d &&
		    (p->rule[i].scopes & scope) != 0)
			return true;
	/* network addresses have a setting of their own, by the key's name */
	return false;
}

/* A key that a rule can name. */
static bool
is_word(struct str key)
{
	for (size_t i = 0; i < key.n; i++)
		if ((unsigned char)key.p[i] <= ' ' || key.p[i] == '*' || key.p[i] == '?' ||
		    key.p[i] == ',')
			return false;
	return key.n > 0;
}

static bool
propose(struct task *t, const struct scrub *scrub, const struct field *f, struct proposal *out)
{
	int best = -1;
	bool sought = false;
	const char *scope = policy_scope_name(f->scope);
	for (int d = 0; d < DETECT_END; d++) {
		if (d == DETECT_IP && scrub->ip_mode != IP_KEEP && scrub_is_ip_key(f->key))
			continue;
		if (f->hits[d] == 0)
			continue;
		if (is_sought(scrub, f->scope, (enum detector)d))
			sought = true;
		else if (best < 0 || f->hits[d] > f->hits[best])
			best = d;
	}
	/* a text has no name of its own to go by */
	const char *why = (f->scope & (SCOPE_NAME | SCOPE_EXCEPTION | SCOPE_DEVICE)) == 0 ?
	    keyname_personal(f->key) : NULL;
	if (f->covered || (best < 0 && (why == NULL || sought)))
		return false;
	*out = (struct proposal){ .scope = scope, .key = f->key, .why = why, .rows = f->rows,
		.kind = best >= 0 ? detect_name((enum detector)best) : NULL,
		.hits = best >= 0 ? f->hits[best] : f->rows, .shape = f->shape };
	bool by_key = (why != NULL || f->whole[best] * 2 >= f->rows) && is_word(f->key) &&
	    (f->scope & (SCOPE_NAME | SCOPE_EXCEPTION)) == 0;
	if (by_key)
		out->rule = arena_printf(t->arena, "mask key %.*s in %s", STRF(f->key), scope);
	else if (best >= 0)
		out->rule = arena_printf(t->arena, "mask value %s in %s", out->kind, scope);
	return out->rule.n > 0;
}

static int
by_weight(const void *pa, const void *pb)
{
	const struct proposal *a = pa, *b = pb;
	int wa = (a->why != NULL) + (a->kind != NULL), wb = (b->why != NULL) + (b->kind != NULL);
	if (wa != wb)
		return wb - wa;
	if (a->hits != b->hits)
		return a->hits < b->hits ? 1 : -1;
	return str_cmp(a->key, b->key);
}

size_t
review_propose(struct task *t, const struct scrub *scrub, const struct sample_list *l,
               struct proposal *out)
{
	struct buf scratch = BUF_INIT;
	struct scan scan;
	size_t n = 0;
	scan_init(&scan);
	struct survey s = { .task = t, .scrub = scrub, .scan = &scan,
		.field = tarray(t, FIELDS_MAX, struct field) };
	for (size_t i = 0; i < l->n; i++) {
		const struct sample *x = &l->row[i];
		struct scan_writer w = unlimited;
		s.scope = x->scope;
		w.member = survey_member;
		w.change = survey_text;
		w.ctx = &s;
		if (x->key.p != NULL) {
			look(&s, x->key, x->text);
		} else if (scan_parse(t, &scan, x->text) == E_OK) {
			buf_reset(&scratch);
			(void)scan_write(&scratch, &scan, scan.root, &w);
		} else {
			task_clear(t);
		}
	}
	scan_release(&scan);
	buf_release(&scratch);
	struct proposal *all = tarray(t, s.n + 1, struct proposal);
	for (size_t i = 0; i < s.n; i++)
		n += propose(t, scrub, &s.field[i], &all[n]);
	if (n > 1)
		qsort(all, n, sizeof(*all), by_weight);
	if (n > PROPOSALS_MAX)
		n = PROPOSALS_MAX;
	memcpy(out, all, n * sizeof(*all));
	return n;
}
