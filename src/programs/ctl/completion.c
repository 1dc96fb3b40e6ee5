/* completion.c - tidemarkctl completion …: shell scripts and the manual page,
 * written from the command table, so that they cannot differ from it. */
#include "base/buf.h"
#include "base/str.h"
#include "programs/ctl/ctl.h"

typedef void (*command_fn)(struct buf *b, const struct ctl_command *cmd, bool first_of_noun);

static void
each(struct buf *b, command_fn fn)
{
	for (size_t m = 0; m < ctl_nmodules; m++) {
		for (size_t i = 0; i < ctl_modules[m]->n; i++)
			fn(b, &ctl_modules[m]->command[i], i == 0);
	}
}

static void
noun_word(struct buf *b, const struct ctl_command *cmd, bool first)
{
	if (first)
		buf_printf(b, "%s ", cmd->noun);
}

static void
verbs(struct buf *b, const struct ctl_module *m)
{
	for (size_t i = 0; i < m->n; i++) {
		if (m->command[i].verb != NULL)
			buf_printf(b, "%s%s", i > 0 ? " " : "", m->command[i].verb);
	}
}

static void
flag_words(struct buf *b, const struct ctl_command *cmd)
{
	for (const struct ctl_flag *f = cmd->flags; f != NULL && f->name != NULL; f++)
		buf_printf(b, "--%s ", f->name);
	buf_puts(b, "--format --help");
}

static void
bash_case(struct buf *b, const struct ctl_command *cmd, bool first UNUSED)
{
	buf_printf(b, "\t\t\"%s %s\") words=\"", cmd->noun, cmd->verb != NULL ? cmd->verb : "");
	flag_words(b, cmd);
	buf_puts(b, "\" ;;\n");
}

static void
write_bash(struct buf *b)
{
	buf_puts(b, "# bash completion for tidemarkctl\n_tidemarkctl() {\n"
	         "\tlocal cur=${COMP_WORDS[COMP_CWORD]} noun=${COMP_WORDS[1]} words=\n"
	         "\tif [ \"${COMP_WORDS[COMP_CWORD-1]}\" = --format ]; then\n"
	         "\t\twords=\"table json csv\"\n"
	         "\telif [ \"$COMP_CWORD\" -eq 1 ]; then\n\t\twords=\"");
	each(b, noun_word);
	buf_puts(b, "\"\n\telif [ \"$COMP_CWORD\" -eq 2 ] && [ \"${cur#-}\" = \"$cur\" ]; then\n"
	         "\t\tcase $noun in\n");
	for (size_t m = 0; m < ctl_nmodules; m++) {
		buf_printf(b, "\t\t%s) words=\"", ctl_modules[m]->command[0].noun);
		verbs(b, ctl_modules[m]);
		buf_puts(b, "\" ;;\n");
	}
	buf_puts(b, "\t\tesac\n\telse\n\t\tlocal verb=${COMP_WORDS[2]}\n"
	         "\t\tcase $verb in -*) verb= ;; esac\n\t\tcase \"$noun $verb\" in\n");
	each(b, bash_case);
	buf_puts(b, "\t\tesac\n\tfi\n\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")\n}\n"
	         "complete -o default -F _tidemarkctl tidemarkctl\n");
}

static void
write_zsh(struct buf *b)
{
	buf_puts(b, "#compdef tidemarkctl\nautoload -U +X bashcompinit && bashcompinit\n");
	write_bash(b);
}

/* Inside single quotes of fish. */
static void
fish_text(struct buf *b, const char *s)
{
	for (; *s != '\0'; s++) {
		if (*s == '\'' || *s == '\\')
			buf_putc(b, '\\');
		buf_putc(b, *s);
	}
}

static void
fish_command(struct buf *b, const struct ctl_command *cmd, bool first)
{
	if (first)
		buf_printf(b, "complete -c tidemarkctl -f -n __fish_use_subcommand -a %s\n", cmd->noun);
	struct buf seen = BUF_INIT;
	buf_printf(&seen, "__fish_seen_subcommand_from %s", cmd->noun);
	if (cmd->verb != NULL) {
		buf_printf(b, "complete -c tidemarkctl -f -n '%s' -a %s -d '", seen.p, cmd->verb);
		fish_text(b, cmd->help);
		buf_puts(b, "'\n");
		buf_printf(&seen, "; and __fish_seen_subcommand_from %s", cmd->verb);
	}
	for (const struct ctl_flag *f = cmd->flags; f != NULL && f->name != NULL; f++) {
		buf_printf(b, "complete -c tidemarkctl -n '%s' -l %s%s -d '", seen.p, f->name,
		           f->value != NULL ? " -r" : "");
		fish_text(b, f->help);
		buf_puts(b, "'\n");
	}
	buf_release(&seen);
}

static void
write_fish(struct buf *b)
{
	buf_puts(b, "# fish completion for tidemarkctl\n"
	         "complete -c tidemarkctl -l format -x -a 'table json csv'\n");
	each(b, fish_command);
}

/* mdoc: '\' and a '.' or '\'' in the first column are special. */
static void
mdoc_text(struct buf *b, const char *s)
{
	if (*s == '.' || *s == '\'')
		buf_puts(b, "\\&");
	for (; *s != '\0'; s++) {
		if (*s == '\\')
			buf_puts(b, "\\e");
		else if (*s == '.' && s[1] == ' ')
			buf_puts(b, ".\n"), s++;
		else
			buf_putc(b, *s);
	}
	buf_putc(b, '\n');
}

static void
mdoc_command(struct buf *b, const struct ctl_command *cmd, bool first UNUSED)
{
	buf_printf(b, ".It Xo\n.Cm %s%s%s\n", cmd->noun, cmd->verb != NULL ? " " : "",
	           cmd->verb != NULL ? cmd->verb : "");
	if (cmd->args != NULL)
		buf_printf(b, cmd->min_args > 0 ? ".Ar %s\n" : ".Op Ar %s\n", cmd->args);
	buf_puts(b, ".Xc\n");
	mdoc_text(b, cmd->help);
	if (cmd->flags == NULL || cmd->flags->name == NULL)
		return;
	buf_puts(b, ".Bl -tag -width Ds -compact\n");
	for (const struct ctl_flag *f = cmd->flags; f->name != NULL; f++) {
		buf_printf(b, ".It Fl Fl %s", f->name);
		if (f->value != NULL)
			buf_printf(b, " Ar %s", f->value);
		buf_putc(b, '\n');
		mdoc_text(b, f->help);
		if (f->required)
			buf_puts(b, "(required)\n");
	}
	buf_puts(b, ".El\n");
}

static const char mdoc_head[] =
	".Dd $Mdocdate$\n.Dt TIDEMARKCTL 1\n.Os\n.Sh NAME\n.Nm tidemarkctl\n"
	".Nd administer a Tidemark server\n.Sh SYNOPSIS\n.Nm\n.Op Fl Fl config Ar file\n"
	".Op Fl Fl format Cm table | json | csv\n.Ar noun\n.Op Ar verb\n.Op Ar flags\n.Op Ar arguments\n"
	".Sh DESCRIPTION\n.Nm\nchanges and shows what a Tidemark server keeps.\n"
	"It connects to PostgreSQL as the owner role and to Redis, as\n.Xr tidemark.conf 5\nsays.\n"
	"Every change leaves an entry in the audit log.\n.Pp\n"
	"The standard output holds the result only; progress and reasons go to the standard error,\n"
	"whose last line is the reason of a failure.\n"
	"The format may be given anywhere.\n"
	"Without it, a terminal gets a table, a file or pipe gets JSON.\n"
	".Pp\nThe commands are as follows.\n.Bl -tag -width Ds\n";
static const char mdoc_tail[] =
	".El\n.Sh ENVIRONMENT\nThe keys of\n.Xr tidemark.conf 5\nmay also be set in the environment.\n"
	".Sh EXIT STATUS\nThe codes of\n.Xr sysexits 3 :\n"
	"0 done, 64 the command line is wrong, 65 the data is wrong or exists already,\n"
	"66 not found, 74 reading or writing failed, 75 a store is not reachable or the time is up,\n"
	"77 not allowed, 78 the configuration is wrong.\n"
	".Sh SEE ALSO\n.Xr tidemark.conf 5 ,\n.Xr tidemark-import 7\n";

static void
write_mdoc(struct buf *b)
{
	buf_puts(b, mdoc_head);
	each(b, mdoc_command);
	buf_puts(b, mdoc_tail);
}

static enum err
run(struct ctl *c, void (*write)(struct buf *b))
{
	struct buf b = BUF_INIT;
	write(&b);
	out_text(c, buf_str(&b));
	buf_release(&b);
	return E_OK;
}

static enum err
bash(struct ctl *c)
{
	return run(c, write_bash);
}

static enum err
zsh(struct ctl *c)
{
	return run(c, write_zsh);
}

static enum err
fish(struct ctl *c)
{
	return run(c, write_fish);
}

static enum err
mdoc(struct ctl *c)
{
	return run(c, write_mdoc);
}

static const struct ctl_command commands[] = {
	{ "completion", "bash", NULL, NULL, 0, 0, "Print the completion script for bash.", bash },
	{ "completion", "zsh", NULL, NULL, 0, 0, "Print the completion script for zsh.", zsh },
	{ "completion", "fish", NULL, NULL, 0, 0, "Print the completion script for fish.", fish },
	{ "completion", "mdoc", NULL, NULL, 0, 0, "Print this manual page.", mdoc },
};
const struct ctl_module ctl_completion = { commands, NELEM(commands) };
