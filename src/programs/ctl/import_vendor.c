/*
 * import_vendor.c - another vendor's records: each becomes the request that
 * the vendor's SDK would have sent (ingest/foreign/export), goes through the
 * translator of that protocol like a live one, and joins the chunk's batch.
 * So a history file and the SDK give the same items with the same ids.
 */
#include "base/str.h"
#include "programs/ctl/import.h"

static void
begin(struct import *m)
{
	struct task *t = &m->feed.task;
	task_reset(t);
	foreign_begin(foreign_row(m->export->id), t, &m->tape, &m->out);
	/* A row of history has a time: without one it is refused, not now. */
	m->out.now_us = 0;
	m->out.zone = m->zone;
	m->out.sdk = STR("tidemarkctl");
	m->out.sdk_version = STR(TM_VERSION);
}

/* The record's JSON, and the request made of it, onto the tape. */
static enum err
parse(struct import *m, const struct record *r, struct foreign_request *request)
{
	struct task *t = request->task;
	enum err err = scan_parse(t, &m->scan, r->text);
	if (err != E_OK)
		return err;
	buf_reset(&m->request);
	if (!export_body(m->export, &m->scan, &m->request))
		return task_fail(t, E_BAD_JSON, "not an object");
	request->body = buf_str(&m->request);
	return scan_parse(t, &m->scan, request->body);
}

enum err
import_vendor_add(struct import *m, const struct record *r)
{
	if (m->nrecords == 0)
		begin(m);
	struct task *t = &m->feed.task;
	const struct req req = { .method = M_POST, .path = str_of(m->export->path) };
	struct foreign_request request = { .task = t, .req = &req, .scan = &m->scan, .read = true };
	m->line[m->nrecords] = r->line;
	enum err err = parse(m, r, &request);
	if (err == E_OK) {
		m->out.scan = &m->scan;
		err = foreign_row(m->export->id)->translate(&m->out, &request);
	}
	m->end[++m->nrecords] = m->out.items;
	if (err == E_OK || err_status(err) >= 500)
		return err;
	import_reject(m, err_slug(err), r->line);
	task_clear(t);
	return E_OK;
}

/* The record that an item came from: end[] says where each ends. */
static size_t
record_of(const struct import *m, size_t first, uint32_t item)
{
	size_t low = first, high = m->nrecords - 1;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (m->end[middle + 1] > item)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

enum err
import_vendor_flush(struct import *m)
{
	struct task *t = &m->feed.task;
	struct intake in = import_intake(m);
	struct batch b = { 0 };
	struct verdict v = { 0 };
	if (m->nrecords == 0)
		return E_OK;
	foreign_finish(&m->out);
	in.shape = SHAPE_FOREIGN;
	in.source = "import";
	struct scan batch = tape_scan(&m->tape);
	enum err err = envelope_check(t, &batch, tape_size(&m->tape), &in, &b, &v);
	if (err == E_OK) {
		import_count(m, &v, record_of, 0);
		task_clear(t);
		err = import_push(m, &b);
	}
	m->nrecords = 0;
	return err;
}
