/*
 * key.h - the keys of an environment: write ("tm_wk_…", public by nature,
 * kept encrypted so that pages can show it) and read ("tm_rk_…", shown once).
 *
 * Form of the text: base/token.h; looked up by its SHA-256. PostgreSQL owns
 * the keys; Redis holds the mirror that ingest reads (queue/mirror.h).
 *
 * All functions run inside the caller's transaction, scope: the team. Mirror
 * writes happen inside it as well, before COMMIT, under the row locks it
 * holds, so that concurrent changes reach Redis in commit order.
 */
#ifndef TM_MODEL_KEY_H
#define TM_MODEL_KEY_H

#include "base/crypt.h"
#include "queue/redis.h"
#include "store/pg.h"

enum key_type { KEY_WRITE, KEY_READ };

struct key {
	struct str id; /* uuid */
	int32_t environment_id;
	struct str environment_name;
	enum key_type type;
	struct str hint; /* last 4 characters */
	int32_t rate_limit;
	int64_t created_us, expires_us, revoked_us, last_seen_us; /* 0 = never */
};

struct key_new {
	int32_t environment_id;
	enum key_type type;
	int32_t rate_limit;  /* requests a minute; 0 = the default 10,000 */
	int64_t expires_us;  /* 0 = never */
	const struct crypt *crypt; /* of TIDEMARK_MASTER_KEY; seals write keys */
};

bool key_type_find(struct str name, enum key_type *out);
const char *key_type_name(enum key_type type);

/* E_NOT_FOUND (environment), E_INVALID, E_UNAVAILABLE (Redis). */
enum err key_create(struct task *t, struct pg *pg, struct redis *redis,
                    const struct key_new *in, struct key *out,
                    struct str *token) MUST_CHECK;
/* By age. environment_id 0 = all that the role sees. */
enum err key_list(struct task *t, struct pg *pg, int32_t environment_id,
                  struct key **out, size_t *n) MUST_CHECK;
enum err key_get(struct task *t, struct pg *pg, struct str id, struct key *out) MUST_CHECK;
/* The newest live write key of an environment in full; *found false if none. */
enum err key_show(struct task *t, struct pg *pg, int32_t environment_id,
                  const struct crypt *crypt, struct str *token, bool *found) MUST_CHECK;
/* This live write key in full; *found false for any other. */
enum err key_reveal(struct task *t, struct pg *pg, int32_t environment_id, struct str id,
                    const struct crypt *crypt, struct str *token, bool *found) MUST_CHECK;
/* Requests a minute from now on: 1 to KEY_RATE_MAX. E_INVALID. */
#define KEY_RATE_DEFAULT 10000
#define KEY_RATE_MAX 100000000
enum err key_rate_set(struct task *t, struct pg *pg, struct redis *redis, struct str id,
                      int64_t rate_limit) MUST_CHECK;
/* Every key of a project's environments; Redis first, as key_revoke. */
enum err key_revoke_project(struct task *t, struct pg *pg, struct redis *redis,
                            struct str project_id) MUST_CHECK;
/* A new key of the same kind; the old one stays valid for overlap_us. */
struct key_rotate {
	struct str id;
	int64_t overlap_us; /* default KEY_OVERLAP_US; 0 = the old one ends now */
	const struct crypt *crypt;
};
#define KEY_OVERLAP_US (24 * INT64_C(3600000000))
enum err key_rotate(struct task *t, struct pg *pg, struct redis *redis,
                    const struct key_rotate *in, struct key *out,
                    struct str *token) MUST_CHECK;
/* Redis first, then PostgreSQL: success means that the door knows. */
enum err key_revoke(struct task *t, struct pg *pg, struct redis *redis,
                    struct str id) MUST_CHECK;

/* The key behind a bearer value (auth_key; no scope needed). */
struct key_auth {
	struct str id, team_id, project_id;
	int32_t environment_id;
	enum key_type type;
};
enum err key_check(struct task *t, struct pg *pg, struct str token,
                   struct key_auth *out, bool *found) MUST_CHECK;

/* Write the mirror of one key / an environment's keys / all keys (consumer,
 * owner), the last also sets the marker tm:mirror. */
enum err key_mirror(struct task *t, struct pg *pg, struct redis *redis,
                    struct str id) MUST_CHECK;
enum err key_mirror_environment(struct task *t, struct pg *pg, struct redis *redis,
                                int32_t environment_id) MUST_CHECK;
enum err key_mirror_all(struct task *t, struct pg *pg, struct redis *redis) MUST_CHECK;

extern const struct stmt_list key_statements;
extern const struct stmt_list key_mirror_statements;

#endif
