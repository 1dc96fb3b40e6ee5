/* runbook.c - see runbook.h. */
#include "query/runbook.h"

#define PART(heading) { RUNBOOK_PART, heading, NULL, false },
#define TOPIC(slug, title, alarm) { RUNBOOK_TOPIC, title, slug, alarm },
#define SAYS(text) { RUNBOOK_SAYS, text, NULL, false },
#define RUNS(line) { RUNBOOK_RUNS, line, NULL, false },
const struct runbook_row runbook[] = {
#include "query/runbook.def"
};
const size_t nrunbook = NELEM(runbook);
