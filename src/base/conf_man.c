/* conf_man.c - print the manual page tidemark.conf(5) from the key table. */
#include "base/conf.h"

/* Text for mdoc: a leading '.' or '\'' would be a macro. */
static void
put_text(const char *s)
{
	if (*s == '.' || *s == '\'')
		fputs("\\&", stdout);
	for (; *s != '\0'; s++) {
		if (*s == '\\')
			fputs("\\e", stdout);
		else
			putchar(*s);
	}
	putchar('\n');
}

/* Each sentence begins on its own line, as mdoc wants it. */
static void
put_sentences(const char *s)
{
	char line[512];
	size_t n = 0;
	for (; *s != '\0'; s++) {
		line[n++] = *s;
		ASSERT(n < sizeof(line));
		if (*s == '.' && s[1] == ' ') {
			line[n] = '\0';
			put_text(line);
			n = 0;
			s++;
		}
	}
	line[n] = '\0';
	put_text(line);
}

static void
put_row(const struct conf_row *row)
{
	static const char *const types[] = { "text", "secret", "number", "true or false" };
	printf(".It Ev %s Pq %s\n", row->name, types[row->type]);
	put_sentences(row->help);
	if (row->type == CONF_INT)
		printf("From %lld to %lld.\n", (long long)row->min, (long long)row->max);
	if (*row->fallback != '\0') {
		fputs("Default:\n.Ql ", stdout);
		put_text(row->fallback);
	}
}

int
main(void)
{
	fputs(".\\\" Made from src/base/conf.def at build time.\n"
	      ".Dd November 21, 2026\n"
	      ".Dt TIDEMARK.CONF 5\n"
	      ".Os\n"
	      ".Sh NAME\n"
	      ".Nm tidemark.conf\n"
	      ".Nd configuration of the Tidemark daemons\n"
	      ".Sh DESCRIPTION\n"
	      "The file holds lines of the form\n"
	      ".Ar KEY Ns = Ns Ar VALUE .\n"
	      "Empty lines, and lines that begin with\n"
	      ".Ql # ,\n"
	      "are comments.\n"
	      "Blanks around key and value, and double quotes around a value, are removed.\n"
	      ".Pp\n"
	      "Each key can also be given in the environment, which wins over the file.\n"
	      "For a secret,\n"
	      ".Ar KEY Ns _FILE\n"
	      "names a file whose first line is the value.\n"
	      "A key that is not in this list is an error.\n"
	      ".Xr tidemarkctl 1\n"
	      ".Cm config check\n"
	      "tells whether the configuration is valid,\n"
	      ".Cm config dump\n"
	      "prints it without the secrets.\n"
	      ".Sh KEYS\n"
	      ".Bl -tag -width Ds\n",
	      stdout);
	for (size_t i = 0; i < CONF_COUNT; i++)
		put_row(conf_row((enum conf_key)i));
	fputs(".El\n"
	      ".Sh FILES\n"
	      ".Bl -tag -width Ds\n"
	      ".It Pa " TM_SYSCONFDIR "/tidemark.conf\n"
	      "Read when\n"
	      ".Ev TIDEMARK_CONF\n"
	      "names no other file.\n"
	      "It may be absent.\n"
	      ".El\n"
	      ".Sh SEE ALSO\n"
	      ".Xr tidemarkctl 1\n",
	      stdout);
	return ferror(stdout) || fflush(stdout) != 0 ? 1 : 0;
}
