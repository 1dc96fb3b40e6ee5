/*
 * otlp_protobuf.h - an OTLP request in protobuf as the same request in JSON.
 *
 * The JSON is what the OTLP/HTTP JSON encoding prescribes (ids in
 * hexadecimal), so one translator serves both encodings. Hand-written: three
 * request types of a few messages each are a table here, the reader holds no
 * tree and allocates nothing but the text, and every bound is ours. A code
 * generator would bring a library, a build step and a heap object a value.
 *
 * Sources: protobuf encoding specification; opentelemetry-proto 1.x. Unknown
 * fields, and known ones of another wire type, are passed over. Text that is
 * not UTF-8 is repaired (utf8_clean).
 */
#ifndef TM_INGEST_FOREIGN_OTLP_PROTOBUF_H
#define TM_INGEST_FOREIGN_OTLP_PROTOBUF_H

#include "base/buf.h"
#include "base/task.h"

enum otlp_signal { OTLP_TRACES, OTLP_LOGS, OTLP_METRICS };

/* Values nested deeper than this become null. */
#define OTLP_PROTOBUF_DEPTH 48

/*
 * Append the request to *out. E_BAD_REQUEST: cut short or malformed;
 * E_TOO_LARGE: more than max bytes of text.
 */
enum err otlp_protobuf_json(struct task *t, enum otlp_signal signal, struct str body,
                            size_t max, struct buf *out) MUST_CHECK;

/* Append the reply: Export…ServiceResponse; rejected 0 = all is well (empty).
 * All signals have the same fields. */
void otlp_protobuf_reply(struct buf *out, int64_t rejected, struct str message);
/* Append google.rpc.Status, the body of an error. */
void otlp_protobuf_status(struct buf *out, int64_t code, struct str message);

#endif
