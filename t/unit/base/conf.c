#include "base/conf.h"

#include <unistd.h>

#include "t/unit/test.h"

/* A file with this content; the caller unlinks it. */
static const char *
file_with(const char *content)
{
	static char path[] = "/tmp/tidemark-conf-XXXXXX";
	memcpy(path + sizeof(path) - 7, "XXXXXX", 6);
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, content, strlen(content)), (ssize_t)strlen(content));
	close(fd);
	return path;
}

static enum err
open_with(struct task *t, const char *content, struct conf **c)
{
	const char *path = file_with(content);
	enum err e = conf_open(t, path, c);
	unlink(path);
	return e;
}

static int
clean_environment(void **state)
{
	extern char **environ;
	static char tap[] = "CMOCKA_MESSAGE_OUTPUT=TAP"; /* as t/run asks for */
	static char *none[] = { tap, NULL };
	environ = none;
	return test_setup(state);
}

static void
sources(void **state)
{
	struct task *t = *state;
	struct conf *c;
	setenv("TIDEMARK_MAX_EVENTS", "77", 1);
	setenv("TIDEMARK_VAR", "/somewhere", 1);
	enum err e = open_with(t,
	                       "# comment\n\n"
	                       "TIDEMARK_MAX_EVENTS=5\n"
	                       " TIDEMARK_PUBLIC_URL = \"https://a.example\" \n"
	                       "TIDEMARK_COOKIE_SECURE=off\n"
	                       "TIDEMARK_DB_APP=host=/run dbname=x",
	                       &c);
	unsetenv("TIDEMARK_VAR");
	unsetenv("TIDEMARK_MAX_EVENTS");
	assert_int_equal(e, E_OK);
	assert_int_equal(conf_int(c, CONF_MAX_EVENTS), 77);
	assert_string_equal(conf_source(c, CONF_MAX_EVENTS), "environment");
	assert_string_equal(conf_text(c, CONF_PUBLIC_URL), "https://a.example");
	assert_string_equal(conf_text(c, CONF_DB_APP), "host=/run dbname=x");
	assert_string_equal(conf_source(c, CONF_DB_APP), "file");
	assert_false(conf_bool(c, CONF_COOKIE_SECURE));
	assert_int_equal(conf_int(c, CONF_MAX_BODY), 1048576);
	assert_string_equal(conf_source(c, CONF_MAX_BODY), "default");
	assert_int_equal(conf_need(t, c, CONF_DB_APP), E_OK);
	assert_int_equal(conf_need(t, c, CONF_MASTER_KEY), E_CONFIG);
	assert_non_null(strstr(t->detail, "TIDEMARK_MASTER_KEY"));
	conf_free(c);
}

static void
mistakes(void **state)
{
	static const struct {
		const char *file;
		const char *says;
	} row[] = {
		{ "TIDEMARK_MAX_BODI=1\n", ":1: TIDEMARK_MAX_BODI is not a known key. Did you mean "
					   "TIDEMARK_MAX_BODY?" },
		{ "\nSOMETHING_ELSE=1\n", ":2: SOMETHING_ELSE is not a known key. See" },
		{ "TIDEMARK_MAX_EVENTS=0\n", "must be a whole number from 1 to 100000" },
		{ "TIDEMARK_MAX_EVENTS=many\n", "must be a whole number" },
		{ "TIDEMARK_COOKIE_SECURE=maybe\n", "must be true or false" },
		{ "TIDEMARK_MAX_EVENTS\n", "is not KEY=VALUE" },
		{ "TIDEMARK_MAX_EVENTS=1\nTIDEMARK_MAX_EVENTS=2\n", ":2: TIDEMARK_MAX_EVENTS is set twice" },
		{ "TIDEMARK_DB_APP_FILE=/nowhere/at/all\n", "cannot be read" },
		{ "TIDEMARK_MAX_BODY_FILE=/etc/hostname\n", "is not a known key" },
		{ "TIDEMARK_VAR=/x\n", "is not a known key" },
		{ "TIDEMARK_PUBLIC_URL=\xFF\n", "is not UTF-8" },
	};
	struct task *t = *state;
	struct conf *c;
	for (size_t i = 0; i < NELEM(row); i++) {
		task_reset(t);
		assert_row(open_with(t, row[i].file, &c) == E_CONFIG, row[i].file);
		if (strstr(t->detail, row[i].says) == NULL)
			print_error("%s\n", t->detail);
		assert_row(strstr(t->detail, row[i].says) != NULL, row[i].file);
	}
	task_reset(t);
	setenv("TIDEMARK_REDIS_SOKET", "/x", 1);
	assert_int_equal(open_with(t, "", &c), E_CONFIG);
	assert_non_null(strstr(t->detail, "Did you mean TIDEMARK_REDIS_SOCKET?"));
	unsetenv("TIDEMARK_REDIS_SOKET");
	task_reset(t);
	assert_int_equal(conf_open(t, "/nowhere/tidemark.conf", &c), E_CONFIG);
}

static void
secret_from_file(void **state)
{
	struct task *t = *state;
	struct conf *c;
	char path[64], line[128];
	const char *secret = file_with("s3cret\nsecond line\n");
	snprintf(path, sizeof(path), "%s.keep", secret);
	assert_int_equal(rename(secret, path), 0);
	snprintf(line, sizeof(line), "TIDEMARK_REDIS_PASSWORD_FILE=%s\n", path);
	enum err e = open_with(t, line, &c);
	unlink(path);
	assert_int_equal(e, E_OK);
	assert_string_equal(conf_text(c, CONF_REDIS_PASSWORD), "s3cret");
	conf_free(c);
}

static void
find_secret(void *ctx, const struct conf_row *row, const char *shown, const char *source)
{
	bool *hidden = ctx;
	(void)source;
	assert_null(strstr(shown, "s3cret"));
	if (row->type == CONF_SECRET && strcmp(shown, "(hidden)") == 0)
		*hidden = true;
}

static void
dump_hides(void **state)
{
	struct task *t = *state;
	struct conf *c;
	bool hidden = false;
	assert_int_equal(open_with(t, "TIDEMARK_REDIS_PASSWORD=s3cret\n", &c), E_OK);
	conf_each(c, find_secret, &hidden);
	assert_true(hidden);
	conf_free(c);
}

#define TC(name) cmocka_unit_test_setup_teardown(name, clean_environment, test_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = { TC(sources), TC(mistakes), TC(secret_from_file),
		                            TC(dump_hides) };
	return RUN(tests);
}
