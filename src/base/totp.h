/*
 * totp.h - one-time codes of an authenticator app: RFC 6238 with SHA-1, six
 * digits, steps of 30 s (what every app can do). The only place that includes
 * liboath. Knows no store: that a step works once is the caller's to decide.
 */
#ifndef TM_BASE_TOTP_H
#define TM_BASE_TOTP_H

#include "base/arena.h"

#define TOTP_SECRET_BYTES 20 /* RFC 4226 section 4, R6: 160 bits */
#define TOTP_STEP_S 30
#define TOTP_DIGITS 6

/* The code of a step (seconds since 1970 / 30). secret: raw bytes. */
void totp_code(struct str secret, int64_t step, char out[TOTP_DIGITS + 1]);
/* Six digits of what was typed, blanks and hyphens left out. */
bool totp_digits(struct str text, char out[TOTP_DIGITS + 1]) MUST_CHECK;
/* Which step's code it is: the current one, the one before or the one after
 * (clocks differ). -1: none. Takes the same time for right and wrong. */
int64_t totp_match(struct str secret, int64_t now_us, const char code[TOTP_DIGITS + 1]);
/* Base32 (RFC 4648) without padding, as apps want it. */
struct str totp_base32(struct arena *a, struct str raw);
/* otpauth://totp/Tidemark:account?secret=…&issuer=Tidemark, for the QR code. */
struct str totp_uri(struct arena *a, struct str issuer, struct str account, struct str secret);

#endif
