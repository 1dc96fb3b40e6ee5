/* identity.c - persons and their ids: see identity.h. */
#include "ingest/identity.h"

void
identity_init(struct identity_set *s, struct arena *a)
{
	*s = (struct identity_set){ .arena = a };
	map_init(&s->ids, a, 256);
	map_init(&s->numbers, a, 256);
}

int
identity_want(struct identity_set *s, int32_t environment_id, char kind, struct str id)
{
	char *p;
	struct str key;
	uint64_t *slot;

	if (id.n == 0)
		return -1;
	p = arena_raw(s->arena, id.n + 5);
	memcpy(p, &environment_id, 4);
	p[4] = kind;
	memcpy(p + 5, id.p, id.n);
	key = (struct str){ p, id.n + 5 };
	slot = map_find(&s->ids, key);
	if (slot != NULL)
		return (int)*slot;
	s->entry = arena_grow(s->arena, s->entry, s->nentry, &s->entry_cap, sizeof(*s->entry));
	s->entry[s->nentry] = (struct id_entry){ .environment_id = environment_id,
		                                 .kind = kind, .id = id, .person = -1 };
	*map_put(&s->ids, key, NULL) = s->nentry;
	return (int)s->nentry++;
}

static int
person_new(struct identity_set *s, int32_t environment_id)
{
	s->person = arena_grow(s->arena, s->person, s->nperson, &s->person_cap, sizeof(*s->person));
	s->person[s->nperson] = (struct id_person){ .environment_id = environment_id,
		                                    .into = -1, .first_us = INT64_MAX,
		                                    .last_us = INT64_MIN };
	return (int)s->nperson++;
}

static int
person_at(struct identity_set *s, int32_t environment_id, int32_t person_no)
{
	int32_t *key = arena_array(s->arena, 2, sizeof(*key));
	bool added;
	uint64_t *slot;
	int at;

	key[0] = environment_id;
	key[1] = person_no;
	slot = map_put(&s->numbers, (struct str){ (char *)key, 8 }, &added);
	if (!added)
		return (int)*slot;
	at = person_new(s, environment_id);
	s->person[at].person_no = person_no;
	s->person[at].known = true;
	*slot = (uint64_t)at;
	return at;
}

void
identity_known(struct identity_set *s, int entry, int32_t id_no, int32_t person_no,
               bool joined, bool identified)
{
	struct id_entry *e = &s->entry[entry];

	e->id_no = id_no;
	e->joined = joined;
	e->known = true;
	e->person = person_at(s, e->environment_id, person_no);
	if (identified || e->kind == ID_USER)
		s->person[e->person].identified = true;
}

int
identity_final(const struct identity_set *s, int person)
{
	while (person >= 0 && s->person[person].into >= 0)
		person = s->person[person].into;
	return person;
}

/* The entry's person; made when it has none. */
static int
person_of(struct identity_set *s, int entry)
{
	struct id_entry *e = &s->entry[entry];
	struct id_person *p;

	e->used = true;
	if (e->person >= 0)
		return identity_final(s, e->person);
	e->person = person_new(s, e->environment_id);
	p = &s->person[e->person];
	if (e->kind == ID_USER) {
		p->identified = p->named = true;
		p->user_id = e->id;
	} else if (e->kind == ID_ANONYMOUS) {
		p->anonymous_id = e->id;
	}
	return e->person;
}

static void
merge(struct identity_set *s, int from, int to)
{
	struct id_person *f = &s->person[from], *p = &s->person[to];

	f->into = to;
	if (p->anonymous_id.n == 0)
		p->anonymous_id = f->anonymous_id;
	if (f->first_us < p->first_us)
		p->first_us = f->first_us;
	if (f->last_us > p->last_us)
		p->last_us = f->last_us;
}

/* The anonymous entry joins the user's person, once. */
static int
join_user(struct identity_set *s, int user, int anonymous)
{
	struct id_entry *u = &s->entry[user], *a = &s->entry[anonymous];
	int mine;

	u->used = a->used = true;
	if (a->joined)
		return person_of(s, user);
	a->joined = a->changed = true;
	mine = identity_final(s, a->person);
	if (u->person < 0 && mine >= 0 && !s->person[mine].identified) {
		/* a new user takes over the anonymous person: no row moves */
		u->person = mine;
		s->person[mine].identified = s->person[mine].named = true;
		s->person[mine].user_id = u->id;
		return mine;
	}
	int to = person_of(s, user);

	if (mine < 0) {
		a->person = to;
		if (s->person[to].anonymous_id.n == 0)
			s->person[to].anonymous_id = a->id;
	} else if (mine != to && !s->person[mine].identified) {
		merge(s, mine, to);
	}
	return to;
}

int
identity_resolve(struct identity_set *s, int user, int anonymous, int device)
{
	if (user >= 0 && anonymous >= 0)
		return join_user(s, user, anonymous);
	if (user >= 0)
		return person_of(s, user);
	if (anonymous >= 0)
		return person_of(s, anonymous);
	return device >= 0 ? person_of(s, device) : -1;
}

int
identity_alias(struct identity_set *s, int user, int anonymous, int other, int other_user)
{
	struct id_entry *o;
	int to, mine;

	if (other < 0 || (user < 0 && anonymous < 0))
		return identity_resolve(s, user, anonymous, -1);
	if (user >= 0) {
		if (anonymous >= 0)
			join_user(s, user, anonymous);
		/* the text names an identified user: two users never merge */
		if (other_user >= 0 && s->entry[other_user].person >= 0)
			return person_of(s, user);
		return join_user(s, user, other);
	}
	if (other_user >= 0 && s->entry[other_user].person >= 0)
		return join_user(s, other_user, anonymous);
	to = person_of(s, anonymous);
	o = &s->entry[other];
	if (o->joined || other == anonymous)
		return to;
	mine = identity_final(s, o->person);
	o->used = o->joined = o->changed = true;
	if (mine < 0)
		o->person = to;
	else if (mine != to && !s->person[mine].identified)
		merge(s, mine, to);
	return to;
}
