/* geo.c - see geo.h. The only user of libmaxminddb. */
#include "ingest/geo.h"

#include <maxminddb.h>

#include "base/str.h"

struct geo {
	MMDB_s db;
};

enum err
geo_open(struct task *t, struct geo **g, const char *path)
{
	*g = NULL;
	if (path == NULL || path[0] == '\0')
		return E_OK;
	struct geo *new = calloc(1, sizeof(*new));
	ASSERT(new != NULL);
	int e = MMDB_open(path, MMDB_MODE_MMAP, &new->db);
	if (e != MMDB_SUCCESS) {
		free(new);
		return task_fail(t, E_CONFIG, "TIDEMARK_GEOIP_FILE %s: %s", path, MMDB_strerror(e));
	}
	*g = new;
	return E_OK;
}

void
geo_close(struct geo *g)
{
	if (g == NULL)
		return;
	MMDB_close(&g->db);
	free(g);
}

static bool
is_letter(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static struct str
upper2(struct task *t, struct str s)
{
	char out[3] = { (char)(s.p[0] & ~32), (char)(s.p[1] & ~32), '\0' };
	return arena_str(t->arena, (struct str){ out, 2 });
}

struct str
geo_country(struct task *t, struct geo *g, struct str ip)
{
	int gai = 0, e = 0;
	MMDB_entry_data_s d;
	if (g == NULL || ip.n == 0)
		return STR("");
	MMDB_lookup_result_s r =
	    MMDB_lookup_string(&g->db, arena_cstr(t->arena, ip), &gai, &e);
	if (gai != 0 || e != MMDB_SUCCESS || !r.found_entry)
		return STR("");
	if (MMDB_get_value(&r.entry, &d, "country", "iso_code", NULL) != MMDB_SUCCESS ||
	    !d.has_data || d.type != MMDB_DATA_TYPE_UTF8_STRING || d.data_size != 2)
		return STR("");
	struct str code = { d.utf8_string, d.data_size };
	return is_letter(code.p[0]) && is_letter(code.p[1]) ? upper2(t, code) : STR("");
}

struct str
geo_of_locale(struct task *t, struct str locale)
{
	/* language ["-" script] "-" region ["." charset] (BCP 47, POSIX) */
	for (size_t i = 0; i + 2 < locale.n; i++) {
		if (locale.p[i] == '.' || locale.p[i] == '@')
			break;
		if (locale.p[i] != '-' && locale.p[i] != '_')
			continue;
		struct str part = str_slice(locale, i + 1, i + 3);
		char after = i + 3 < locale.n ? locale.p[i + 3] : '-';
		bool ends = after == '-' || after == '_' || after == '.' || after == '@';
		if (ends && is_letter(part.p[0]) && is_letter(part.p[1]))
			return upper2(t, part);
	}
	return STR("");
}
