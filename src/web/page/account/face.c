/* face.c - see face.h; and the picture itself. */
#include "web/page/account/face.h"

#include "base/str.h"
#include "base/utf8.h"
#include "model/account/avatar.h"
#include "web/page/account/account.h"
#include "web/who.h"

struct str
face_url(struct task *t, struct str user_id, struct str hash)
{
	return arena_printf(t->arena, "/avatars/%.*s?v=%.*s", STRF(user_id),
	    STRF(str_slice(hash, 0, 16)));
}

static struct str
first_letter(struct task *t, struct str word)
{
	size_t at = 0;
	if (word.n == 0 || utf8_next(word, &at) < 0)
		return STR_NULL;
	char *p = arena_cstr(t->arena, str_slice(word, 0, at));
	if (at == 1 && p[0] >= 'a' && p[0] <= 'z')
		p[0] = (char)(p[0] - 'a' + 'A');
	return (struct str){ p, at };
}

struct str
face_initials(struct task *t, struct str name)
{
	struct str rest = str_trim(name), first = STR_NULL, last = STR_NULL;
	while (rest.p != NULL) {
		struct str word = str_cut(&rest, ' ');
		if (word.n == 0)
			continue;
		if (first.n == 0)
			first = first_letter(t, word);
		else
			last = first_letter(t, word);
	}
	return arena_printf(t->arena, "%.*s%.*s", STRF(first), STRF(last));
}

void
face_fill(struct task *t, struct dict *d, const char *marker, struct str name)
{
	struct dict *face = dict_include(d, marker, "face.tpl");
	dict_str(face, "NAME", name);
	dict_str(face, "INITIALS", face_initials(t, name));
}

enum err
page_avatar(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct avatar face = { 0 };
	bool found = false;
	enum err e = who_begin(t, w);
	if (e == E_OK)
		e = avatar_find(t, w->pg, w->who.user.id, req->param[0], &face, &found);
	if ((e = pg_end(t, w->pg, e)) != E_OK)
		return e;
	if (!found)
		return task_fail(t, E_NOT_FOUND, "There is no such picture.");
	struct str tag = arena_printf(t->arena, "\"%.*s\"", STRF(str_slice(face.hash, 0, 32)));
	res_header(res, "ETag", tag);
	res_header(res, "Cache-Control", STR("private, max-age=86400"));
	if (str_eq(req_header(req, "if-none-match"), tag)) {
		res->status = 304;
		return E_OK;
	}
	res_header(res, "Content-Type", STR("image/png"));
	buf_add(&res->body, face.png);
	return E_OK;
}
