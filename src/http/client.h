/*
 * client.h - requests to other servers (libcurl inside; the only user of it
 * in this folder): sign-in providers, webhooks.
 *
 * One blocking request on a connection of its own: 3 s to connect, 5 s in
 * all, at most 256 KiB of reply. Never a redirect, a proxy, a cookie or a
 * password of the URL. TLS certificates are always checked. Plain http goes
 * only to a loopback address, or where the operator configured it.
 *
 * Where the URL comes from a user, set .public_only: then only https, only
 * ports 443, 8443 and .port, and only globally reachable addresses
 * (http/address.h). The address is checked at the moment of connecting, on
 * what is really connected to, so a name that resolves differently a moment
 * later gains nothing.
 */
#ifndef TM_HTTP_CLIENT_H
#define TM_HTTP_CLIENT_H

#include "base/task.h"
#include "http/req.h"

#define CLIENT_REPLY_MAX ((size_t)256 * 1024)

struct client_req {
	enum method method;        /* M_GET or M_POST */
	struct str url;
	const struct pair *header; /* name: value */
	size_t nheaders;
	struct str body;           /* M_POST */
	const char *content_type;  /* of the body */
	bool public_only;          /* a user named the URL */
	bool operator_url;         /* from the configuration: http is allowed */
	bool loopback;             /* .public_only, tests: this machine too, by http, any port */
	uint16_t port;             /* .public_only: one more port, 0 = none */
	size_t reply_max;          /* bytes; 0 = CLIENT_REPLY_MAX, which is the most */
	int timeout_ms;            /* in all; 0 = 5000 */
};

struct client_res {
	int status;
	struct str content_type;   /* media type only, lower case */
	struct str body;           /* task memory */
};

/*
 * Any status that came is E_OK. E_BAD_PARAM: the URL or a header cannot be
 * used. E_FORBIDDEN: the address, the port or the scheme is not allowed.
 * E_UNAVAILABLE: not reachable, or its certificate is not right. E_TIMEOUT.
 * E_TOO_LARGE: more than CLIENT_REPLY_MAX. The world's faults are logged here
 * by host name, without path, query and body.
 */
enum err client_run(struct task *t, const struct client_req *in,
                    struct client_res *out) MUST_CHECK;

/* "a=b&c=d" of the fields, encoded; application/x-www-form-urlencoded. */
struct str client_form(struct task *t, const struct pair *field, size_t n);

#endif
