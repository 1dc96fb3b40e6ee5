/*
 * people_file.h - people in the API's words: JSON objects, and the list as a
 * file (export.h).
 */
#ifndef TM_QUERY_PEOPLE_FILE_H
#define TM_QUERY_PEOPLE_FILE_H

#include "base/jw.h"
#include "query/export.h"
#include "query/person.h"

/* A person of a list, without a line end. */
void person_json(struct buf *b, const struct person_row *p);
/* The members of a person with ids, properties and devices, inside an object
 * that the caller opened and goes on with. */
void person_json_full(struct jw *w, const struct person *p);

extern const struct export_source export_people; /* query: people_query */

#endif
