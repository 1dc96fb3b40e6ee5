/* usage_letter.c - see usage_letter.h. Jobs render no templates (web/letter
 * does), so the HTML part is the text, escaped, in paragraphs. */
#include "jobs/usage_letter.h"

#include "base/buf.h"
#include "base/crypt.h"
#include "base/str.h"
#include "base/utf8.h"
#include "base/uuid.h"
#include "mail/message.h"
#include "model/account/mail.h"

#define NAME_MAX 80
#define GIB ((int64_t)1 << 30)

static const struct stmt admins = { "usage_letter_admins",
	"SELECT email FROM job_team_admins($1::uuid)" };
static const struct stmt *const statements[] = { &admins };
const struct stmt_list usage_letter_statements = STMT_LIST("usage_letter", statements);

static struct str
amount(struct task *t, enum entitlement what, int64_t v)
{
	if (entitlement_rows[what].unit == ENT_AS_BYTES)
		return v % GIB == 0 ? arena_printf(t->arena, "%lld GiB", (long long)(v / GIB)) :
		                      arena_printf(t->arena, "%.1f GB", (double)v / 1e9);
	return arena_printf(t->arena, "%lld", (long long)v);
}

void
usage_letter_text(struct task *t, const struct usage_state *s, const struct usage_warning *w,
                  struct str site, struct str *subject, struct str *text)
{
	const struct entitlement_row *row = &entitlement_rows[w->what];
	struct str name = utf8_cut(utf8_clean(t->arena, s->team_name), NAME_MAX);
	*subject = arena_printf(t->arena, w->level == 100 ?
	    "%.*s has reached its limit: %s" : "%.*s nears its limit: %s", STRF(name), row->label);
	bool level = w->what == ENT_STORAGE; /* which no month ends */
	*text = arena_printf(t->arena,
	    "%s of the team %.*s%s: %.*s of %.*s.\n\n"
	    "At the limit: %s\n\n"
	    "%s Who runs this server can give the "
	    "team another plan.\n\n%.*s/t/%.*s/billing\n\n"
	    "You get this mail, once a month and limit, because you are an owner or admin of the "
	    "team.\n",
	    row->label, STRF(name), level ? "" : " this month", STRF(amount(t, w->what, w->used)),
	    STRF(amount(t, w->what, w->allowed)), row->about, level ?
	    "It is measured once an hour; less is stored when data are kept for fewer days." :
	    "The count begins anew with the next month (UTC).", STRF(site), STRF(s->team_slug));
}

static struct str
html_of(struct task *t, struct str text)
{
	struct buf b = BUF_INIT;
	buf_puts(&b, "<!doctype html>\n<html lang=\"en\"><body style=\"font-family:sans-serif\">\n<p>");
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];
		if (c == '\n' && i + 1 < text.n && text.p[i + 1] == '\n') {
			buf_puts(&b, "</p>\n<p>");
			i++;
		} else if (c == '<' || c == '>' || c == '&' || c == '"') {
			buf_printf(&b, "&#%d;", c);
		} else {
			buf_putc(&b, c);
		}
	}
	buf_puts(&b, "</p>\n</body></html>\n");
	struct str s = arena_str(t->arena, buf_str(&b));
	buf_release(&b);
	return s;
}

static enum err
put_one(struct task *t, struct job_host *h, const struct crypt *crypt, struct message *m)
{
	uint8_t raw[16];
	struct str bytes;
	uuid_v7(t->now_us, raw);
	m->id = uuid_str(t->arena, raw);
	enum err e = message_build(t, m, &bytes);
	if (e != E_OK)
		return e;
	return mail_put(t, h->pg, crypt, &(struct mail_new){ .id = m->id, .kind = m->kind,
	    .to = m->to, .message = bytes });
}

enum err
usage_letter_put(struct task *t, struct job_host *h, const struct usage_state *s,
                 const struct usage_warning *w, int64_t *n)
{
	struct message m = { .from = conf_str(h->conf, CONF_MAIL_FROM), .kind = STR("quota"),
	                     .date_us = t->now_us };
	struct crypt *crypt;
	struct bind b = { 0 };
	struct rows *r;
	bind_str(t, &b, s->team_id);
	enum err e = pg_run(t, h->pg, &admins, &b, &r);
	if (e == E_OK)
		e = crypt_open(t, conf_str(h->conf, CONF_MASTER_KEY), &crypt);
	if (e != E_OK)
		return e;
	usage_letter_text(t, s, w, conf_str(h->conf, CONF_PUBLIC_URL), &m.subject, &m.text);
	m.html = html_of(t, m.text);
	for (size_t i = 0; e == E_OK && i < rows_count(r); i++) {
		m.to = row_str(r, i, 0);
		e = put_one(t, h, crypt, &m);
		*n += e == E_OK;
	}
	crypt_close(crypt);
	return e;
}
