/*
 * req.h - one request, as nginx handed it over (http/fcgi.h fills it).
 * Everything is borrowed for the life of the task.
 */
#ifndef TM_HTTP_REQ_H
#define TM_HTTP_REQ_H

#include "base/task.h"

enum method { M_GET, M_HEAD, M_POST, M_PUT, M_PATCH, M_DELETE, M_OPTIONS, M_OTHER };

#define REQ_PARAMS_MAX 8

struct pair {
	struct str name, value;
};

/* A body that the handler reads itself, since it may be large: http/fcgi.h. */
struct body_late {
	int64_t length; /* 0 = there is none */
	/* Up to n bytes; 0 at the end, also when it comes too early. */
	size_t (*read)(void *ctx, char *p, size_t n);
	void *ctx;
};

struct req {
	enum method method;
	struct str path;         /* decoded once, starts with '/', valid UTF-8, no NUL/CR/LF */
	struct str query;        /* raw */
	struct str body;         /* as received (still encoded) */
	struct body_late late;   /* then body is empty */
	struct str content_type; /* media type only, lower case */
	struct str content_type_line; /* with its parameters, as sent */
	struct str host, scheme, remote_addr, user_agent;
	bool admin; /* came by the admin listener */
	struct pair *headers;    /* HTTP_* as "x-sdk": lower case, '-' */
	size_t nheaders;
	/* from the route pattern: {project_id} … in order */
	struct str param[REQ_PARAMS_MAX];
};

/* "" with p NULL when absent. *dup (may be NULL) = header sent twice. */
struct str req_header(const struct req *r, const char *lower_name);
bool req_header_dup(const struct req *r, const char *lower_name);
/* First query parameter, percent-decoded into task memory; p NULL if absent. */
struct str req_query(struct task *t, const struct req *r, const char *name);
/* All values of a repeated parameter; returns count ≤ max. */
size_t req_query_all(struct task *t, const struct req *r, const char *name,
                     struct str *out, size_t max);
/* Body field of a form, application/x-www-form-urlencoded or a text part of
 * multipart/form-data; p NULL if absent. */
struct str req_form(struct task *t, const struct req *r, const char *name);
size_t req_form_all(struct task *t, const struct req *r, const char *name,
                    struct str *out, size_t max);
struct str req_cookie(const struct req *r, const char *name);

#endif
