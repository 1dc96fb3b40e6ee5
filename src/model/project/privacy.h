/*
 * privacy.h - requests to erase or to hand out what is known of a person, and
 * to erase events that should not have been sent.
 *
 * A request goes received -> running -> done or failed; until not_before it
 * may be cancelled. It is due after a number of days (GDPR: a month, CCPA: 45
 * days); one that is not done by then is overdue. What it asks for is sealed
 * with the master key, bound to the row, and forgotten when an erasure is
 * done: from then on the row holds keyed digests only. Of events by filter
 * there is no digest to know them by, so the filter stays sealed for
 * PRIVACY_SEALED_DAYS, for older backups that are restored.
 *
 * All functions run in the caller's transaction; scope: the environment.
 */
#ifndef TM_MODEL_PRIVACY_H
#define TM_MODEL_PRIVACY_H

#include "base/crypt.h"
#include "store/pg.h"

#define PRIVACY_IDS_MAX 500   /* of one person */
#define PRIVACY_FILTERS_MAX 16
#define PRIVACY_HOLD_MAX 1440 /* minutes */
#define PRIVACY_SEALED_DAYS 400

/* Whom or what it is about. "" = not given. */
struct privacy_subject {
	struct str user_id, anonymous_id;
	struct str *filter; /* target "events": "name:eq:signup", query/filter.h */
	size_t nfilters;
	int64_t from_us, to_us;
	int64_t come_by_us; /* only events that were received by then; 0 = all */
	/* Every id they were known by, found at the start. kind: u, a, d. */
	struct privacy_id {
		char kind;
		struct str id;
	} *id;
	size_t nids, cap;
};
/* Task memory; one that is there already is not added. */
void privacy_subject_add(struct task *t, struct privacy_subject *s, char kind, struct str id);

/* Of `counts`, which is rows by what they were: and by table. */
#define PRIVACY_KEPT "kept_a_name_used_by_others:"

struct privacy_request {
	struct str id; /* uuid */
	int32_t environment_id;
	struct str kind;   /* erase, export */
	struct str target; /* person, events */
	struct str mode;   /* delete, pseudonymize; "" of an export */
	struct str law;    /* gdpr, ccpa, other */
	struct str state;  /* received, running, done, failed, cancelled */
	struct str step;   /* of a running one */
	struct str requested_by, error, receipt, counts, queue_mark;
	int64_t requested_us, not_before_us, due_us, started_us, erased_us, finished_us;
	struct str digests; /* "{hex,hex}" */
	int64_t rounds, file_bytes, file_until_us;
	struct str file_sha256;
	struct str sealed;  /* p NULL: forgotten */
	int64_t *person_no, *device_no;
	size_t npersons, ndevices;
	struct privacy_subject subject; /* by privacy_open() */
};

struct privacy_new {
	struct str id; /* "" = a new one; else of a row that was lost (uuid) */
	int32_t environment_id;
	struct str kind, target, mode, law; /* law "" = gdpr */
	struct privacy_subject subject;
	const struct str *digest; /* ingest/tombstone.h, of the ids given */
	size_t ndigests;
	struct str requested_by;  /* actor */
	int64_t hold_min;         /* minutes until it begins */
	int64_t due_days;
	const struct crypt *crypt;
};

/* Problems are field errors of the task (user_id, mode, law, from, …), then
 * E_INVALID. *id: of the new row. */
enum err privacy_check(struct task *t, const struct privacy_new *in) MUST_CHECK;
enum err privacy_create(struct task *t, struct pg *pg, const struct privacy_new *in,
                        struct str *id) MUST_CHECK;
/* E_NOT_FOUND, also of another environment and what is no uuid. */
enum err privacy_get(struct task *t, struct pg *pg, int32_t environment_id, struct str id,
                     struct privacy_request *out) MUST_CHECK;
/* Newest first. before: request id of the last one seen, "" = from the start. */
enum err privacy_list(struct task *t, struct pg *pg, int32_t environment_id, struct str before,
                      int64_t limit, struct privacy_request **out, size_t *n) MUST_CHECK;
/* E_CONFLICT when it has begun or ended. */
enum err privacy_cancel(struct task *t, struct pg *pg, int32_t environment_id,
                        struct str id) MUST_CHECK;
/* Filters that are no longer kept, in every environment. */
enum err privacy_forget(struct task *t, struct pg *pg, int64_t *forgotten) MUST_CHECK;
/* What it asks for, into r->subject; nothing when it is forgotten. E_DATA. */
enum err privacy_open(struct task *t, const struct crypt *crypt, struct privacy_request *r) MUST_CHECK;
struct str privacy_seal(struct task *t, const struct crypt *crypt, const struct privacy_request *r);
bool privacy_is_overdue(const struct task *t, const struct privacy_request *r);
/* Days until it is due, by law; config: TIDEMARK_PRIVACY_DUE_DAYS. */
int64_t privacy_due_days(struct str law, int64_t config);

/* What an entry of the audit says of it: no ids, only what it is and where. */
struct privacy_kind {
	int32_t environment_id;
	struct str kind, target, mode, law;
};
struct str privacy_detail(struct task *t, const struct privacy_kind *k);

/* The columns of a request in their order, and a row of them (jobs/erase). */
#define PRIVACY_COLUMNS                                                                    \
	"r.id, r.environment_id, r.kind, r.target, r.mode, r.law, r.state, r.step,"            \
	" r.requested_by, r.error, coalesce(r.receipt, ''), r.counts::text, r.queue_mark,"     \
	" (extract(epoch FROM r.requested_at)*1e6)::int8,"                                     \
	" (extract(epoch FROM r.not_before)*1e6)::int8, (extract(epoch FROM r.due_at)*1e6)::int8," \
	" (extract(epoch FROM r.started_at)*1e6)::int8, (extract(epoch FROM r.erased_at)*1e6)::int8," \
	" (extract(epoch FROM r.finished_at)*1e6)::int8, r.digests::text, r.rounds, r.file_bytes," \
	" (extract(epoch FROM r.file_until)*1e6)::int8, r.file_sha256, r.subject,"             \
	" r.person_nos::text, r.device_nos::text"
void privacy_row(struct task *t, const struct rows *r, size_t i, struct privacy_request *out);

extern const struct stmt_list privacy_statements;

#endif
