/* avatar.c - see avatar.h. */
#include "model/account/avatar.h"

#include "base/crypt.h"
#include "base/str.h"
#include "base/uuid.h"

static const struct stmt set = { "avatar_set",
	"INSERT INTO user_avatars (user_id, png, hash) VALUES ($1::uuid, $2::bytea, $3)"
	" ON CONFLICT (user_id) DO UPDATE SET png = EXCLUDED.png, hash = EXCLUDED.hash, at = now()" };
static const struct stmt delete = { "avatar_delete",
	"DELETE FROM user_avatars WHERE user_id = $1::uuid" };
static const struct stmt find = { "avatar_find",
	"SELECT png, hash FROM auth_avatar($1::uuid, $2::uuid)" };
static const struct stmt *const all[] = { &set, &delete, &find };
const struct stmt_list avatar_statements = STMT_LIST("avatar", all);

enum err
avatar_set(struct task *t, struct pg *pg, struct str user_id, struct str png)
{
	char hash[CRYPT_SHA256_HEX];
	struct bind b = { 0 };
	crypt_sha256_hex(png, hash);
	bind_str(t, &b, user_id);
	bind_bytes(t, &b, png);
	bind_str(t, &b, str_of(hash));
	return pg_run(t, pg, &set, &b, NULL);
}

enum err
avatar_delete(struct task *t, struct pg *pg, struct str user_id)
{
	struct bind b = { 0 };
	bind_str(t, &b, user_id);
	return pg_run(t, pg, &delete, &b, NULL);
}

enum err
avatar_find(struct task *t, struct pg *pg, struct str viewer_id, struct str user_id,
            struct avatar *out, bool *found)
{
	struct bind b = { 0 };
	struct rows *r;
	uint8_t raw[16];
	*found = false;
	if (!uuid_parse(user_id, raw))
		return E_OK;
	bind_str(t, &b, viewer_id);
	bind_str(t, &b, user_id);
	enum err e = pg_run(t, pg, &find, &b, &r);
	if (e != E_OK || rows_count(r) != 1)
		return e;
	*found = true;
	*out = (struct avatar){ .png = row_bytes(t, r, 0, 0), .hash = row_str(r, 0, 1) };
	return E_OK;
}
