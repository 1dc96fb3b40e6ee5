/*
 * project.h - pages of projects: the list and a new one, keys, settings,
 * deletion.
 */
#ifndef TM_WEB_PAGE_PROJECT_PROJECT_H
#define TM_WEB_PAGE_PROJECT_PROJECT_H

#include "web/layout.h"
#include "web/page/pages.h"

/* list.c, new.c */
PAGE(page_projects);
PAGE(page_project_restore);
PAGE(page_project_new);
PAGE(page_project_new_post);

/* keys.c: the list with the form for a new key, and one key */
PAGE(page_keys);
PAGE(page_key);
/* key_acts.c */
PAGE(page_key_create);
PAGE(page_key_show);
PAGE(page_key_rotate);
PAGE(page_key_limit);
PAGE(page_key_revoke);

/* symbols.c: the list with what is missing, and one before it is deleted */
PAGE(page_symbols);
PAGE(page_symbol);
PAGE(page_symbol_delete);

/* settings.c, settings_save.c, delete.c */
PAGE(page_settings);
PAGE(page_settings_project);
PAGE(page_settings_time);
PAGE(page_settings_privacy);
PAGE(page_settings_senders);
PAGE(page_storage);      /* storage.c */
PAGE(page_storage_save);
PAGE(page_project_delete);
PAGE(page_project_delete_post);

/* What the forms of the keys page sent, to show them again. */
struct key_form {
	struct str type, rate, expires, date;
};
enum err keys_show(struct web *w, struct task *t, const struct req *req, struct res *res,
                   const struct key_form *typed, int status) MUST_CHECK;
/* A key of this environment, in the caller's transaction; another's is not
 * there. */
struct key;
enum err key_here(struct web *w, struct task *t, struct str id, struct key *out) MUST_CHECK;
enum err key_page(struct web *w, struct task *t, const struct req *req, struct res *res,
                  const struct key *k, int status) MUST_CHECK;

/* What a form of the settings page sent, by the name of the field; NULL p =
 * not sent, then the stored value is shown. */
enum settings_field {
	SET_NAME, SET_PLATFORM,
	SET_ZONE, SET_IDLE,
	SET_PII_MODE, SET_PII_KEYS, SET_IP_MODE, SET_USER_ID_MODE,
	SET_ORIGINS, SET_BUNDLES,
	SET_COUNT
};
struct settings_typed {
	struct str value[SET_COUNT];
};
/* Name of the field in the form and in the model's field errors. */
extern const char *const settings_names[SET_COUNT];
enum err settings_show(struct web *w, struct task *t, const struct req *req, struct res *res,
                       const struct settings_typed *typed, int status) MUST_CHECK;

#endif
