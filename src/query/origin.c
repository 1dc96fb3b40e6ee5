/* origin.c - see origin.h. */
#include "query/origin.h"

#include "base/str.h"

struct origin
origin_row(const struct rows *r, size_t i, int device, int context)
{
	return (struct origin){
		.device_id = row_str(r, i, device),
		.platform = row_str(r, i, context),
		.os_version = row_str(r, i, context + 1),
		.model = row_str(r, i, context + 2),
		.locale = row_str(r, i, context + 3),
		.country = row_str(r, i, context + 4),
		.bundle_id = row_str(r, i, context + 5),
		.version = row_str(r, i, context + 6),
		.build = row_str(r, i, context + 7),
	};
}

struct str
origin_system(struct task *t, const struct origin *o)
{
	return str_trim(arena_printf(t->arena, "%.*s %.*s", STRF(o->platform),
		STRF(o->os_version)));
}

struct str
origin_app(struct task *t, const struct origin *o)
{
	if (o->build.n == 0)
		return o->version;
	return str_trim(arena_printf(t->arena, "%.*s (%.*s)", STRF(o->version), STRF(o->build)));
}

void
origin_json(struct jw *w, const struct origin *o)
{
	jw_key(w, "device");
	jw_object_begin(w);
	jw_kstr_if_any(w, "device_id", o->device_id);
	jw_kstr_if_any(w, "platform", o->platform);
	jw_kstr_if_any(w, "os_version", o->os_version);
	jw_kstr_if_any(w, "model", o->model);
	jw_kstr_if_any(w, "locale", o->locale);
	jw_kstr_if_any(w, "country", o->country);
	jw_object_end(w);
	jw_key(w, "app");
	jw_object_begin(w);
	jw_kstr_if_any(w, "bundle_id", o->bundle_id);
	jw_kstr_if_any(w, "version_name", o->version);
	jw_kstr_if_any(w, "build_number", o->build);
	jw_object_end(w);
}

void
origin_csv(struct csv *c, const struct origin *o)
{
	const struct str cell[] = { o->device_id, o->platform, o->os_version, o->model, o->locale,
		o->country, o->bundle_id, o->version, o->build };

	for (size_t i = 0; i < NELEM(cell); i++)
		csv_str(c, cell[i]);
}
