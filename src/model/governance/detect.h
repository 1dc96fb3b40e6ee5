/*
 * detect.h - what personal and secret data look like inside a text. Pure, no
 * allocation, time linear in the text: no detector looks at a byte more than
 * a bounded number of times.
 *
 *   email       bob@example.org, also bob%40example.org   (RFC 5321 addresses
 *               without quotes, RFC 6531 letters)
 *   phone       +49 30 1234567: '+' and 8 to 15 digits    (ITU-T E.164)
 *   card        13 to 19 digits, 2 to 6 first, Luhn       (ISO/IEC 7812)
 *   iban        country, check digits, modulo 97 = 1      (ISO 13616)
 *   ip          IPv4 and IPv6 addresses
 *   token       JWT (RFC 7519), what follows "Bearer " or "Basic ", and keys
 *               with a known beginning (ghp_, sk_live_, AKIA …)
 *   url_secret  the value of ?token=, &password= … and a password in a URL
 *   ssn         123-45-6789 (United States, numbers that can be given)
 *   home        the name in /home/NAME, /Users/NAME, C:\Users\NAME
 */
#ifndef TM_MODEL_DETECT_H
#define TM_MODEL_DETECT_H

#include "base/base.h"

enum detector {
	DETECT_EMAIL, DETECT_PHONE, DETECT_CARD, DETECT_IBAN, DETECT_IP,
	DETECT_TOKEN, DETECT_URL_SECRET, DETECT_SSN, DETECT_HOME,
	DETECT_END
};
#define DETECT_BIT(d) (1U << (d))
#define DETECT_ALL ((1U << DETECT_END) - 1)

struct detect_span {
	size_t from, to; /* bytes [from, to) */
	enum detector what;
};

/* "email", "phone" …; NULL-free. */
const char *detect_name(enum detector d);
bool detect_find(struct str name, enum detector *out);
/* The first span at or after `from` of any detector in the set. */
bool detect_next(struct str s, size_t from, uint32_t set, struct detect_span *out);

#endif
