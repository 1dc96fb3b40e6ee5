/* native.c - see native.h. */
#include "symbols/native.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/child.h"
#include "base/json.h"
#include "base/map.h"
#include "base/str.h"

#define WALL_MS 20000
#define OUTPUT_MAX ((size_t)8 << 20)

/* The child's faults are the file's: it was made to be read by us. */
static enum err
run(struct task *t, const char *program, const char *flag, int fd, struct str input,
    struct buf *out)
{
	const char *const argv[] = { program, flag, NULL };
	const struct child c = { argv, fd, input, WALL_MS, OUTPUT_MAX };
	enum err e = child_run(t, &c, out);

	if (e != E_DATA && e != E_TIMEOUT && e != E_TOO_LARGE)
		return e;
	struct str why = arena_printf(t->arena, "%s", t->detail);

	task_clear(t);
	return task_fail(t, E_INVALID, "The file could not be read as ELF. %.*s", STRF(why));
}

/* One line; E_INVALID with its reason when it is one. */
static enum err
line_parse(struct task *t, struct str line, const struct json **out)
{
	if (json_parse(t, line, out) != E_OK || !json_is_object(*out)) {
		task_clear(t);
		return task_fail(t, E_INVALID, "The file could not be read as ELF.");
	}
	struct str why = json_get_str(*out, "error");

	return why.n > 0 ? task_fail(t, E_INVALID, "%.*s", STRF(why)) : E_OK;
}

static struct str
text(const struct json *j, const char *key)
{
	return json_str(json_get(j, key), STR(""));
}

enum err
native_identify(struct task *t, const char *program, int fd, struct native_file *out)
{
	struct buf b = BUF_INIT;
	const struct json *j;
	enum err e = run(t, program, "--identify", fd, STR(""), &b);

	if (e == E_OK)
		e = line_parse(t, arena_str(t->arena, str_trim(buf_str(&b))), &j);
	if (e == E_OK)
		*out = (struct native_file){ text(j, "build_id"), text(j, "arch"),
			json_bool(json_get(j, "debug"), false) };
	buf_release(&b);
	return e;
}

static bool
address_parse(struct str s, uint64_t *out)
{
	uint64_t v = 0;

	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		int d = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;

		if (d < 0)
			return false;
		v = v << 4 | (uint64_t)d;
	}
	*out = v;
	return s.n > 0 && s.n <= 16;
}

static struct str
key_of(const uint64_t *address)
{
	return (struct str){ (const char *)address, sizeof(*address) };
}

struct answers {
	struct map at;       /* address -> index + 1 into list */
	struct native_frames *list;
	size_t *cap;
	size_t n;
};

static void
add_line(struct task *t, struct answers *a, const struct json *j)
{
	uint64_t address;

	if (!address_parse(text(j, "address"), &address))
		return;
	uint64_t *slot = map_find(&a->at, key_of(&address));

	if (slot == NULL)
		return;
	struct native_frames *x = &a->list[*slot];

	if (x->n >= STACK_FRAMES_MAX)
		return;
	x->frame = arena_grow(t->arena, x->frame, x->n, &a->cap[*slot], sizeof(*x->frame));
	x->frame[x->n++] = (struct frame){
		.function = text(j, "function"),
		.place = text(j, "file"),
		.line = json_i64(json_get(j, "line"), 0),
		.column = json_i64(json_get(j, "column"), 0),
		.inlined = json_bool(json_get(j, "inlined"), false),
		.address = address,
		.build_id = STR(""),
	};
}

static enum err
read_answers(struct task *t, struct answers *a, struct str all)
{
	enum err e = E_OK;

	while (all.p != NULL && e == E_OK) {
		const struct json *j;
		struct str line = str_trim(str_cut(&all, '\n'));

		if (line.n == 0)
			continue;
		e = line_parse(t, line, &j);
		if (e == E_OK)
			add_line(t, a, j);
	}
	return e;
}

enum err
native_look(struct task *t, const char *program, int fd, struct native_frames *at, size_t n)
{
	struct answers a = { .list = tarray(t, n + 1, struct native_frames),
		             .cap = tarray(t, n + 1, size_t) };
	struct buf in = BUF_INIT, out = BUF_INIT;

	map_init(&a.at, t->arena, n);
	for (size_t i = 0; i < n; i++) {
		bool added;
		uint64_t *slot = map_put(&a.at, key_of(&at[i].address), &added);

		if (!added)
			continue;
		*slot = a.n++;
		buf_printf(&in, "%" PRIx64 "\n", at[i].address);
	}
	enum err e = run(t, program, NULL, fd, buf_str(&in), &out);

	if (e == E_OK)
		e = read_answers(t, &a, arena_str(t->arena, buf_str(&out)));
	for (size_t i = 0; i < n && e == E_OK; i++) {
		const struct native_frames *x = &a.list[*map_find(&a.at, key_of(&at[i].address))];

		at[i].frame = x->frame;
		at[i].n = x->n;
	}
	buf_release(&in);
	buf_release(&out);
	return e;
}
