/*
 * identity.h - who is who: which person an item belongs to. Pure.
 *
 * The rules are DATA "Persons". The caller names every id it needs
 * (identity_want), fills in what the store knows (identity_known), then
 * resolves items in order; new persons, joins and merges come out as marks on
 * ids and persons. A first join makes the anonymous person the user's (no
 * rows move); a join to a user who exists already merges two persons.
 */
#ifndef TM_INGEST_IDENTITY_H
#define TM_INGEST_IDENTITY_H

#include "base/arena.h"
#include "base/map.h"

#define ID_USER 'u'
#define ID_ANONYMOUS 'a'
#define ID_DEVICE 'd'

/* One id of an environment. */
struct id_entry {
	int32_t environment_id;
	char kind;
	struct str id;
	int32_t id_no;  /* 0 = not in the store */
	int person;     /* index of a person, -1 = none yet */
	bool joined;    /* a: has joined once; never joins again */
	bool known;     /* was in the store */
	bool used;      /* an item needs it: store it when it is not known */
	bool changed;   /* person or joined differ from the store */
};

struct id_person {
	int32_t environment_id;
	int32_t person_no;  /* 0 = new: the caller gives a number */
	bool known;         /* was in the store */
	bool identified;    /* has a user_id */
	bool named;         /* became identified here: store user_id */
	int into;           /* merged into this person; -1 = itself */
	struct str user_id, anonymous_id; /* of a new or newly named person */
	int64_t first_us, last_us; /* items of this gather; first > last = none */
};

struct identity_set {
	struct arena *arena;
	struct map ids, numbers;
	struct id_entry *entry;
	size_t nentry, entry_cap;
	struct id_person *person;
	size_t nperson, person_cap;
};

void identity_init(struct identity_set *s, struct arena *a);
/* Index of an id, -1 for "". */
int identity_want(struct identity_set *s, int32_t environment_id, char kind, struct str id);
/* What the store says about an entry. */
void identity_known(struct identity_set *s, int entry, int32_t id_no, int32_t person_no,
                    bool joined, bool identified);
/*
 * Person of an item with these ids (entries, -1 = not sent); -1 when it has
 * none. Both user and anonymous id = identify. Later calls may merge it away:
 * take identity_final() when all are resolved.
 */
int identity_resolve(struct identity_set *s, int user, int anonymous, int device);
/* alias: `other` (an anonymous entry) joins user, else anonymous. other_user
 * is the entry of the same text as a user id, -1 when not wanted. */
int identity_alias(struct identity_set *s, int user, int anonymous, int other, int other_user);
int identity_final(const struct identity_set *s, int person);

#endif
