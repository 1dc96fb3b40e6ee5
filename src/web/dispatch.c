/* dispatch.c - see dispatch.h. */
#include "web/dispatch.h"

#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "queue/worker.h"

/* scripts, styles, fonts and requests from this site only; nothing inline */
#define PAGE_POLICY                                                            \
	"default-src 'none'; script-src 'self'; style-src 'self'; "            \
	"img-src 'self' data:; font-src 'self'; connect-src 'self'; "          \
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
/* for data: should a browser show it, nothing runs */
#define DATA_POLICY                                                            \
	"default-src 'none'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"

/* as nginx/headers.conf has it */
#define NO_FEATURES                                                            \
	"accelerometer=(), camera=(), geolocation=(), gyroscope=(), "          \
	"magnetometer=(), microphone=(), payment=(), usb=()"

/* Headers that name one credential or one operation. */
static const char *const single_headers[] = { "authorization", "cookie", "idempotency-key" };

bool
dispatch_is_api(struct str path)
{
	if (str_is(path, "/oauth/authorize")) /* the consent page */
		return false;
	static const struct str roots[] = { { "/api", 4 }, { "/oauth", 6 }, { "/.well-known", 12 } };
	for (size_t i = 0; i < NELEM(roots); i++) {
		if (str_starts(path, roots[i]) &&
		    (path.n == roots[i].n || path.p[roots[i].n] == '/'))
			return true;
	}
	return false;
}

static enum err
check_headers(struct task *t, const struct req *req)
{
	for (size_t i = 0; i < NELEM(single_headers); i++) {
		if (req_header_dup(req, single_headers[i]))
			return task_fail(t, E_BAD_REQUEST, "The header %s was sent twice.",
			                 single_headers[i]);
	}
	return E_OK;
}

/* "GET, HEAD, OPTIONS" */
static void
set_allow(struct res *res, const char *name, unsigned allow)
{
	struct buf b = BUF_INIT;
	allow |= 1u << M_OPTIONS;
	for (int m = M_GET; m < M_OTHER; m++) {
		if ((allow >> m & 1) == 0)
			continue;
		if (b.n > 0)
			buf_add(&b, STR(", "));
		buf_puts(&b, method_name((enum method)m));
	}
	res_header(res, name, buf_str(&b));
	buf_release(&b);
}

/* The answer to OPTIONS; for browser SDKs also the preflight's. */
static void
answer_options(struct res *res, unsigned allow, bool cors)
{
	res->status = 204;
	set_allow(res, "Allow", allow);
	if (!cors)
		return;
	set_allow(res, "Access-Control-Allow-Methods", allow);
	if (res_header_find(res, "Access-Control-Allow-Headers").p == NULL)
		res_header(res, "Access-Control-Allow-Headers",
		           STR("Authorization, Content-Type, Content-Encoding, "
		               "Idempotency-Key, If-None-Match, X-Request-Id, X-SDK, X-SDK-Name, "
		               "X-SDK-Version, X-Bundle-Id, X-Schema-Version"));
	res_header(res, "Access-Control-Max-Age", STR("86400"));
}

static void
set_cors(struct res *res)
{
	res_header(res, "Access-Control-Allow-Origin", STR("*"));
	res_header(res, "Access-Control-Expose-Headers",
	           STR("ETag, Retry-After, RateLimit-Limit, RateLimit-Remaining, "
	               "RateLimit-Reset, X-Request-Id"));
}

/* May a header line of ours repeat it? */
static bool
is_plain(struct str s, size_t max)
{
	if (s.n == 0 || s.n > max)
		return false;
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < 0x20 || (unsigned char)s.p[i] > 0x7e)
			return false;
	return true;
}

/* The origin by name, and whatever headers its SDK wants to send. */
static void
set_vendor_cors(const struct req *req, struct res *res)
{
	struct str origin = req_header(req, "origin");
	struct str wants = req_header(req, "access-control-request-headers");
	res_header(res, "Vary", STR("Origin, Access-Control-Request-Headers"));
	if (is_plain(origin, 255)) {
		res_header(res, "Access-Control-Allow-Origin", origin);
		res_header(res, "Access-Control-Allow-Credentials", STR("true"));
	}
	if (is_plain(wants, 1024))
		res_header(res, "Access-Control-Allow-Headers", wants);
}

static enum err
run_check(const struct dispatch *d, struct task *t, struct req *req, const struct route *row)
{
	need_check *check = d->check[row->need];
	if (check == NULL) {
		ASSERT(row->need == NEED_PUBLIC);
		return E_OK;
	}
	return check(d->web, t, req, row);
}

static enum err
handle(const struct dispatch *d, struct task *t, struct req *req, struct res *res,
       const struct route *row)
{
	struct web *w = d->web;
	if (d->lend == NULL || !d->lend(w, t, req, res, row))
		return row->handler(w, t, req, res);
	enum err e = row->handler(w, t, req, res);
	/* it is away, a query stood in its own way, or what is asked for may
	 * only be too new for it; nothing was sent yet */
	if (e != E_UNAVAILABLE && e != E_RETRY && e != E_NOT_FOUND)
		return e;
	d->take_back(w, t);
	task_clear(t);
	res_reset(res);
	return row->handler(w, t, req, res);
}

/* Up to the handler's end. *row: what the path belongs to, for the log. */
static enum err
answer(const struct dispatch *d, struct task *t, struct req *req, struct res *res,
       const struct route **row)
{
	struct web *w = d->web;
	unsigned allow;
	if (t->err != E_OK) /* the request itself could not be read */
		return t->err;
	enum err e = check_headers(t, req);
	if (e != E_OK)
		return e;
	const struct route *found = route_find(w->routes, w->nroutes, req, &allow);
	*row = found != NULL ? found : route_path(w->routes, w->nroutes, req);
	if (*row == NULL)
		return task_fail(t, E_NOT_FOUND, "There is nothing at this address.");
	bool vendor = (*row)->need == NEED_VENDOR_KEY;
	bool cors = vendor || (*row)->need == NEED_WRITE_KEY || (*row)->cors;
	if (cors)
		set_cors(res);
	if (vendor)
		set_vendor_cors(req, res);
	if (found == NULL && req->method == M_OPTIONS) {
		answer_options(res, allow, cors);
		return E_OK;
	}
	e = run_check(d, t, req, *row);
	if (e != E_OK)
		return e;
	if (found == NULL) {
		set_allow(res, "Allow", allow);
		return task_fail(t, E_METHOD, "%s is not allowed here.",
		                 req->method == M_OTHER ? "This method" :
		                                          method_name(req->method));
	}
	return handle(d, t, req, res, found);
}

static void
set_default(struct res *res, const char *name, struct str value)
{
	if (res_header_find(res, name).p == NULL)
		res_header(res, name, value);
}

static void
set_common(struct task *t, struct res *res)
{
	struct str type = res_header_find(res, "Content-Type");
	bool is_page = str_starts(type, STR("text/html"));
	res_header(res, "X-Request-Id", str_of(t->request_id));
	res_header(res, "X-Content-Type-Options", STR("nosniff"));
	set_default(res, "Referrer-Policy", STR("same-origin"));
	set_default(res, "Cache-Control", STR("no-store"));
	set_default(res, "Cross-Origin-Opener-Policy", STR("same-origin"));
	set_default(res, "Cross-Origin-Resource-Policy", STR("same-origin"));
	res_header(res, "Permissions-Policy", STR(NO_FEATURES));
	set_default(res, "Content-Security-Policy",
	            is_page ? STR(PAGE_POLICY) : STR(DATA_POLICY));
}

static enum err
dispatch(const struct dispatch *d, struct task *t, struct req *req, struct res *res,
         const struct route **row)
{
	d->web->who = (struct who){ 0 };
	enum err e = answer(d, t, req, res, row);
	if (e != E_OK) {
		if (t->err == E_OK)
			(void)task_fail(t, e, "%s", err_message(e));
		buf_reset(&res->body);
		res->more = NULL;
		res_header(res, "Cache-Control", STR("no-store"));
		if (e == E_QUOTA && d->web->who.retry_us > t->now_us)
			res_headerf(res, "Retry-After", "%lld",
			            (long long)((d->web->who.retry_us - t->now_us) / US_PER_S) + 1);
		if (d->page != NULL && !dispatch_is_api(req->path))
			d->page(d->web, t, req, res, e);
		else
			res_error_json(res, t, e);
		if (d->refuse != NULL)
			d->refuse(d->web, t, req, res, e);
	}
	set_common(t, res);
	return e;
}

enum err
dispatch_one(const struct dispatch *d, struct task *t, struct req *req, struct res *res)
{
	const struct route *row = NULL;
	return dispatch(d, t, req, res, &row);
}

/* The pattern stands for the path, since paths may hold secrets. */
static struct str
shown_path(const struct req *req, const struct route *row)
{
	return row != NULL ? str_of(row->pattern) : str_slice(req->path, 0, 200);
}

struct outcome {
	const struct route *row;
	enum err err;
	int status;
	int64_t began_us; /* monotonic */
	bool delivered;
};

static void
log_request(const struct dispatch *d, const struct task *t, const struct req *req,
            const struct outcome *o, size_t sent)
{
	const struct who *who = &d->web->who;
	struct log l;
	log_begin(&l, o->status >= 500 ? LOG_ERROR : LOG_INFO, "request");
	log_str(&l, "id", str_of(t->request_id));
	log_str(&l, "method", str_of(method_name(req->method)));
	log_str(&l, "path", shown_path(req, o->row));
	log_i64(&l, "status", o->status);
	log_i64(&l, "us", clock_mono_us() - o->began_us);
	log_i64(&l, "in", (int64_t)req->body.n);
	log_i64(&l, "out", (int64_t)sent);
	if (who->team.slug.n > 0)
		log_str(&l, "team", who->team.slug);
	if (who->env.id != 0)
		log_i64(&l, "env", who->env.id);
	if (who->replica)
		log_str(&l, "store", STR("replica"));
	if (o->err != E_OK)
		log_str(&l, "err", str_of(err_slug(o->err)));
	/* For the caller's faults the detail may repeat what they sent. */
	if (o->status >= 500)
		log_str(&l, "detail", str_of(t->detail));
	if (!o->delivered)
		log_str(&l, "delivered", STR("no"));
	log_end(&l);
}

/* A row whose need nobody checks would be open to all: refuse to start. */
static void
check_table(const struct dispatch *d)
{
	const struct web *w = d->web;
	for (size_t i = 0; i < w->nroutes; i++) {
		enum need need = w->routes[i].need;
		ASSERT(need < NEED_COUNT && w->routes[i].handler != NULL);
		ASSERT(need == NEED_PUBLIC || d->check[need] != NULL);
	}
}

/* What the loop's idle call needs. */
struct idle {
	const struct dispatch *d;
	struct task *t;
};

static void
beat(void *ctx)
{
	const struct idle *i = ctx;
	task_reset(i->t);
	heart_turn(i->d->heart, i->t, i->d->web->redis);
}

int64_t
dispatch_lifetime(int64_t max_requests, int64_t pid)
{
	return max_requests - max_requests / 5 * (pid % 16) / 16;
}

void
dispatch_run(const struct dispatch *d, struct fcgi *f)
{
	int64_t max = dispatch_lifetime(d->max_requests, getpid());
	struct arena *a = arena_new((size_t)1 << 20);
	struct task t;
	struct req req;
	struct res res;
	struct idle idle = { d, &t };
	check_table(d);
	task_init(&t, a);
	if (d->heart != NULL)
		fcgi_idle(f, WORKER_BEAT_S * 1000, beat, &idle);
	res_init(&res, &t);
	for (int64_t n = 0; max == 0 || n < max; n++) {
		struct outcome o = { 0 };
		if (!fcgi_accept(f, &t, &req))
			break;
		res_reset(&res);
		o.began_us = clock_mono_us();
		o.err = dispatch(d, &t, &req, &res, &o.row);
		o.status = res.status;
		o.delivered = fcgi_send(f, &req, &res);
		if (o.err == E_OK)
			o.err = t.err; /* a streamed reply that failed */
		log_request(d, &t, &req, &o, fcgi_sent(f));
		if (d->after != NULL)
			d->after(d->web, &t);
		fcgi_finish(f);
		if (d->heart != NULL) {
			d->heart->done++;
			heart_turn(d->heart, &t, d->web->redis);
		}
	}
	if (d->heart != NULL)
		heart_close(d->heart, &t, d->web->redis);
	buf_release(&res.body);
	arena_free(a);
}
