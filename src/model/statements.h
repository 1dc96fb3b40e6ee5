/*
 * statements.h - every statement list of model/, for the test that prepares
 * them all against the migrated schema.
 */
#ifndef TM_MODEL_STATEMENTS_H
#define TM_MODEL_STATEMENTS_H

#include "store/pg.h"

#define MODEL_LISTS 46
extern const struct stmt_list *const model_statements[MODEL_LISTS];

#endif
