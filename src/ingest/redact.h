/*
 * redact.h - the environment's rules at work on one item: which members of an
 * object stay, and what their texts become. Sits between struct scrub (what
 * the rules are) and scan_write (what walks a value). Pure.
 *
 * Who wants to know what was changed (validate, preview, policy test) gives a
 * list of notes; the door gives none.
 */
#ifndef TM_INGEST_REDACT_H
#define TM_INGEST_REDACT_H

#include "base/scan_write.h"
#include "ingest/scrub.h"

#define REDACT_NOTES_MAX 5000

/* One thing that the rules did. */
struct redact_note {
	uint32_t index;           /* of the item */
	const char *scope;        /* "properties" … */
	struct str key;           /* "" = the text of the scope itself */
	const char *action;       /* "drop", "mask", "hash", "drop-event", "ip" */
	struct str rule;          /* the line, or what else decided */
	struct str before, after; /* when values are asked for; cut */
};
struct redact_notes {
	bool values;
	struct redact_note *note;
	size_t n, cap;
	bool cut; /* there was more */
};

struct redact {
	struct task *task;
	const struct scrub *scrub;
	const struct scan *scan;
	unsigned scope;             /* enum policy_scope, one bit */
	uint32_t index;
	struct redact_notes *notes; /* NULL = nobody asks */
	bool refused;               /* a rule drops the item */
	/* the member at hand */
	const struct policy_rule *rule;
	struct str key;
};

/* Set w's hooks; those that have nothing to do stay NULL. r must outlive it. */
void redact_writer(struct redact *r, struct scan_writer *w);
/* A member's fate, for who writes members by hand: false = leave it out. True
 * and *text.p not NULL: that text stands for the value. */
bool redact_member(struct redact *r, struct str key, uint32_t at, struct str *text);
/* A text that is no member of an object, under the key it goes by. */
struct str redact_text(struct redact *r, struct str key, struct str text);

#endif
