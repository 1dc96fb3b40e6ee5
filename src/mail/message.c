/* message.c - see message.h. */
#include "mail/message.h"

#include "base/clock.h"
#include "base/str.h"
#include "base/utf8.h"

#define LINE_MAX_BYTES 76
#define WORD_MAX_BYTES 60 /* a longer run of characters is sent encoded */
#define ADDRESS_MAX 254
#define BOUNDARY "=_tidemark_" /* "=_" cannot stand in quoted-printable */

static const char HEX[] = "0123456789ABCDEF";

bool
message_is_address(struct str s)
{
	ptrdiff_t at = str_index(s, '@');
	if (at <= 0 || s.n < 3 || s.n > ADDRESS_MAX || (size_t)at + 1 >= s.n || !utf8_is_line(s))
		return false;
	if (str_index(str_slice(s, (size_t)at + 1, s.n), '@') >= 0 || s.p[0] == '-')
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (strchr(" <>()[],;:\\\"", s.p[i]) != NULL)
			return false;
	return true;
}

bool
message_split_from(struct str from, struct str *name, struct str *address)
{
	from = str_trim(from);
	ptrdiff_t open = str_index(from, '<');
	*name = STR("");
	*address = from;
	if (open >= 0) {
		if (!str_ends(from, STR(">")))
			return false;
		*name = str_trim(str_slice(from, 0, (size_t)open));
		*address = str_slice(from, (size_t)open + 1, from.n - 1);
		if (name->n >= 2 && name->p[0] == '"' && name->p[name->n - 1] == '"')
			*name = str_slice(*name, 1, name->n - 1);
	}
	return message_is_address(*address) && utf8_is_line(*name);
}

/* --- headers ------------------------------------------------------------ */

/* Printable ASCII that needs no encoded words and can be folded. */
static bool
is_plain(struct str s)
{
	size_t run = 0;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < ' ' || s.p[i] > '~')
			return false;
		if (s.p[i] == '=' && i + 1 < s.n && s.p[i + 1] == '?')
			return false;
		run = s.p[i] == ' ' ? 0 : run + 1;
		if (run > WORD_MAX_BYTES)
			return false;
	}
	return true;
}

/* Words of plain text, folded; *col is where the line stands. */
static void
put_folded(struct buf *b, struct str s, size_t *col)
{
	while (s.p != NULL) {
		struct str word = str_cut(&s, ' ');
		if (*col + word.n > LINE_MAX_BYTES && b->p[b->n - 1] == ' ') {
			b->n--;
			buf_puts(b, "\r\n ");
			*col = 1;
		}
		buf_add(b, word);
		*col += word.n;
		if (s.p != NULL) {
			buf_putc(b, ' ');
			(*col)++;
		}
	}
}

static bool
is_q_literal(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* RFC 2047 "Q", each word at most 75 bytes and whole characters. */
static void
put_encoded(struct buf *b, struct str s, size_t *col)
{
	size_t i = 0;
	bool open = false;
	while (i < s.n) {
		size_t from = i, cost = 0;
		(void)utf8_next(s, &i);
		for (size_t k = from; k < i; k++)
			cost += is_q_literal(s.p[k]) || s.p[k] == ' ' ? 1 : 3;
		if (open && *col + cost > LINE_MAX_BYTES - 3) {
			buf_puts(b, "?=\r\n ");
			*col = 1;
			open = false;
		}
		if (!open) {
			buf_puts(b, "=?UTF-8?Q?");
			*col += 10;
			open = true;
		}
		for (size_t k = from; k < i; k++) {
			unsigned char c = (unsigned char)s.p[k];
			if (is_q_literal((char)c) || c == ' ') {
				buf_putc(b, c == ' ' ? '_' : (char)c);
			} else {
				buf_putc(b, '=');
				buf_putc(b, HEX[c >> 4]);
				buf_putc(b, HEX[c & 15]);
			}
		}
		*col += cost;
	}
	if (open)
		buf_puts(b, "?=");
	*col += 2;
}

static void
put_header(struct buf *b, const char *name, struct str value)
{
	size_t col = strlen(name) + 2;
	buf_printf(b, "%s: ", name);
	if (is_plain(value))
		put_folded(b, value, &col);
	else
		put_encoded(b, value, &col);
	buf_puts(b, "\r\n");
}

static void
put_from(struct buf *b, struct str name, struct str address)
{
	size_t col = 6;
	buf_puts(b, "From: ");
	if (name.n > 0 && is_plain(name)) {
		buf_putc(b, '"');
		for (size_t i = 0; i < name.n; i++) {
			if (name.p[i] == '"' || name.p[i] == '\\')
				buf_putc(b, '\\');
			buf_putc(b, name.p[i]);
		}
		buf_putc(b, '"');
		col += name.n + 2;
	} else if (name.n > 0) {
		put_encoded(b, name, &col);
	}
	if (name.n > 0)
		buf_puts(b, col + address.n + 3 > LINE_MAX_BYTES ? "\r\n " : " ");
	buf_printf(b, "<%.*s>\r\n", STRF(address));
}

/* RFC 5322 section 3.3, in UTC. */
static void
put_date(struct buf *b, int64_t us)
{
	static const char DAYS[] = "ThuFriSatSunMonTueWed"; /* 1970-01-01 was one */
	static const char MONTHS[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	int64_t day = clock_floor(us, US_PER_DAY), s = (us - day * US_PER_DAY) / US_PER_S;
	int y, m, d;
	clock_civil(day, &y, &m, &d);
	buf_printf(b, "Date: %.3s, %02d %.3s %04d %02d:%02d:%02d +0000\r\n",
	    DAYS + 3 * (((day % 7) + 7) % 7), d, MONTHS + 3 * (m - 1), y, (int)(s / 3600),
	    (int)(s / 60 % 60), (int)(s % 60));
}

/* --- parts -------------------------------------------------------------- */

/*
 * Quoted-printable (RFC 2045 section 6.7). A '.' or "From " at the start of a
 * line is encoded too: no relay has to stuff or quote it.
 */
static void
put_quoted(struct buf *b, struct str s)
{
	size_t col = 0;
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		bool ends = i + 1 == s.n || s.p[i + 1] == '\n';
		bool plain = c >= ' ' && c <= '~' && c != '=' && !(c == ' ' && ends) &&
		    !(col == 0 && (c == '.' || c == 'F'));
		if (c == '\r')
			continue;
		if (c == '\n') {
			buf_puts(b, "\r\n");
			col = 0;
			continue;
		}
		if (col + (plain ? 1u : 3u) > LINE_MAX_BYTES - 1) {
			buf_puts(b, "=\r\n");
			col = 0;
			plain = plain && c != '.' && c != 'F';
		}
		if (plain) {
			buf_putc(b, (char)c);
			col++;
		} else {
			buf_printf(b, "=%c%c", HEX[c >> 4], HEX[c & 15]);
			col += 3;
		}
	}
	if (col > 0)
		buf_puts(b, "\r\n");
}

static void
put_part(struct buf *b, const struct message *m, const char *type, struct str content)
{
	/* the line break before a boundary belongs to it (RFC 2046) */
	buf_printf(b, "\r\n--" BOUNDARY "%.*s\r\nContent-Type: %s; charset=utf-8\r\n"
	    "Content-Transfer-Encoding: quoted-printable\r\n\r\n", STRF(m->id), type);
	put_quoted(b, content);
}

static bool
is_word(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!is_q_literal(s.p[i]) && s.p[i] != '-' && s.p[i] != '_')
			return false;
	return s.n > 0 && s.n <= 50;
}

enum err
message_build(struct task *t, const struct message *m, struct str *out)
{
	struct str name, address;
	struct buf b = BUF_INIT;
	if (!message_split_from(m->from, &name, &address))
		return task_fail(t, E_INVALID, "The sender's address cannot be used");
	if (!message_is_address(m->to))
		return task_fail(t, E_INVALID, "The mail address cannot be used");
	if (!utf8_is_line(m->subject) || !is_word(m->id) || !is_word(m->kind))
		return task_fail(t, E_INVALID, "A header of the mail is not one line");
	if (!utf8_valid(m->text) || !utf8_valid(m->html))
		return task_fail(t, E_INVALID, "The mail is not UTF-8");
	put_date(&b, m->date_us);
	put_from(&b, name, address);
	buf_printf(&b, "To: <%.*s>\r\n", STRF(m->to));
	put_header(&b, "Subject", m->subject);
	struct str domain = str_slice(address, (size_t)str_index(address, '@') + 1, address.n);
	buf_printf(&b, "Message-ID: <%.*s@%.*s>\r\n", STRF(m->id), STRF(domain));
	/* RFC 3834: out-of-office programs do not answer */
	buf_printf(&b, "Auto-Submitted: auto-generated\r\nX-Auto-Response-Suppress: All\r\n"
	    "X-Tidemark-Kind: %.*s\r\nMIME-Version: 1.0\r\nContent-Type: multipart/alternative;\r\n"
	    " boundary=\"" BOUNDARY "%.*s\"\r\n\r\n", STRF(m->kind), STRF(m->id));
	put_part(&b, m, "text/plain", m->text);
	put_part(&b, m, "text/html", m->html);
	buf_printf(&b, "\r\n--" BOUNDARY "%.*s--\r\n", STRF(m->id));
	*out = arena_str(t->arena, buf_str(&b));
	buf_release(&b);
	return E_OK;
}
