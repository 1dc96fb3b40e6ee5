/*
 * otlp_http.c - OTLP/HTTP: POST /v1/traces, /v1/logs and /v1/metrics in JSON
 * or protobuf, gzip or not; the reply in the encoding of the request.
 *
 * The key is a bearer token (the exporters' `headers` setting) or x-api-key.
 * Metrics are taken and passed over: Tidemark keeps none, and an exporter that
 * is refused would only complain.
 */
#include "base/str.h"
#include "ingest/foreign/otlp.h"
#include "ingest/foreign/otlp_protobuf.h"

/* A protobuf request never begins with '{' (a group), but often with "\n",
 * which JSON may as well: then the header decides. */
static bool
is_protobuf(const struct foreign_request *r)
{
	if (r->body.n > 0 && r->body.p[0] == '{')
		return false;
	return !str_is(r->req->content_type, "application/json");
}

static struct str
find_key(const struct foreign_request *r)
{
	return str_trim(req_header(r->req, "x-api-key"));
}

static enum err
read_body(const struct foreign_request *r, enum otlp_signal signal)
{
	if (!is_protobuf(r))
		return scan_parse(r->task, r->scan, r->body);
	struct buf text = BUF_INIT;
	enum err e = otlp_protobuf_json(r->task, signal, r->body, 2 * r->limits.max_bytes, &text);
	if (e == E_OK)
		e = scan_parse(r->task, r->scan, buf_str(&text));
	buf_release(&text);
	return e;
}

static void
pass_over(void *ctx, const struct otlp_source *from, uint32_t at)
{
	struct foreign_out *o = ctx;
	(void)from;
	(void)at;
	o->passed++;
}

static enum err
translate_traces(struct foreign_out *o, const struct foreign_request *r)
{
	enum err e = read_body(r, OTLP_TRACES);
	return e == E_OK ? otlp_traces(o) : e;
}

static enum err
translate_logs(struct foreign_out *o, const struct foreign_request *r)
{
	enum err e = read_body(r, OTLP_LOGS);
	return e == E_OK ? otlp_logs(o) : e;
}

static enum err
translate_metrics(struct foreign_out *o, const struct foreign_request *r)
{
	const struct otlp_walk w = { "resourceMetrics", "scopeMetrics", "metrics", pass_over, o };
	enum err e = read_body(r, OTLP_METRICS);
	return e == E_OK ? otlp_walk(o, &w) : e;
}

/* --- answers --- */

static void
answer(const struct foreign_out *o, const struct foreign_request *r, struct res *res,
       const char *count)
{
	struct str message = o->rejected > 0 ? STR("Some items were refused.") : STR("");
	if (is_protobuf(r)) {
		res_header(res, "Content-Type", STR("application/x-protobuf"));
		otlp_protobuf_reply(&res->body, (int64_t)o->rejected, message);
	} else if (o->rejected == 0) {
		buf_puts(&res->body, "{\"partialSuccess\":{}}");
	} else {
		buf_printf(&res->body, "{\"partialSuccess\":{\"%s\":\"%zu\",\"errorMessage\":\"%.*s\"}}",
		           count, o->rejected, STRF(message));
	}
}

static void
reply_traces(const struct foreign_out *o, const struct foreign_request *r, struct res *res)
{
	answer(o, r, res, "rejectedSpans");
}

static void
reply_logs(const struct foreign_out *o, const struct foreign_request *r, struct res *res)
{
	answer(o, r, res, "rejectedLogRecords");
}

static void
reply_metrics(const struct foreign_out *o, const struct foreign_request *r, struct res *res)
{
	answer(o, r, res, "rejectedDataPoints");
}

/* google.rpc.Status, as the protocol asks for; its codes are gRPC's. */
static void
refuse(const struct foreign_request *r, enum err e, struct res *res)
{
	static const struct {
		int status, code;
	} codes[] = {
		{ 400, 3 }, { 401, 16 }, { 403, 7 }, { 413, 3 }, { 429, 8 }, { 503, 14 },
	};
	int code = 2; /* unknown */
	struct str message = str_of(err_message(e));
	for (size_t i = 0; i < NELEM(codes); i++)
		if (codes[i].status == res->status)
			code = codes[i].code;
	buf_reset(&res->body);
	if (is_protobuf(r)) {
		res_header(res, "Content-Type", STR("application/x-protobuf"));
		otlp_protobuf_status(&res->body, code, message);
		return;
	}
	buf_printf(&res->body, "{\"code\":%d,\"message\":", code);
	buf_json(&res->body, message);
	buf_putc(&res->body, '}');
}

const struct foreign foreign_otlp_traces = {
	.vendor = "otlp", .raw = true, .find_key = find_key, .translate = translate_traces,
	.reply = reply_traces, .refuse = refuse,
};
const struct foreign foreign_otlp_logs = {
	.vendor = "otlp", .raw = true, .find_key = find_key, .translate = translate_logs,
	.reply = reply_logs, .refuse = refuse,
};
const struct foreign foreign_otlp_metrics = {
	.vendor = "otlp", .raw = true, .find_key = find_key, .translate = translate_metrics,
	.reply = reply_metrics, .refuse = refuse,
};
