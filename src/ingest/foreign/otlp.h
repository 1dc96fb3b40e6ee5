/*
 * otlp.h - OpenTelemetry over HTTP: what traces and logs share.
 *
 * Sources: OTLP specification 1.x and its protobuf files; semantic
 * conventions for the names of attributes. Integers come as numbers (the JS
 * exporter) or as text (the specification): both are read.
 *
 * Attributes that have a place of their own go there (otlp_place) and are no
 * properties; a record's own wins over its scope's resource. What describes
 * the machine (process., host., k8s. …) is left out, other resource
 * attributes are properties of each item.
 */
#ifndef TM_INGEST_FOREIGN_OTLP_H
#define TM_INGEST_FOREIGN_OTLP_H

#include "ingest/foreign/foreign.h"

enum otlp_place {
	OTLP_APP, OTLP_VERSION, OTLP_BUILD, OTLP_DEVICE, OTLP_MODEL, OTLP_PLATFORM, OTLP_OS,
	OTLP_LOCALE, OTLP_SESSION, OTLP_USER, OTLP_ANONYMOUS, OTLP_LANGUAGE, OTLP_SDK_VERSION,
	OTLP_PLACES
};

struct otlp_places {
	struct str value[OTLP_PLACES];
};

#define OTLP_RESOURCE_KEPT 24

struct otlp_resource {
	uint32_t at;
	struct otlp_places places;
	uint32_t kept[OTLP_RESOURCE_KEPT]; /* attributes that become properties */
	size_t nkept;
};

/* Where a record comes from. */
struct otlp_source {
	const struct otlp_resource *resource;
	struct str scope; /* the instrumentation's name */
};

/* Records of one request; a collector sends 8,192 at a time. */
#define OTLP_RECORDS_MAX 16384

/* Call record() for each record of the request; from stays until the task
 * ends. E_TOO_LARGE: more than OTLP_RECORDS_MAX. */
struct otlp_walk {
	const char *resources, *scopes, *records; /* names of the three lists */
	void (*record)(void *ctx, const struct otlp_source *from, uint32_t at);
	void *ctx;
};
enum err otlp_walk(struct foreign_out *o, const struct otlp_walk *w) MUST_CHECK;

/* The next attribute of a list (0 = none) that is not malformed: its key and
 * its AnyValue (0 = none). False at the end. *at is 0 to begin. */
bool otlp_attribute(const struct scan *s, uint32_t list, uint32_t *at, struct str *key,
                    uint32_t *value);
/* Value of one key as text; "" when absent or no text or number. */
struct str otlp_attribute_text(struct task *t, const struct scan *s, uint32_t list,
                               const char *key);
/* An AnyValue as JSON. */
void otlp_any(struct foreign_out *o, uint32_t value);
/* Unsigned integer, as a number or as text; 0 otherwise. */
uint64_t otlp_number(const struct scan *s, uint32_t at);
/* A member that is a list; 0 = none. */
uint32_t otlp_list(const struct scan *s, uint32_t obj, const char *key);

/* Head of an item: the record's own places, else its resource's. */
void otlp_head(struct foreign_out *o, const struct otlp_source *from, uint32_t attributes,
               struct foreign_head *h);

/*
 * Properties: begin, the translator's own facts, end with the attributes. A
 * name stands there once: an attribute wins over a fact, the record over what
 * is around it. What is beyond OTLP_PROPS or has too long a name is counted
 * in dropped_attributes.
 */
#define OTLP_PROPS 62
struct otlp_props {
	struct foreign_out *o;
	const struct otlp_source *from;
	uint32_t own, around;  /* lists of attributes; 0 = none */
	const char *skip;      /* prefix of keys that are elsewhere; NULL = none */
	uint64_t dropped;      /* the sender's own count to begin with */
	uint64_t some;         /* key_bit of each attribute of both lists */
	struct str key[OTLP_PROPS + 1];
	size_t n;
};
void otlp_props_begin(struct otlp_props *p, const char *member);
void otlp_fact(struct otlp_props *p, const char *key, struct str text);
/* No attribute has that name: it is taken, and its value may be written. */
bool otlp_is_free(struct otlp_props *p, const char *key);
void otlp_props_end(struct otlp_props *p);

/* A crash from exception.* attributes; false when there are none. around: the
 * span's own attributes, 0 = none. */
struct otlp_exception {
	const struct otlp_source *from;
	uint32_t attributes, around;
	struct foreign_head head; /* id, time */
	const char *part;
	bool fatal;
	struct str message;       /* used when exception.message is absent */
	struct str trace_id, span_id, name, severity;
};
bool otlp_is_exception(const struct scan *s, uint32_t attributes);
void otlp_exception(struct foreign_out *o, const struct otlp_exception *e);

/* otlp_trace.c, otlp_log.c: scan holds the request. Metrics are only counted
 * (otlp_http.c), as what is passed over. */
enum err otlp_traces(struct foreign_out *o) MUST_CHECK;
enum err otlp_logs(struct foreign_out *o) MUST_CHECK;

#endif
