/*
 * qr.h - a QR code (ISO/IEC 18004) as the data of one SVG path, with its
 * quiet zone. The only place that includes libqrencode.
 *
 *   <svg viewBox="0 0 SIZE SIZE" shape-rendering="crispEdges"><path d="PATH"/></svg>
 *
 * Scanners want dark on light: the page puts it on a white ground in every
 * theme.
 */
#ifndef TM_VIEW_QR_H
#define TM_VIEW_QR_H

#include "base/task.h"

#define QR_QUIET 4 /* modules on each side, as the standard asks */

struct qr {
	int size;        /* modules, quiet zone included */
	struct str path; /* "M4 4h7v1h-7z…", task memory */
};

/* Error correction M. E_INVALID when the text is too long for a code. */
enum err qr_make(struct task *t, struct str text, struct qr *out) MUST_CHECK;

#endif
