/*
 * release.h - the order of app versions. Pure.
 *
 * A release is platform + version + build. Releases of one platform are one
 * line, ordered by version, then build, leniently read: "v2.4", "2.4.0",
 * "shop@2.4.0", "2.4.0-beta.2", "2.4.0+118" and builds "118" or "1.2.3". The
 * rules are those of Semantic Versioning 2.0.0 section 11 with up to six
 * numbers, missing ones 0, and with the build number as the last word, which
 * that paper leaves out. A version that begins with no number ("nightly", a
 * commit hash) has no place in the order.
 */
#ifndef TM_MODEL_RELEASE_H
#define TM_MODEL_RELEASE_H

#include "base/task.h"

/* ≤ 200 bytes of ASCII whose byte order is the releases' order; p NULL when
 * the version has no place in it. For a column COLLATE "C". Task memory. */
struct str release_key(struct task *t, struct str version, struct str build);

#endif
