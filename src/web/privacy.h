/*
 * privacy.h - a request to erase or to export, as pages and API make it: who
 * asks, when it begins, digests of the ids, and the entry of the audit.
 */
#ifndef TM_WEB_PRIVACY_H
#define TM_WEB_PRIVACY_H

#include "http/req.h"
#include "model/project/privacy.h"
#include "query/erasable.h"
#include "web/web.h"

/* kind, target, mode, law, subject and hold_min (-1: the server's) are the
 * caller's; the rest is filled in. In the caller's transaction, with the scope
 * of w->who.env. E_INVALID with field errors. */
enum err privacy_ask(struct web *w, struct task *t, const struct req *req, struct privacy_new *in,
                     struct str *id) MUST_CHECK;
/* Of single events, what would go; likewise, and nothing is asked for. */
enum err privacy_preview(struct web *w, struct task *t, const struct privacy_new *in,
                         struct erasable_sum *out) MUST_CHECK;
/* The same of a person: their persons, ids and rows into out->counts, as the job
 * will find them. */
enum err privacy_look(struct web *w, struct task *t, const struct privacy_new *in,
                      struct privacy_request *out) MUST_CHECK;
/* And of a request that was taken: whatever it names. */
enum err privacy_held(struct web *w, struct task *t, const struct privacy_subject *s,
                      struct privacy_request *out) MUST_CHECK;
/* The user id as it is kept where the environment hashes them. */
enum err privacy_hashed(struct web *w, struct task *t, struct str user_id,
                        struct str *out) MUST_CHECK;
/* A bound of `from` or `to`: RFC 3339, or a date or wall time in the
 * environment's time zone; else a field error. */
void privacy_time(struct task *t, struct str timezone, const char *field, struct str text,
                  int64_t *us);
/* An act on a request, told to the audit. */
enum err privacy_told(struct web *w, struct task *t, const struct req *req, const char *action,
                      struct str id) MUST_CHECK;
/* The archive's name in TIDEMARK_EXPORT_DIR, and whether it may be fetched. */
bool privacy_has_archive(const struct task *t, const struct privacy_request *r);
struct res;
enum err privacy_send_archive(struct web *w, struct task *t, const struct privacy_request *r,
                              struct res *res) MUST_CHECK;
/* The signed receipt as a file. E_NOT_FOUND while there is none. */
enum err privacy_send_receipt(struct task *t, const struct privacy_request *r, struct res *res) MUST_CHECK;

#endif
