/* schema.c - the schema of a namespace, or of one event in it: shown, kept,
 * deleted. What is kept reaches the door in the same transaction. */
#include "base/str.h"
#include "http/form.h"
#include "model/governance/rules.h"
#include "model/project/key.h"
#include "model/team/perm.h"
#include "view/format.h"
#include "web/page/data/data.h"
#include "web/page/field.h"
#include "web/trail.h"
#include "web/who.h"

static const struct option MODES[] = {
	{ "warn", "Take the event, with a warning" }, { "reject", "Drop the event" },
	{ "off", "Keep the schema, check nothing" },
};

static enum err
begin(struct web *w, struct task *t)
{
	return who_begin(t, w);
}

/* "schema.properties.a": all of them are errors of the one text area. */
static void
gather_errors(struct task *t)
{
	size_t n = t->nfields;
	for (size_t i = 0; i < n; i++) {
		struct field_error f = t->fields[i];
		if (str_starts(f.path, STR("schema.")))
			task_field(t, STR("schema"), "At %.*s: %.*s",
			           STRF(str_slice(f.path, 7, f.path.n)), STRF(f.message));
	}
}

static enum err
show(struct web *w, struct task *t, const struct req *req, struct res *res,
     const struct schema_row *typed, int status)
{
	struct page p = page_framed(w, t, req, "schema.tpl", "Schema");
	struct schema_row row = { 0 };
	bool found = false;
	enum err e = begin(w, t);
	if (e == E_OK)
		e = schema_find(t, w->pg, w->who.env.id, typed->space, typed->event, &row, &found);
	if ((e = pg_end(t, w->pg, e)) != E_OK)
		return e;
	page_project(&p, "tracking-plan");
	if (str_is(req_query(t, req, "done"), "saved"))
		page_note(&p, "good", "The schema is saved. What is sent from now on is checked by it.");
	dict_str(p.body, "SPACE", typed->space);
	dict_str(p.body, "LIST_URL", page_path(w, t, "tracking-plan"));
	if (typed->event.n > 0)
		dict_str(dict_row(p.body, "OF_EVENT"), "EVENT", typed->event);
	else
		dict_show(p.body, "OF_ALL");
	struct str text = typed->schema.p != NULL ? typed->schema : found ? row.schema :
	    STR("{\n  \"type\": \"object\",\n  \"required\": [],\n  \"properties\": {}\n}");
	if (perm_has(role_find(w->who.team.role), PERM_PROJECT_EDIT)) {
		struct dict *d = dict_row(p.body, "FORM");
		page_csrf(&p, d);
		dict_str(d, "ACTION", page_path(w, t, "schema"));
		dict_str(d, "SPACE", typed->space);
		dict_str(d, "EVENT", typed->event);
		field_fill(t, d, "SCHEMA", "schema", text);
		field_options(d, "MODES", MODES, NELEM(MODES), typed->schema.p != NULL || found ?
		    str_of(schema_mode_name(typed->schema.p != NULL ? typed->mode : row.mode)) :
		    STR("warn"));
		dict_show_if(d, "DELETE", found);
	} else if (found) {
		struct dict *d = dict_row(p.body, "READ");
		dict_set(d, "MODE", schema_mode_name(row.mode));
		dict_str(d, "SCHEMA", row.schema);
	} else {
		dict_show(p.body, "NONE_YET");
	}
	task_clear(t);
	return page_send(&p, res, status);
}

enum err
page_schema(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	const struct schema_row asked = { .space = req_query(t, req, "namespace"),
		.event = req_query(t, req, "event") };
	if (asked.space.n == 0)
		return task_fail(t, E_NOT_FOUND, "The address names no namespace.");
	return show(w, t, req, res, &asked, 200);
}

static enum err
change(struct web *w, struct task *t, const struct req *req, const struct schema_row *row,
       bool delete)
{
	struct schema_row was = { 0 };
	bool found = false;
	enum err e = begin(w, t);
	if (e == E_OK)
		e = schema_find(t, w->pg, w->who.env.id, row->space, row->event, &was, &found);
	if (e == E_OK && delete)
		e = schema_delete(t, w->pg, w->who.env.id, row->space, row->event, &found);
	else if (e == E_OK)
		e = schema_put(t, w->pg, w->who.env.id, row);
	if (e == E_OK)
		e = rules_mirror(t, w->pg, w->redis, w->who.env.id);
	if (e == E_OK)
		e = key_mirror_environment(t, w->pg, w->redis, w->who.env.id);
	if (e == E_OK) {
		const struct change list[] = {
			{ "namespace", STR_NULL, row->space }, { "event", STR_NULL, row->event },
			{ "mode", found ? str_of(schema_mode_name(was.mode)) : STR_NULL,
			  delete ? STR("") : str_of(schema_mode_name(row->mode)) },
			{ "bytes", arena_printf(t->arena, "%zu", was.schema.n),
			  arena_printf(t->arena, "%zu", delete ? (size_t)0 : row->schema.n) },
		};
		e = trail(w, t, req, delete ? "schema.delete" : "schema.set",
		    arena_printf(t->arena, "environment:%d", w->who.env.id),
		    changes_json(t, list, NELEM(list)));
	}
	return pg_end(t, w->pg, e);
}

enum err
page_schema_save(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	static const struct form_field FIELDS[] = {
		{ .name = "namespace", .required = true, .raw = true }, { .name = "event", .raw = true },
		{ .name = "mode", .max = 8 }, { .name = "schema", .max = SCHEMA_BYTES_MAX, .lines = true },
		{ .name = "act", .max = 8 },
	};
	struct str v[NELEM(FIELDS)];
	enum err e = form_read(t, req, FIELDS, NELEM(FIELDS), v);
	struct schema_row row = { .space = v[0], .event = v[1], .schema = v[3],
		.updated_by = arena_printf(t->arena, "user:%.*s", STRF(w->who.user.id)) };
	bool delete = str_is(v[4], "delete");
	if (e == E_OK && !delete && !schema_mode_find(v[2], &row.mode)) {
		task_field(t, STR("mode"), "One of warn, reject, off.");
		e = task_fail(t, E_INVALID, "One of warn, reject, off.");
	}
	if (e == E_OK)
		e = change(w, t, req, &row, delete);
	if (e == E_INVALID) {
		gather_errors(t);
		return show(w, t, req, res, &row, 422);
	}
	if (e != E_OK)
		return e;
	res_redirect(res, delete ?
	    page_link(t, page_path(w, t, "tracking-plan"), STR("done=schema"), STR_NULL, STR_NULL) :
	    page_link(t, page_path(w, t, "schema"), data_query(t, "namespace", row.space),
	        row.event.n > 0 ? data_query(t, "event", row.event) : STR_NULL, STR("done=saved")));
	return E_OK;
}
