/*
 * The real thing: a child process serves a Unix socket, the test speaks
 * FastCGI to it byte by byte, as nginx would and as a broken peer would.
 */
#include "http/fcgi.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/process.h"
#include "t/unit/test.h"

#define MAX_BODY 1000

static struct sockaddr_un address;
static socklen_t address_size;
static pid_t server;

static bool
count_down(struct res *res, void *ctx)
{
	int *n = ctx;
	buf_printf(&res->body, "%d ", *n);
	if (*n == 3 && res->status == 299)
		(void)task_fail(res->task, E_UNAVAILABLE, "lost");
	return --*n > 0;
}

/* /stream: chunks; /broken: fails half-way; else echoes. */
static void
serve(void)
{
	struct task t;
	struct req req;
	struct res res;
	struct fcgi *f;
	int n;
	process_start();
	task_init(&t, arena_new(0));
	if (fcgi_open(&t, MAX_BODY, &f) != E_OK)
		_exit(9);
	res_init(&res, &t);
	while (fcgi_accept(f, &t, &req)) {
		res_reset(&res);
		n = 5;
		if (str_is(req.path, "/slow"))
			usleep(300000);
		if (t.err != E_OK) {
			res_error_json(&res, &t, t.err);
		} else if (str_is(req.path, "/stream") || str_is(req.path, "/broken")) {
			res.status = str_is(req.path, "/broken") ? 299 : 200;
			res.more = count_down;
			res.more_ctx = &n;
		} else {
			buf_printf(&res.body, "%.*s|%.*s", STRF(req.path), STRF(req.body));
		}
		(void)fcgi_send(f, &req, &res);
		fcgi_finish(f);
	}
	fcgi_close(f);
	_exit(0);
}

static int
start(void **state)
{
	address.sun_family = AF_UNIX;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address.sun_family)), 0);
	assert_int_equal(listen(fd, 8), 0);
	address_size = sizeof(address);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &address_size), 0);
	server = fork();
	if (server == 0) {
		dup2(fd, STDIN_FILENO);
		close(fd);
		serve();
	}
	close(fd);
	return test_setup(state);
}

static int
stop(void **state)
{
	int status;
	kill(server, SIGTERM);
	assert_int_equal(waitpid(server, &status, 0), server);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	return test_teardown(state);
}

static void
put_record(struct buf *b, int type, struct str content)
{
	buf_putc(b, 1);
	buf_putc(b, (char)type);
	buf_add(b, STR("\0\1"));
	buf_putc(b, (char)(content.n >> 8));
	buf_putc(b, (char)content.n);
	buf_add(b, STR("\0\0"));
	buf_add(b, content);
}

static void
put_param(struct buf *b, const char *name, struct str value)
{
	buf_putc(b, (char)strlen(name));
	buf_putc(b, (char)value.n);
	buf_puts(b, name);
	buf_add(b, value);
}

static int
send_request(const char *method, const char *path, const char *length, struct str body)
{
	struct buf p = BUF_INIT, b = BUF_INIT;
	put_param(&p, "REQUEST_METHOD", str_of(method));
	put_param(&p, "DOCUMENT_URI", str_of(path));
	put_param(&p, "CONTENT_LENGTH", str_of(length));
	put_record(&b, 1, STR("\0\1\0\0\0\0\0\0"));
	put_record(&b, 4, buf_str(&p));
	put_record(&b, 4, STR_NULL);
	if (body.n > 0)
		put_record(&b, 5, body);
	put_record(&b, 5, STR_NULL);
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, address_size), 0);
	assert_int_equal(write(fd, b.p, b.n), (ssize_t)b.n);
	buf_release(&p);
	buf_release(&b);
	return fd;
}

/* Text of all stdout records; *ended = END_REQUEST came. */
static struct str
read_reply(struct task *t, int fd, bool *ended)
{
	struct buf in = BUF_INIT, out = BUF_INIT;
	ssize_t n;
	while ((n = read(fd, buf_reserve(&in, 4096), 4096)) > 0)
		in.n += (size_t)n;
	close(fd);
	*ended = false;
	for (size_t i = 0; i + 8 <= in.n;) {
		const unsigned char *h = (unsigned char *)in.p + i;
		size_t size = (size_t)h[4] << 8 | h[5];
		if (h[1] == 6)
			buf_add(&out, (struct str){ (char *)h + 8, size });
		*ended = *ended || h[1] == 3;
		i += 8 + size + h[6];
	}
	struct str reply = arena_str(t->arena, buf_str(&out));
	buf_release(&in);
	buf_release(&out);
	return reply;
}

static void
replies(void **state)
{
	static const struct {
		const char *method, *path, *length;
		struct str body;
		const char *first, *last;
	} row[] = {
		{ "GET", "/x", "", { "", 0 }, "Status: 200\r\n", "\r\n\r\n/x|" },
		{ "POST", "/x", "5", { "hello", 5 }, "Status: 200\r\n", "/x|hello" },
		{ "POST", "/x", "3", { "hello", 5 }, "Status: 200\r\n", "/x|hel" },
		{ "HEAD", "/x", "", { "", 0 }, "Status: 200\r\n", "Content-Length: 3\r\n\r\n" },
		{ "POST", "/x", "9", { "hello", 5 }, "Status: 400\r\n", "}" },
		{ "POST", "/x", "-1", { "hello", 5 }, "Status: 400\r\n", "}" },
		{ "POST", "/x", "5x", { "hello", 5 }, "Status: 400\r\n", "}" },
		{ "POST", "/x", "1001", { "hello", 5 }, "Status: 413\r\n", "}" },
		{ "POST", "/x", "99999999999999999999", { "hello", 5 }, "Status: 400\r\n", "}" },
		{ "GET", "/x\ny", "", { "", 0 }, "Status: 400\r\n", "}" },
		{ "GET", "/\xFF", "", { "", 0 }, "Status: 400\r\n", "}" },
		{ "GET", "/stream", "", { "", 0 }, "Status: 200\r\n", "\r\n\r\n5 4 3 2 1 " },
	};
	struct task *t = *state;
	for (size_t i = 0; i < NELEM(row); i++) {
		bool ended;
		int fd = send_request(row[i].method, row[i].path, row[i].length, row[i].body);
		struct str reply = read_reply(t, fd, &ended);
		assert_row(ended, row[i].path);
		assert_row(str_starts(reply, str_of(row[i].first)), row[i].length);
		assert_row(str_ends(reply, str_of(row[i].last)), row[i].path);
	}
}

/* A stream that fails must not look like a whole reply. */
static void
broken_stream(void **state)
{
	bool ended;
	struct str reply = read_reply(*state, send_request("GET", "/broken", "", STR_NULL), &ended);
	assert_false(ended);
	assert_null(strstr(reply.p, "2 1"));
	reply = read_reply(*state, send_request("GET", "/next", "", STR_NULL), &ended);
	assert_true(ended); /* and the process goes on */
}

/* A peer that talks nonsense or hangs up costs no more than its connection. */
static void
rude_peers(void **state)
{
	static const struct str rude[] = {
		{ "", 0 },
		{ "GET / HTTP/1.1\r\n\r\n", 18 },
		{ "\1\1\0\1\0\10\0\0\0\1\0\0\0\0\0\0\1\4\0\1\377\377\0\0short", 29 },
	};
	bool ended;
	for (size_t i = 0; i < NELEM(rude); i++) {
		int fd = socket(AF_UNIX, SOCK_STREAM, 0);
		assert_int_equal(connect(fd, (struct sockaddr *)&address, address_size), 0);
		assert_int_equal(write(fd, rude[i].p, rude[i].n), (ssize_t)rude[i].n);
		close(fd);
	}
	int fd = send_request("GET", "/gone", "", STR_NULL);
	close(fd);
	struct str reply = read_reply(*state, send_request("GET", "/ok", "", STR_NULL), &ended);
	assert_true(ended && str_ends(reply, STR("/ok|")));
}

/* SIGTERM: the request in hand is answered, then the process ends well. */
static void
stops_after_the_request(void **state)
{
	bool ended;
	int fd = send_request("GET", "/slow", "", STR_NULL);
	usleep(100000);
	kill(server, SIGTERM);
	struct str reply = read_reply(*state, fd, &ended);
	assert_true(ended && str_ends(reply, STR("/slow|")));
}

#define TS(name) cmocka_unit_test_setup_teardown(name, start, stop)

int
main(void)
{
	const struct CMUnitTest tests[] = { TS(replies), TS(broken_stream), TS(rude_peers),
		                            TS(stops_after_the_request) };
	signal(SIGPIPE, SIG_IGN);
	return RUN(tests);
}
