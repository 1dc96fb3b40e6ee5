/*
 * tidemarkctl.c - administer a Tidemark server: read the command line, run
 * one row of the table, print its result. The commands are in ctl/.
 */
#include <unistd.h>

#include "base/crypt.h"
#include "base/log.h"
#include "base/str.h"
#include "model/team/plan.h"
#include "programs/ctl/ctl.h"

#define ARENA_KEEP (1024 * 1024)
#define WORDS_MAX 64

const struct ctl_module *const ctl_modules[] = {
	&ctl_setup, &ctl_config, &ctl_doctor, &ctl_migrate, &ctl_backup, &ctl_restore, &ctl_upgrade, &ctl_user, &ctl_team, &ctl_member, &ctl_project,
	&ctl_environment_module, &ctl_policy, &ctl_schema, &ctl_key, &ctl_token, &ctl_oauth, &ctl_signing_key, &ctl_queue, &ctl_job, &ctl_alarm, &ctl_dead_letter,
	&ctl_rollup, &ctl_retention, &ctl_crash, &ctl_person, &ctl_erasures, &ctl_mail, &ctl_audit_module, &ctl_symbols, &ctl_plan, &ctl_flag_module, &ctl_support, &ctl_demo, &ctl_import, &ctl_completion,
};
const size_t ctl_nmodules = NELEM(ctl_modules);

/* The command line, as far as it is read. */
struct line {
	int argc;
	char **argv;
	int at;
	bool flags_over; /* "--" was seen */
	bool help;
	const char *config;
	bool format_given;
	const struct ctl_module *module;
};

static void
usage_command(FILE *f, const struct ctl_command *cmd)
{
	fprintf(f, "  tidemarkctl %s", cmd->noun);
	if (cmd->verb != NULL)
		fprintf(f, " %s", cmd->verb);
	for (const struct ctl_flag *g = cmd->flags; g != NULL && g->name != NULL; g++)
		fprintf(f, g->required ? " --%s%s%s" : " [--%s%s%s]", g->name,
		        g->value != NULL ? " " : "", g->value != NULL ? g->value : "");
	if (cmd->args != NULL)
		fprintf(f, cmd->min_args > 0 ? " %s" : " [%s]", cmd->args);
	fputc('\n', f);
}

/* cmd NULL: of the module; module NULL: of everything. */
static void
usage(FILE *f, const struct ctl_module *module, const struct ctl_command *cmd)
{
	fputs("usage:\n", f);
	if (cmd != NULL) {
		usage_command(f, cmd);
		fprintf(f, "%s\n", cmd->help);
		for (const struct ctl_flag *g = cmd->flags; g != NULL && g->name != NULL; g++)
			fprintf(f, "  --%-22s %s\n", g->name, g->help);
		return;
	}
	for (size_t m = 0; m < NELEM(ctl_modules); m++) {
		if (module != NULL && module != ctl_modules[m])
			continue;
		for (size_t i = 0; i < ctl_modules[m]->n; i++)
			usage_command(f, &ctl_modules[m]->command[i]);
	}
	fputs("anywhere: --format table|json|csv, --config FILE, --help, --version\n", f);
}

static enum err
unknown(struct ctl *c, const char *what, struct str word, const char *const *known, size_t n)
{
	const char *near = ctl_suggest(word, known, n);
	if (near == NULL)
		return ctl_usage(c, "There is no %s \"%.*s\"", what, STRF(word));
	return ctl_usage(c, "There is no %s \"%.*s\"; did you mean \"%s\"?", what, STRF(word), near);
}

static enum err
find_noun(struct ctl *c, struct line *l, struct str word)
{
	const char *known[NELEM(ctl_modules)];
	for (size_t m = 0; m < NELEM(ctl_modules); m++) {
		known[m] = ctl_modules[m]->command[0].noun;
		if (!str_is(word, known[m]))
			continue;
		l->module = ctl_modules[m];
		if (l->module->command[0].verb == NULL)
			c->command = &l->module->command[0];
		return E_OK;
	}
	return unknown(c, "command", word, known, NELEM(known));
}

static enum err
find_verb(struct ctl *c, const struct line *l, struct str word)
{
	const char *known[WORDS_MAX];
	size_t n = 0;
	for (size_t i = 0; i < l->module->n && n < WORDS_MAX; i++) {
		const struct ctl_command *cmd = &l->module->command[i];
		if (str_is(word, cmd->verb)) {
			c->command = cmd;
			return E_OK;
		}
		known[n++] = cmd->verb;
	}
	return unknown(c, l->module->command[0].noun, word, known, n);
}

/* The value after "=" or in the next word. */
static enum err
flag_value(struct ctl *c, struct line *l, struct str name, struct str *value)
{
	if (value->p != NULL)
		return E_OK;
	if (l->at >= l->argc)
		return ctl_usage(c, "--%.*s needs a value", STRF(name));
	*value = str_of(l->argv[l->at++]);
	return E_OK;
}

static enum err
set_format(struct ctl *c, struct line *l, struct str v)
{
	static const char *const names[] = { "table", "json", "csv" };
	l->format_given = true;
	for (size_t i = 0; i < NELEM(names); i++) {
		if (str_is(v, names[i])) {
			c->format = (enum ctl_format)i;
			return E_OK;
		}
	}
	return unknown(c, "format", v, names, NELEM(names));
}

/* Flags that stand anywhere. *known false: not one of them. */
static enum err
global_flag(struct ctl *c, struct line *l, struct str name, struct str value, bool *known)
{
	enum err e = E_OK;
	*known = true;
	if (str_is(name, "help")) {
		l->help = true;
	} else if (str_is(name, "format")) {
		e = flag_value(c, l, name, &value);
		return e == E_OK ? set_format(c, l, value) : e;
	} else if (str_is(name, "config")) {
		e = flag_value(c, l, name, &value);
		l->config = value.p;
	} else {
		*known = false;
	}
	return e;
}

static enum err
command_flag(struct ctl *c, struct line *l, struct str name, struct str value)
{
	const char *known[CTL_FLAGS_MAX + 3] = { "format", "config", "help" };
	size_t n = 3;
	const struct ctl_flag *f = c->command->flags;
	for (size_t i = 0; f != NULL && f[i].name != NULL; i++) {
		ASSERT(i < CTL_FLAGS_MAX);
		known[n++] = f[i].name;
		if (!str_is(name, f[i].name))
			continue;
		if (c->given[i])
			return ctl_usage(c, "--%s is given twice", f[i].name);
		if (f[i].value == NULL && value.p != NULL)
			return ctl_usage(c, "--%s takes no value", f[i].name);
		enum err e = f[i].value != NULL ? flag_value(c, l, name, &value) : E_OK;
		c->given[i] = true;
		c->value[i] = value;
		if (str_is(name, "dry-run"))
			c->dry_run = true;
		return e;
	}
	return unknown(c, "flag", arena_printf(c->t->arena, "%.*s", STRF(name)), known, n);
}

static enum err
read_flag(struct ctl *c, struct line *l, struct str word)
{
	struct str value = str_slice(word, 2, word.n);
	struct str name = str_cut(&value, '=');
	bool known;
	enum err e = global_flag(c, l, name, value, &known);
	if (known)
		return e;
	if (c->command == NULL)
		return ctl_usage(c, "--%.*s must stand after the command", STRF(name));
	return command_flag(c, l, name, value);
}

static enum err
read_word(struct ctl *c, struct line *l, struct str word)
{
	if (!l->flags_over && str_is(word, "--")) {
		l->flags_over = true;
		return E_OK;
	}
	if (!l->flags_over && str_is(word, "-h")) {
		l->help = true;
		return E_OK;
	}
	if (!l->flags_over && str_starts(word, STR("--")))
		return read_flag(c, l, word);
	if (!l->flags_over && word.n > 1 && word.p[0] == '-')
		return ctl_usage(c, "There is no flag \"%.*s\"; flags begin with --", STRF(word));
	if (l->module == NULL)
		return find_noun(c, l, word);
	if (c->command == NULL)
		return find_verb(c, l, word);
	if (c->nargs == c->command->max_args)
		return ctl_usage(c, "\"%.*s\" is one argument too many", STRF(word));
	c->arg[c->nargs++] = word;
	return E_OK;
}

static enum err
read_line(struct ctl *c, struct line *l)
{
	enum err e = E_OK;
	while (e == E_OK && l->at < l->argc) {
		struct str word = str_of(l->argv[l->at++]);
		e = read_word(c, l, word);
	}
	if (e != E_OK || l->help)
		return e;
	if (l->module == NULL)
		return ctl_usage(c, "A command is missing");
	if (c->command == NULL)
		return ctl_usage(c, "What about %s? A verb is missing", l->module->command[0].noun);
	if (c->nargs < c->command->min_args)
		return ctl_usage(c, "%s is missing", c->command->args);
	const struct ctl_flag *f = c->command->flags;
	for (size_t i = 0; f != NULL && f[i].name != NULL; i++) {
		if (f[i].required && !c->given[i])
			return ctl_usage(c, "--%s is missing", f[i].name);
	}
	return E_OK;
}

static enum err
run(struct ctl *c, const struct line *l)
{
	struct conf *conf = NULL;
	enum err e = E_OK;
	/* the scripts and the manual page need no server */
	if (l->module != &ctl_completion)
		e = conf_open(c->t, l->config, &conf);
	c->conf = conf;
	if (e == E_OK && conf != NULL)
		e = plan_open(c->t, conf_str(conf, CONF_DEFAULT_PLAN));
	if (e == E_OK)
		e = c->command->run(c);
	if (c->pg != NULL && pg_in_tx(c->pg))
		pg_rollback(c->t, c->pg);
	if (e == E_OK || c->show_anyway) {
		enum err written = out_flush(c);
		if (e == E_OK)
			e = written;
	}
	pg_close(c->pg);
	if (c->redis != NULL)
		redis_close(c->redis);
	if (c->crypt != NULL)
		crypt_close(c->crypt);
	if (conf != NULL)
		conf_free(conf);
	return e;
}

/* One line, whatever was on the command line: no terminal is steered. */
static struct str
plain(const struct task *t, struct str s)
{
	char *out = arena_alloc(t->arena, s.n + 1);
	for (size_t i = 0; i < s.n; i++)
		out[i] = (unsigned char)s.p[i] < ' ' || s.p[i] == 0x7F ? ' ' : s.p[i];
	return (struct str){ out, s.n };
}

/* The last line of stderr is the reason. */
static void
tell(const struct task *t, enum err e)
{
	struct str why = str_of(t->detail[0] != '\0' ? t->detail : err_message(e));
	for (size_t i = 0; i < t->nfields; i++)
		fprintf(stderr, "  %.*s: %.*s\n", STRF(plain(t, t->fields[i].path)),
		        STRF(plain(t, t->fields[i].message)));
	fprintf(stderr, "tidemarkctl: %.*s\n", STRF(plain(t, why)));
}

int
main(int argc, char **argv)
{
	struct arena *arena = arena_new(ARENA_KEEP);
	struct task t;
	struct line l = { .argc = argc, .argv = argv, .at = 1 };
	task_init(&t, arena);
	struct ctl c = { .t = &t };
	log_open("tidemarkctl", LOG_WARN);
	if (argc == 2 && strcmp(argv[1], "--version") == 0) {
		puts("tidemarkctl " TM_VERSION);
		return 0;
	}
	enum err e = read_line(&c, &l);
	if (!l.format_given)
		c.format = isatty(STDOUT_FILENO) == 1 ? CTL_TABLE : CTL_JSON;
	if (e == E_OK && l.help)
		usage(stdout, l.module, c.command);
	else if (e != E_OK && (l.module != NULL || argc == 1))
		usage(stderr, l.module, c.command);
	else if (e != E_OK)
		fputs("tidemarkctl --help lists the commands.\n", stderr);
	else
		e = run(&c, &l);
	if (e != E_OK)
		tell(&t, e);
	arena_free(arena);
	return err_exit(e);
}
