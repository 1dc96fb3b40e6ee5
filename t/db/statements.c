/* statements.c - every statement of the program is prepared against the
 * migrated schema, by the owner: a typing error in SQL fails here. */
#include "model/statements.h"
#include "store/events.h"
#include "t/db/db.h"

static size_t prepared;

static void
prepare_list(struct task *t, const struct stmt_list *l)
{
	for (size_t i = 0; i < l->n; i++) {
		enum err e = pg_prepare(t, db_pg(DB_OWNER), l->stmt[i]);
		if (e != E_OK)
			print_error("%s: %s: %s\n", l->module, l->stmt[i]->name, t->detail);
		assert_int_equal(e, E_OK);
		prepared++;
	}
}

static void
model(void **state)
{
	for (size_t i = 0; i < NELEM(model_statements); i++)
		prepare_list(*state, model_statements[i]);
	assert_true(prepared > 40);
}

static void
events(void **state)
{
	prepare_list(*state, &events_statements);
}

static void
wrong_sql_is_found(void **state)
{
	static const struct stmt wrong = { "t_wrong", "SELECT nothing FROM environments" };
	assert_int_equal(pg_prepare(*state, db_pg(DB_OWNER), &wrong), E_INTERNAL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(model), T(events), T(wrong_sql_is_found) };
	return DB_RUN(tests);
}
