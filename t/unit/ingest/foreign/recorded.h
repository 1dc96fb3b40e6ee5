/* recorded.h - what official clients sent, byte by byte: recorded/NAME. */
#ifndef TM_UNIT_INGEST_FOREIGN_RECORDED_H
#define TM_UNIT_INGEST_FOREIGN_RECORDED_H

#include <stdio.h>

#include "base/buf.h"
#include "t/unit/ingest/foreign/vendor.h"

static inline struct str
recorded(struct task *t, const char *name)
{
	char path[512], part[4096];
	struct buf b = BUF_INIT;
	size_t n;
	snprintf(path, sizeof(path), "%s/t/unit/ingest/foreign/recorded/%s", TOP_SRCDIR, name);
	FILE *f = fopen(path, "rb");
	if (f == NULL)
		fail_msg("%s is not there", path);
	while ((n = fread(part, 1, sizeof(part), f)) > 0)
		buf_add(&b, (struct str){ part, n });
	(void)fclose(f);
	struct str s = arena_str(t->arena, buf_str(&b));
	buf_release(&b);
	return s;
}

#endif
