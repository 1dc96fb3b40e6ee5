/*
 * archive.c - job: what is known of a person, as a file they can take with
 * them: JSON and CSV, a list of digests, and a word on each field.
 *
 * Rows are read in pages by time, each member twice (as JSON, as CSV), up to
 * the moment the request began, so both hold the same. The file appears under
 * its name when it is whole; files older than a week are removed, whoever made
 * them. Told in the team's audit.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/archive.h"
#include "base/clock.h"
#include "base/codec.h"
#include "base/jw.h"
#include "base/str.h"
#include "ingest/scrub.h"
#include "ingest/tombstone.h"
#include "jobs/erase.h"
#include "jobs/erase_tx.h"

#define PAGE "2000"
#define PAGE_ROWS 2000
#define KEEP_DAYS 7
#define COLUMNS_MAX 20

#define TIME(x) "to_char(" x " AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
/* $1 environment, $2 persons, $3 and $4 the last row seen, $5 not received later. */
#define ROWS_OF(table, columns, at, id, more)                                              \
	"SELECT x." at "::text, x." id "::text, " columns " FROM " table " x"                  \
	" LEFT JOIN contexts c ON c.environment_id = $1 AND c.context_no = x.context_no"       \
	" LEFT JOIN devices d ON d.environment_id = $1 AND d.device_no = x.device_no" more     \
	" WHERE x.environment_id = $1 AND x.person_no = ANY($2::int4[])"                       \
	" AND (x." at ", x." id ") > ($3::timestamptz, $4::uuid)"
#define ROWS_END(at, id) " ORDER BY x." at ", x." id " LIMIT " PAGE
#define RECEIVED " AND x.received_at <= $5::timestamptz"
#define CONTEXT "d.device_id, c.platform, c.os_version, c.model, c.locale, c.country," \
	" c.bundle_id, c.app_version, c.app_build"
#define SESSION " LEFT JOIN sessions s ON s.environment_id = $1 AND s.session_no = x.session_no"

static const struct stmt due = { "archive_due",
	"SELECT " PRIVACY_COLUMNS " FROM privacy_requests r WHERE r.kind = 'export'"
	" AND r.state IN ('received', 'running') AND r.not_before <= now()"
	" ORDER BY r.not_before, r.id LIMIT 1" };
static const struct stmt begun = { "archive_begun",
	"UPDATE privacy_requests SET state = 'running', started_at = now()"
	" WHERE environment_id = $1 AND id = $2::uuid AND state IN ('received', 'running')" };
static const struct stmt done = { "archive_done",
	"UPDATE privacy_requests SET state = 'done', finished_at = now(), subject = NULL,"
	" file_bytes = $3, file_sha256 = $4, file_until = now() + interval '7 days',"
	" digests = $5::text[], counts = $6::jsonb WHERE environment_id = $1 AND id = $2::uuid" };
static const struct stmt failed = { "archive_failed",
	"UPDATE privacy_requests SET state = 'failed', error = $3"
	" WHERE environment_id = $1 AND id = $2::uuid" };
static const struct stmt events = { "archive_events",
	ROWS_OF("events", "x.event_id, x.name, x.namespace, " TIME("x.ts") ", " TIME("x.received_at")
	        ", coalesce(s.session_id, s.id::text), " CONTEXT ", x.properties::text, x.extra::text",
	        "ts", "event_id", SESSION) RECEIVED ROWS_END("ts", "event_id") };
static const struct stmt crashes = { "archive_crashes",
	ROWS_OF("crashes", "x.event_id, " TIME("x.ts") ", " TIME("x.received_at") ", x.fatal::text,"
	        " x.exception_type, x.exception_message, x.stacktrace, " CONTEXT
	        ", x.breadcrumbs::text, x.properties::text", "ts", "event_id", "")
	RECEIVED ROWS_END("ts", "event_id") };
static const struct stmt traces = { "archive_traces",
	ROWS_OF("traces", "x.event_id, x.name, x.trace_id, " TIME("x.ts") ", " TIME("x.received_at")
	        ", x.duration_ms::text, " CONTEXT ", x.attributes::text, x.spans::text",
	        "ts", "event_id", "") RECEIVED ROWS_END("ts", "event_id") };
static const struct stmt sessions = { "archive_sessions",
	ROWS_OF("sessions", "coalesce(x.session_id, x.id::text), " TIME("x.started_at") ", "
	        TIME("x.ended_at") ", x.events::text, x.crashes::text, x.traces::text, x.entry_name, "
	        CONTEXT, "started_at", "id", "") " AND x.started_at <= $5::timestamptz"
	ROWS_END("started_at", "id") };
static const struct stmt properties = { "archive_properties",
	"SELECT x.ts::text, x.event_id::text, x.key, x.op, x.value::text, " TIME("x.ts")
	" FROM property_changes x WHERE x.environment_id = $1 AND x.person_no = ANY($2::int4[])"
	" AND (x.ts, x.event_id) > ($3::timestamptz, $4::uuid) AND x.ts <= $5::timestamptz"
	" ORDER BY x.ts, x.event_id, x.position LIMIT 100000" };
static const struct stmt profile = { "archive_profile",
	"SELECT jsonb_build_object('ids', (SELECT coalesce(jsonb_agg(jsonb_build_object('kind',"
	"  CASE kind WHEN 'u' THEN 'user_id' WHEN 'a' THEN 'anonymous_id' ELSE 'device_id' END,"
	"  'id', id) ORDER BY kind DESC, id), '[]') FROM person_ids WHERE environment_id = $1"
	"  AND person_no = ANY($2::int4[])),"
	" 'first_seen', (SELECT min(first_seen) FROM persons WHERE environment_id = $1"
	"  AND person_no = ANY($2::int4[])),"
	" 'last_seen', (SELECT max(last_seen) FROM persons WHERE environment_id = $1"
	"  AND person_no = ANY($2::int4[])),"
	" 'properties', (SELECT coalesce(jsonb_object_agg(key, value), '{}') FROM person_properties"
	"  WHERE environment_id = $1 AND person_no = ANY($2::int4[])),"
	" 'devices', (SELECT coalesce(jsonb_agg(jsonb_build_object('device_id', d.device_id,"
	"  'first_seen', d.first_seen, 'last_seen', d.last_seen)), '[]') FROM devices d"
	"  WHERE d.environment_id = $1 AND d.device_no = ANY($3::int4[])))::text" };
static const struct stmt *const statements[] = { &due, &begun, &done, &failed, &events, &crashes,
	&traces, &sessions, &properties, &profile };
const struct stmt_list job_archive_statements = STMT_LIST("archive", statements);

/* json: printed as it is; others are text. */
struct column {
	const char *name;
	bool json;
};
#define TEXT(n) { n, false }
#define JSON(n) { n, true }
#define CONTEXT_COLUMNS TEXT("device_id"), TEXT("platform"), TEXT("os_version"), TEXT("model"), \
	TEXT("locale"), TEXT("country"), TEXT("bundle_id"), TEXT("version_name"), TEXT("build_number")

static const struct member {
	const char *name, *about;
	const struct stmt *stmt;
	struct column column[COLUMNS_MAX];
} members[] = {
	{ "events", "What was done, as the app told it; properties are as sent, after the rules"
	            " for personal data.", &events,
	  { TEXT("event_id"), TEXT("name"), TEXT("namespace"), TEXT("timestamp"), TEXT("received_at"),
	    TEXT("session_id"), CONTEXT_COLUMNS, JSON("properties"), JSON("extra") } },
	{ "crashes", "Errors of the app, with the stack at that moment.", &crashes,
	  { TEXT("event_id"), TEXT("timestamp"), TEXT("received_at"), JSON("fatal"),
	    TEXT("exception_type"), TEXT("exception_message"), TEXT("stacktrace"), CONTEXT_COLUMNS,
	    JSON("breadcrumbs"), JSON("properties") } },
	{ "traces", "How long things took.", &traces,
	  { TEXT("event_id"), TEXT("name"), TEXT("trace_id"), TEXT("timestamp"), TEXT("received_at"),
	    JSON("duration_ms"), CONTEXT_COLUMNS, JSON("attributes"), JSON("spans") } },
	{ "sessions", "Stretches of use, with how much happened in them.", &sessions,
	  { TEXT("session_id"), TEXT("started_at"), TEXT("ended_at"), JSON("events"), JSON("crashes"),
	    JSON("traces"), TEXT("entry_name"), CONTEXT_COLUMNS } },
	{ "properties", "Every change of what the app noted about the person.", &properties,
	  { TEXT("key"), TEXT("op"), JSON("value"), TEXT("timestamp") } },
};

struct making {
	struct task *t; /* of one page */
	struct job_host *host;
	struct privacy_request *q;
	struct archive_file *file;
	int64_t until_us;
	struct buf manifest, counts;
};

static size_t
ncolumns(const struct member *m)
{
	size_t n = 0;

	while (n < COLUMNS_MAX && m->column[n].name != NULL)
		n++;
	return n;
}

static void
put_json(struct buf *b, const struct member *m, const struct rows *r, size_t i, bool first)
{
	struct jw w;

	buf_puts(b, first ? "\n" : ",\n");
	jw_init(&w, b);
	jw_object_begin(&w);
	for (size_t c = 0; c < ncolumns(m); c++) {
		struct str v = row_str(r, i, (int)c + 2);

		jw_key(&w, m->column[c].name);
		if (row_is_null(r, i, (int)c + 2))
			jw_null(&w);
		else if (m->column[c].json)
			jw_raw(&w, v);
		else
			jw_str(&w, v);
	}
	jw_object_end(&w);
}

static void
put_csv(struct buf *b, const struct member *m, const struct rows *r, size_t i)
{
	for (size_t c = 0; c < ncolumns(m); c++) {
		if (c > 0)
			buf_putc(b, ',');
		codec_csv(b, row_str(r, i, (int)c + 2), true);
	}
	buf_puts(b, "\r\n");
}

static void
put_head(struct buf *b, const struct member *m, bool csv)
{
	if (!csv)
		buf_putc(b, '[');
	for (size_t c = 0; csv && c < ncolumns(m); c++)
		buf_printf(b, "%s%s", c > 0 ? "," : "", m->column[c].name);
	if (csv)
		buf_puts(b, "\r\n");
}

static enum err
page_read(struct making *k, const struct member *m, struct str at, struct str id, struct rows **r)
{
	struct bind b = { 0 };
	enum err e = pg_begin(k->t, k->host->pg, NULL);

	bind_i64(k->t, &b, k->q->environment_id);
	bind_i64_array(k->t, &b, k->q->person_no, k->q->npersons);
	bind_str(k->t, &b, at);
	bind_str(k->t, &b, id);
	bind_time(k->t, &b, k->until_us);
	if (e == E_OK)
		e = pg_run(k->t, k->host->pg, m->stmt, &b, r);
	return pg_end(k->t, k->host->pg, e);
}

static void
listed(struct making *k, const char *name, const struct archive_member *a, int64_t rows)
{
	buf_printf(&k->manifest, "%s\n {\"name\":\"%s\",\"bytes\":%lld,\"sha256\":\"%s\"",
	           k->manifest.n > 0 ? "," : "", name, (long long)a->bytes, a->sha256);
	if (rows >= 0)
		buf_printf(&k->manifest, ",\"rows\":%lld", (long long)rows);
	buf_putc(&k->manifest, '}');
}

/* One member in one form, page by page. */
static enum err
member_write(struct making *k, const struct member *m, bool csv, int64_t *rows)
{
	struct str at = STR("-infinity"), id = STR("00000000-0000-0000-0000-000000000000");
	struct archive_member done_as;
	struct buf b = BUF_INIT, last = BUF_INIT;
	char name[64];
	size_t n = PAGE_ROWS;
	enum err e;

	snprintf(name, sizeof(name), "%s.%s", m->name, csv ? "csv" : "json");
	e = archive_begin(k->t, k->file, name, k->until_us);
	put_head(&b, m, csv);
	for (*rows = 0; e == E_OK && n == PAGE_ROWS; *rows += (int64_t)n) {
		struct rows *r;

		e = page_read(k, m, at, id, &r);
		n = e == E_OK ? rows_count(r) : 0;
		for (size_t i = 0; i < n; i++) {
			if (csv)
				put_csv(&b, m, r, i);
			else
				put_json(&b, m, r, i, *rows == 0 && i == 0);
		}
		if (e == E_OK)
			e = archive_add(k->t, k->file, buf_str(&b));
		buf_reset(&b);
		if (e != E_OK || n != PAGE_ROWS)
			continue;
		buf_reset(&last); /* outlives the page */
		buf_printf(&last, "%.*s|%.*s", STRF(row_str(r, n - 1, 0)), STRF(row_str(r, n - 1, 1)));
		id = buf_str(&last);
		at = str_cut(&id, '|');
		task_reset(k->t);
	}
	if (e == E_OK && !csv)
		e = archive_add(k->t, k->file, STR("\n]\n"));
	if (e == E_OK)
		e = archive_end(k->t, k->file, &done_as);
	if (e == E_OK)
		listed(k, name, &done_as, *rows);
	buf_release(&b);
	buf_release(&last);
	return e;
}

static enum err
text_write(struct making *k, const char *name, struct str text, bool list)
{
	struct archive_member a;
	enum err e = archive_begin(k->t, k->file, name, k->until_us);

	if (e == E_OK)
		e = archive_add(k->t, k->file, text);
	if (e == E_OK)
		e = archive_end(k->t, k->file, &a);
	if (e == E_OK && list)
		listed(k, name, &a, -1);
	return e;
}

static enum err
profile_write(struct making *k)
{
	struct bind b = { 0 };
	struct rows *r = NULL;
	enum err e = pg_begin(k->t, k->host->pg, NULL);

	bind_i64(k->t, &b, k->q->environment_id);
	bind_i64_array(k->t, &b, k->q->person_no, k->q->npersons);
	bind_i64_array(k->t, &b, k->q->device_no, k->q->ndevices);
	if (e == E_OK)
		e = pg_one(k->t, k->host->pg, &profile, &b, &r);
	e = pg_end(k->t, k->host->pg, e);
	return e == E_OK ? text_write(k, "profile.json", row_str(r, 0, 0), true) : e;
}

static enum err
readme_write(struct making *k)
{
	struct buf b = BUF_INIT;
	enum err e;

	buf_puts(&b, "What is known of one person, as a copy for them.\n\n"
		"profile.json     ids, properties and devices as they are now\n"
		"manifest.json    every file here with its size, SHA-256 and rows\n");
	for (size_t i = 0; i < NELEM(members); i++) {
		buf_printf(&b, "\n%s.json, %s.csv\n  %s\n  ", members[i].name, members[i].name,
		           members[i].about);
		for (size_t c = 0; c < ncolumns(&members[i]); c++)
			buf_printf(&b, "%s%s", c > 0 ? ", " : "", members[i].column[c].name);
		buf_putc(&b, '\n');
	}
	buf_puts(&b, "\nTimes are UTC. In CSV a cell that a spreadsheet would run begins with '.\n");
	e = text_write(k, "README.txt", buf_str(&b), true);
	buf_release(&b);
	return e;
}

static enum err
manifest_write(struct making *k)
{
	char at[CLOCK_TEXT];

	clock_format(k->until_us, at);
	return text_write(k, "manifest.json", arena_printf(k->t->arena,
		"{\"version\":1,\"request_id\":\"%.*s\",\"environment_id\":%d,\"made_at\":\"%s\","
		"\"files\":[%.*s\n]}\n", STRF(k->q->id), k->q->environment_id, at,
		STRF(buf_str(&k->manifest))), false);
}

static enum err
all_write(struct making *k)
{
	enum err e = profile_write(k);

	for (size_t i = 0; e == E_OK && i < NELEM(members); i++) {
		int64_t rows = 0;

		e = member_write(k, &members[i], false, &rows);
		if (e == E_OK)
			e = member_write(k, &members[i], true, &rows);
		buf_printf(&k->counts, "%s\"%s\":%lld", i > 0 ? "," : "{", members[i].name,
		           (long long)rows);
	}
	buf_putc(&k->counts, '}');
	if (e == E_OK)
		e = readme_write(k);
	return e == E_OK ? manifest_write(k) : e;
}

/* Under a name of its own, then under its own name. */
static enum err
file_make(struct task *t, struct making *k, struct archive_member *out)
{
	const char *dir = conf_text(k->host->conf, CONF_EXPORT_DIR);
	struct str path = arena_printf(t->arena, "%s/%.*s.zip", dir, STRF(k->q->id));
	struct str fresh = arena_printf(t->arena, "%s.new", path.p);

	(void)unlink(fresh.p); /* of a run that was cut short */
	enum err e = archive_open(t, fresh.p, &k->file);

	if (e != E_OK)
		return e;
	e = all_write(k);
	if (e == E_OK) {
		e = archive_close(k->t, k->file);
	} else {
		archive_abandon(k->file);
	}
	if (e == E_OK)
		e = archive_digest(k->t, fresh.p, out);
	if (e != E_OK)
		return task_fail(t, e, "%s", k->t->detail);
	if (rename(fresh.p, path.p) != 0)
		return task_fail(t, E_IO, "Naming %s: %s", path.p, strerror(errno));
	return E_OK;
}

/* All ids they are known by: an erasure finds the archive by these. */
static void
bind_digests(struct task *t, struct bind *b, const struct erase_keys *keys,
             const struct privacy_request *q)
{
	const struct privacy_subject *s = &q->subject;
	struct str *hash = tarray(t, s->nids + 1, struct str);
	uint8_t secret[32];

	scrub_secret(keys->master, q->environment_id, secret);
	for (size_t i = 0; i < s->nids; i++)
		hash[i] = tombstone_hash(t, secret, s->id[i].kind, s->id[i].id);
	bind_str_array(t, b, hash, s->nids);
}

static enum err
finish(struct task *t, struct making *k, const struct erase_keys *keys,
       const struct archive_member *a)
{
	struct pg *pg = k->host->pg;
	struct bind b = { 0 };
	enum err e = pg_begin(t, pg, NULL);

	bind_i64(t, &b, k->q->environment_id);
	bind_str(t, &b, k->q->id);
	bind_i64(t, &b, a->bytes);
	bind_str(t, &b, str_of(a->sha256));
	bind_digests(t, &b, keys, k->q);
	bind_str(t, &b, buf_str(&k->counts));
	if (e == E_OK)
		e = pg_run(t, pg, &done, &b, NULL);
	if (e == E_OK)
		e = erase_tell(t, pg, k->q, "privacy.export", STR_NULL);
	return pg_end(t, pg, e);
}

static enum err
begin(struct task *t, struct job_host *h, const struct erase_keys *keys, struct privacy_request *q)
{
	struct bind b = { 0 };
	enum err e = privacy_open(t, keys->crypt, q);

	if (e == E_OK)
		e = pg_begin(t, h->pg, NULL);
	bind_i64(t, &b, q->environment_id);
	bind_str(t, &b, q->id);
	if (e == E_OK)
		e = pg_run(t, h->pg, &begun, &b, NULL);
	if (e == E_OK)
		e = erase_persons_of(t, h->pg, keys->master, q->environment_id, q);
	return pg_end(t, h->pg, e);
}

static enum err
make(struct task *t, struct job_host *h, const struct erase_keys *keys, struct privacy_request *q)
{
	struct task page;
	struct making k = { .t = &page, .host = h, .q = q, .until_us = t->now_us,
		.manifest = BUF_INIT, .counts = BUF_INIT };
	struct archive_member a = { 0 };
	enum err e = begin(t, h, keys, q);

	task_init(&page, arena_new((size_t)1 << 20));
	if (e == E_OK)
		e = file_make(t, &k, &a);
	if (e == E_OK)
		e = finish(t, &k, keys, &a);
	arena_free(page.arena);
	buf_release(&k.manifest);
	buf_release(&k.counts);
	return e;
}

/* A file that cannot be written (a full disk) is told, not tried for ever. */
static enum err
give_up(struct task *t, struct job_host *h, const struct privacy_request *q)
{
	struct str why = arena_str(t->arena, str_of(t->detail));
	struct bind b = { 0 };

	task_clear(t);
	bind_i64(t, &b, q->environment_id);
	bind_str(t, &b, q->id);
	bind_str(t, &b, why);
	return pg_run(t, h->pg, &failed, &b, NULL);
}

static enum err
sweep(struct task *t, const char *dir, int64_t *steps)
{
	DIR *d = opendir(dir);
	struct dirent *x;

	if (d == NULL)
		return errno == ENOENT ? E_OK : task_fail(t, E_IO, "%s: %s", dir, strerror(errno));
	while ((x = readdir(d)) != NULL) {
		struct stat st;

		if (x->d_name[0] == '.' || fstatat(dirfd(d), x->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0 ||
		    !S_ISREG(st.st_mode) ||
		    (int64_t)st.st_mtime * US_PER_S > t->now_us - KEEP_DAYS * US_PER_DAY)
			continue;
		*steps += unlinkat(dirfd(d), x->d_name, 0) == 0;
	}
	closedir(d);
	return E_OK;
}

enum err
job_archive(struct task *t, struct job_host *h, int64_t *steps)
{
	struct erase_keys keys;
	struct rows *r;
	enum err e = sweep(t, conf_text(h->conf, CONF_EXPORT_DIR), steps);

	if (e == E_OK)
		e = pg_run(t, h->pg, &due, NULL, &r);
	if (e != E_OK || rows_count(r) == 0)
		return e;
	e = erase_keys_open(t, h->conf, &keys);
	if (e != E_OK)
		return e;
	struct privacy_request q;

	privacy_row(t, r, 0, &q);
	e = make(t, h, &keys, &q);
	*steps += e == E_OK;
	if (e == E_IO)
		e = give_up(t, h, &q);
	erase_keys_close(&keys);
	return e;
}
