/* persist_release.c - releases of a gather: what its contexts name, with the
 * key of their order. */
#include <stdlib.h>

#include "base/str.h"
#include "ingest/persist_tx.h"
#include "model/project/release.h"

/* Rows are sorted by key; a row that is there and old enough is not touched,
 * so nobody waits for it. */
static const struct stmt release_put = { "persist_release_put",
	"INSERT INTO releases AS r (environment_id, platform, version, build, sort_key, keyed,"
	" first_seen) SELECT k.env, k.platform, k.version, k.build, nullif(k.key, ''), true,"
	" " TS("k.at") " FROM unnest($1::int4[], $2::text[], $3::text[], $4::text[], $5::text[],"
	" $6::int8[]) WITH ORDINALITY AS k (env, platform, version, build, key, at, ord)"
	" WHERE NOT EXISTS (SELECT FROM releases o WHERE o.environment_id = k.env"
	"  AND o.platform = k.platform AND o.version = k.version AND o.build = k.build"
	"  AND o.first_seen <= " TS("k.at") ") ORDER BY k.ord"
	" ON CONFLICT (environment_id, platform, version, build) DO UPDATE SET"
	" first_seen = least(r.first_seen, excluded.first_seen), sort_key = excluded.sort_key,"
	" keyed = true" };
static const struct stmt *const statements[] = { &release_put };
const struct stmt_list persist_release_statements = STMT_LIST("persist_release", statements);

static int
cmp_release(const void *pa, const void *pb)
{
	const struct release_seen *a = pa, *b = pb;
	int c = (a->environment_id > b->environment_id) - (a->environment_id < b->environment_id);

	if (c == 0)
		c = str_cmp(a->c->platform, b->c->platform);
	if (c == 0)
		c = str_cmp(a->c->app_version, b->c->app_version);
	if (c == 0)
		c = str_cmp(a->c->app_build, b->c->app_build);
	return c != 0 ? c : (a->first_us > b->first_us) - (a->first_us < b->first_us);
}

static bool
is_same(const struct release_seen *a, const struct release_seen *b)
{
	return a->environment_id == b->environment_id &&
	       str_eq(a->c->platform, b->c->platform) &&
	       str_eq(a->c->app_version, b->c->app_version) &&
	       str_eq(a->c->app_build, b->c->app_build);
}

enum err
release_store(struct task *t, struct gather *g, struct release_seen *w, size_t n)
{
	int64_t *env = tarray(t, n + 1, int64_t), *at = tarray(t, n + 1, int64_t);
	struct str *text[4];
	struct bind b = { 0 };
	size_t k = 0;

	for (size_t c = 0; c < NELEM(text); c++)
		text[c] = tarray(t, n + 1, struct str);
	if (n > 0)
		qsort(w, n, sizeof(*w), cmp_release);
	for (size_t i = 0; i < n; i++) {
		const struct context *c = w[i].c;

		if (c->app_version.n == 0 || (i > 0 && is_same(&w[i - 1], &w[i])))
			continue;
		env[k] = w[i].environment_id;
		at[k] = w[i].first_us;
		text[0][k] = text_of(c->platform);
		text[1][k] = c->app_version;
		text[2][k] = text_of(c->app_build);
		text[3][k] = text_of(release_key(t, c->app_version, c->app_build));
		k++;
	}
	if (k == 0)
		return E_OK;
	bind_i64_array(t, &b, env, k);
	for (size_t c = 0; c < NELEM(text); c++)
		bind_str_array(t, &b, text[c], k);
	bind_i64_array(t, &b, at, k);
	return pg_run(t, g->p->pg, &release_put, &b, NULL);
}
