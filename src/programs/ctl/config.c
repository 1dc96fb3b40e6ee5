/* config.c - tidemarkctl config …. The frame has read the configuration
 * before a command runs, so a mistake in it has been reported by then. */
#include "base/str.h"
#include "programs/ctl/ctl.h"

static const char *const check_columns[] = { "valid", NULL };
static const char *const dump_columns[] = { "key", "value", "source", NULL };

static enum err
check(struct ctl *c)
{
	static const enum conf_key needed[] = { CONF_DB_APP, CONF_DB_CONSUMER, CONF_DB_OWNER,
		CONF_REDIS_SOCKET, CONF_MASTER_KEY };
	for (size_t i = 0; i < NELEM(needed); i++) {
		enum err e = conf_need(c->t, c->conf, needed[i]);
		if (e != E_OK)
			return e;
	}
	const struct crypt *crypt;
	enum err e = ctl_crypt(c, &crypt);
	if (e != E_OK)
		return e;
	out_object(c, check_columns);
	out_bool(c, true);
	return E_OK;
}

static void
dump_row(void *ctx, const struct conf_row *row, const char *shown, const char *source)
{
	struct ctl *c = ctx;
	out_str(c, str_of(row->name));
	out_str(c, str_of(shown));
	out_str(c, str_of(source));
}

static enum err
dump(struct ctl *c)
{
	out_list(c, dump_columns);
	conf_each(c->conf, dump_row, c);
	return E_OK;
}

static const struct ctl_command commands[] = {
	{ "config", "check", NULL, NULL, 0, 0,
	  "Read the configuration and say whether it is complete.", check },
	{ "config", "dump", NULL, NULL, 0, 0,
	  "List every key, its value and where that came from; secrets stay hidden.", dump },
};
const struct ctl_module ctl_config = { commands, NELEM(commands) };
