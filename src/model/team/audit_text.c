/* audit_text.c - the text and the hash of an entry: see audit.h, and
 * sql/0017_audit.sql for the form, which the database writes too. */
#include "base/buf.h"
#include "base/crypt.h"
#include "base/str.h"
#include "model/team/audit.h"

/* A JSON string as PostgreSQL's to_json() writes it: buf_json() but for
 * backspace and form feed. */
static void
put_str(struct buf *b, struct str s)
{
	struct buf plain = BUF_INIT;
	buf_json(&plain, s);
	struct str in = buf_str(&plain);
	for (size_t i = 0; i < in.n; i++) {
		buf_putc(b, in.p[i]);
		if (in.p[i] != '\\')
			continue;
		struct str rest = str_slice(in, i + 1, in.n);
		if (str_starts(rest, STR("u0008")) || str_starts(rest, STR("u000c"))) {
			buf_putc(b, rest.p[4] == '8' ? 'b' : 'f');
			i += 5;
		} else if (rest.n > 0) {
			buf_putc(b, rest.p[0]);
			i++;
		}
	}
	buf_release(&plain);
}

struct str
audit_text(struct task *t, const struct audit_entry *e)
{
	const struct str texts[] = { e->actor, e->action, e->target, e->detail, e->remote_addr,
		e->request_id };
	struct buf b = BUF_INIT;
	buf_putc(&b, '[');
	put_str(&b, e->team_id.n > 0 ? e->team_id : STR("system"));
	buf_putc(&b, ',');
	buf_i64(&b, e->id);
	buf_putc(&b, ',');
	buf_i64(&b, e->seq);
	buf_putc(&b, ',');
	buf_i64(&b, e->at_us);
	for (size_t i = 0; i < NELEM(texts); i++) {
		buf_putc(&b, ',');
		put_str(&b, texts[i]);
	}
	buf_putc(&b, ']');
	struct str text = arena_str(t->arena, buf_str(&b));
	buf_release(&b);
	return text;
}

static int
digit(char c)
{
	return c <= '9' ? c - '0' : c - 'a' + 10;
}

void
audit_hash(struct task *t, const struct audit_entry *e, char hex[AUDIT_HASH])
{
	struct str text = audit_text(t, e);
	char *all = arena_raw(t->arena, text.n + 32);
	for (size_t i = 0; i < 32; i++) {
		bool there = e->prev_hash.n == 64;
		all[i] = there ? (char)(digit(e->prev_hash.p[2 * i]) << 4 |
		                        digit(e->prev_hash.p[2 * i + 1])) : '\0';
	}
	memcpy(all + 32, text.p, text.n);
	crypt_sha256_hex((struct str){ all, text.n + 32 }, hex);
}
