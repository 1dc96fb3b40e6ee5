/* client.c - see client.h. */
#include "http/client.h"

#include <curl/curl.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/str.h"
#include "base/url.h"
#include "http/address.h"

#define CONNECT_MS 3000
#define TOTAL_MS 5000
#define URL_MAX_BYTES 2048

/* One request under way; the handle and its lists die with run(). */
struct call {
	struct task *t;
	const struct client_req *in;
	CURL *curl;
	struct curl_slist *headers;
	struct buf body;
	bool https;
	bool refused;  /* by the address */
	bool too_large;
};

static const char *
cstr(struct task *t, struct str s)
{
	return arena_cstr(t->arena, s);
}

/* The real address, just before connecting. */
static curl_socket_t
open_socket(void *ctx, curlsocktype purpose, struct curl_sockaddr *to)
{
	struct call *c = ctx;
	(void)purpose;
	bool own = address_is_loopback(&to->addr, to->addrlen);
	bool good = c->in->public_only ?
	            address_is_global(&to->addr, to->addrlen) || (c->in->loopback && own) :
	            c->https || c->in->operator_url ||
	            own;
	if (!good) {
		c->refused = true;
		return CURL_SOCKET_BAD;
	}
	return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

static size_t
reply_max(const struct call *c)
{
	size_t most = c->in->reply_max;
	return most > 0 && most < CLIENT_REPLY_MAX ? most : CLIENT_REPLY_MAX;
}

static size_t
take(char *p, size_t size, size_t n, void *ctx)
{
	struct call *c = ctx;
	n *= size;
	if (n > reply_max(c) - c->body.n) {
		c->too_large = true;
		return CURL_WRITEFUNC_ERROR;
	}
	buf_add(&c->body, (struct str){ p, n });
	return n;
}

static bool
is_header_text(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		if ((unsigned char)s.p[i] < ' ' || s.p[i] == 127)
			return false;
	}
	return s.n > 0;
}

static enum err
add_header(struct call *c, struct str name, struct str value)
{
	if (!is_header_text(name) || !is_header_text(value) || str_index(name, ':') >= 0)
		return task_fail(c->t, E_BAD_PARAM, "A header cannot be sent");
	struct str line = arena_printf(c->t->arena, "%.*s: %.*s", STRF(name), STRF(value));
	struct curl_slist *list = curl_slist_append(c->headers, line.p);
	ASSERT(list != NULL);
	c->headers = list;
	return E_OK;
}

static enum err
set_headers(struct call *c)
{
	enum err e = E_OK;
	for (size_t i = 0; e == E_OK && i < c->in->nheaders; i++)
		e = add_header(c, c->in->header[i].name, c->in->header[i].value);
	if (e == E_OK && c->in->method == M_POST)
		e = add_header(c, STR("Content-Type"), str_of(c->in->content_type));
	return e;
}

/* Scheme and, when a user named the place, port. curl's own parser looks at
 * the URL, so that there is no second opinion about it. */
static enum err
check_url(struct call *c)
{
	struct str url = c->in->url;
	if (url.n == 0 || url.n > URL_MAX_BYTES || !is_header_text(url))
		return task_fail(c->t, E_BAD_PARAM, "This is not a usable address");
	CURLU *u = curl_url();
	char *scheme = NULL, *port = NULL;
	bool good = u != NULL &&
	    curl_url_set(u, CURLUPART_URL, cstr(c->t, url), 0) == CURLUE_OK &&
	    curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
	    curl_url_get(u, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK;
	bool http = good && strcmp(scheme, "http") == 0;
	c->https = good && strcmp(scheme, "https") == 0;
	struct str own = arena_printf(c->t->arena, "%u", c->in->port);
	bool port_ok = good && (strcmp(port, "443") == 0 || strcmp(port, "8443") == 0 ||
	    (c->in->port != 0 && strcmp(port, own.p) == 0));
	curl_free(scheme);
	curl_free(port);
	curl_url_cleanup(u);
	if (!good)
		return task_fail(c->t, E_BAD_PARAM, "This is not a usable address");
	if (!c->https && (!http || (c->in->public_only && !c->in->loopback)))
		return task_fail(c->t, E_FORBIDDEN, "The address must begin with https://");
	if (c->in->public_only && !port_ok && !c->in->loopback)
		return task_fail(c->t, E_FORBIDDEN, "The port of the address is not allowed");
	return E_OK;
}

#define SET(option, value) ASSERT(curl_easy_setopt(c->curl, option, value) == CURLE_OK)

static void
set_options(struct call *c)
{
	long total = c->in->timeout_ms > 0 ? c->in->timeout_ms : TOTAL_MS;
	SET(CURLOPT_URL, cstr(c->t, c->in->url));
	SET(CURLOPT_PROTOCOLS_STR, "http,https");
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_PROXY, "");
	SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	SET(CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_CONNECTTIMEOUT_MS, total < CONNECT_MS ? total : CONNECT_MS);
	SET(CURLOPT_TIMEOUT_MS, total);
	SET(CURLOPT_MAXFILESIZE, (long)reply_max(c));
	SET(CURLOPT_SSL_VERIFYPEER, 1L);
	SET(CURLOPT_SSL_VERIFYHOST, 2L);
	SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SET(CURLOPT_OPENSOCKETFUNCTION, open_socket);
	SET(CURLOPT_OPENSOCKETDATA, c);
	SET(CURLOPT_WRITEFUNCTION, take);
	SET(CURLOPT_WRITEDATA, c);
	SET(CURLOPT_USERAGENT, "Tidemark/" TM_VERSION);
	SET(CURLOPT_HTTPHEADER, c->headers);
	if (c->in->method == M_POST) {
		SET(CURLOPT_POST, 1L);
		SET(CURLOPT_POSTFIELDS, c->in->body.n > 0 ? c->in->body.p : "");
		SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)c->in->body.n);
	}
}

static enum err
failed(struct call *c, CURLcode code)
{
	struct log l;
	if (c->refused)
		return task_fail(c->t, E_FORBIDDEN, "The address is not allowed");
	if (c->too_large || code == CURLE_FILESIZE_EXCEEDED)
		return task_fail(c->t, E_TOO_LARGE, "The reply is too large");
	if (code == CURLE_URL_MALFORMAT || code == CURLE_LOGIN_DENIED)
		return task_fail(c->t, E_BAD_PARAM, "This is not a usable address");
	CURLU *u = curl_url();
	char *host = NULL;
	if (u != NULL && curl_url_set(u, CURLUPART_URL, cstr(c->t, c->in->url), 0) == CURLUE_OK)
		(void)curl_url_get(u, CURLUPART_HOST, &host, 0);
	log_begin(&l, LOG_WARN, "http client");
	log_str(&l, "host", str_of(host));
	log_str(&l, "cause", str_of(curl_easy_strerror(code)));
	log_end(&l);
	curl_free(host);
	curl_url_cleanup(u);
	if (code == CURLE_OPERATION_TIMEDOUT)
		return task_fail(c->t, E_TIMEOUT, "The other server did not answer in time");
	return task_fail(c->t, E_UNAVAILABLE, "The other server could not be reached");
}

static struct str
media_type(struct task *t, const char *value)
{
	struct str rest = str_of(value);
	struct str type = str_trim(str_cut(&rest, ';'));
	char *low = arena_cstr(t->arena, type);
	for (size_t i = 0; i < type.n; i++) {
		if (low[i] >= 'A' && low[i] <= 'Z')
			low[i] = (char)(low[i] - 'A' + 'a');
	}
	return (struct str){ low, type.n };
}

static enum err
run(struct call *c, struct client_res *out)
{
	long status = 0;
	char *type = NULL;
	set_options(c);
	CURLcode code = curl_easy_perform(c->curl);
	if (code != CURLE_OK)
		return failed(c, code);
	(void)curl_easy_getinfo(c->curl, CURLINFO_RESPONSE_CODE, &status);
	(void)curl_easy_getinfo(c->curl, CURLINFO_CONTENT_TYPE, &type);
	*out = (struct client_res){
		.status = (int)status,
		.content_type = media_type(c->t, type),
		.body = arena_str(c->t->arena, buf_str(&c->body)),
	};
	return E_OK;
}

enum err
client_run(struct task *t, const struct client_req *in, struct client_res *out)
{
	static bool ready;
	struct call c = { .t = t, .in = in };
	ASSERT(in->method == M_GET || in->method == M_POST);
	if (!ready)
		ASSERT(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK);
	ready = true;
	enum err e = check_url(&c);
	if (e == E_OK)
		e = set_headers(&c);
	if (e == E_OK) {
		c.curl = curl_easy_init();
		ASSERT(c.curl != NULL);
		e = run(&c, out);
		curl_easy_cleanup(c.curl);
	}
	curl_slist_free_all(c.headers);
	buf_release(&c.body);
	return e;
}

struct str
client_form(struct task *t, const struct pair *field, size_t n)
{
	struct buf b = BUF_INIT;
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			buf_putc(&b, '&');
		url_encode(&b, field[i].name);
		buf_putc(&b, '=');
		url_encode(&b, field[i].value);
	}
	struct str form = arena_str(t->arena, buf_str(&b));
	buf_release(&b);
	return form;
}
