/* releases.c - job: keys of the order of releases that were filled in by a
 * migration, which cannot make them (model/project/release.h is C). */
#include "base/str.h"
#include "jobs/job.h"
#include "model/project/release.h"

#define AT_ONCE 500

static const struct stmt unkeyed = { "releases_unkeyed",
	"SELECT environment_id, platform, version, build FROM releases WHERE NOT keyed"
	" ORDER BY environment_id, platform, version, build LIMIT $1" };
static const struct stmt key_set = { "releases_key_set",
	"UPDATE releases r SET sort_key = nullif(k.key, ''), keyed = true FROM unnest($1::int4[],"
	" $2::text[], $3::text[], $4::text[], $5::text[]) AS k (env, platform, version, build, key)"
	" WHERE r.environment_id = k.env AND r.platform = k.platform AND r.version = k.version"
	" AND r.build = k.build AND NOT r.keyed" };
static const struct stmt *const statements[] = { &unkeyed, &key_set };
const struct stmt_list job_releases_statements = STMT_LIST("job_releases", statements);

static enum err
some(struct task *t, struct pg *pg, size_t *n)
{
	struct str *v[4];
	struct bind b = { 0 };
	struct rows *r;

	bind_i64(t, &b, AT_ONCE);
	enum err e = pg_run(t, pg, &unkeyed, &b, &r);

	*n = e == E_OK ? rows_count(r) : 0;
	if (*n == 0)
		return e;
	int64_t *env = tarray(t, *n, int64_t);

	for (size_t c = 0; c < NELEM(v); c++)
		v[c] = tarray(t, *n, struct str);
	for (size_t i = 0; i < *n; i++) {
		struct str key = release_key(t, row_str(r, i, 2), row_str(r, i, 3));

		env[i] = row_i64(r, i, 0);
		for (int c = 0; c < 3; c++)
			v[c][i] = row_str(r, i, 1 + c);
		v[3][i] = key.n > 0 ? key : STR("");
	}
	b = (struct bind){ 0 };
	bind_i64_array(t, &b, env, *n);
	for (size_t c = 0; c < NELEM(v); c++)
		bind_str_array(t, &b, v[c], *n);
	return pg_run(t, pg, &key_set, &b, NULL);
}

enum err
job_releases(struct task *t, struct job_host *h, int64_t *steps)
{
	size_t n = AT_ONCE;
	enum err e = E_OK;

	while (e == E_OK && n == AT_ONCE) {
		e = some(t, h->pg, &n);
		*steps += (int64_t)n;
	}
	return e;
}
