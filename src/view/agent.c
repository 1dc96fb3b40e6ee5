/* agent.c - see agent.h. */
#include "view/agent.h"

#include "base/str.h"

struct mark {
	const char *text, *name;
};

/* The first that occurs wins: browsers name those they descend from. */
static const struct mark browsers[] = {
	{ "Edg", "Edge" }, { "OPR/", "Opera" }, { "Vivaldi", "Vivaldi" },
	{ "SamsungBrowser", "Samsung Internet" }, { "Firefox", "Firefox" }, { "FxiOS", "Firefox" },
	{ "CriOS", "Chrome" }, { "HeadlessChrome", "Chrome without a window" },
	{ "Chromium", "Chromium" }, { "Chrome", "Chrome" }, { "Safari", "Safari" },
	{ "curl/", "curl" }, { "Wget", "Wget" }, { "python", "A Python program" },
	{ "Python", "A Python program" }, { "node", "A Node program" },
	{ "okhttp", "An Android program" }, { "Dart", "A Dart program" },
};
static const struct mark systems[] = {
	{ "iPhone", "iPhone" }, { "iPad", "iPad" }, { "Android", "Android" },
	{ "Windows", "Windows" }, { "CrOS", "ChromeOS" }, { "Mac OS X", "macOS" },
	{ "Linux", "Linux" }, { "FreeBSD", "FreeBSD" },
};

static const char *
first(struct str s, const struct mark *mark, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (s.n > 0 && memmem(s.p, s.n, mark[i].text, strlen(mark[i].text)) != NULL)
			return mark[i].name;
	return NULL;
}

struct str
agent_words(struct task *t, struct str user_agent)
{
	const char *browser = first(user_agent, browsers, NELEM(browsers));
	const char *system = first(user_agent, systems, NELEM(systems));
	if (browser == NULL && system == NULL)
		return STR("Unknown browser");
	if (system == NULL)
		return str_of(browser);
	return arena_printf(t->arena, "%s on %s", browser != NULL ? browser : "A program", system);
}
