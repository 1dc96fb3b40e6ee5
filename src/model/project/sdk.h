/*
 * sdk.h - what the SDKs of an environment are told by GET
 * /api/v1/ingest/config: which share to send, and who shall stop.
 *
 * What comes from an SDK that shall stop is dropped at the door; shares are
 * the SDKs' own business. Inside the caller's transaction, scope: the team.
 * Whoever changes runs key_mirror_environment() before COMMIT.
 */
#ifndef TM_MODEL_SDK_H
#define TM_MODEL_SDK_H

#include "base/str.h"
#include "store/pg.h"

#define SDK_KILLED_MAX 20

struct sdk_settings {
	double sample_events, sample_traces; /* 0 to 1 */
	struct str killed; /* names of SDKs, newline-separated; "*" = every one */
};

enum err sdk_get(struct task *t, struct pg *pg, int32_t environment_id,
                 struct sdk_settings *out) MUST_CHECK;
/* E_INVALID with fields sample_events, sample_traces, killed_sdks. */
enum err sdk_set(struct task *t, struct pg *pg, int32_t environment_id,
                 const struct sdk_settings *in) MUST_CHECK;
/* "25" or "12.5" percent, 0 to 100, as a share. */
bool sdk_percent(struct str text, double *share);

extern const struct stmt_list sdk_statements;

#endif
