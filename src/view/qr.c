/* qr.c - see qr.h. */
#include "view/qr.h"

#include <errno.h>
#include <qrencode.h>

#include "base/buf.h"

static void
free_code(void *p)
{
	QRcode_free(p);
}

/* Runs of dark modules, row by row: few commands, no hairlines between. */
static void
draw(struct buf *b, const QRcode *q)
{
	for (int y = 0; y < q->width; y++) {
		const unsigned char *row = q->data + (size_t)y * (size_t)q->width;
		for (int x = 0; x < q->width;) {
			int n = 0;
			while (x + n < q->width && (row[x + n] & 1) != 0)
				n++;
			if (n > 0)
				buf_printf(b, "M%d %dh%dv1h-%dz", x + QR_QUIET, y + QR_QUIET, n, n);
			x += n + 1;
		}
	}
}

enum err
qr_make(struct task *t, struct str text, struct qr *out)
{
	struct buf b = BUF_INIT;
	QRcode *q = QRcode_encodeString8bit(arena_cstr(t->arena, text), 0, QR_ECLEVEL_M);
	if (q == NULL && errno == ERANGE)
		return task_fail(t, E_INVALID, "The text is too long for a QR code.");
	if (q == NULL)
		return task_fail(t, E_INTERNAL, "libqrencode: error %d", errno);
	arena_defer(t->arena, free_code, q);
	draw(&b, q);
	out->size = q->width + 2 * QR_QUIET;
	out->path = arena_str(t->arena, buf_str(&b));
	buf_release(&b);
	return E_OK;
}
