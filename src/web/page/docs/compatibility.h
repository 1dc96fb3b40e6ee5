/*
 * compatibility.h - other vendors' SDKs on our addresses, as a table: what to
 * change in each, what becomes of its calls, and what is not taken. The page
 * /docs/compatibility is made from it; what it says, ingest/foreign does and
 * t/e2e/96-vendors-*.py checks.
 *
 * In a change @URL@, @HOST@ (without scheme) and @KEY@ stand for the values of
 * this installation.
 */
#ifndef TM_WEB_PAGE_DOCS_COMPATIBILITY_H
#define TM_WEB_PAGE_DOCS_COMPATIBILITY_H

/* One client of a vendor: a package, and the line that redirects it. */
struct compat_sdk {
	const char *name, *change;
};

/* What a call becomes here; ours NULL: it is not taken, and why. */
struct compat_call {
	const char *theirs, *ours;
};

struct compat {
	const char *slug, *name;
	const char *says; /* what is taken, in a sentence */
	/* both end with an empty row */
	const struct compat_sdk *sdk;
	const struct compat_call *call;
	const char *limits; /* what to know besides */
};

extern const struct compat compat[];
extern const unsigned ncompat;

#endif
