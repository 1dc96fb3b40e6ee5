/*
 * import.c - `tidemarkctl import`: history from a file into the queue.
 *
 * Every line goes through the parser of POST /api/v1/events/batch (NDJSON),
 * marked historical. Chunks of lines are parsed together; a chunk that cannot
 * be read is parsed line by line, so one bad line costs itself. The ledger
 * says at the end what was stored. Running it again is safe: event ids that
 * are stored already count as duplicates.
 */
#include "base/str.h"
#include "ingest/envelope.h"
#include "model/project/environment.h"
#include "programs/ctl/ctl.h"
#include "programs/ctl/feed.h"
#include "programs/ctl/source.h"

#define CHUNK_LINES 1000
#define REASONS_MAX 32

struct reason {
	const char *code;
	int64_t count;
};

struct import {
	struct ctl *c;
	struct environment environment;
	struct ingest_limits limits;
	struct scrub scrub;
	struct scan scan;
	struct feed feed;
	struct source *source;
	struct buf body;           /* the lines of a chunk */
	size_t line_at[CHUNK_LINES + 1];
	size_t nlines;
	/* the report */
	int64_t read, accepted, rejected, refused, request_duplicates;
	struct reason reason[REASONS_MAX];
	size_t nreasons;
	int64_t oldest_us;         /* of what was refused; 0 = nothing was */
};

static void
reason_add(struct import *m, const char *code, int64_t count)
{
	for (size_t i = 0; i < m->nreasons; i++) {
		if (strcmp(m->reason[i].code, code) == 0) {
			m->reason[i].count += count;
			return;
		}
	}
	if (m->nreasons < REASONS_MAX)
		m->reason[m->nreasons++] = (struct reason){ code, count };
}

/* Rows older than the environment keeps are refused, apart from bad ones. */
static void
verdict_count(struct import *m, const struct verdict *v)
{
	int64_t refused = 0, named = 0;
	for (size_t i = 0; i < v->nresults; i++) {
		const struct item_result *r = &v->results[i];
		if (strcmp(r->result, "drop") != 0)
			continue;
		named++;
		if (strcmp(r->code, "beyond_retention") == 0)
			refused++;
		else
			reason_add(m, r->code, 1);
	}
	int64_t rejected = (int64_t)v->rejected - refused;
	if ((int64_t)v->rejected > named)
		reason_add(m, "other", (int64_t)v->rejected - named);
	m->rejected += rejected;
	m->refused += refused;
	m->accepted += (int64_t)v->accepted;
	m->request_duplicates += (int64_t)v->duplicates;
}

/* Parse lines [from, to) and queue what is good. */
static enum err
lines_push(struct import *m, size_t from, size_t to)
{
	struct task *t = &m->feed.task;
	task_reset(t);
	const struct environment *e = &m->environment;
	struct intake in = {
		.limits = &m->limits, .scrub = &m->scrub,
		.environment_id = e->id, .environment = e->name,
		.retention_days = e->retention_raw_days,
		.sdk = STR("tidemarkctl"), .sdk_version = STR(TM_VERSION),
		.shape = SHAPE_EVENTS, .form = BODY_NDJSON,
		.received_us = t->now_us, .historical = true,
	};
	struct str body = str_slice(buf_str(&m->body), m->line_at[from], m->line_at[to]);
	struct batch b = { 0 };
	struct verdict v = { 0 };
	enum err err = envelope_parse(t, &m->scan, &in, body, &b, &v);
	if (err != E_OK && err_status(err) >= 500)
		return err;
	if (err != E_OK && to - from > 1) { /* find the lines that are at fault */
		size_t middle = from + (to - from) / 2;
		err = lines_push(m, from, middle);
		return err != E_OK ? err : lines_push(m, middle, to);
	}
	if (err != E_OK) {
		if (v.nresults > 0 && v.rejected > 0) {
			verdict_count(m, &v);
		} else {
			m->rejected++;
			reason_add(m, err_slug(err), 1);
		}
		task_clear(t);
		return E_OK;
	}
	verdict_count(m, &v);
	if (b.nitems == 0)
		return E_OK;
	b.historical = true;
	b.source = STR("import");
	int64_t done = source_size(m->source) > 0 ? source_position(m->source) : m->read;
	return feed_push(&m->feed, &b, done);
}

static enum err
chunk_flush(struct import *m)
{
	enum err err = m->nlines == 0 ? E_OK : lines_push(m, 0, m->nlines);
	buf_reset(&m->body);
	m->nlines = 0;
	return err;
}

static enum err
lines_read(struct import *m)
{
	struct task *t = m->c->t;
	enum err err;
	for (;;) {
		struct str line;
		bool cut, end;
		if ((err = source_line(t, m->source, m->limits.max_crash_bytes, &line, &cut,
		                       &end)) != E_OK)
			return err;
		if (end)
			return chunk_flush(m);
		line = str_trim(line);
		if (line.n == 0 && !cut)
			continue;
		m->read++;
		if (cut) {
			m->rejected++;
			reason_add(m, "too_large", 1);
			continue;
		}
		if ((m->nlines == CHUNK_LINES || m->nlines == m->limits.max_events ||
		     m->body.n + line.n + 1 > m->limits.max_inflated) &&
		    (err = chunk_flush(m)) != E_OK)
			return err;
		m->line_at[m->nlines++] = m->body.n;
		buf_add(&m->body, line);
		buf_putc(&m->body, '\n');
		m->line_at[m->nlines] = m->body.n;
	}
}

static struct str
list_join(struct task *t, const struct str_list *list)
{
	struct str all = STR("");
	for (size_t i = 0; i < list->n; i++)
		all = arena_printf(t->arena, "%.*s%s%.*s", STRF(all), i > 0 ? "\n" : "",
		                   STRF(list->item[i]));
	return all;
}

/* The environment's rules, as the door has them. */
static enum err
import_prepare(struct import *m)
{
	struct ctl *c = m->c;
	struct pg *pg;
	uint8_t master[32];
	enum err err;
	if ((err = ctl_begin(c, &pg)) != E_OK ||
	    (err = ctl_environment(c, pg, &m->environment)) != E_OK ||
	    (err = pg_commit(c->t, pg)) != E_OK ||
	    (err = conf_need(c->t, c->conf, CONF_MASTER_KEY)) != E_OK)
		return err;
	if ((err = scrub_master_key(c->t, conf_str(c->conf, CONF_MASTER_KEY), master)) != E_OK)
		return err;
	const struct environment *e = &m->environment;
	struct scrub_text text = { e->pii_mode, list_join(c->t, &e->pii_keys), e->ip_mode,
		                   e->user_id_mode, e->id };
	scrub_init(&m->scrub, c->t->arena, &text, master);
	m->limits = ingest_limits_default;
	m->limits.max_event_bytes = (size_t)conf_int(c->conf, CONF_MAX_EVENT_BYTES);
	m->limits.max_crash_bytes = (size_t)conf_int(c->conf, CONF_MAX_CRASH_BYTES);
	m->limits.max_events = (size_t)conf_int(c->conf, CONF_MAX_EVENTS);
	m->limits.max_depth = (size_t)conf_int(c->conf, CONF_MAX_DEPTH);
	m->limits.max_properties = (size_t)conf_int(c->conf, CONF_MAX_PROPERTIES);
	m->limits.max_key_bytes = (size_t)conf_int(c->conf, CONF_MAX_KEY_BYTES);
	m->limits.max_string_bytes = (size_t)conf_int(c->conf, CONF_MAX_STRING_BYTES);
	scan_init(&m->scan);
	return E_OK;
}

/* {"invalid_timestamp":3,…} */
static struct str
reasons_json(struct import *m)
{
	struct buf b = BUF_INIT;
	buf_putc(&b, '{');
	for (size_t i = 0; i < m->nreasons; i++)
		buf_printf(&b, "%s\"%s\":%lld", i > 0 ? "," : "", m->reason[i].code,
		           (long long)m->reason[i].count);
	buf_putc(&b, '}');
	struct str json = arena_str(m->c->t->arena, buf_str(&b));
	buf_release(&b);
	return json;
}

/* How many rows were too old, and the command that would keep them. */
static const char *
refusal(struct import *m)
{
	const struct environment *e = &m->environment;
	return arena_printf(m->c->t->arena, "%lld rows are older than the %d days this "
	    "environment keeps; to keep them: tidemarkctl environment set --project %.*s "
	    "--env %.*s --retention-raw-days 0, then import again",
	    (long long)m->refused, (int)e->retention_raw_days, STRF(e->project_id),
	    STRF(e->name)).p;
}

/* read = inserted + duplicates + rejected + refused + dropped + dead. */
static void
report(struct import *m, const struct feed_result *r)
{
	struct ctl *c = m->c;
	static const char *const columns[] = { "read", "inserted", "duplicates", "rejected",
		"refused", "dropped", "dead", "reasons", NULL };
	out_object(c, columns);
	out_i64(c, m->read);
	out_i64(c, r->inserted);
	out_i64(c, r->duplicates + m->request_duplicates);
	out_i64(c, m->rejected);
	out_i64(c, m->refused);
	out_i64(c, r->dropped);
	out_i64(c, r->dead);
	out_json(c, reasons_json(m));
	if (m->refused > 0)
		ctl_note(c, "%s", refusal(m));
}

static enum err
import_run(struct import *m, struct feed_result *result)
{
	enum err err = import_prepare(m);
	if (err != E_OK)
		return err;
	if ((err = source_open(m->c->t, m->c->arg[0], &m->source)) != E_OK)
		return err;
	if ((err = feed_begin(&m->feed, m->c, m->environment.id, "import",
	                      source_size(m->source))) != E_OK)
		return err;
	err = lines_read(m);
	if (err == E_OK)
		err = feed_settle(&m->feed, result);
	return feed_end(&m->feed, err);
}

static enum err
import_command(struct ctl *c)
{
	struct str source = ctl_value(c, "source");
	if (!str_is(source, "ndjson"))
		return task_fail(c->t, E_USAGE, "source %.*s is not available; there is: ndjson",
		    STRF(source));
	struct import *m = calloc(1, sizeof(*m));
	ASSERT(m != NULL);
	m->c = c;
	struct feed_result result = { 0 };
	enum err err = import_run(m, &result);
	if (err == E_OK) {
		report(m, &result);
		if (m->refused == m->read && m->read > 0) { /* nothing was imported */
			c->show_anyway = true;
			err = task_fail(c->t, E_DATA, "every row was refused: %s", refusal(m));
		}
	}
	if (m->scan.parser != NULL)
		scan_release(&m->scan);
	source_close(m->source);
	buf_release(&m->body);
	free(m);
	return err;
}

static const struct ctl_flag import_flags[] = {
	{ "project", "ID", false, "project; not needed when --env is an id" },
	{ "env", "E", true, "environment: a name, or an id" },
	{ "source", "S", true, "what the file holds: ndjson" },
	{ NULL, NULL, false, NULL },
};

static const struct ctl_command commands[] = {
	{ "import", NULL, import_flags, "FILE|-", 1, 1,
	  "Import history from a file (plain, gzip or zstd)", import_command },
};
const struct ctl_module ctl_import = { commands, NELEM(commands) };
