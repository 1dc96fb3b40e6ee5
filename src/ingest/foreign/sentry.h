/*
 * sentry.h - Sentry's envelope, in parts; see sentry.c for the protocol.
 * Private to ingest/foreign/sentry*.c.
 */
#ifndef TM_INGEST_FOREIGN_SENTRY_H
#define TM_INGEST_FOREIGN_SENTRY_H

#include "ingest/foreign/foreign.h"

#define SENTRY_KINDS_MAX 32

/* One envelope while its items are read. Texts are task memory. */
struct sentry {
	struct foreign_out *out;
	struct task *task;
	const struct scan *scan; /* of the payload at hand, whole: scan->root */
	struct str payload;      /* its bytes */
	struct str platform;     /* what the client's name says: "node" …; "" unknown */
	bool by_device;          /* its sessions are of a device, not of a user */
	struct str session;      /* of the envelope's events; "" unknown */
	size_t passed[SENTRY_KINDS_MAX]; /* items that are not taken, by kind */
};

/* Members of a payload that are common to all: who, which app and device. */
void sentry_context(struct sentry *x, uint32_t at, struct foreign_head *h);
/* "shop@2.1.0+210" to app_id, app_version, app_build. */
void sentry_release(struct str release, struct foreign_head *h);
/* Tags and the like as members of the object that is open: at most max, none
 * that is called like a member of ours, none that the door would refuse. */
void sentry_spread(struct sentry *x, uint32_t obj, size_t max);
/* The same for {"key": {"value": v, "type": …}}, as logs and spans have them,
 * without what describes the machine and what a request carried. */
void sentry_attributes(struct sentry *x, uint32_t obj, size_t max);
/* One of them as text, "" = not sent. */
struct str sentry_attribute(const struct sentry *x, uint32_t attributes, const char *key);
/* Each element of the payload's list, else the payload itself. */
void sentry_each(struct sentry *x, const char *list, void (*put)(struct sentry *x, uint32_t at));

/* --- item kinds: the payload is x->scan->root, an object --- */

void sentry_event(struct sentry *x);       /* sentry_event.c */
void sentry_transaction(struct sentry *x); /* sentry_trace.c */
void sentry_spans(struct sentry *x);
void sentry_session(struct sentry *x);     /* sentry_session.c */
void sentry_sessions(struct sentry *x);
void sentry_logs(struct sentry *x);        /* sentry.c */
void sentry_report(struct sentry *x);

#endif
