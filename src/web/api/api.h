/*
 * api.h - handlers of the query and management API, and what they share.
 */
#ifndef TM_WEB_API_API_H
#define TM_WEB_API_API_H

#include "base/json.h"
#include "base/jw.h"
#include "http/route.h"
#include "query/export.h"
#include "web/web.h"

typedef enum err api_handler(struct web *w, struct task *t, const struct req *req,
                             struct res *res);

/* projects.c */
api_handler api_projects_list, api_projects_create;
/* metrics.c */
api_handler api_overview;
/* events.c */
api_handler api_events, api_event;
/* sessions.c */
api_handler api_sessions, api_session;
/* definitions.c */
api_handler api_metrics_list, api_metric;
/* releases.c */
api_handler api_releases;
/* traces.c: rows, one row, names with percentiles, one name. */
api_handler api_traces, api_trace, api_trace_names, api_trace_detail;
/* crashes.c */
api_handler api_crashes, api_crash, api_crash_samples;
/* persons.c */
api_handler api_persons, api_person;
/* billing.c */
api_handler api_billing_plans, api_billing_subscription, api_billing_usage, api_flags;
api_handler api_billing_subscribe;
/* symbols.c */
api_handler api_symbols_list, api_symbols_delete, api_symbols_upload;
/* pipeline.c */
api_handler api_pipeline;
api_handler api_reports;
/* reviews.c */
api_handler api_reviews, api_review;
/* privacy.c: requests to erase and to export. */
api_handler api_privacy_create, api_privacy_list, api_privacy_get, api_privacy_cancel,
	api_privacy_receipt, api_privacy_archive, api_receipt_keys;
/* tracking.c */
api_handler api_tracking_plan, api_schema, api_schema_put;
/* batches.c: any credential that can see the environment. */
api_handler api_batch;
/* openapi.c */
api_handler api_openapi;
/* health.c: /livez, /readyz[?verbose], /metrics (admin listener only). */
api_handler health_livez, health_readyz, health_metrics;

/* window.c: the environment, range and filters of a request. */
struct api_window {
	struct pg_scope scope;
	struct query_env env;
	struct range range;
	struct filters filters;
};
/*
 * The environment that `env` names (by name or id; default prod; a read key
 * knows its own), into w->who.env. E_NOT_FOUND, which is said before any
 * other parameter is looked at.
 */
enum err api_environment(struct web *w, struct task *t, const struct req *req) MUST_CHECK;
/*
 * After api_environment: begin a transaction with its scope and parse from,
 * to, range, tz, compare and f. E_BAD_PARAM; then no transaction is left open.
 */
enum err api_window_open(struct web *w, struct task *t, const struct req *req,
                         bool day_buckets, struct api_window *out) MUST_CHECK;
/* Both, with `known` as the parameters there are, told to the audit. */
enum err api_open(struct web *w, struct task *t, const struct req *req, const char *const *known,
                  size_t nknown, struct api_window *out) MUST_CHECK;
/* "NAME: TEXT", the field in the details. E_BAD_PARAM. */
enum err api_bad(struct task *t, const char *name, const char *text) MUST_CHECK;
/* "limit": 1..max, default otherwise. E_BAD_PARAM. */
enum err api_limit(struct task *t, const struct req *req, int64_t fallback, int64_t max,
                   int64_t *out) MUST_CHECK;
/* Unknown query parameters are an error that names them. */
enum err api_known(struct task *t, const struct req *req, const char *const *names,
                   size_t n) MUST_CHECK;
/*
 * body.c: the JSON object of a request. A field of another type, and one that
 * is not in the table, are errors that name it: a typing error must not turn a
 * question into an act. E_MEDIA_TYPE, E_BAD_JSON, E_INVALID.
 */
#define API_NULL (1u << JSON_NULL) /* the same as absent */
#define API_BOOL (1u << JSON_BOOL)
#define API_INT (1u << JSON_INT)
#define API_STR (1u << JSON_STR)
#define API_LIST (1u << JSON_ARRAY)
#define API_OBJECT (1u << JSON_OBJECT)
struct api_field {
	const char *name;
	unsigned types; /* API_… that it may have */
};
enum err api_object(struct task *t, const struct req *req, const struct api_field *field,
                    size_t n, const struct json **body) MUST_CHECK;
/* The same; *body NULL: the request has none. */
enum err api_object_or_none(struct task *t, const struct req *req, const struct api_field *field,
                            size_t n, const struct json **body) MUST_CHECK;
/* "format" of a list; json is EXPORT_NONE. E_BAD_PARAM. */
enum err api_format(struct task *t, const struct req *req, enum export_format *out) MUST_CHECK;
/* "metadata": {…} */
void api_metadata(struct jw *w, const struct query_meta *m);

/* list.c: a list in a window. Task memory, for a file outlives the handler. */
struct api_list_kind {
	const char *name;  /* "sessions" */
	size_t limit, max; /* of a page */
	bool people;       /* told to the audit as people, by the handler */
	const char *more[4]; /* parameters besides a list's own */
};
struct api_list {
	const struct api_list_kind *kind;
	struct api_window window;
	size_t limit;
	enum export_format format; /* EXPORT_NONE: JSON */
	struct str cursor;
};
/* api_open, with limit, cursor and format. */
enum err api_list_open(struct web *w, struct task *t, const struct req *req,
                       const struct api_list_kind *kind, struct api_list **out) MUST_CHECK;
/* All rows as a file, in the transaction that api_list_open began: it ends
 * here, with its audit entry. query: of the source; task memory. */
enum err api_list_file(struct web *w, struct task *t, const struct req *req, struct res *res,
                       const struct api_list *l, const void *query,
                       const struct export_source *source) MUST_CHECK;
/* {"name":[ … rows … ],"next_cursor":…,"metadata":{…}}: a list's reply. Rows
 * are written in between, each into jw_value(w). */
void api_list_begin(struct jw *w, struct buf *b, const char *name);
void api_list_end(struct jw *w, struct str next_cursor, const struct query_meta *m);

#endif
