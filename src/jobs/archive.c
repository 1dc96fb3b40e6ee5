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
#include "base/str.h"
#include "ingest/scrub.h"
#include "ingest/tombstone.h"
#include "jobs/archive_part.h"
#include "jobs/erase.h"
#include "jobs/erase_tx.h"

#define KEEP_DAYS 7

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
static const struct stmt *const statements[] = { &due, &begun, &done, &failed, &profile };
const struct stmt_list job_archive_statements = STMT_LIST("archive", statements);

struct making {
	struct task *t; /* of one page */
	struct job_host *host;
	struct privacy_request *q;
	struct archive_file *file;
	int64_t until_us;
	struct buf manifest, counts;
};

static enum err
page_read(struct making *k, const struct archive_part *m, struct str at, struct str id,
          struct rows **r)
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
member_write(struct making *k, const struct archive_part *m, bool csv, int64_t *rows)
{
	struct str at = STR("-infinity"), id = STR("00000000-0000-0000-0000-000000000000");
	struct archive_member done_as;
	struct buf b = BUF_INIT, last = BUF_INIT;
	char name[64];
	size_t n = ARCHIVE_PAGE;
	enum err e;

	snprintf(name, sizeof(name), "%s.%s", m->name, csv ? "csv" : "json");
	e = archive_begin(k->t, k->file, name, k->until_us);
	archive_part_head(&b, m, csv);
	for (*rows = 0; e == E_OK && n >= ARCHIVE_PAGE; *rows += (int64_t)n) {
		struct rows *r;

		e = page_read(k, m, at, id, &r);
		n = e == E_OK ? rows_count(r) : 0;
		for (size_t i = 0; i < n; i++) {
			if (csv)
				archive_part_csv(&b, m, r, i);
			else
				archive_part_json(&b, m, r, i, *rows == 0 && i == 0);
		}
		if (e == E_OK)
			e = archive_add(k->t, k->file, buf_str(&b));
		buf_reset(&b);
		if (e != E_OK || n < ARCHIVE_PAGE)
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
	for (size_t i = 0; i < archive_parts_n; i++) {
		buf_printf(&b, "\n%s.json, %s.csv\n  %s\n  ", archive_parts[i].name, archive_parts[i].name,
		           archive_parts[i].about);
		for (size_t c = 0; c < archive_part_columns(&archive_parts[i]); c++)
			buf_printf(&b, "%s%s", c > 0 ? ", " : "", archive_parts[i].column[c].name);
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

	for (size_t i = 0; e == E_OK && i < archive_parts_n; i++) {
		int64_t rows = 0;

		e = member_write(k, &archive_parts[i], false, &rows);
		if (e == E_OK)
			e = member_write(k, &archive_parts[i], true, &rows);
		buf_printf(&k->counts, "%s\"%s\":%lld", i > 0 ? "," : "{", archive_parts[i].name,
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
