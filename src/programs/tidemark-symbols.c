/*
 * tidemark-symbols - reads one ELF file of a stranger: descriptor 3.
 *
 * With --identify it says what the file is; otherwise it reads addresses in
 * hexadecimal, one a line, and writes the frames at each. It locks itself in
 * before it touches the file (programs/symbols/sandbox.h). Started by
 * symbols/native.c; of no use by hand.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/jw.h"
#include "base/str.h"
#include "programs/symbols/dwarf.h"
#include "programs/symbols/sandbox.h"

#define FILE_FD 3
#define ADDRESSES_MAX 65536
#define INPUT_MAX ((size_t)2 << 20)

struct args {
	bool identify;
	bool open;            /* for tests of the sandbox: try what it forbids */
	const char *probe;
};

static bool
put_all(struct str s)
{
	while (s.n > 0) {
		ssize_t n = write(STDOUT_FILENO, s.p, s.n);

		if (n <= 0)
			return false;
		s = str_slice(s, (size_t)n, s.n);
	}
	return true;
}

static bool
read_input(struct buf *in)
{
	for (;;) {
		char *p = buf_reserve(in, 65536);
		ssize_t n = read(STDIN_FILENO, p, 65536);

		if (n < 0 || in->n > INPUT_MAX)
			return false;
		if (n == 0)
			return true;
		in->n += (size_t)n;
		in->p[in->n] = '\0';
	}
}

static bool
hex(struct str s, uint64_t *out)
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

static int
frames(struct dwarf *d, struct buf *out)
{
	struct buf in = BUF_INIT;
	size_t n = 0;

	if (!read_input(&in))
		return 65;
	struct str rest = buf_str(&in);

	while (rest.p != NULL && n++ < ADDRESSES_MAX) {
		uint64_t address;
		struct str line = str_cut(&rest, '\n');

		if (hex(line, &address))
			dwarf_frames(d, address, out);
		if (out->n < 65536)
			continue;
		if (!put_all(buf_str(out)))
			return 74;
		buf_reset(out);
	}
	buf_release(&in);
	return 0;
}

static int
answer(const struct args *a)
{
	struct buf out = BUF_INIT;
	const char *why = "";
	struct dwarf *d = dwarf_file_open(FILE_FD, &why);
	int code = 0;

	if (d == NULL) {
		struct jw w;

		jw_init(&w, &out);
		jw_object_begin(&w);
		jw_kstr(&w, "error", str_of(why));
		jw_object_end(&w);
		buf_putc(&out, '\n');
	} else if (a->identify) {
		dwarf_identify(d, &out);
	} else {
		code = frames(d, &out);
	}
	if (code == 0 && !put_all(buf_str(&out)))
		code = 74;
	dwarf_file_close(d);
	buf_release(&out);
	return code;
}

/* What a taken-over process would try. */
static int
probe(const char *what)
{
	bool done = false;

	if (str_is(str_of(what), "file"))
		done = open("/etc/hostname", O_RDONLY | O_CLOEXEC) >= 0;
	else if (str_is(str_of(what), "network"))
		done = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) >= 0;
	else if (str_is(str_of(what), "process"))
		done = fork() >= 0;
	return put_all(done ? STR("done\n") : STR("refused\n")) ? 0 : 74;
}

int
main(int argc, char **argv)
{
	struct args a = { 0 };

	for (int i = 1; i < argc; i++) {
		struct str word = str_of(argv[i]);

		if (str_is(word, "--identify")) {
			a.identify = true;
		} else if (str_starts(word, STR("--probe="))) {
			a.probe = argv[i] + sizeof("--probe=") - 1;
		} else if (str_is(word, "--open")) {
			a.open = true;
		} else if (str_is(word, "--version")) {
			puts("tidemark-symbols " TM_VERSION);
			return 0;
		} else {
			bool help = str_is(word, "--help");
			fputs("usage: tidemark-symbols [--identify] 3<FILE\n", help ? stdout : stderr);
			return help ? 0 : 64;
		}
	}
	/* without the sandbox nothing is read: only a probe may do without */
	if (!(a.open && a.probe != NULL) && !sandbox_enter(FILE_FD)) {
		fputs("tidemark-symbols: the sandbox could not be entered\n", stderr);
		return 71;
	}
	return a.probe != NULL ? probe(a.probe) : answer(&a);
}
