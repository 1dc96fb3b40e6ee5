#include "base/process.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "t/unit/test.h"

static void
signals(void **state)
{
	(void)state;
	process_start();
	assert_false(process_stopping());
	assert_int_equal(raise(SIGPIPE), 0); /* ignored */
	assert_int_equal(raise(SIGTERM), 0);
	assert_true(process_stopping());
}

static void
listener(void **state)
{
	struct sockaddr_un any = { .sun_family = AF_UNIX };
	(void)state;
	int before = dup(STDIN_FILENO);
	assert_false(process_has_listener());
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_true(fd >= 0);
	/* The family alone: Linux picks an abstract name. */
	assert_int_equal(bind(fd, (struct sockaddr *)&any, sizeof(any.sun_family)), 0);
	assert_int_equal(dup2(fd, STDIN_FILENO), STDIN_FILENO);
	assert_false(process_has_listener());
	assert_int_equal(listen(fd, 1), 0);
	assert_true(process_has_listener());
	if (before >= 0)
		assert_int_equal(dup2(before, STDIN_FILENO), STDIN_FILENO);
	close(before);
	close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(signals), T(listener) };
	return RUN(tests);
}
