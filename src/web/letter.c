/* letter.c - see letter.h. */
#include "web/letter.h"

#include "base/conf.h"
#include "base/str.h"
#include "base/utf8.h"
#include "base/uuid.h"
#include "mail/message.h"
#include "model/account/mail.h"
#include "view/format.h"
#include "view/view.h"

#define VALUE_MAX 120 /* bytes of one value */
#define LINE 72       /* columns of the text part */

/* name: of the templates; lasts: what {{LASTS}} says. */
static const struct kind {
	const char *name, *lasts;
} KINDS[LETTER_COUNT] = {
	[LETTER_VERIFY] = { "verify", "24 hours" },
	[LETTER_EXISTS] = { "exists", NULL },
	[LETTER_RESET] = { "reset", "30 minutes" },
	[LETTER_NO_ACCOUNT] = { "no_account", NULL },
	[LETTER_PASSWORD] = { "password", NULL },
	[LETTER_EMAIL_CONFIRM] = { "email_confirm", "24 hours" },
	[LETTER_EMAIL_CHANGED] = { "email_changed", NULL },
	[LETTER_TWO_FACTOR] = { "two_factor", NULL },
	[LETTER_NEW_SIGN_IN] = { "new_sign_in", NULL },
	[LETTER_IDENTITY] = { "identity", NULL },
	[LETTER_INVITATION] = { "invitation", "7 days" },
	[LETTER_TEAM_DELETED] = { "team_deleted", NULL },
	[LETTER_OWNER] = { "owner", NULL },
	[LETTER_OWNER_GIVEN] = { "owner_given", NULL },
	[LETTER_ACCOUNT_DELETED] = { "account_deleted", NULL },
};

/* "https://host:8443/x" → "host:8443" */
static struct str
host_of(struct str url)
{
	for (size_t i = 0; i + 3 <= url.n; i++)
		if (memcmp(url.p + i, "://", 3) == 0)
			return str_slice(url, i + 3, url.n);
	return url;
}

/* A byte of a value as it may stand: names are other people's text. */
static char
harmless(struct str s, size_t i)
{
	char c = s.p[i];
	if ((unsigned char)c < ' ' || c == 0x7F)
		return ' ';
	/* no address that a mail program would make a link of */
	return c == ':' && i + 1 < s.n && s.p[i + 1] == '/' ? ' ' : c;
}

/* One line, not too long, and nothing in it that looks like a web address. */
static struct str
clean(struct task *t, struct str s)
{
	s = utf8_cut(utf8_clean(t->arena, str_trim(s)), VALUE_MAX);
	struct buf b = BUF_INIT;
	for (size_t i = 0; i < s.n; i++)
		buf_putc(&b, harmless(s, i));
	struct str out = arena_str(t->arena, buf_str(&b));
	buf_release(&b);
	return out;
}

static void
fill(struct web *w, struct task *t, struct dict *d, const struct letter_new *in)
{
	struct str site = conf_str(w->conf, CONF_PUBLIC_URL);
	const char *lasts = KINDS[in->kind].lasts;
	dict_str(d, "URL", arena_printf(t->arena, "%.*s%.*s", STRF(site),
	    STRF(in->path.n > 0 ? in->path : STR("/"))));
	dict_str(d, "SITE", site);
	dict_str(d, "HOST", host_of(site));
	dict_str(d, "ADDRESS", in->to);
	dict_printf(d, "TIME", "%.*s UTC", STRF(format_time(t, t->now_us, 0)));
	if (lasts != NULL)
		dict_set(d, "LASTS", lasts);
	for (size_t i = 0; i < in->nvalues; i++) {
		const struct letter_value *v = &in->value[i];
		struct str text = clean(t, v->value);
		dict_str(d, v->name, text);
		if (text.n > 0)
			dict_show(d, arena_printf(t->arena, "WITH_%s", v->name).p);
	}
}

/* Fill a paragraph to LINE columns; a line that begins with http stands alone. */
static void
put_line(struct buf *b, struct str line, size_t *col)
{
	if (str_starts(line, STR("http")) || str_is(line, "-- ")) {
		if (*col > 0)
			buf_putc(b, '\n');
		buf_add(b, line);
		buf_putc(b, '\n');
		*col = 0;
		return;
	}
	while (line.p != NULL) {
		struct str word = str_cut(&line, ' ');
		size_t n = utf8_count(word);
		if (n == 0)
			continue;
		if (*col > 0) {
			bool fits = *col + 1 + n <= LINE;
			buf_putc(b, fits ? ' ' : '\n');
			*col = fits ? *col + 1 : 0;
		}
		buf_add(b, word);
		*col += n;
	}
}

/* Paragraphs again, now that the values are in: one blank line between two. */
static struct str
set_text(struct task *t, struct str text)
{
	struct buf b = BUF_INIT;
	size_t col = 0;
	bool blank = false;
	while (text.p != NULL) {
		struct str line = str_cut(&text, '\n');
		if (str_trim(line).n == 0) {
			blank = b.n > 0;
			continue;
		}
		if (blank) {
			buf_puts(&b, col > 0 ? "\n\n" : "\n");
			col = 0;
		}
		blank = false;
		put_line(&b, line, &col);
	}
	if (col > 0)
		buf_putc(&b, '\n');
	struct str out = arena_str(t->arena, buf_str(&b));
	buf_release(&b);
	return out;
}

static struct str
file_name(struct task *t, enum letter kind, const char *end)
{
	return arena_printf(t->arena, "mail_%s%s", KINDS[kind].name, end);
}

/* The text part; its first line "Subject: …" is the subject. */
static enum err
write_text(struct web *w, struct task *t, const struct letter_new *in, struct message *m)
{
	struct buf out = BUF_INIT;
	struct dict *d = dict_new(t);
	fill(w, t, d, in);
	enum err e = view_render(t, w->view, file_name(t, in->kind, ".txt.tpl").p, d, &out);
	struct str text = str_trim(arena_str(t->arena, buf_str(&out)));
	buf_release(&out);
	if (e != E_OK)
		return e;
	struct str first = str_cut(&text, '\n');
	if (!str_starts(first, STR("Subject: ")))
		return task_fail(t, E_INTERNAL, "template mail_%s.txt.tpl has no subject",
		    KINDS[in->kind].name);
	m->subject = str_slice(first, strlen("Subject: "), first.n);
	m->text = set_text(t, text);
	return E_OK;
}

static enum err
write_html(struct web *w, struct task *t, const struct letter_new *in, struct message *m)
{
	struct buf out = BUF_INIT;
	struct dict *d = dict_new(t);
	fill(w, t, d, in);
	dict_str(d, "SUBJECT", m->subject);
	fill(w, t, dict_include(d, "BODY", file_name(t, in->kind, ".tpl").p), in);
	enum err e = view_render(t, w->view, "mail.tpl", d, &out);
	m->html = arena_str(t->arena, buf_str(&out));
	buf_release(&out);
	return e;
}

enum err
letter_write(struct web *w, struct task *t, const struct letter_new *in, struct message *out)
{
	uint8_t raw[16];
	uuid_v7(t->now_us, raw);
	*out = (struct message){
		.from = conf_str(w->conf, CONF_MAIL_FROM), .to = str_trim(in->to),
		.id = uuid_str(t->arena, raw), .kind = str_of(KINDS[in->kind].name),
		.date_us = t->now_us,
	};
	enum err e = write_text(w, t, in, out);
	return e == E_OK ? write_html(w, t, in, out) : e;
}

enum err
letter_put(struct web *w, struct task *t, const struct letter_new *in)
{
	struct message m;
	struct str bytes;
	enum err e = letter_write(w, t, in, &m);
	if (e == E_OK)
		e = message_build(t, &m, &bytes);
	if (e != E_OK)
		return e;
	return mail_put(t, w->pg, w->crypt, &(struct mail_new){
		.id = m.id, .kind = m.kind, .to = m.to, .message = bytes });
}
