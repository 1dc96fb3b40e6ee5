/*
 * import.c - `tidemarkctl import`: history from a file into the queue.
 *
 * Records are read one by one (record.h), parsed in chunks as the door would
 * parse them, and marked historical. The ledger says at the end what was
 * stored. Running it again is safe: items that are stored already are known
 * by their ids and count as duplicates. A run that was killed goes on where
 * the last chunk was queued (queue/bookmark.h).
 */
#include "programs/ctl/import.h"

#include "base/codec.h"
#include "base/crypt.h"
#include "base/str.h"
#include "ingest/review.h"
#include "model/account/user.h"
#include "model/governance/rules.h"
#include "model/team/adoption.h"
#include "queue/bookmark.h"

struct intake
import_intake(const struct import *m)
{
	const struct environment *e = &m->environment;
	return (struct intake){
		.limits = &m->limits, .scrub = &m->scrub, .schemas = &m->schemas,
		.environment_id = e->id, .environment = e->name,
		.retention_days = e->retention_raw_days,
		.sdk = STR("tidemarkctl"), .sdk_version = STR(TM_VERSION),
		.received_us = m->feed.task.now_us, .historical = true,
	};
}

enum err
import_push(struct import *m, struct batch *b)
{
	if (b->nitems == 0)
		return E_OK;
	b->historical = true;
	b->source = STR("import");
	int64_t done = source_size(m->source) > 0 ? source_position(m->source) : m->read;
	return feed_push(&m->feed, b, done);
}

static enum err
chunk_flush(struct import *m)
{
	bool some = m->nrecords > 0;
	enum err err = m->export != NULL ? import_vendor_flush(m) : import_lines_flush(m);
	if (err != E_OK || !some || m->bookmark.n == 0)
		return err;
	err = bookmark_set(&m->feed.task, m->feed.redis, m->environment.id, m->bookmark, m->read);
	if (err != E_UNAVAILABLE)
		return err;
	task_clear(&m->feed.task); /* the one before stays: after a kill more is read again */
	return E_OK;
}

static bool
chunk_is_full(const struct import *m, const struct record *r)
{
	size_t most = m->export != NULL ? IMPORT_CHUNK_VENDOR : IMPORT_CHUNK;
	if (most > m->limits.max_events)
		most = m->limits.max_events;
	if (m->export != NULL && m->nrecords > 0 && m->out.items >= m->limits.max_events)
		return true;
	size_t held = m->export != NULL ? m->tape.text.n : m->body.n;
	return m->nrecords == most || held + r->text.n + 1 > m->limits.max_inflated;
}

static enum err
record_add(struct import *m, const struct record *r)
{
	enum err err = E_OK;
	if (r->cut) {
		m->read++;
		import_reject(m, "too_large", r->line);
		return E_OK;
	}
	if (chunk_is_full(m, r) && (err = chunk_flush(m)) != E_OK)
		return err;
	m->read++;
	if (m->export != NULL)
		return import_vendor_add(m, r);
	import_lines_add(m, r);
	return E_OK;
}

static enum err
records_read(struct import *m)
{
	struct task *t = m->c->t;
	int64_t known = 0;
	struct record r;
	bool end;
	enum err err = E_OK;
	if (m->bookmark.n > 0)
		err = bookmark_get(t, m->feed.redis, m->environment.id, m->bookmark, &known);
	if (err == E_OK && known > 0)
		ctl_note(m->c, "going on after the %lld records that an earlier run has queued",
		         (long long)known);
	while (err == E_OK && (err = record_next(t, &m->reader, &r, &end)) == E_OK && !end) {
		if (m->read >= known) {
			err = record_add(m, &r);
			continue;
		}
		m->read++;
		m->skipped++;
	}
	return err == E_OK ? chunk_flush(m) : err;
}

/* The import as an operation that a user started; without --user nobody did. */
static enum err
record_start(struct import *m, struct pg *pg)
{
	const struct adoption_datum datum[] = {
		{ "type", ADOPT_WORD, STR("import"), 0 }, { "channel", ADOPT_WORD, STR("ctl"), 0 },
		{ "format", ADOPT_WORD, m->export != NULL ? STR("json") : STR("ndjson"), 0 },
	};
	struct task *t = m->c->t;
	const struct environment *to = &m->environment;
	struct user user;
	if (ctl_value(m->c, "user").n == 0)
		return E_OK;
	enum err e = user_get_by_email(t, pg, ctl_value(m->c, "user"), &user);
	return e != E_OK ? e : adoption_record(t, pg, &(struct adoption_fact){
		.event = ADOPT_OPERATION, .area = "import", .team_id = to->team_id,
		.user_id = user.id, .project_id = to->project_id, .environment_id = to->id,
		.subject = arena_printf(t->arena, "environment:%d", (int)to->id), .datum = datum,
		.n = NELEM(datum) });
}

/* The environment's rules, as the door has them. */
static enum err
import_prepare(struct import *m)
{
	struct ctl *c = m->c;
	struct pg *pg;
	uint8_t master[32];
	enum err err;
	struct str rules, schemas;
	struct schema_row *row;
	size_t n;
	if ((err = ctl_begin(c, &pg)) != E_OK ||
	    (err = ctl_environment(c, pg, &m->environment)) != E_OK ||
	    (err = rules_get(c->t, pg, m->environment.id, &rules)) != E_OK ||
	    (err = schema_list(c->t, pg, m->environment.id, &row, &n)) != E_OK ||
	    (err = record_start(m, pg)) != E_OK || (err = pg_commit(c->t, pg)) != E_OK ||
	    (err = conf_need(c->t, c->conf, CONF_MASTER_KEY)) != E_OK)
		return err;
	if ((err = scrub_master_key(c->t, conf_str(c->conf, CONF_MASTER_KEY), master)) != E_OK)
		return err;
	schemas = schema_lines(c->t, row, n);
	if ((err = review_scrub(c->t, c->t->arena, &m->environment, rules, master, &m->scrub)) != E_OK ||
	    (err = schema_set_read(c->t, c->t->arena, schemas, &m->schemas)) != E_OK)
		return err;
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

/* A name for this file read this way; none for a pipe. What retention refused
 * may be taken once it is longer, hence the days. */
static enum err
bookmark_name(struct import *m)
{
	struct task *t = m->c->t;
	char hex[CRYPT_SHA256_HEX];
	struct str first;
	bool end;
	if (source_size(m->source) == 0)
		return E_OK;
	enum err err = source_peek(t, m->source, &first, &end);
	if (err != E_OK || end)
		return err;
	struct str all = arena_printf(t->arena, "%.*s %.*s %lld %d %.*s",
	    STRF(ctl_value(m->c, "source")), STRF(ctl_value(m->c, "time-zone")),
	    (long long)source_size(m->source), (int)m->environment.retention_raw_days,
	    STRF(str_slice(first, 0, 65536)));
	crypt_sha256_hex(all, hex);
	m->bookmark = arena_str(t->arena, str_of(hex));
	return E_OK;
}

/* Mixpanel gives times as its project's clock shows them. */
static enum err
read_zone(struct import *m)
{
	struct str name = ctl_value(m->c, "time-zone");
	if (name.n == 0)
		return E_OK;
	if (m->export == NULL || !m->export->wall)
		return ctl_usage(m->c, "--time-zone is for sources whose times name none: mixpanel");
	m->zone = zone_find(name);
	return m->zone != NULL ? E_OK : ctl_usage(m->c, "there is no time zone %.*s", STRF(name));
}

static enum err
import_run(struct import *m, struct feed_result *result)
{
	struct task *t = m->c->t;
	enum err err = read_zone(m);
	if (err != E_OK || (err = import_prepare(m)) != E_OK)
		return err;
	if ((err = source_open(t, m->c->arg[0], &m->source)) != E_OK ||
	    (err = bookmark_name(m)) != E_OK)
		return err;
	record_init(&m->reader, m->source, m->limits.max_crash_bytes,
	            m->export != NULL && m->export->csv);
	if ((err = feed_begin(&m->feed, m->c, m->environment.id, "import",
	                      source_size(m->source))) != E_OK)
		return err;
	err = records_read(m);
	if (err == E_OK)
		err = feed_settle(&m->feed, result);
	if (err == E_OK && m->bookmark.n > 0)
		err = bookmark_clear(&m->feed.task, m->feed.redis, m->environment.id, m->bookmark);
	return feed_end(&m->feed, err);
}

/* Nothing but refused rows: an operator should see that at once. */
static enum err
import_judge(struct import *m)
{
	if (m->items == 0 || m->refused + m->rejected < m->items || m->skipped > 0)
		return E_OK;
	m->c->show_anyway = true;
	return m->refused > 0 ? task_fail(m->c->t, E_DATA, "every row was refused: %s",
	                                  import_refusal(m)) :
	                        task_fail(m->c->t, E_DATA, "no row could be read as %.*s",
	                                  STRF(ctl_value(m->c, "source")));
}

static enum err
import_command(struct ctl *c)
{
	struct str source = ctl_value(c, "source");
	const struct export *export = export_find(source);
	if (export == NULL && !str_is(source, "ndjson"))
		return ctl_usage(c, "There is no source \"%.*s\"; there are: ndjson, %s",
		    STRF(source), export_sources());
	struct import *m = calloc(1, sizeof(*m));
	ASSERT(m != NULL);
	m->c = c;
	m->export = export;
	struct feed_result result = { 0 };
	enum err err = import_run(m, &result);
	if (err == E_OK) {
		import_report(m, &result);
		err = import_judge(m);
	}
	if (m->scan.parser != NULL)
		scan_release(&m->scan);
	source_close(m->source);
	record_release(&m->reader);
	buf_release(&m->body);
	buf_release(&m->request);
	tape_release(&m->tape);
	free(m);
	return err;
}

static const struct ctl_flag import_flags[] = {
	{ "project", "ID", false, "project; not needed when --env is an id" },
	{ "env", "E", true, "environment: a name, or an id" },
	{ "source", "S", true, "what the file holds: ndjson, segment, posthog, mixpanel, amplitude" },
	{ "time-zone", "ZONE", false, "of mixpanel's times; without it UTC" },
	{ "user", "EMAIL", false, "who asked for it, for the figures of adoption" },
	{ NULL, NULL, false, NULL },
};

static const struct ctl_command commands[] = {
	{ "import", NULL, import_flags, "FILE|-", 1, 1,
	  "Import history from a file (plain, gzip, zstd or ZIP)", import_command },
};
const struct ctl_module ctl_import = { commands, NELEM(commands) };
