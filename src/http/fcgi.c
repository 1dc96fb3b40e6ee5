/*
 * fcgi.c - see fcgi.h.
 *
 * SIGTERM and SIGINT are blocked except while waiting in epoll_pwait(), so that
 * a request in hand always finishes and no stop signal is lost between looking
 * at the flag and waiting. A connection wakes one worker (EPOLLEXCLUSIVE), not
 * the whole pool: with ppoll() sixteen workers spent more time waking up than
 * working. The listener is non-blocking: who comes late goes back to waiting.
 */
#include "http/fcgi.h"

#include <errno.h>
#include <fcgiapp.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/log.h"
#include "base/num.h"
#include "base/process.h"
#include "base/str.h"
#include "base/utf8.h"
#include "base/uuid.h"

#define HEADERS_MAX 128
/* A body beyond the limit is read and forgotten up to this size, so that the
 * peer gets to read our answer. */
#define DRAIN_MAX ((int64_t)64 << 20)
#define CHUNK 65536

struct fcgi {
	FCGX_Request request;
	sigset_t waiting; /* signal mask while waiting */
	int epoll;        /* holds the listener */
	void (*idle)(void *ctx); /* NULL = none */
	void *idle_ctx;
	int idle_ms;
	size_t max_body;
	size_t sent;
	const char *late_path; /* NULL = none */
	int64_t late_max, late_left;
	bool active; /* accepted and not finished */
	bool broken; /* a streamed reply failed half-way */
};

enum err
fcgi_open(struct task *t, size_t max_body, struct fcgi **out)
{
	sigset_t stop;
	if (!process_has_listener())
		return task_fail(t, E_CONFIG,
		                 "Descriptor 0 is not a listening socket. Start this program "
		                 "by spawn-fcgi or a systemd socket.");
	if (FCGX_Init() != 0)
		return task_fail(t, E_INTERNAL, "FastCGI could not be set up.");
	struct fcgi *f = calloc(1, sizeof(*f));
	ASSERT(f != NULL);
	f->max_body = max_body;
	ASSERT(FCGX_InitRequest(&f->request, STDIN_FILENO, FCGI_FAIL_ACCEPT_ON_INTR) == 0);
	sigemptyset(&stop);
	sigaddset(&stop, SIGTERM);
	sigaddset(&stop, SIGINT);
	ASSERT(sigprocmask(SIG_BLOCK, &stop, &f->waiting) == 0);
	sigdelset(&f->waiting, SIGTERM);
	sigdelset(&f->waiting, SIGINT);
	int flags = fcntl(STDIN_FILENO, F_GETFL);
	ASSERT(flags >= 0 && fcntl(STDIN_FILENO, F_SETFL, flags | O_NONBLOCK) == 0);
	struct epoll_event event = { .events = EPOLLIN | EPOLLEXCLUSIVE };
	f->epoll = epoll_create1(EPOLL_CLOEXEC);
	ASSERT(f->epoll >= 0 &&
	       epoll_ctl(f->epoll, EPOLL_CTL_ADD, STDIN_FILENO, &event) == 0);
	*out = f;
	return E_OK;
}

void
fcgi_close(struct fcgi *f)
{
	if (f == NULL)
		return;
	fcgi_finish(f);
	close(f->epoll);
	free(f);
}

void
fcgi_late(struct fcgi *f, const char *path, int64_t max)
{
	f->late_path = path;
	f->late_max = max;
}

static enum method
method_of(struct str s)
{
	static const char *const names[] = { "GET", "HEAD", "POST", "PUT",
		                             "PATCH", "DELETE", "OPTIONS" };
	for (size_t i = 0; i < NELEM(names); i++) {
		if (str_is(s, names[i]))
			return (enum method)i;
	}
	return M_OTHER;
}

/* HTTP_X_SDK -> x-sdk */
static struct str
header_name(struct task *t, struct str name)
{
	char *p = arena_cstr(t->arena, name);
	for (size_t i = 0; i < name.n; i++) {
		if (p[i] >= 'A' && p[i] <= 'Z')
			p[i] = (char)(p[i] - 'A' + 'a');
		else if (p[i] == '_')
			p[i] = '-';
	}
	return (struct str){ p, name.n };
}

static struct str
media_type(struct task *t, struct str value)
{
	struct str type = str_trim(str_cut(&value, ';'));
	char *p = arena_cstr(t->arena, type);
	for (size_t i = 0; i < type.n; i++) {
		if (p[i] >= 'A' && p[i] <= 'Z')
			p[i] = (char)(p[i] - 'A' + 'a');
	}
	return (struct str){ p, type.n };
}

/* nginx's id when it is harmless text, else our own. */
static void
set_request_id(struct task *t, struct str id)
{
	bool ok = id.n >= 8 && id.n < sizeof(t->request_id);
	for (size_t i = 0; i < id.n && ok; i++) {
		char c = id.p[i];
		ok = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
		     (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
	}
	if (ok) {
		memcpy(t->request_id, id.p, id.n);
		t->request_id[id.n] = '\0';
	} else {
		uint8_t fresh[16];
		uuid_v4(fresh);
		uuid_format(fresh, t->request_id);
	}
}

static void
take_param(struct task *t, struct req *req, struct str name, struct str value)
{
	if (str_starts(name, STR("HTTP_")) && req->nheaders < HEADERS_MAX) {
		struct pair *h = &req->headers[req->nheaders++];
		h->name = header_name(t, str_slice(name, 5, name.n));
		h->value = value;
		if (str_is(h->name, "host"))
			req->host = value;
		else if (str_is(h->name, "user-agent"))
			req->user_agent = value;
	} else if (str_is(name, "REQUEST_METHOD")) {
		req->method = method_of(value);
	} else if (str_is(name, "DOCUMENT_URI")) {
		req->path = value;
	} else if (str_is(name, "QUERY_STRING")) {
		req->query = value;
	} else if (str_is(name, "CONTENT_TYPE")) {
		req->content_type = media_type(t, value);
		req->content_type_line = value;
	} else if (str_is(name, "REMOTE_ADDR")) {
		req->remote_addr = value;
	} else if (str_is(name, "HTTPS") && str_is(value, "on")) {
		req->scheme = STR("https");
	} else if (str_is(name, "ADMIN")) {
		req->admin = str_is(value, "1");
	} else if (str_is(name, "REQUEST_ID")) {
		set_request_id(t, value);
	}
}

enum err
fcgi_params(struct task *t, char **params, struct req *req)
{
	*req = (struct req){ .method = M_OTHER, .scheme = STR("http") };
	req->headers = arena_raw(t->arena, HEADERS_MAX * sizeof(*req->headers));
	for (; *params != NULL; params++) {
		struct str value = str_of(*params), name = str_cut(&value, '=');
		take_param(t, req, name, value);
	}
	if (t->request_id[0] == '\0')
		set_request_id(t, STR_NULL);
	if (req->path.n == 0 || req->path.p[0] != '/' || !utf8_is_line(req->path)) {
		/* still an answer in the style of where it was going */
		req->path = str_starts(req->path, STR("/api/")) ? STR("/api") : STR("/");
		return task_fail(t, E_BAD_REQUEST, "The path is not valid.");
	}
	return E_OK;
}

/* Read and forget. */
static void
drain(struct fcgi *f, int64_t n)
{
	char scratch[4096];
	while (n > 0) {
		int want = n < (int64_t)sizeof(scratch) ? (int)n : (int)sizeof(scratch);
		int got = FCGX_GetStr(scratch, want, f->request.in);
		if (got <= 0)
			return;
		n -= got;
	}
}

/* For req->late. */
static size_t
read_late(void *ctx, char *p, size_t n)
{
	struct fcgi *f = ctx;
	int want = n < CHUNK ? (int)n : CHUNK;

	if (want > f->late_left)
		want = (int)f->late_left;
	int got = want > 0 ? FCGX_GetStr(p, want, f->request.in) : 0;

	f->late_left = got > 0 ? f->late_left - got : 0;
	return got > 0 ? (size_t)got : 0;
}

static enum err
read_body(struct fcgi *f, struct task *t, struct req *req)
{
	struct str text = str_of(FCGX_GetParam("CONTENT_LENGTH", f->request.envp));
	int64_t length = 0;
	if (text.n > 0 && !num_range(text, 0, INT64_MAX, &length))
		return task_fail(t, E_BAD_REQUEST, "The Content-Length is not valid.");
	if (f->late_path != NULL && req->method == M_POST && str_is(req->path, f->late_path) &&
	    length <= f->late_max) {
		req->late = (struct body_late){ length, read_late, f };
		f->late_left = length;
		return E_OK;
	}
	if ((uint64_t)length > f->max_body) {
		drain(f, length < DRAIN_MAX ? length : DRAIN_MAX);
		return task_fail(t, E_TOO_LARGE, "The body is larger than %zu bytes.",
		                 f->max_body);
	}
	if (length == 0)
		return E_OK;
	/* A few zero bytes behind the body let parsers read ahead. */
	char *p = arena_raw(t->arena, (size_t)length + 64);
	size_t have = 0;
	while (have < (size_t)length) {
		size_t want = (size_t)length - have;
		int got = FCGX_GetStr(p + have, want < CHUNK ? (int)want : CHUNK, f->request.in);
		if (got <= 0)
			return task_fail(t, E_BAD_REQUEST, "The body is cut short.");
		have += (size_t)got;
	}
	memset(p + length, 0, 64);
	req->body = (struct str){ p, (size_t)length };
	return E_OK;
}

void
fcgi_idle(struct fcgi *f, int ms, void (*idle)(void *ctx), void *ctx)
{
	f->idle = idle;
	f->idle_ctx = ctx;
	f->idle_ms = ms;
}

/* One accepted request, or false to stop. */
static bool
wait_for_request(struct fcgi *f)
{
	for (;;) {
		struct epoll_event event;
		if (process_stopping())
			return false;
		int n = epoll_pwait(f->epoll, &event, 1, f->idle != NULL ? f->idle_ms : -1,
		                    &f->waiting);
		if (n < 0 && errno != EINTR) {
			log_msg(LOG_ERROR, "listener", "epoll_pwait: %s", strerror(errno));
			return false;
		}
		if (n == 0 && f->idle != NULL)
			f->idle(f->idle_ctx);
		if (n <= 0)
			continue;
		int rc = FCGX_Accept_r(&f->request);
		if (rc == 0)
			return true;
		if (rc == -EAGAIN || rc == -EINTR || rc == -ECONNABORTED)
			continue;
		log_msg(LOG_ERROR, "accept", "%s", rc > -4096 ? strerror(-rc) : "failed");
		return false;
	}
}

bool
fcgi_accept(struct fcgi *f, struct task *t, struct req *req)
{
	ASSERT(!f->active);
	if (!wait_for_request(f))
		return false;
	f->active = true;
	f->late_left = 0;
	f->broken = false;
	f->sent = 0;
	task_reset(t);
	if (fcgi_params(t, f->request.envp, req) == E_OK)
		(void)read_body(f, t, req);
	return true;
}

static bool
put(struct fcgi *f, struct str s)
{
	while (s.n > 0) {
		int n = s.n < CHUNK ? (int)s.n : CHUNK;
		if (FCGX_PutStr(s.p, n, f->request.out) != n)
			return false;
		s = str_slice(s, (size_t)n, s.n);
	}
	return true;
}

static void
put_head(struct buf *b, const struct res *res, bool has_length)
{
	buf_printf(b, "Status: %d\r\n", res->status);
	for (size_t i = 0; i < res->nheaders; i++) {
		buf_puts(b, res->header[i].name);
		buf_add(b, STR(": "));
		buf_add(b, res->header[i].value);
		buf_add(b, STR("\r\n"));
	}
	if (has_length)
		buf_printf(b, "Content-Length: %zu\r\n", res->body.n);
	buf_add(b, STR("\r\n"));
}

/* Chunks until the producer ends; a failure breaks the connection, so that a
 * cut reply cannot be taken for a whole one. */
static bool
put_chunks(struct fcgi *f, struct res *res)
{
	bool go_on = true;
	while (go_on) {
		buf_reset(&res->body);
		go_on = res->more(res, res->more_ctx);
		if (res->task->err != E_OK || !put(f, buf_str(&res->body)) ||
		    FCGX_FFlush(f->request.out) != 0) {
			f->broken = true;
			return false;
		}
		f->sent += res->body.n;
	}
	return true;
}

bool
fcgi_send(struct fcgi *f, const struct req *req, struct res *res)
{
	/* what the handler left, so that the peer gets to read our answer */
	drain(f, f->late_left);
	f->late_left = 0;
	bool empty = res->status == 204 || res->status == 304;
	bool with_body = req->method != M_HEAD && !empty;
	struct buf head = BUF_INIT;
	put_head(&head, res, res->more == NULL && !empty);
	bool ok = put(f, buf_str(&head));
	buf_release(&head);
	if (!ok || !with_body)
		return ok;
	if (!put(f, buf_str(&res->body)))
		return false;
	f->sent += res->body.n;
	return res->more == NULL || put_chunks(f, res);
}

void
fcgi_finish(struct fcgi *f)
{
	if (!f->active)
		return;
	f->active = false;
	if (f->broken)
		FCGX_Free(&f->request, 1);
	else
		FCGX_Finish_r(&f->request);
}

size_t
fcgi_sent(const struct fcgi *f)
{
	return f->sent;
}
