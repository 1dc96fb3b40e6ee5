/*
 * res.h - one reply: status, headers, body; sent exactly once by http/fcgi.
 * The only writer of header lines; a CR, LF or NUL in a value is refused
 * (our bug: ASSERT), since a bare LF would split the reply.
 */
#ifndef TM_HTTP_RES_H
#define TM_HTTP_RES_H

#include "base/buf.h"
#include "base/task.h"

#define RES_HEADERS_MAX 32

struct res {
	struct task *task;
	int status; /* 200 by default */
	struct {
		const char *name;
		struct str value;
	} header[RES_HEADERS_MAX];
	size_t nheaders;
	struct buf body;
	/* Streaming replies (exports): called after the headers until it
	 * returns false; body then holds one chunk a call. NULL = body only. */
	bool (*more)(struct res *res, void *ctx);
	void *more_ctx;
};

void res_init(struct res *r, struct task *t);
void res_reset(struct res *r);
/* name is a literal; value is copied into task memory. A header of the same
 * name is replaced, except Set-Cookie. */
void res_header(struct res *r, const char *name, struct str value);
void res_headerf(struct res *r, const char *name, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* What was set; p NULL when it was not. */
struct str res_header_find(const struct res *r, const char *name);
/* HttpOnly, SameSite=Lax, Path=/. max_age_s < 0: until the browser closes. */
void res_cookie(struct res *r, const char *name, struct str value, int max_age_s, bool secure);
/* 303 to a path on this site; anything else ("//host", "https:…") goes to "/". */
void res_redirect(struct res *r, struct str path);
/* Content-Type: application/json; charset=utf-8 */
void res_json(struct res *r, int status);
/*
 * The contract's error body:
 * {"error":slug,"message":…,"details":{path:[…]},"request_id":…}
 * from the task's failure (e when the task holds none). The task's sentence
 * is shown for 4xx only. Headers set before stay.
 */
void res_error_json(struct res *r, struct task *t, enum err e);

#endif
