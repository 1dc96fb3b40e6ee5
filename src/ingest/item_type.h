/*
 * item_type.h - the item types, a row each, and what items and types share.
 * Private to ingest/item*.c. Functions that return bool have said what is
 * wrong (item_fail) when they return false.
 */
#ifndef TM_INGEST_ITEM_TYPE_H
#define TM_INGEST_ITEM_TYPE_H

#include "base/scan_write.h"
#include "ingest/item.h"

/* item->type from the item's type field. */
bool item_type_read(struct item_check *c, struct item *out);
/* The fields of its type. */
bool item_type_check(struct item_check *c, struct item *out);
/* item_crash.c: those of a crash. */
bool item_crash(struct item_check *c, struct item *out);

/* --- from item.c --- */

/* Record and return false. code: slug, literal. */
bool item_fail(struct item_check *c, const char *code, struct str field, const char *message);
bool item_failf(struct item_check *c, const char *code, struct str field, const char *fmt, ...)
    PRINTF_LIKE(4, 5);
/* A field that the type must have is not there. */
bool item_required(struct item_check *c, const char *field);
void item_warn(struct item_check *c, const char *code, struct str field);
/* "events.3.name" */
struct str item_path(struct item_check *c, struct str field);
/* A string of at most max bytes at `at` (0 = absent: ""). */
bool item_text(struct item_check *c, uint32_t at, const char *field, size_t max,
               struct str *out);
/* An object, scrubbed and within limits, as JSON text; "" when empty. */
bool item_object(struct item_check *c, uint32_t at, const char *field, enum policy_scope scope,
                 struct str *out);
/* out->properties, which several types have. */
bool item_properties(struct item_check *c, struct item *out);
/* In parts: reset c->scratch, add values, end. One at a time: it works with
 * c->redact, whose scope it sets. */
struct scan_writer item_writer(struct item_check *c, enum policy_scope scope);
/* A text under the rules of a scope, by the key it goes by there. */
struct str item_redact(struct item_check *c, enum policy_scope scope, const char *key,
                       struct str text);
bool item_json_add(struct item_check *c, struct scan_writer *w, uint32_t at, struct str field);
struct str item_json_end(struct item_check *c, const struct scan_writer *w, struct str field);

#endif
