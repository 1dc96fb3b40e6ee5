/* carrier.c - see carrier.h. */
#include "mail/carrier.h"

#include <curl/curl.h>

#include "base/buf.h"
#include "base/conf.h"
#include "base/process.h"
#include "base/str.h"
#include "mail/message.h"
#include "mail/outbox.h"

#define CONNECT_MS 10000L
#define TOTAL_MS 60000L

struct carrier {
	const struct conf *conf;
	struct str url;
	struct str from; /* address only */
	bool outbox, tls_off;
	CURL *curl;
};

static bool
curl_ready(void)
{
	static bool done;
	if (!done)
		done = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
	return done;
}

enum err
carrier_open(struct task *t, const struct conf *conf, struct carrier **out)
{
	struct str url = conf_str(conf, CONF_MAIL_URL), tls = conf_str(conf, CONF_MAIL_TLS);
	struct str name, from;
	*out = NULL;
	bool outbox = str_is(url, "outbox:");
	if (!outbox && !str_starts(url, STR("smtp://")) && !str_starts(url, STR("smtps://")))
		return task_fail(t, E_CONFIG,
		    "TIDEMARK_MAIL_URL must be outbox:, smtp://HOST:PORT or smtps://HOST:PORT");
	if (!str_is(tls, "required") && !str_is(tls, "off"))
		return task_fail(t, E_CONFIG, "TIDEMARK_MAIL_TLS must be required or off");
	if (!message_split_from(conf_str(conf, CONF_MAIL_FROM), &name, &from))
		return task_fail(t, E_CONFIG, "TIDEMARK_MAIL_FROM is not an address");
	struct carrier *c = calloc(1, sizeof(*c));
	ASSERT(c != NULL);
	*c = (struct carrier){ .conf = conf, .url = url, .from = from, .outbox = outbox,
		.tls_off = str_is(tls, "off") };
	if (!outbox && (!curl_ready() || (c->curl = curl_easy_init()) == NULL)) {
		carrier_close(c);
		return task_fail(t, E_INTERNAL, "libcurl could not be started");
	}
	*out = c;
	return E_OK;
}

void
carrier_close(struct carrier *c)
{
	if (c == NULL)
		return;
	curl_easy_cleanup(c->curl);
	free(c);
}

struct str
carrier_describe(struct task *t, const struct carrier *c)
{
	if (c->outbox)
		return arena_printf(t->arena, "outbox: %s", conf_text(c->conf, CONF_OUTBOX_DIR));
	return c->url;
}

struct reader {
	struct str rest;
};

static size_t
read_message(char *out, size_t size, size_t n, void *ctx)
{
	struct reader *r = ctx;
	size_t take = size * n < r->rest.n ? size * n : r->rest.n;
	memcpy(out, r->rest.p, take);
	r->rest = str_slice(r->rest, take, r->rest.n);
	return take;
}

/* A stop ends a hand-over that has not sent anything yet; one that has goes
 * on, or the mail might be sent twice. */
static int
on_progress(void *ctx UNUSED, curl_off_t dltotal UNUSED, curl_off_t dlnow UNUSED,
            curl_off_t ultotal UNUSED, curl_off_t ulnow)
{
	return process_stopping() && ulnow == 0;
}

static bool
set_up(struct task *t, const struct carrier *c, struct reader *r, struct curl_slist *to)
{
	CURL *h = c->curl;
	const char *user = conf_text(c->conf, CONF_MAIL_USER);
	const char *ca = conf_text(c->conf, CONF_MAIL_CA_FILE);
	char *from = arena_cstr(t->arena, arena_printf(t->arena, "<%.*s>", STRF(c->from)));
	bool ok = curl_easy_setopt(h, CURLOPT_URL, c->url.p) == CURLE_OK &&
	    curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "smtp,smtps") == CURLE_OK &&
	    curl_easy_setopt(h, CURLOPT_USE_SSL,
	        (long)(c->tls_off ? CURLUSESSL_NONE : CURLUSESSL_ALL)) == CURLE_OK &&
	    curl_easy_setopt(h, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) == CURLE_OK &&
	    curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
	    curl_easy_setopt(h, CURLOPT_PROXY, "") == CURLE_OK &&
	    curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS) == CURLE_OK &&
	    curl_easy_setopt(h, CURLOPT_TIMEOUT_MS, TOTAL_MS) == CURLE_OK &&
	    curl_easy_setopt(h, CURLOPT_XFERINFOFUNCTION, on_progress) == CURLE_OK &&
	    curl_easy_setopt(h, CURLOPT_NOPROGRESS, 0L) == CURLE_OK &&
	    curl_easy_setopt(h, CURLOPT_MAIL_FROM, from) == CURLE_OK &&
	    curl_easy_setopt(h, CURLOPT_MAIL_RCPT, to) == CURLE_OK &&
	    curl_easy_setopt(h, CURLOPT_READFUNCTION, read_message) == CURLE_OK &&
	    curl_easy_setopt(h, CURLOPT_READDATA, r) == CURLE_OK &&
	    curl_easy_setopt(h, CURLOPT_INFILESIZE_LARGE, (curl_off_t)r->rest.n) == CURLE_OK &&
	    curl_easy_setopt(h, CURLOPT_UPLOAD, 1L) == CURLE_OK;
	if (ok && ca[0] != '\0')
		ok = curl_easy_setopt(h, CURLOPT_CAINFO, ca) == CURLE_OK;
	if (ok && user[0] != '\0')
		ok = curl_easy_setopt(h, CURLOPT_USERNAME, user) == CURLE_OK &&
		    curl_easy_setopt(h, CURLOPT_PASSWORD,
		        conf_text(c->conf, CONF_MAIL_PASSWORD)) == CURLE_OK;
	return ok;
}

/* A recipient or message that the server refuses for good (5yz); a login that
 * fails is the operator's to repair, and the mail waits. */
static struct carrier_failure
failure_of(CURLcode code, long reply)
{
	bool refused = (code == CURLE_SEND_ERROR || code == CURLE_WEIRD_SERVER_REPLY ||
	    code == CURLE_UPLOAD_FAILED) && reply >= 400;
	return (struct carrier_failure){
		.permanent = refused && reply >= 550 && reply <= 559,
		.transport = !refused,
	};
}

static enum err
send_smtp(struct task *t, const struct carrier *c, const struct envelope *e,
          struct carrier_failure *f)
{
	char detail[CURL_ERROR_SIZE] = "";
	struct reader r = { e->message };
	struct curl_slist *to = curl_slist_append(NULL,
	    arena_printf(t->arena, "<%.*s>", STRF(e->to)).p);
	long reply = 0;
	CURLcode code = CURLE_OUT_OF_MEMORY;
	if (to != NULL && set_up(t, c, &r, to) &&
	    curl_easy_setopt(c->curl, CURLOPT_ERRORBUFFER, detail) == CURLE_OK)
		code = curl_easy_perform(c->curl);
	(void)curl_easy_getinfo(c->curl, CURLINFO_RESPONSE_CODE, &reply);
	curl_easy_reset(c->curl);
	curl_slist_free_all(to);
	if (code == CURLE_OK)
		return E_OK;
	*f = failure_of(code, reply);
	if (reply >= 400)
		return task_fail(t, E_UNAVAILABLE, "The mail server answered %ld (%s)", reply,
		    detail[0] != '\0' ? detail : curl_easy_strerror(code));
	return task_fail(t, E_UNAVAILABLE, "%s",
	    detail[0] != '\0' ? detail : curl_easy_strerror(code));
}

enum err
carrier_send(struct task *t, struct carrier *c, const struct envelope *e,
             struct carrier_failure *f)
{
	*f = (struct carrier_failure){ 0 };
	if (!message_is_address(e->to)) {
		f->permanent = true;
		return task_fail(t, E_INVALID, "The mail address cannot be used");
	}
	if (!c->outbox)
		return send_smtp(t, c, e, f);
	enum err err = outbox_write(t, conf_text(c->conf, CONF_OUTBOX_DIR), e->id, e->message);
	f->transport = err != E_OK;
	return err;
}
