/*
 * message.h - one mail as the bytes of RFC 5322: multipart/alternative with a
 * text and an HTML part (RFC 2046), both UTF-8 in quoted-printable, headers
 * folded, encoded words (RFC 2047) where a header is not plain ASCII.
 *
 * No I/O. A CR, LF, NUL or other control character in a header's value or an
 * address is refused, so that no value can add a header or a recipient.
 */
#ifndef TM_MAIL_MESSAGE_H
#define TM_MAIL_MESSAGE_H

#include "base/buf.h"
#include "base/task.h"

struct message {
	struct str from;    /* "Tidemark <no-reply@example.com>", or the address */
	struct str to;      /* one address */
	struct str subject; /* one line */
	struct str id;      /* unique word of letters, digits, '-': Message-ID */
	struct str kind;    /* X-Tidemark-Kind: "verify" */
	struct str text, html; /* valid UTF-8, lines end with LF */
	int64_t date_us;
};

/* The bytes, lines end with CRLF; task memory. E_INVALID: an address, the
 * subject or the kind cannot be used. */
enum err message_build(struct task *t, const struct message *m, struct str *out) MUST_CHECK;

/* One address that may stand in a header and in SMTP's envelope: no blanks,
 * controls, quotes, brackets or list signs, one '@', 3 to 254 bytes. */
bool message_is_address(struct str s);
/* "Name <address>" or "address" into its parts; name may be "". False when the
 * address is none or the name is not one line. */
bool message_split_from(struct str from, struct str *name, struct str *address);

/*
 * Reading back what message_build() wrote (the outbox page). Borrowed from
 * raw, unfolded and decoded into task memory; "" with p NULL when absent.
 */
struct message_read {
	struct str to, subject, date, kind, text, html;
};
/* E_DATA when it is no message of ours. */
enum err message_parse(struct task *t, struct str raw, struct message_read *out) MUST_CHECK;

#endif
