/*
 * erasures.h - the ledger of erasures: who was erased and when, as the keyed
 * hashes that the database keeps anyway (ingest/tombstone.h). An older backup
 * brings erased persons back; with the ledger they can be found in it and
 * erased again, by who does not know who they were.
 *
 * An erasure of events by a filter has no hash: its filter travels sealed with
 * the master key, as the database keeps it (model/project/privacy.h).
 *
 * As a file it is the JSON that `tidemarkctl erasure list` prints or saves. It is no part
 * of a backup, or it would be as old as that: backup writes the whole one beside
 * its folders, restore that of the database it replaces.
 */
#ifndef TM_PROGRAMS_CTL_ERASURES_H
#define TM_PROGRAMS_CTL_ERASURES_H

#include "programs/ctl/ctl.h"

#define ERASURES_FILE "erasures.json"

struct erasure {
	int32_t environment_id;
	int64_t erased_us;
	struct str target; /* "person", "events" */
	struct str mode;   /* "delete", "pseudonymize" */
	struct str law;
	struct str request_id;
	struct str hash;   /* of one id of a person, hex; "" of events */
	struct str sealed; /* of events, base64url: which; "" = nobody knows any more */
};
struct erasures {
	struct erasure *row; /* by time */
	size_t n;
};
/* Outside a transaction. A database of before there were erasures has none. */
enum err erasures_read(struct ctl *c, struct pg *pg, int64_t since_us, struct erasures *out) MUST_CHECK;
enum err erasures_load(struct ctl *c, struct str path, struct erasures *out) MUST_CHECK;
/* Whole or not at all. */
enum err erasures_save(struct ctl *c, const struct erasures *x, struct str path) MUST_CHECK;
/* Those of b that a does not have, behind a. */
void erasures_join(struct task *t, struct erasures *a, const struct erasures *b);

/*
 * Late items are dropped again, and whoever is there under one of the hashes
 * is erased by a request of their own, which the consumers take up. A request
 * that waits already is not made twice. What a person sent since under the
 * same id goes as well. Events by a filter are asked for under the id their
 * request had, where it is not done: those that had come when it was done
 * then, and none that came later. Outside a transaction.
 */
struct erasures_done {
	int64_t persons, events; /* requests made: of persons; of events by filter */
	int64_t waiting;         /* there was one already */
	int64_t forgotten;       /* of events by filter: nobody knows any more which */
};
enum err erasures_apply(struct ctl *c, struct pg *pg, const struct erasures *x,
                        struct erasures_done *done) MUST_CHECK;

extern const struct stmt_list ctl_erasures_statements;

#endif
