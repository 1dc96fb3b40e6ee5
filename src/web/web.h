/*
 * web.h - what a handler gets besides task, request and reply: the program's
 * drivers, and who is asking (filled by the need check of the route's row).
 */
#ifndef TM_WEB_WEB_H
#define TM_WEB_WEB_H

#include "base/base.h"

struct conf;
struct crypt;
struct pg;
struct redis;
struct view;
struct route;
struct write_key; /* web/need_write_key.h */
struct ingest;    /* tidemark-ingest's own state */
struct replica;

struct team;
struct project;
struct environment;

/* All text is task memory; "" (p NULL) = not known for this request. */
struct who {
	struct who_user {
		struct str id; /* uuid; "" = nobody is signed in */
		struct str email, name, theme;
		struct str session_id;
		struct str csrf; /* secret behind the form tokens: session_csrf() */
		struct str session;   /* public id of the session */
		struct str method;    /* how it was opened: "password", "github" … */
		int64_t confirmed_us; /* the user last proved to be there */
		bool system_admin;
		bool verified;
		bool has_password, two_factor;
		bool remember; /* the session outlives the browser */
	} user;
	struct who_confirm { /* web/confirm: what came of a try just now */
		struct str problem;
		int wait_s;
	} confirm;
	struct who_team {
		struct str id, slug, name;
		struct str role; /* of the user in it: owner admin … */
	} team;
	struct who_project {
		struct str id, slug, name;
	} project;
	struct who_env {
		int32_t id; /* 0 = none */
		struct str name, timezone;
	} env;
	struct who_quota { /* for admins: what is worst of what they were told of this month */
		int level;         /* 0, 80, 100: as it is now */
		const char *label; /* of the meter */
		bool lasting;      /* it does not begin anew with a month */
	} quota;
	unsigned flags; /* 1 << enum flag: what is on for team, project and user */
	struct who_token {
		struct str id;     /* of the token or key */
		struct str scopes; /* separated by blanks */
		bool is_read_key;
	} token;
	/* Pages of a project: what the user may switch to. */
	struct who_places {
		struct team *team;        /* of the user */
		struct project *project;  /* of the team */
		struct environment *env;  /* of the project */
		size_t nteams, nprojects, nenvs;
	} places;
	bool replica;     /* its rows come from there */
	int64_t retry_us; /* E_QUOTA: when there is room again */
	const struct write_key *key; /* ingest routes */
};

struct web {
	const char *program; /* "tidemark-web" */
	const struct conf *conf;
	const struct crypt *crypt; /* NULL in ingest */
	struct pg *pg;             /* NULL in ingest */
	struct replica *replica;   /* NULL = none */
	struct redis *redis;
	struct view *view;     /* NULL in ingest */
	struct ingest *ingest; /* tidemark-ingest only */
	const struct route *routes; /* the program's table */
	size_t nroutes;
	struct who who; /* cleared before each request */
};

#endif
