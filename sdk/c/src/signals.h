/* signals.h - a handler of signals that only writes a file: "signal.txt" of the
 * spool, with the lines "signal N", "ts MS", "address P" and then a frame a line
 * as backtrace_symbols_fd() prints it. The next process makes a crash of it. */

static const int tm_signals[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT };
enum { TM_SIGNALS = sizeof(tm_signals) / sizeof(tm_signals[0]) };
static const char *const tm_signal_names[] = { "SIGSEGV", "SIGBUS", "SIGFPE", "SIGILL", "SIGABRT" };

static int tm_signal_fd = -1;
static struct tidemark *tm_signal_client;
static struct sigaction tm_signal_before[TM_SIGNALS];
static volatile sig_atomic_t tm_signal_seen;

static char *
tm_put_digits(char *end, unsigned long long v, unsigned base)
{
	do {
		*--end = "0123456789abcdef"[v % base];
		v /= base;
	} while (v > 0);
	return end;
}

/* Async-signal-safe: "word number\n". */
static void
tm_signal_write(const char *word, unsigned long long v, unsigned base)
{
	char text[64], digits[24], *d = tm_put_digits(digits + sizeof(digits), v, base);
	size_t n = 0;
	while (*word != '\0')
		text[n++] = *word++;
	while (d < digits + sizeof(digits))
		text[n++] = *d++;
	text[n++] = '\n';
	if (write(tm_signal_fd, text, n) < 0)
		return;
}

#ifdef TIDEMARK_BACKTRACE
/* Where the signal came, or NULL where we do not know the machine. */
static void *
tm_signal_place(const void *context)
{
#if defined(__linux__) && defined(REG_RIP)
	return (void *)((const ucontext_t *)context)->uc_mcontext.gregs[REG_RIP];
#elif defined(__linux__) && defined(__aarch64__)
	return (void *)((const ucontext_t *)context)->uc_mcontext.pc;
#else
	(void)context;
	return NULL;
#endif
}

/* The stack from that place on: what is above it is this handler. */
static void
tm_signal_write_stack(const void *context)
{
	void *frame[TM_FRAMES], *place = tm_signal_place(context);
	int n = backtrace(frame, TM_FRAMES); /* libgcc was loaded with the handler */
	int first = 0;
	while (first < n && frame[first] != place)
		first++;
	if (first == n)
		first = 0;
	backtrace_symbols_fd(frame + first, n - first, tm_signal_fd);
}
#endif

static void
tm_signal_record(int sig, const siginfo_t *info, const void *context)
{
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	tm_signal_write("signal ", (unsigned long long)sig, 10);
	tm_signal_write("ts ", (unsigned long long)t.tv_sec * 1000 + (unsigned long long)t.tv_nsec / 1000000, 10);
	tm_signal_write("address 0x", sig == SIGABRT ? 0 : (unsigned long long)(uintptr_t)info->si_addr, 16);
#ifdef TIDEMARK_BACKTRACE
	tm_signal_write_stack(context);
#else
	(void)context;
#endif
}

/* Records once, then does what would have happened without us. */
static void
tm_signal_handle(int sig, siginfo_t *info, void *context)
{
	int which = 0, saved = errno;
	while (which < TM_SIGNALS - 1 && tm_signals[which] != sig)
		which++;
	const struct sigaction *before = &tm_signal_before[which];
	if (!tm_signal_seen) {
		tm_signal_seen = 1;
		tm_signal_record(sig, info, context);
	}
	errno = saved;
	if ((before->sa_flags & SA_SIGINFO) != 0) {
		before->sa_sigaction(sig, info, context);
	} else if (before->sa_handler != SIG_DFL && before->sa_handler != SIG_IGN) {
		before->sa_handler(sig);
	} else {
		sigaction(sig, before, NULL);
		raise(sig);
	}
}

static void
tm_signals_release(struct tidemark *tm)
{
	if (tm_signal_client != tm)
		return;
	for (int i = 0; i < TM_SIGNALS; i++)
		sigaction(tm_signals[i], &tm_signal_before[i], NULL);
	tm_signal_client = NULL;
	close(tm_signal_fd);
	tm_signal_fd = -1;
}

static int64_t
tm_line_number(struct tm_str line, const char *word, int base)
{
	size_t n = strlen(word);
	return line.n > n && memcmp(line.p, word, n) == 0 ? (int64_t)strtoull(line.p + n, NULL, base) : -1;
}

/* The crash that an earlier process wrote down. */
static void
tm_signal_adopt(struct tidemark *tm)
{
	char path[TM_PATH], message[128];
	struct tm_buf file, stack;
	struct tm_str line;
	int64_t sig = 0, ts = 0, address = 0, v;
	int frames = 0, which = 0;
	if (tm->queue.folder == NULL)
		return;
	snprintf(path, sizeof(path), "%s/signal.txt", tm->queue.folder);
	tm_buf_init(&file);
	tm_buf_init(&stack);
	if (tm_read_file(path, &file) && file.n > 0) {
		const char *p = file.p;
		while (tm_line_next(&p, file.p + file.n, &line)) {
			if ((v = tm_line_number(line, "signal ", 10)) >= 0)
				sig = v;
			else if ((v = tm_line_number(line, "ts ", 10)) >= 0)
				ts = v;
			else if ((v = tm_line_number(line, "address 0x", 16)) >= 0)
				address = v;
			else
				tm_put_frame(&stack, frames++, line);
		}
		while (which < TM_SIGNALS && tm_signals[which] != sig)
			which++;
		if (which < TM_SIGNALS) {
			struct tidemark_crash crash;
			memset(&crash, 0, sizeof(crash));
			snprintf(message, sizeof(message), "signal %d at address 0x%llx", (int)sig,
			         (unsigned long long)address);
			crash.type = tm_signal_names[which];
			crash.message = message;
			crash.stack = tm_buf_text(&stack);
			crash.fatal = true;
			tm_crash_at(tm, tidemark_nobody(), &crash, NULL, 0, ts, false);
		}
	}
	unlink(path);
	tm_buf_free(&file);
	tm_buf_free(&stack);
}

bool
tidemark_catch_signals(struct tidemark *tm)
{
	char path[TM_PATH];
	struct sigaction action;
	if (tm == NULL || tm_signal_client != NULL || tm->queue.folder == NULL)
		return false;
	if ((size_t)snprintf(path, sizeof(path), "%s/signal.txt", tm->queue.folder) >= sizeof(path))
		return false;
	tm_signal_fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (tm_signal_fd < 0)
		return false;
#ifdef TIDEMARK_BACKTRACE
	void *frame[1];
	backtrace(frame, 1); /* loads what it needs, which is not safe in a handler */
#endif
	memset(&action, 0, sizeof(action));
	action.sa_sigaction = tm_signal_handle;
	action.sa_flags = SA_SIGINFO | SA_ONSTACK;
	sigemptyset(&action.sa_mask);
	tm_signal_client = tm;
	for (int i = 0; i < TM_SIGNALS; i++)
		sigaction(tm_signals[i], &action, &tm_signal_before[i]);
	return true;
}
