/* process.c - see process.h. */
#include "base/process.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/num.h"
#include "base/str.h"

static volatile sig_atomic_t stopping;

static void
on_stop(int sig)
{
	(void)sig;
	stopping = 1;
}

void
process_start(void)
{
	struct sigaction stop = { .sa_handler = on_stop };
	struct sigaction ignore = { .sa_handler = SIG_IGN };
	struct rlimit none = { 0, 0 };
	sigemptyset(&stop.sa_mask);
	sigemptyset(&ignore.sa_mask);
	ASSERT(sigaction(SIGTERM, &stop, NULL) == 0);
	ASSERT(sigaction(SIGINT, &stop, NULL) == 0);
	ASSERT(sigaction(SIGPIPE, &ignore, NULL) == 0);
	(void)setrlimit(RLIMIT_CORE, &none);
}

bool
process_stopping(void)
{
	return stopping != 0;
}

int64_t
process_pss(void)
{
	char text[1024];
	int64_t kb = 0;
	int fd = open("/proc/self/smaps_rollup", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	ssize_t n = read(fd, text, sizeof(text));
	close(fd);
	struct str rest = { text, n > 0 ? (size_t)n : 0 };
	while (rest.n > 0) {
		struct str line = str_cut(&rest, '\n');
		if (!str_starts(line, STR("Pss:")))
			continue;
		struct str value = str_trim(str_slice(line, 4, line.n));
		return num_i64(str_cut(&value, ' '), &kb) ? kb * 1024 : 0;
	}
	return 0;
}

bool
process_has_listener(void)
{
	int listens = 0;
	socklen_t n = sizeof(listens);
	return getsockopt(STDIN_FILENO, SOL_SOCKET, SO_ACCEPTCONN, &listens, &n) == 0 &&
	       listens != 0;
}

#ifdef CRASH_POINTS
void
crash_point(const char *name)
{
	static int64_t passes;
	struct str at = str_of(getenv("TIDEMARK_CRASH_AT"));
	struct str want = str_cut(&at, ':');
	int64_t pass = 1;
	if (want.n == 0 || !str_is(want, name))
		return;
	if (at.p != NULL && !num_range(at, 1, INT32_MAX, &pass))
		return;
	if (++passes >= pass)
		(void)kill(getpid(), SIGKILL);
}
#endif

void
process_trim(void)
{
#ifdef __GLIBC__
	malloc_trim(0);
#endif
}
