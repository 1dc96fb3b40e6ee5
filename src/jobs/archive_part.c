/* archive_part.c - see archive_part.h. */
#include "jobs/archive_part.h"

#include "base/csv.h"
#include "base/jw.h"

#define PAGE "2000" /* ARCHIVE_PAGE */

#define TIME(x) "to_char(" x " AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
/* $1 environment, $2 persons, $3 and $4 the last row seen, $5 not received later. */
#define ROWS_OF(table, columns, at, id, more)                                              \
	"SELECT x." at "::text, x." id "::text, " columns " FROM " table " x"                  \
	" LEFT JOIN contexts c ON c.environment_id = $1 AND c.context_no = x.context_no"       \
	" LEFT JOIN devices d ON d.environment_id = $1 AND d.device_no = x.device_no" more     \
	" WHERE x.environment_id = $1 AND x.person_no = ANY($2::int4[])"                       \
	" AND (x." at ", x." id ") > ($3::timestamptz, $4::uuid)"
#define ROWS_END(at, id) " ORDER BY x." at ", x." id " LIMIT " PAGE
#define RECEIVED " AND x.received_at <= $5::timestamptz"
#define CONTEXT "d.device_id, c.platform, c.os_version, c.model, c.locale, c.country," \
	" c.bundle_id, c.app_version, c.app_build"
#define SESSION " LEFT JOIN sessions s ON s.environment_id = $1 AND s.session_no = x.session_no"

static const struct stmt events = { "archive_events",
	ROWS_OF("events", "x.event_id, x.name, x.namespace, " TIME("x.ts") ", " TIME("x.received_at")
	        ", coalesce(s.session_id, s.id::text), " CONTEXT ", x.properties::text, x.extra::text",
	        "ts", "event_id", SESSION) RECEIVED ROWS_END("ts", "event_id") };
static const struct stmt crashes = { "archive_crashes",
	ROWS_OF("crashes", "x.event_id, " TIME("x.ts") ", " TIME("x.received_at") ", x.fatal::text,"
	        " x.exception_type, x.exception_message, x.stacktrace, " CONTEXT
	        ", x.breadcrumbs::text, x.properties::text", "ts", "event_id", "")
	RECEIVED ROWS_END("ts", "event_id") };
static const struct stmt traces = { "archive_traces",
	ROWS_OF("traces", "x.event_id, x.name, x.trace_id, " TIME("x.ts") ", " TIME("x.received_at")
	        ", x.duration_ms::text, " CONTEXT ", x.attributes::text, x.spans::text",
	        "ts", "event_id", "") RECEIVED ROWS_END("ts", "event_id") };
static const struct stmt sessions = { "archive_sessions",
	ROWS_OF("sessions", "coalesce(x.session_id, x.id::text), " TIME("x.started_at") ", "
	        TIME("x.ended_at") ", x.events::text, x.crashes::text, x.traces::text, x.entry_name, "
	        CONTEXT, "started_at", "id", "") " AND x.started_at <= $5::timestamptz"
	ROWS_END("started_at", "id") };
/* An item has several changes: a page ends with the last of one. */
static const struct stmt properties = { "archive_properties",
	"SELECT x.ts::text, x.event_id::text, x.key, x.op, x.value::text, " TIME("x.ts")
	" FROM (SELECT * FROM property_changes x WHERE x.environment_id = $1"
	"  AND x.person_no = ANY($2::int4[]) AND (x.ts, x.event_id) > ($3::timestamptz, $4::uuid)"
	"  AND x.ts <= $5::timestamptz ORDER BY x.ts, x.event_id"
	"  FETCH FIRST " PAGE " ROWS WITH TIES) x ORDER BY x.ts, x.event_id, x.position" };
static const struct stmt *const statements[] = { &events, &crashes, &traces, &sessions,
	&properties };
const struct stmt_list archive_part_statements = STMT_LIST("archive_part", statements);

#define TEXT(n) { n, false }
#define JSON(n) { n, true }
#define CONTEXT_COLUMNS TEXT("device_id"), TEXT("platform"), TEXT("os_version"), TEXT("model"), \
	TEXT("locale"), TEXT("country"), TEXT("bundle_id"), TEXT("version_name"), TEXT("build_number")

const struct archive_part archive_parts[] = {
	{ "events", "What was done, as the app told it; properties are as sent, after the rules"
	            " for personal data.", &events,
	  { TEXT("event_id"), TEXT("name"), TEXT("namespace"), TEXT("timestamp"), TEXT("received_at"),
	    TEXT("session_id"), CONTEXT_COLUMNS, JSON("properties"), JSON("extra") } },
	{ "crashes", "Errors of the app, with the stack at that moment.", &crashes,
	  { TEXT("event_id"), TEXT("timestamp"), TEXT("received_at"), JSON("fatal"),
	    TEXT("exception_type"), TEXT("exception_message"), TEXT("stacktrace"), CONTEXT_COLUMNS,
	    JSON("breadcrumbs"), JSON("properties") } },
	{ "traces", "How long things took.", &traces,
	  { TEXT("event_id"), TEXT("name"), TEXT("trace_id"), TEXT("timestamp"), TEXT("received_at"),
	    JSON("duration_ms"), CONTEXT_COLUMNS, JSON("attributes"), JSON("spans") } },
	{ "sessions", "Stretches of use, with how much happened in them.", &sessions,
	  { TEXT("session_id"), TEXT("started_at"), TEXT("ended_at"), JSON("events"), JSON("crashes"),
	    JSON("traces"), TEXT("entry_name"), CONTEXT_COLUMNS } },
	{ "properties", "Every change of what the app noted about the person.", &properties,
	  { TEXT("key"), TEXT("op"), JSON("value"), TEXT("timestamp") } },
};
const size_t archive_parts_n = NELEM(archive_parts);

size_t
archive_part_columns(const struct archive_part *m)
{
	size_t n = 0;

	while (n < ARCHIVE_COLUMNS && m->column[n].name != NULL)
		n++;
	return n;
}

void
archive_part_json(struct buf *b, const struct archive_part *m, const struct rows *r, size_t i,
                  bool first)
{
	struct jw w;

	buf_puts(b, first ? "\n" : ",\n");
	jw_init(&w, b);
	jw_object_begin(&w);
	for (size_t c = 0; c < archive_part_columns(m); c++) {
		struct str v = row_str(r, i, (int)c + 2);

		jw_key(&w, m->column[c].name);
		if (row_is_null(r, i, (int)c + 2))
			jw_null(&w);
		else if (m->column[c].json)
			jw_raw(&w, v);
		else
			jw_str(&w, v);
	}
	jw_object_end(&w);
}

void
archive_part_csv(struct buf *b, const struct archive_part *m, const struct rows *r, size_t i)
{
	struct csv line;

	csv_init(&line, b);
	for (size_t c = 0; c < archive_part_columns(m); c++)
		csv_str(&line, row_str(r, i, (int)c + 2));
	csv_line_end(&line);
}

void
archive_part_head(struct buf *b, const struct archive_part *m, bool csv)
{
	if (!csv)
		buf_putc(b, '[');
	for (size_t c = 0; csv && c < archive_part_columns(m); c++)
		buf_printf(b, "%s%s", c > 0 ? "," : "", m->column[c].name);
	if (csv)
		buf_puts(b, "\r\n");
}
