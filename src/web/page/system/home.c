/* home.c - the first page of the system: is each part of the server well? One
 * row a check, from a table; below it the widgets of the other slices. */
#include <math.h>

#include "base/clock.h"
#include "base/conf.h"
#include "base/str.h"
#include "model/system/alarm.h"
#include "queue/stream.h"
#include "store/migrate.h"
#include "view/format.h"
#include "web/page/system/system.h"
#include "web/who.h"

#define DISK_WARN_PERCENT 85
#define DISK_LOOKED_US (5 * US_PER_MIN)

enum health { HEALTH_OK, HEALTH_WARN, HEALTH_BAD };

/* What a check found: a sentence, and what to do about it. */
struct finding {
	enum health state;
	struct str seen;
	const char *next; /* not for HEALTH_OK */
	const char *url;  /* where more of it stands; NULL = nowhere */
};

static const struct stmt facts = { "system_facts",
	"SELECT current_setting('server_version'), pg_database_size(current_database()),"
	" (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database())" };
static const struct stmt *const statements[] = { &facts };
const struct stmt_list system_home_statements = STMT_LIST("system_home", statements);

static enum err
check_store(struct web *w, struct task *t, struct finding *f)
{
	struct rows *r;
	enum err e = pg_connect(t, w->pg);
	struct str version;
	f->next = "Start PostgreSQL, or correct TIDEMARK_DB_APP.";
	if (e == E_OK)
		e = pg_one(t, w->pg, &facts, NULL, &r);
	if (e != E_OK)
		return e;
	version = row_str(r, 0, 0); /* "15.18 (Debian …)" */
	version = str_cut(&version, ' ');
	f->seen = arena_printf(t->arena, "PostgreSQL %.*s, %.*s, %lld connections",
	    STRF(version), STRF(format_bytes(t, row_i64(r, 0, 1))),
	    (long long)row_i64(r, 0, 2));
	return E_OK;
}

static enum err
check_schema(struct web *w, struct task *t, struct finding *f)
{
	bool current = false;
	enum err e = migrate_is_current(t, w->pg, conf_text(w->conf, CONF_SQL_DIR), &current);
	f->state = current ? HEALTH_OK : HEALTH_BAD;
	f->seen = current ? STR("every migration is applied") : STR("migrations are pending");
	f->next = "Run: tidemarkctl migrate up";
	return e;
}

static int64_t
percent(int64_t part, int64_t whole)
{
	return whole > 0 ? part * 100 / whole : 0;
}

static enum err
check_queue(struct web *w, struct task *t, struct finding *f)
{
	struct stream_stats s;
	enum err e = stream_stats(t, w->redis, &s);
	f->next = "Start Redis, or correct TIDEMARK_REDIS_SOCKET.";
	if (e != E_OK)
		return e;
	int64_t bytes = percent(s.bytes, conf_int(w->conf, CONF_QUEUE_MAX_BYTES));
	int64_t items = percent(s.items, conf_int(w->conf, CONF_QUEUE_MAX_ITEMS));
	f->state = s.full ? HEALTH_BAD : s.paused ? HEALTH_WARN : HEALTH_OK;
	f->seen = s.entries == 0 ? STR("Redis answers, nothing waits") :
	    arena_printf(t->arena, "%.*s batches wait, the oldest %.*s, %lld" THIN "%% of the bound",
	        STRF(format_count(t, s.entries)),
	        STRF(format_ms(t, (double)s.oldest_age_ms, false)),
	        (long long)(bytes > items ? bytes : items));
	if (s.paused)
		f->seen = arena_printf(t->arena, "paused; %.*s", STRF(f->seen));
	f->next = s.full ? "Ingest answers 503 until the consumers have caught up." :
	                   "The consumers were told to wait: tidemarkctl queue resume";
	return e;
}

/* What the consumers last saw: they are where the stores are, and may ask. */
static enum err
check_disk(struct web *w, struct task *t, struct finding *f)
{
	struct alarm *a = NULL;
	size_t n = 0;
	enum err e = who_begin(t, w);
	if (e == E_OK)
		e = alarm_list(t, w->pg, &a, &n);
	e = pg_end(t, w->pg, e);
	f->state = HEALTH_WARN;
	f->seen = STR("not looked at lately");
	f->next = "Are the consumers running? They look every few seconds.";
	for (size_t i = 0; e == E_OK && i < n; i++) {
		if (!str_is(a[i].name, "disk") || t->now_us - a[i].looked_us > DISK_LOOKED_US)
			continue;
		f->state = a[i].state == ALARM_FIRING ? HEALTH_BAD :
		    isnan(a[i].value) || a[i].value >= DISK_WARN_PERCENT ? HEALTH_WARN : HEALTH_OK;
		f->seen = isnan(a[i].value) ? a[i].detail : arena_printf(t->arena, "%.*s used, %.*s",
		    STRF(alarm_number(t, a[i].value, "%")), STRF(a[i].detail));
		f->next = "Make room, or shorten the retention of the largest environments.";
	}
	return e;
}

static enum err
check_mail(struct web *w, struct task *t, struct finding *f)
{
	struct str url = conf_str(w->conf, CONF_MAIL_URL);
	(void)t;
	f->state = str_is(url, "outbox:") ? HEALTH_WARN : HEALTH_OK;
	f->seen = f->state == HEALTH_OK ? STR("handed to a mail server") :
	                                  STR("written as files: no mail server is set");
	f->next = "Set TIDEMARK_MAIL_URL, tidemark(7).";
	f->url = f->state == HEALTH_OK ? NULL : "/system/outbox";
	return E_OK;
}

static enum err
check_version(struct web *w, struct task *t, struct finding *f)
{
	f->seen = arena_printf(t->arena, "Tidemark %s, %zu routes", TM_VERSION, w->nroutes);
	return E_OK;
}

static const struct check {
	const char *name;
	enum err (*run)(struct web *w, struct task *t, struct finding *f);
} CHECKS[] = {
	{ "Store", check_store },
	{ "Schema", check_schema },
	{ "Queue", check_queue },
	{ "Disk", check_disk },
	{ "Mail", check_mail },
	{ "Version", check_version },
};

/* In their order on the page. */
static system_widget *const WIDGETS[] = { adoption_widget };

static enum health
fill_check(struct web *w, struct task *t, struct dict *body, const struct check *c)
{
	static const char *const CLASS[] = { "ok", "warn", "crash" };
	static const char *const WORD[] = { "well", "check", "down" };
	struct finding f = { 0 };
	struct dict *d = dict_row(body, "CHECK");
	if (c->run(w, t, &f) != E_OK) {
		f.state = HEALTH_BAD;
		f.seen = arena_str(t->arena, str_of(t->detail));
		if (pg_in_tx(w->pg))
			pg_rollback(t, w->pg);
		task_clear(t);
	}
	dict_set(d, "NAME", c->name);
	dict_set(d, "CLASS", CLASS[f.state]);
	dict_set(d, "WORD", WORD[f.state]);
	dict_str(d, "SEEN", f.seen);
	if (f.state != HEALTH_OK && f.next != NULL)
		dict_set(dict_row(d, "NEXT"), "TEXT", f.next);
	if (f.url != NULL)
		dict_set(dict_row(d, "MORE"), "URL", f.url);
	return f.state;
}

enum err
page_system_home(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct page p = page_framed(w, t, req, "system_home.tpl", "Health");
	size_t unwell = 0;
	page_system(&p, "");
	for (size_t i = 0; i < NELEM(CHECKS); i++)
		unwell += fill_check(w, t, p.body, &CHECKS[i]) == HEALTH_BAD;
	dict_set(p.body, "SAYS", unwell > 0 ? "Something is down; its row says what to do." :
	                                      "Everything that data needs to get in and out is up.");
	for (size_t i = 0; i < NELEM(WIDGETS); i++) {
		if (WIDGETS[i](w, t, &p) == E_OK)
			continue;
		dict_str(dict_row(p.body, "MISSING"), "TEXT", arena_str(t->arena, str_of(t->detail)));
		task_clear(t);
	}
	return page_send(&p, res, 200);
}
