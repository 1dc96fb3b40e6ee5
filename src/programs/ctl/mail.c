/* mail.c - tidemarkctl mail …: what waits, a test of the way out, another try. */
#include "mail/carrier.h"

#include "base/clock.h"
#include "base/str.h"
#include "base/uuid.h"
#include "mail/message.h"
#include "model/account/mail.h"
#include "programs/ctl/ctl.h"

#define LIST_DEFAULT 100

static const char *const list_columns[] = { "id", "kind", "state", "created_at", "attempts",
	"next_at", "ended_at", "error", NULL };
static const char *const test_columns[] = { "to", "by", "ms", NULL };
static const char *const retry_columns[] = { "mails", NULL };

static const char *
state_of(const struct mail *m)
{
	if (m->sent_us != 0)
		return "sent";
	return m->failed_us != 0 ? "given up" : "waiting";
}

static enum err
list(struct ctl *c)
{
	struct pg *pg;
	struct mail *m;
	size_t n = 0;
	int64_t limit;
	enum err e = ctl_number(c, "limit", LIST_DEFAULT, 1, 100000, &limit);
	if (e == E_OK)
		e = ctl_pg(c, &pg);
	if (e == E_OK)
		e = mail_list(c->t, pg, ctl_given(c, "all"), limit, &m, &n);
	if (e != E_OK)
		return e;
	out_list(c, list_columns);
	for (size_t i = 0; i < n; i++) {
		bool waits = m[i].sent_us == 0 && m[i].failed_us == 0;
		out_str(c, m[i].id);
		out_str(c, m[i].kind);
		out_str(c, str_of(state_of(&m[i])));
		out_time(c, m[i].created_us);
		out_i64(c, m[i].attempts);
		out_time(c, waits ? m[i].next_us : 0);
		out_time(c, m[i].sent_us != 0 ? m[i].sent_us : m[i].failed_us);
		out_str(c, m[i].error);
	}
	return E_OK;
}

static enum err
test_message(struct ctl *c, struct str to, struct envelope *out)
{
	uint8_t raw[16];
	const char *site = conf_text(c->conf, CONF_PUBLIC_URL);
	uuid_v7(c->t->now_us, raw);
	struct message m = {
		.from = conf_str(c->conf, CONF_MAIL_FROM), .to = to,
		.subject = STR("Test mail from Tidemark"), .id = uuid_str(c->t->arena, raw),
		.kind = STR("test"), .date_us = c->t->now_us,
	};
	m.text = arena_printf(c->t->arena,
	    "Mails arrive.\n\nThis mail came because somebody who runs\n%s\nsent it to you by hand,"
	    " to see whether mails arrive. You need not do\nanything.\n", site);
	m.html = arena_printf(c->t->arena,
	    "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>Test mail</title>\n"
	    "<body style=\"font-family:sans-serif\"><h1 style=\"font-size:22px\">Mails arrive</h1>\n"
	    "<p>This mail came because somebody who runs %s sent it to you by hand, to see whether"
	    " mails arrive. You need not do anything.</p></body></html>\n", site);
	*out = (struct envelope){ .id = m.id, .to = to };
	return message_build(c->t, &m, &out->message);
}

/* Straight to the carrier: the table and the consumers are not asked. */
static enum err
test(struct ctl *c)
{
	struct str to = ctl_value(c, "to");
	struct carrier *carrier;
	struct carrier_failure f;
	struct envelope envelope;
	if (!message_is_address(to))
		return ctl_usage(c, "\"%.*s\" is not a mail address", STRF(to));
	enum err e = carrier_open(c->t, c->conf, &carrier);
	if (e != E_OK)
		return e;
	struct str by = carrier_describe(c->t, carrier);
	int64_t began = clock_mono_us();
	e = test_message(c, to, &envelope);
	if (e == E_OK)
		e = carrier_send(c->t, carrier, &envelope, &f);
	carrier_close(carrier);
	if (e != E_OK)
		return e;
	out_object(c, test_columns);
	out_str(c, to);
	out_str(c, by);
	out_i64(c, (clock_mono_us() - began) / US_PER_MS);
	return E_OK;
}

static enum err
retry(struct ctl *c)
{
	struct pg *pg;
	int64_t n = 0, one = 0;
	if ((c->nargs > 0) == ctl_given(c, "all"))
		return ctl_usage(c, "Give ids, or --all");
	enum err e = ctl_begin(c, &pg);
	if (e == E_OK && c->nargs == 0)
		e = mail_retry(c->t, pg, STR(""), &n);
	for (int i = 0; e == E_OK && i < c->nargs; i++) {
		e = mail_retry(c->t, pg, c->arg[i], &one);
		if (e == E_OK && one == 0)
			e = task_fail(c->t, E_NOT_FOUND, "There is no mail %.*s that can be sent",
			    STRF(c->arg[i]));
		n += one;
	}
	if (e == E_OK)
		e = ctl_audit(c, STR_NULL, "mail.retry",
		    arena_printf(c->t->arena, "%lld mails", (long long)n));
	e = pg_end(c->t, pg, e);
	if (e != E_OK)
		return e;
	out_object(c, retry_columns);
	out_i64(c, n);
	return E_OK;
}

static const struct ctl_flag list_flags[] = {
	{ "all", NULL, false, "those sent and given up too, of the last 30 days" },
	{ "limit", "N", false, "at most so many, newest first (100)" },
	{ 0 }
};
static const struct ctl_flag test_flags[] = {
	{ "to", "A", true, "mail address" },
	{ 0 }
};
static const struct ctl_flag retry_flags[] = {
	{ "all", NULL, false, "all that wait or were given up" },
	{ 0 }
};
static const struct ctl_command commands[] = {
	{ "mail", "list", list_flags, NULL, 0, 0, "List mails that wait to be sent.", list },
	{ "mail", "test", test_flags, NULL, 0, 0,
	  "Send a test mail now, and say what happened.", test },
	{ "mail", "retry", retry_flags, "ID...", 0, CTL_ARGS_MAX,
	  "Try mails again now, also those given up.", retry },
};
const struct ctl_module ctl_mail = { commands, NELEM(commands) };
