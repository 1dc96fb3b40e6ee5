/*
 * route.h - the route table: method + pattern -> row.
 * A pattern is literal segments and {name} segments: "/api/v1/projects/{project_id}/events".
 */
#ifndef TM_HTTP_ROUTE_H
#define TM_HTTP_ROUTE_H

#include "http/req.h"
#include "http/res.h"

/* What a route needs; checked by web/guard before the handler runs.
 * 0 = NEED_USER: signed in and verified. Public is spelled out. */
enum need {
	NEED_USER = 0,      /* browser session, verified */
	NEED_SESSION,       /* browser session, the mail address perhaps unverified */
	NEED_TEAM,          /* + member of {team} */
	NEED_PROJECT,       /* + {team}/{project}/{env} (pages) */
	NEED_SYSTEM,        /* system administrator */
	NEED_PUBLIC,        /* nobody in particular */
	NEED_WRITE_KEY,     /* ingest */
	NEED_VENDOR_KEY,    /* the same, where another vendor's protocol puts it */
	NEED_TOKEN,         /* API: token with .scope; read key too when .read_key */
	NEED_SYSTEM_TOKEN,  /* API: the same, and its user is a system administrator */
	NEED_COUNT
};

struct web; /* the program's drivers: web/web.h */

struct route {
	enum method method;
	const char *pattern;
	enum err (*handler)(struct web *w, struct task *t, const struct req *req, struct res *res);
	enum need need;
	const char *scope;   /* NEED_TOKEN: "metrics:read" … */
	bool read_key;       /* a read key of the environment will do as well */
	bool no_csrf;        /* POST without form token (API); pages always check */
	bool cors;           /* scripts of any origin may call it, without cookies */
	const char *summary; /* for openapi.json */
	/* NEED_TEAM, NEED_PROJECT, NEED_TOKEN: what the role must allow; an
	 * enum perm of model/team/perm.h (0 = reading). */
	unsigned char perm;
	/* The feature it belongs to, an enum flag of model/team/flag.h (0 = none);
	 * off: E_DISABLED. */
	unsigned char flag;
	/* NEED_VENDOR_KEY: whose protocol, an enum foreign_id of
	 * ingest/foreign/foreign.h. */
	unsigned char vendor;
	/* It only reads, and what was there a moment ago will do: a read replica
	 * may serve it (web/replica.h). */
	bool replica;
	/* Sensitive: the user must have confirmed who they are within the last
	 * five minutes (web/confirm.h). */
	bool confirm;
};

/*
 * Find the row; fills req->param. NULL when no pattern matches; *allow is then
 * 0, or the bit set of methods that the path does have (1 << enum method).
 * HEAD matches GET rows. OPTIONS is answered by the guard (CORS).
 */
const struct route *route_find(const struct route *table, size_t n, struct req *req,
                               unsigned *allow);
/* First row whose pattern fits the path, whatever its method; fills
 * req->param. NULL when none. For checks that come before a 405. */
const struct route *route_path(const struct route *table, size_t n, struct req *req);
/* "GET", … ; M_OTHER is "?". */
const char *method_name(enum method m);

#endif
