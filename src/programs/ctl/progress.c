/* progress.c - see ctl.h. */
#include <unistd.h>

#include "base/clock.h"
#include "programs/ctl/ctl.h"

#define STEP_TTY (US_PER_S / 4)
#define STEP_LOG (5 * US_PER_S)
#define BAR 30

static void
show(struct progress *p, int64_t done, bool tty)
{
	int64_t now = clock_mono_us();
	double seconds = (double)(now - p->begun_us) / 1e6;
	double rate = seconds > 0 ? (double)done / seconds : 0;
	p->shown_us = now;
	if (p->total <= 0) {
		fprintf(stderr, "%s%s: %lld (%.0f/s)%s", tty ? "\r" : "", p->what,
		        (long long)done, rate, tty ? "   " : "\n");
		return;
	}
	int percent = (int)(100 * done / p->total);
	if (!tty) {
		fprintf(stderr, "%s: %lld of %lld, %d %% (%.0f/s)\n", p->what, (long long)done,
		        (long long)p->total, percent, rate);
		return;
	}
	char bar[BAR + 1];
	memset(bar, '.', BAR);
	memset(bar, '#', (size_t)(percent > 100 ? BAR : percent * BAR / 100));
	bar[BAR] = '\0';
	fprintf(stderr, "\r%s [%s] %3d %% (%.0f/s)  ", p->what, bar, percent, rate);
}

void
progress_begin(struct progress *p, const char *what, int64_t total)
{
	*p = (struct progress){ .what = what, .total = total };
	p->begun_us = p->shown_us = clock_mono_us();
}

void
progress_step(struct progress *p, int64_t done)
{
	bool tty = isatty(STDERR_FILENO) == 1;
	if (clock_mono_us() - p->shown_us >= (tty ? STEP_TTY : STEP_LOG))
		show(p, done, tty);
}

void
progress_end(struct progress *p, int64_t done)
{
	bool tty = isatty(STDERR_FILENO) == 1;
	show(p, done, tty);
	if (tty)
		fputc('\n', stderr);
}
