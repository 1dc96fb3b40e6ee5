/* sdk.c - see sdk.h. */
#include "model/project/sdk.h"

#include "base/num.h"

#define NAME_MAX_BYTES 64

static const struct stmt get = { "sdk_get",
	"SELECT sample_events, sample_traces, array_to_string(killed_sdks, E'\\n')"
	" FROM environments WHERE id = $1::int4" };
static const struct stmt set = { "sdk_set",
	"UPDATE environments SET sample_events = $2::float8, sample_traces = $3::float8,"
	" killed_sdks = $4::text[] WHERE id = $1::int4" };
static const struct stmt *const all[] = { &get, &set };
const struct stmt_list sdk_statements = STMT_LIST("sdk", all);

bool
sdk_percent(struct str text, double *share)
{
	double v;
	if (!num_f64(text, &v) || v < 0 || v > 100)
		return false;
	*share = v / 100;
	return true;
}

enum err
sdk_get(struct task *t, struct pg *pg, int32_t environment_id, struct sdk_settings *out)
{
	struct bind b = { 0 };
	struct rows *r;
	bind_i64(t, &b, environment_id);
	enum err e = pg_one(t, pg, &get, &b, &r);
	if (e == E_OK)
		*out = (struct sdk_settings){ row_f64(r, 0, 0), row_f64(r, 0, 1), row_str(r, 0, 2) };
	return e;
}

static bool
is_name(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
		if (!word && (c == '\0' || strchr("-_./@", c) == NULL))
			return false;
	}
	return s.n > 0 && s.n <= NAME_MAX_BYTES;
}

/* Names of the lines, without the empty ones. */
static size_t
names(struct task *t, struct str text, struct str *out)
{
	size_t n = 0;
	while (text.p != NULL) {
		struct str one = str_trim(str_cut(&text, '\n'));
		if (one.n == 0)
			continue;
		if (n == SDK_KILLED_MAX) {
			task_field(t, STR("killed_sdks"), "At most %d names.", SDK_KILLED_MAX);
			return n;
		}
		if (!str_is(one, "*") && !is_name(one))
			task_field(t, STR("killed_sdks"), "\"%.*s\" is no name of an SDK, such as"
			           " tidemark-flutter.", STRF(one));
		out[n++] = one;
	}
	return n;
}

enum err
sdk_set(struct task *t, struct pg *pg, int32_t environment_id, const struct sdk_settings *in)
{
	struct str name[SDK_KILLED_MAX];
	struct bind b = { 0 };
	struct rows *r;
	size_t n = names(t, in->killed, name);
	if (!(in->sample_events >= 0 && in->sample_events <= 1))
		task_field(t, STR("sample_events"), "A percentage from 0 to 100.");
	if (!(in->sample_traces >= 0 && in->sample_traces <= 1))
		task_field(t, STR("sample_traces"), "A percentage from 0 to 100.");
	if (t->nfields > 0)
		return task_fail(t, E_INVALID, "%.*s: %.*s", STRF(t->fields[0].path),
		                 STRF(t->fields[0].message));
	bind_i64(t, &b, environment_id);
	bind_f64(t, &b, in->sample_events);
	bind_f64(t, &b, in->sample_traces);
	bind_str_array(t, &b, name, n);
	enum err e = pg_run(t, pg, &set, &b, &r);
	if (e == E_OK && rows_affected(r) != 1)
		return task_fail(t, E_NOT_FOUND, "There is no environment %d", environment_id);
	return e;
}
