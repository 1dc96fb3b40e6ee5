/* runbook_man.c - print the manual page tidemark-runbook(7) from the table. */
#include <ctype.h>

#include "query/runbook.h"

/* Text for mdoc: '\' is special, '.' and '\'' are in the first column. A
 * sentence begins on its own line. */
static void
put_text(const char *s)
{
	bool first = true;
	for (; *s != '\0'; s++) {
		if (first && (*s == '.' || *s == '\''))
			fputs("\\&", stdout);
		first = false;
		if (*s == '\\') {
			fputs("\\e", stdout);
		} else if ((*s == '.' || *s == ':') && s[1] == ' ' && isupper((unsigned char)s[2])) {
			putchar(*s);
			putchar('\n');
			s++;
			first = true;
		} else {
			putchar(*s);
		}
	}
	putchar('\n');
}

/* Within a block of literal lines. */
static void
put_line(const char *s)
{
	for (; *s != '\0'; s++) {
		if (*s == '\\')
			fputs("\\e", stdout);
		else
			putchar(*s);
	}
	putchar('\n');
}

/* Headings of sections are upper case in manual pages. */
static void
put_heading(const char *s)
{
	fputs(".Sh ", stdout);
	for (; *s != '\0'; s++)
		putchar(toupper((unsigned char)*s));
	putchar('\n');
}

static void
put_row(const struct runbook_row *row, const struct runbook_row *before)
{
	bool was_line = before != NULL && before->kind == RUNBOOK_RUNS;
	if (was_line && row->kind != RUNBOOK_RUNS)
		fputs(".Ed\n", stdout);
	switch (row->kind) {
	case RUNBOOK_PART:
		put_heading(row->text);
		break;
	case RUNBOOK_TOPIC:
		printf(".Ss %s\n", row->text);
		break;
	case RUNBOOK_SAYS:
		if (before != NULL && before->kind != RUNBOOK_TOPIC && !was_line)
			fputs(".Pp\n", stdout);
		put_text(row->text);
		break;
	case RUNBOOK_RUNS:
		if (!was_line)
			fputs(".Bd -literal -offset indent\n", stdout);
		put_line(row->text);
		break;
	}
}

int
main(void)
{
	fputs(".\\\" Made from src/query/runbook.def at build time.\n"
	      ".Dd November 29, 2026\n.Dt TIDEMARK-RUNBOOK 7\n.Os\n.Sh NAME\n"
	      ".Nm tidemark-runbook\n.Nd what to do when, on a Tidemark server\n"
	      ".Sh DESCRIPTION\n"
	      "What to do at each alarm, how to grow, and the regular work.\n"
	      "The page\n.Pa /docs/runbook\nof the server shows the same, and alarms link to it.\n",
	      stdout);
	for (size_t i = 0; i < nrunbook; i++)
		put_row(&runbook[i], i > 0 ? &runbook[i - 1] : NULL);
	if (runbook[nrunbook - 1].kind == RUNBOOK_RUNS)
		fputs(".Ed\n", stdout);
	fputs(".Sh SEE ALSO\n.Xr tidemarkctl 1 ,\n.Xr tidemark.conf 5 ,\n.Xr tidemark 7\n", stdout);
	return ferror(stdout) || fflush(stdout) != 0 ? 1 : 0;
}
