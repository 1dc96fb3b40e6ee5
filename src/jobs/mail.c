/* mail.c - see mail.h. */
#include "jobs/mail.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/process.h"
#include "base/str.h"
#include "mail/carrier.h"
#include "model/account/mail.h"
#include "queue/keys.h"

static void
count(struct task *t, struct redis *redis, const char *field)
{
	struct str argv[] = { STR("HINCRBY"), STR(KEY_METRICS), str_of(field), STR("1") };
	if (redis_run(t, redis, NELEM(argv), argv, NULL) != E_OK)
		task_clear(t); /* numbers for operators only */
}

/* Never an address: a log is kept longer than a mail. */
static void
log_mail(const struct mail *m, const char *error, int64_t began_us)
{
	struct log line;
	log_begin(&line, error == NULL ? LOG_INFO : LOG_WARN, "mail");
	log_str(&line, "id", m->id);
	log_str(&line, "kind", m->kind);
	log_i64(&line, "attempt", m->attempts + 1);
	log_i64(&line, "ms", (clock_mono_us() - began_us) / US_PER_MS);
	if (error != NULL)
		log_str(&line, "err", str_of(error));
	log_end(&line);
}

/* In a transaction. *f: what became of it. */
static enum err
send_one(struct task *t, struct mail_host *h, struct carrier_failure *f, bool *found, bool *sent)
{
	struct mail m;
	int64_t began = clock_mono_us();
	enum err e = mail_take(t, h->pg, h->crypt, &m, found);
	if (e != E_OK || !*found)
		return e;
	struct envelope envelope = { m.id, m.to, m.message };
	e = carrier_send(t, h->carrier, &envelope, f);
	crash_point("after_mail_before_commit");
	if (e == E_OK) {
		*sent = true;
		log_mail(&m, NULL, began);
		return mail_sent(t, h->pg, m.id);
	}
	struct str why = arena_str(t->arena, str_of(t->detail));
	task_clear(t);
	log_mail(&m, why.p, began);
	return mail_not_sent(t, h->pg, m.id, why, f->permanent);
}

enum err
mail_send_due(struct task *t, struct mail_host *h, int64_t *sent)
{
	*sent = 0;
	while (!process_stopping()) {
		struct carrier_failure f = { 0 };
		bool found = false, done = false;
		task_reset(t);
		enum err e = pg_begin(t, h->pg, NULL);
		if (e == E_OK)
			e = send_one(t, h, &f, &found, &done);
		e = pg_end(t, h->pg, e);
		if (e != E_OK || !found)
			return e;
		*sent += done;
		count(t, h->redis, done ? "mails_sent_total" : "mails_refused_total");
		if (!done && f.transport)
			return task_fail(t, E_UNAVAILABLE, "no mail can be sent now");
	}
	return E_OK;
}
