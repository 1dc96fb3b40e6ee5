/* webhook.c - see webhook.h. */
#include "jobs/webhook.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/process.h"
#include "base/str.h"
#include "http/client.h"
#include "model/system/webhook.h"
#include "queue/keys.h"

#define TIMEOUT_MS 5000
#define REPLY_MAX ((size_t)64 * 1024)

static void
count(struct task *t, struct redis *redis, const char *field)
{
	struct str argv[] = { STR("HINCRBY"), STR(KEY_METRICS), str_of(field), STR("1") };
	if (redis_run(t, redis, NELEM(argv), argv, NULL) != E_OK)
		task_clear(t); /* numbers for operators only */
}

/* Both secrets sign while one is being replaced. */
static struct str
signatures(struct task *t, const struct webhook_delivery *d, int64_t at_s)
{
	struct str one = webhook_sign(t, d->secret, d->id, at_s, d->body);
	if (d->secret_old.n == 0)
		return one;
	return arena_printf(t->arena, "%.*s %.*s", STRF(one),
	    STRF(webhook_sign(t, d->secret_old, d->id, at_s, d->body)));
}

static void
post(struct task *t, const struct conf *conf, const struct webhook_delivery *d,
     struct webhook_result *out)
{
	int64_t began = clock_mono_us(), at_s = clock_now_us() / US_PER_S;
	const struct pair headers[] = {
		{ STR("webhook-id"), d->id },
		{ STR("webhook-timestamp"), arena_printf(t->arena, "%lld", (long long)at_s) },
		{ STR("webhook-signature"), signatures(t, d, at_s) },
	};
	const struct client_req req = {
		.method = M_POST, .url = d->url, .header = headers, .nheaders = NELEM(headers),
		.body = d->body, .content_type = "application/json", .public_only = true,
		.loopback = conf_bool(conf, CONF_WEBHOOK_LOOPBACK),
		.port = (uint16_t)conf_int(conf, CONF_WEBHOOK_PORT), .timeout_ms = TIMEOUT_MS,
		.reply_max = REPLY_MAX,
	};
	struct client_res res = { 0 };
	enum err e = client_run(t, &req, &res);
	out->ms = (clock_mono_us() - began) / US_PER_MS;
	out->status = e == E_OK ? res.status : 0;
	if (e != E_OK)
		out->error = arena_str(t->arena, str_of(t->detail));
	else if (res.status < 200 || res.status > 299)
		out->error = arena_printf(t->arena, "answered %d", res.status);
	/* what the address itself forbids does not change by waiting */
	out->permanent = e == E_FORBIDDEN || e == E_BAD_PARAM;
	task_clear(t);
}

static void
log_delivery(const struct webhook_delivery *d, const struct webhook_result *r)
{
	struct log line;
	bool good = r->status >= 200 && r->status < 300;
	log_begin(&line, good ? LOG_INFO : LOG_WARN, "webhook");
	log_str(&line, "id", d->id);
	log_str(&line, "webhook", d->webhook_id);
	log_str(&line, "event", d->event);
	log_i64(&line, "attempt", d->attempts + 1);
	log_i64(&line, "status", r->status);
	log_i64(&line, "ms", r->ms);
	if (!good)
		log_str(&line, "err", r->error);
	log_end(&line);
}

/* In a transaction. */
static enum err
send_one(struct task *t, struct mail_host *h, const struct conf *conf, bool *found, bool *good)
{
	struct webhook_delivery d;
	struct webhook_result r = { 0 };
	enum err e = webhook_take(t, h->pg, h->crypt, &d, found);
	if (e != E_OK || !*found)
		return e;
	post(t, conf, &d, &r);
	crash_point("after_webhook_before_commit");
	log_delivery(&d, &r);
	*good = r.status >= 200 && r.status < 300;
	return webhook_done(t, h->pg, &d, &r);
}

enum err
webhook_send_due(struct task *t, struct mail_host *h, const struct conf *conf, int64_t *sent)
{
	*sent = 0;
	while (!process_stopping()) {
		bool found = false, good = false;
		task_reset(t);
		enum err e = pg_begin(t, h->pg, NULL);
		if (e == E_OK)
			e = send_one(t, h, conf, &found, &good);
		e = pg_end(t, h->pg, e);
		if (e != E_OK || !found)
			return e;
		*sent += good;
		count(t, h->redis, good ? "webhooks_delivered_total" : "webhooks_refused_total");
	}
	return E_OK;
}
