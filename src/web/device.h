/*
 * device.h - a browser that signed in to an account before: the cookie
 * tm_device, sealed by the server, names user and browser. It opens nothing;
 * it only has a throttle budget of its own (OWASP "device cookies"), and
 * tells a new browser from a known one.
 */
#ifndef TM_WEB_DEVICE_H
#define TM_WEB_DEVICE_H

#include "http/req.h"
#include "http/res.h"
#include "web/web.h"

struct device {
	struct str user; /* user id; "" = unknown browser */
	struct str id;   /* random, 32 hexadecimal digits */
};

struct device device_read(const struct web *w, struct task *t, const struct req *req);
/* After a complete sign-in. */
void device_set(const struct web *w, struct task *t, struct res *res, struct str user_id);

#endif
