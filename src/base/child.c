/* child.c - see child.h. */
#include "base/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/str.h"

#define CHUNK 65536

struct running {
	pid_t pid;
	int in, out; /* our ends; -1 closed */
};

static void
shut(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* Low numbers are the child's: a pipe must not lie there when they are put
 * into place. */
static bool
pipe_high(int fd[2])
{
	int low[2];

	if (pipe2(low, O_CLOEXEC) != 0)
		return false;
	fd[0] = fcntl(low[0], F_DUPFD_CLOEXEC, 10);
	fd[1] = fcntl(low[1], F_DUPFD_CLOEXEC, 10);
	close(low[0]);
	close(low[1]);
	return fd[0] >= 0 && fd[1] >= 0;
}

static int
spawn(const struct child *c, int file, int in, int out, pid_t *pid)
{
	static char *const nothing[] = { NULL };
	posix_spawn_file_actions_t acts;
	posix_spawnattr_t attr;
	sigset_t none, all;

	sigemptyset(&none);
	sigfillset(&all);
	posix_spawn_file_actions_init(&acts);
	posix_spawnattr_init(&attr);
	posix_spawn_file_actions_adddup2(&acts, in, 0);
	posix_spawn_file_actions_adddup2(&acts, out, 1);
	posix_spawn_file_actions_addopen(&acts, 2, "/dev/null", O_WRONLY, 0);
	if (file >= 0)
		posix_spawn_file_actions_adddup2(&acts, file, 3);
	posix_spawn_file_actions_addclosefrom_np(&acts, file >= 0 ? 4 : 3);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setsigdefault(&attr, &all);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	int rc = posix_spawn(pid, c->argv[0], &acts, &attr, (char *const *)(uintptr_t)c->argv,
	                     nothing);

	posix_spawn_file_actions_destroy(&acts);
	posix_spawnattr_destroy(&attr);
	return rc;
}

static enum err
begin(struct task *t, const struct child *c, struct running *r)
{
	int in[2] = { -1, -1 }, out[2] = { -1, -1 };
	int file = c->fd >= 0 ? fcntl(c->fd, F_DUPFD_CLOEXEC, 10) : -1, rc = errno;

	if ((c->fd < 0 || file >= 0) && pipe_high(in) && pipe_high(out))
		rc = spawn(c, file, in[0], out[1], &r->pid);
	else
		rc = errno != 0 ? errno : rc;
	shut(&file);
	shut(&in[0]);
	shut(&out[1]);
	r->in = in[1];
	r->out = out[0];
	if (rc == 0 && fcntl(r->in, F_SETFL, O_NONBLOCK) == 0 &&
	    fcntl(r->out, F_SETFL, O_NONBLOCK) == 0)
		return E_OK;
	shut(&r->in);
	shut(&r->out);
	return task_fail(t, E_IO, "%s could not be run: %s", c->argv[0], strerror(rc));
}

static void
feed(struct running *r, struct str *input)
{
	ssize_t n = input->n > 0 ? write(r->in, input->p, input->n) : 0;

	if (n > 0)
		*input = str_slice(*input, (size_t)n, input->n);
	else if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0 || input->n == 0) /* all said, or nobody listens */
		shut(&r->in);
}

static void
take(struct running *r, struct buf *out)
{
	char *p = buf_reserve(out, CHUNK);
	ssize_t n = read(r->out, p, CHUNK);

	if (n > 0) {
		out->n += (size_t)n;
		out->p[out->n] = '\0';
	} else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
		shut(&r->out);
	}
}

/* Until the output ends. */
static enum err
talk(struct task *t, const struct child *c, struct running *r, struct buf *out)
{
	int64_t until = clock_mono_us() + c->wall_ms * US_PER_MS;
	struct str input = c->input;
	size_t from = out->n;

	while (r->out >= 0) {
		struct pollfd p[2] = { { r->out, POLLIN, 0 }, { r->in, POLLOUT, 0 } };
		int64_t left = (until - clock_mono_us()) / US_PER_MS;

		if (left <= 0)
			return task_fail(t, E_TIMEOUT, "It took longer than %lld ms.",
			                 (long long)c->wall_ms);
		if (poll(p, 2, (int)left) < 0 && errno != EINTR)
			return task_fail(t, E_IO, "poll: %s", strerror(errno));
		if (p[1].revents != 0)
			feed(r, &input);
		if (p[0].revents != 0)
			take(r, out);
		if (out->n - from > c->output_max)
			return task_fail(t, E_TOO_LARGE, "It said more than %zu bytes.",
			                 c->output_max);
	}
	return E_OK;
}

/* A child that closed its output may still live: it gets no second chance. */
static enum err
end(struct task *t, struct running *r, enum err e)
{
	int status = 0;
	bool hung = false;

	shut(&r->in);
	shut(&r->out);
	if (e != E_OK)
		kill(r->pid, SIGKILL);
	for (int i = 0; e == E_OK && !hung && waitpid(r->pid, &status, WNOHANG) == 0; i++) {
		hung = i == 1000;
		if (poll(NULL, 0, 1) < 0 && errno != EINTR)
			hung = true;
		if (hung)
			kill(r->pid, SIGKILL);
	}
	if (e != E_OK || hung)
		while (waitpid(r->pid, &status, 0) < 0 && errno == EINTR)
			continue;
	if (e != E_OK)
		return e;
	if (hung)
		return task_fail(t, E_TIMEOUT, "It did not end.");
	if (WIFSIGNALED(status))
		return task_fail(t, E_DATA, "It was ended by signal %d.", WTERMSIG(status));
	if (WEXITSTATUS(status) != 0)
		return task_fail(t, E_DATA, "It ended with code %d.", WEXITSTATUS(status));
	return E_OK;
}

enum err
child_run(struct task *t, const struct child *c, struct buf *out)
{
	struct running r = { .in = -1, .out = -1 };
	enum err e = begin(t, c, &r);

	return e == E_OK ? end(t, &r, talk(t, c, &r, out)) : e;
}
