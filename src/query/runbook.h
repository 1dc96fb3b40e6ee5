/*
 * runbook.h - the runbook as a table (runbook.def): rows in reading order,
 * from which /docs/runbook and the manual page tidemark-runbook(7) are made.
 */
#ifndef TM_QUERY_RUNBOOK_H
#define TM_QUERY_RUNBOOK_H

#include "base/base.h"

enum runbook_kind { RUNBOOK_PART, RUNBOOK_TOPIC, RUNBOOK_SAYS, RUNBOOK_RUNS };

struct runbook_row {
	enum runbook_kind kind;
	const char *text; /* heading, title, paragraph, command line */
	const char *slug; /* topics: anchor */
	bool alarm;       /* topics: alerts lead here */
};

extern const struct runbook_row runbook[];
extern const size_t nrunbook;

#endif
