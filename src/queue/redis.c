/* redis.c - see redis.h. The only user of hiredis. */
#include "queue/redis.h"

#include <errno.h>
#include <hiredis/hiredis.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "base/num.h"
#include "base/str.h"

#define CONNECT_MS 100
#define COMMAND_MS 200
#define WHY_MAX 200

struct redis {
	redisContext *c;
	char *path, *user, *password;
	int command_ms;
};

/* Error replies that mean "later", by their first word. */
static const char *const later[] = {
	"OOM", "MISCONF", "LOADING", "BUSY", "READONLY", "MASTERDOWN", "NOAUTH", "WRONGPASS",
	"NOPERM", "NOREPLICAS",
};

static char *
copy(const char *s)
{
	char *p = strdup(s != NULL ? s : "");
	ASSERT(p != NULL);
	return p;
}

struct redis *
redis_open(const char *socket_path, const char *user, const char *password)
{
	struct redis *r = calloc(1, sizeof(*r));
	ASSERT(r != NULL);
	r->path = copy(socket_path);
	r->user = copy(user);
	r->password = copy(password);
	r->command_ms = COMMAND_MS;
	return r;
}

static void
disconnect(struct redis *r)
{
	if (r->c != NULL)
		redisFree(r->c);
	r->c = NULL;
}

void
redis_close(struct redis *r)
{
	if (r == NULL)
		return;
	disconnect(r);
	free(r->path);
	free(r->user);
	if (r->password[0] != '\0')
		explicit_bzero(r->password, strlen(r->password));
	free(r->password);
	free(r);
}

void
redis_patient(struct redis *r, int command_ms)
{
	disconnect(r);
	r->command_ms = command_ms;
}

static struct timeval
in_ms(int ms)
{
	return (struct timeval){ .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };
}

static enum err
down(struct task *t, struct redis *r, const char *why)
{
	enum err e = task_fail(t, E_UNAVAILABLE, "redis: %s", why); /* of the connection */
	disconnect(r);
	return e;
}

/* The socket is named: whoever reads this asks which one. */
static enum err
unreachable(struct task *t, struct redis *r)
{
	char why[WHY_MAX];
	snprintf(why, sizeof(why), "%s: %s", r->path, r->c->errstr);
	return down(t, r, why);
}

static enum err
login(struct task *t, struct redis *r)
{
	const char *argv[3] = { "AUTH", r->user, r->password };
	int n = 3;
	if (r->password[0] == '\0')
		return E_OK;
	if (r->user[0] == '\0') {
		argv[1] = r->password;
		n = 2;
	}
	redisReply *reply = redisCommandArgv(r->c, n, argv, NULL);
	if (reply == NULL)
		return down(t, r, "no answer to the login");
	bool ok = reply->type != REDIS_REPLY_ERROR;
	freeReplyObject(reply);
	return ok ? E_OK : down(t, r, "the login was refused");
}

/* An idle connection whose peer has gone shows end of file at once. */
static bool
is_stale(const struct redis *r)
{
	char c;
	ssize_t n = recv(r->c->fd, &c, 1, MSG_PEEK | MSG_DONTWAIT);
	return n == 0 || n > 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
}

static enum err
connected(struct task *t, struct redis *r)
{
	if (r->c != NULL && (r->c->err != 0 || is_stale(r)))
		disconnect(r);
	if (r->c != NULL)
		return E_OK;
	r->c = redisConnectUnixWithTimeout(r->path, in_ms(CONNECT_MS));
	ASSERT(r->c != NULL);
	if (r->c->err != 0)
		return unreachable(t, r);
	if (redisSetTimeout(r->c, in_ms(r->command_ms)) != REDIS_OK)
		return down(t, r, "the time-out could not be set");
	return login(t, r);
}

static void
release_reply(void *p)
{
	freeReplyObject(p);
}

static void
convert(struct task *t, const redisReply *in, struct reply *out)
{
	*out = (struct reply){ .type = REPLY_NIL };
	switch (in->type) {
	case REDIS_REPLY_STRING:
	case REDIS_REPLY_STATUS:
	case REDIS_REPLY_ERROR:
		out->type = in->type == REDIS_REPLY_STRING ? REPLY_STR : REPLY_STATUS;
		out->s = (struct str){ in->str, (size_t)in->len };
		break;
	case REDIS_REPLY_INTEGER:
		out->type = REPLY_INT;
		out->i = in->integer;
		break;
	case REDIS_REPLY_ARRAY:
		out->type = REPLY_ARRAY;
		out->n = in->elements;
		out->item = tarray(t, in->elements, struct reply);
		for (size_t i = 0; i < in->elements; i++)
			convert(t, in->element[i], &out->item[i]);
		break;
	default:
		break;
	}
}

static enum err
error_reply(struct task *t, const redisReply *reply)
{
	struct str s = { reply->str, (size_t)reply->len };
	struct str rest = s, word = str_cut(&rest, ' ');
	if (str_is(word, "NOGROUP"))
		return task_fail(t, E_NOT_FOUND, "redis: %.*s", STRF(s));
	for (size_t i = 0; i < NELEM(later); i++)
		if (str_is(word, later[i]))
			return task_fail(t, E_UNAVAILABLE, "redis: %.*s", STRF(s));
	return task_fail(t, E_INTERNAL, "redis: %.*s", STRF(s));
}

static char *
put_count(char *to, char tag, size_t n)
{
	*to++ = tag;
	to += num_i64_format((int64_t)n, to);
	*to++ = '\r';
	*to++ = '\n';
	return to;
}

/* As the protocol has it, in one piece of the size it needs: hiredis makes it
 * grow argument by argument. */
static struct str
format(struct task *t, size_t n, const struct str *argv)
{
	size_t size = NUM_TEXT + 3;
	for (size_t i = 0; i < n; i++)
		size += argv[i].n + NUM_TEXT + 5;
	char *p = arena_raw(t->arena, size), *to = put_count(p, '*', n);
	for (size_t i = 0; i < n; i++) {
		to = put_count(to, '$', argv[i].n);
		if (argv[i].n > 0)
			memcpy(to, argv[i].p, argv[i].n);
		to += argv[i].n;
		*to++ = '\r';
		*to++ = '\n';
	}
	return (struct str){ p, (size_t)(to - p) };
}

/* One command on a live connection; *raw is released with the task. */
static enum err
command(struct task *t, struct redis *r, size_t n, const struct str *argv, redisReply **raw)
{
	struct str text = format(t, n, argv);
	void *reply = NULL;
	if (redisAppendFormattedCommand(r->c, text.p, text.n) != REDIS_OK ||
	    redisGetReply(r->c, &reply) != REDIS_OK || reply == NULL)
		return down(t, r, r->c->errstr);
	arena_defer(t->arena, release_reply, reply);
	*raw = reply;
	return E_OK;
}

enum err
redis_run(struct task *t, struct redis *r, size_t n, const struct str *argv,
          struct reply *reply)
{
	redisReply *raw = NULL;
	enum err e = connected(t, r);
	if (e == E_OK)
		e = command(t, r, n, argv, &raw);
	if (e != E_OK)
		return e;
	ASSERT(raw != NULL);
	if (raw->type == REDIS_REPLY_ERROR)
		return error_reply(t, raw);
	if (reply != NULL)
		convert(t, raw, reply);
	return E_OK;
}

enum err
redis_run_wait(struct task *t, struct redis *r, int timeout_ms, size_t n,
               const struct str *argv, struct reply *reply)
{
	enum err e = connected(t, r);
	if (e != E_OK)
		return e;
	if (redisSetTimeout(r->c, in_ms(timeout_ms)) != REDIS_OK)
		return down(t, r, "the time-out could not be set");
	e = redis_run(t, r, n, argv, reply);
	if (r->c != NULL && redisSetTimeout(r->c, in_ms(r->command_ms)) != REDIS_OK)
		disconnect(r);
	return e;
}

static enum err
load(struct task *t, struct redis *r, struct redis_script *s)
{
	struct reply sha = { 0 };
	const struct str argv[] = { STR("SCRIPT"), STR("LOAD"), str_of(s->source) };
	enum err e = redis_run(t, r, NELEM(argv), argv, &sha);
	if (e != E_OK)
		return e;
	if (sha.type != REPLY_STR || sha.s.n != sizeof(s->sha) - 1)
		return task_fail(t, E_INTERNAL, "redis: SCRIPT LOAD gave no digest");
	memcpy(s->sha, sha.s.p, sha.s.n);
	s->sha[sha.s.n] = '\0';
	return E_OK;
}

enum err
redis_eval(struct task *t, struct redis *r, struct redis_script *s, size_t nkeys, size_t n,
           const struct str *keys_and_args, struct reply *reply)
{
	struct str *argv = tarray(t, n + 3, struct str);
	char count[24];
	snprintf(count, sizeof(count), "%zu", nkeys);
	argv[0] = STR("EVALSHA");
	argv[2] = str_of(count);
	for (size_t i = 0; i < n; i++)
		argv[3 + i] = keys_and_args[i];
	for (int attempt = 0;; attempt++) {
		enum err e = E_OK;
		if (s->sha[0] == '\0')
			e = load(t, r, s);
		if (e != E_OK)
			return e;
		argv[1] = str_of(s->sha);
		redisReply *raw = NULL;
		e = connected(t, r);
		if (e == E_OK)
			e = command(t, r, n + 3, argv, &raw);
		if (e != E_OK)
			return e;
		ASSERT(raw != NULL);
		if (raw->type != REDIS_REPLY_ERROR) {
			if (reply != NULL)
				convert(t, raw, reply);
			return E_OK;
		}
		if (attempt > 0 || strncmp(raw->str, "NOSCRIPT", 8) != 0)
			return error_reply(t, raw);
		s->sha[0] = '\0';
	}
}
