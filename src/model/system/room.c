/* room.c - see room.h. */
#include "model/system/room.h"

#include <sys/stat.h>
#include <sys/statvfs.h>

#include "base/buf.h"
#include "base/str.h"
#include "view/format.h"

#define FILES_FEW 1000

/* A server on this machine answers over a Unix socket, or from an address that
 * is the client's too. The second column is NULL where nobody may ask. */
static const struct stmt folder_of = { "room_folder",
	"SELECT coalesce(inet_server_addr() = inet_client_addr(), true), server_data_directory()" };
static const struct stmt *const statements[] = { &folder_of };
const struct stmt_list room_statements = STMT_LIST("room", statements);

static void
place_add(struct task *t, struct room *r, const char *what, struct str folder)
{
	if (r->n == ROOM_MAX)
		return;
	r->place[r->n] = (struct room_place){ .what = what, .folder = arena_str(t->arena, folder) };
	room_measure(&r->place[r->n++]);
}

/* Where Debian's packages put it, when the server is here but does not tell. */
static struct str
guess(struct task *t, const char *folder)
{
	struct stat st;

	return stat(folder, &st) == 0 ? arena_str(t->arena, str_of(folder)) : STR("");
}

static enum err
of_postgres(struct task *t, struct pg *pg, struct room *r)
{
	struct str folder = STR("");
	struct rows *rows;
	enum err e = pg != NULL ? pg_one(t, pg, &folder_of, NULL, &rows) : E_OK;

	if (e != E_OK)
		return e;
	if (pg != NULL && row_bool(rows, 0, 0))
		folder = row_is_null(rows, 0, 1) ? guess(t, "/var/lib/postgresql") : row_str(rows, 0, 1);
	place_add(t, r, "PostgreSQL", folder);
	return E_OK;
}

static void
of_redis(struct task *t, struct redis *redis, struct room *r)
{
	const struct str argv[] = { STR("CONFIG"), STR("GET"), STR("dir") };
	struct str folder = STR("");
	struct reply reply;

	if (redis != NULL && redis_run(t, redis, NELEM(argv), argv, &reply) == E_OK) {
		if (reply.type == REPLY_ARRAY && reply.n == 2)
			folder = reply.item[1].s;
	} else if (redis != NULL) {
		task_clear(t); /* away, or this user may not ask */
		folder = guess(t, "/var/lib/tidemark/redis");
	}
	place_add(t, r, "Redis", folder);
}

enum err
room_look(struct task *t, struct pg *pg, struct redis *redis, const struct conf *conf,
          struct room *out)
{
	static const struct {
		const char *what;
		enum conf_key key;
	} OURS[] = { { "symbols", CONF_SYMBOL_DIR }, { "exports", CONF_EXPORT_DIR },
		{ "the outbox", CONF_OUTBOX_DIR } };
	struct str more = conf_str(conf, CONF_DISK_DIRS);
	enum err e;

	out->n = 0;
	e = of_postgres(t, pg, out);
	if (e != E_OK)
		return e;
	of_redis(t, redis, out);
	for (size_t i = 0; i < NELEM(OURS); i++)
		place_add(t, out, OURS[i].what, conf_str(conf, OURS[i].key));
	while (more.n > 0) {
		struct str folder = arena_str(t->arena, str_trim(str_cut(&more, ',')));
		struct stat st;

		/* what this machine has no use for is not there */
		if (folder.n > 0 && stat(folder.p, &st) == 0)
			place_add(t, out, folder.p, folder);
	}
	return E_OK;
}

/* As df counts: what is kept for root is neither used nor free. */
static double
percent_used(uint64_t all, uint64_t unused, uint64_t left)
{
	uint64_t used = all - unused;

	return used + left > 0 ? 100.0 * (double)used / (double)(used + left) : 0;
}

void
room_measure(struct room_place *p)
{
	struct statvfs v;
	struct stat st;

	p->seen = p->folder.n > 0 && statvfs(p->folder.p, &v) == 0 && v.f_blocks > 0 &&
	          stat(p->folder.p, &st) == 0;
	if (!p->seen)
		return;
	double blocks = percent_used(v.f_blocks, v.f_bfree, v.f_bavail);
	double files = percent_used(v.f_files, v.f_ffree, v.f_favail);
	p->used = files > blocks ? files : blocks;
	p->free = (int64_t)v.f_bavail * (int64_t)v.f_frsize;
	p->files = v.f_files == 0 ? INT64_MAX : (int64_t)v.f_favail;
	p->device = st.st_dev;
}

const struct room_place *
room_fullest(const struct room *r)
{
	const struct room_place *worst = NULL;

	for (size_t i = 0; i < r->n; i++)
		if (r->place[i].seen && (worst == NULL || r->place[i].used > worst->used))
			worst = &r->place[i];
	return worst;
}

void
room_drop(struct room *r, uint64_t device)
{
	size_t kept = 0;

	for (size_t i = 0; i < r->n; i++)
		if (r->place[i].seen && r->place[i].device != device)
			r->place[kept++] = r->place[i];
	r->n = kept;
}

/* On this file system; NULL: not seen. */
static bool
is_like(const struct room_place *p, const struct room_place *like)
{
	return like == NULL ? !p->seen : p->seen && p->device == like->device;
}

/* "a", "a and b", "a, b and c"; how many. */
static size_t
names_put(struct buf *b, const struct room *r, const struct room_place *like)
{
	size_t n = 0, put = 0;

	for (size_t i = 0; i < r->n; i++)
		n += is_like(&r->place[i], like);
	for (size_t i = 0; i < r->n; i++) {
		if (!is_like(&r->place[i], like))
			continue;
		buf_puts(b, put == 0 ? "" : put + 1 == n ? " and " : ", ");
		buf_puts(b, r->place[i].what);
		put++;
	}
	return n;
}

struct str
room_says(struct task *t, const struct room *r)
{
	const struct room_place *worst = room_fullest(r);
	struct buf b = BUF_INIT, not_seen = BUF_INIT;

	if (worst == NULL) {
		buf_puts(&b, "No folder of data can be seen");
	} else {
		buf_add(&b, worst->files < FILES_FEW ? arena_printf(t->arena, "%lld files",
		    (long long)worst->files) : format_bytes(t, worst->free));
		buf_puts(&b, " free where ");
		buf_puts(&b, names_put(&b, r, worst) > 1 ? " lie" : " lies");
	}
	if (names_put(&not_seen, r, NULL) > 0 && worst != NULL) {
		buf_puts(&b, "; not seen: ");
		buf_add(&b, buf_str(&not_seen));
	}
	struct str s = arena_str(t->arena, buf_str(&b));

	buf_release(&b);
	buf_release(&not_seen);
	return s;
}
