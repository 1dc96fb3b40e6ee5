/*
 * view.h - pages from templates and dictionaries (a C API over ctemplate).
 *
 * A template is a file *.tpl of the template directory; its first line is
 * {{%AUTOESCAPE context="HTML"}}, so every value is escaped for the place it
 * stands in. A marker {{>NAME}} includes the template that dict_include()
 * names. Every C++ exception ends here: a failed dictionary makes
 * view_render() return E_INTERNAL.
 *
 * A file *.txt.tpl is plain text, for mails: its first line is {{!TEXT}},
 * values are written as they are (the caller makes lines of them) and blank
 * lines count. A text is never part of a page, nor the other way round:
 * view_render() refuses a dictionary that mixes them.
 *
 * view_open() loads all templates and expands each with hostile values; a
 * missing template, a missing escape line or a value that comes through
 * unescaped is a failure that stops the program.
 */
#ifndef TM_VIEW_VIEW_H
#define TM_VIEW_VIEW_H

#include "base/buf.h"
#include "base/task.h"

#ifdef __cplusplus
extern "C" {
#endif

struct view;
struct dict;

/* Load and prove all templates of dir. Owned; view_close() frees. E_CONFIG. */
enum err view_open(struct task *t, const char *dir, struct view **out) MUST_CHECK;
void view_close(struct view *v);
/* Number of templates loaded. */
size_t view_count(const struct view *v);

/* A page's dictionary; freed at task_reset(). */
struct dict *dict_new(struct task *t);
/* Values are copied. */
void dict_str(struct dict *d, const char *name, struct str value);
void dict_set(struct dict *d, const char *name, const char *value);
void dict_i64(struct dict *d, const char *name, int64_t value);
void dict_printf(struct dict *d, const char *name, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* Show {{#section}} once, with the values of d. */
void dict_show(struct dict *d, const char *section);
/* Show {{#section}} when on. */
void dict_show_if(struct dict *d, const char *section, bool on);
/* One more repetition of {{#section}}; its dictionary sees d's values too. */
struct dict *dict_row(struct dict *d, const char *section);
/* Expand file ("chart.tpl") at {{>marker}}; its dictionary is returned and
 * does not see d's values. */
struct dict *dict_include(struct dict *d, const char *marker, const char *file);

/* Expand file with d onto the end of out. */
enum err view_render(struct task *t, struct view *v, const char *file,
                     struct dict *d, struct buf *out) MUST_CHECK;

#ifdef __cplusplus
}
#endif
#endif
