/*
 * server.h - a private redis-server for queue tests: its own folder and
 * socket, ended with the test program.
 */
#ifndef TM_UNIT_QUEUE_SERVER_H
#define TM_UNIT_QUEUE_SERVER_H

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/base.h"

struct server {
	char dir[64];
	char socket[96];
	pid_t pid;
};

/* The socket's file is there before anybody listens. */
static inline bool
server_listens(const struct server *s)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	snprintf(at.sun_path, sizeof(at.sun_path), "%s", s->socket);
	bool yes = connect(fd, (const struct sockaddr *)&at, sizeof(at)) == 0;
	close(fd);
	return yes;
}

static inline bool
server_start(struct server *s)
{
	snprintf(s->dir, sizeof(s->dir), "/tmp/tidemark-queue-XXXXXX");
	if (mkdtemp(s->dir) == NULL)
		return false;
	snprintf(s->socket, sizeof(s->socket), "%s/redis.sock", s->dir);
	s->pid = fork();
	if (s->pid == 0) {
		execlp("redis-server", "redis-server", "--port", "0", "--unixsocket", s->socket,
		       "--dir", s->dir, "--save", "", "--appendonly", "no", "--logfile",
		       "redis.log", (char *)NULL);
		_exit(127);
	}
	for (int i = 0; i < 200 && !server_listens(s); i++)
		usleep(20000);
	return server_listens(s);
}

/* How many of its append-only files hold a text; or remove them. */
static inline int
server_files(const struct server *s, const char *text, bool remove)
{
	char folder[96], path[512];
	static char data[1 << 20];
	int n = 0;
	snprintf(folder, sizeof(folder), "%s/appendonlydir", s->dir);
	DIR *d = opendir(folder);
	for (struct dirent *x; d != NULL && (x = readdir(d)) != NULL;) {
		snprintf(path, sizeof(path), "%s/%s", folder, x->d_name);
		FILE *f = x->d_name[0] == '.' ? NULL : fopen(path, "rb");
		if (f == NULL)
			continue;
		size_t got = fread(data, 1, sizeof(data), f);
		n += text != NULL && memmem(data, got, text, strlen(text)) != NULL;
		fclose(f);
		if (remove)
			unlink(path);
	}
	if (d != NULL)
		closedir(d);
	if (remove)
		rmdir(folder);
	return n;
}

static inline void
server_stop(struct server *s)
{
	char log[128];
	kill(s->pid, SIGTERM);
	waitpid(s->pid, NULL, 0);
	snprintf(log, sizeof(log), "%s/redis.log", s->dir);
	unlink(log);
	server_files(s, NULL, true);
	rmdir(s->dir);
}

#endif
