/*
 * demo_story.c - what happens in one session of the demo app.
 *
 * A session opens, starts cold, wanders over screens and, with some luck,
 * goes down the funnel search -> recipe_view -> list_item_added ->
 * checkout_started -> order_placed. First sessions may sign up. The newest
 * release crashes on Android in the checkout.
 */
#include "base/clock.h"
#include "base/str.h"
#include "base/uuid.h"
#include "programs/ctl/demo_world.h"

static const struct {
	const char *version, *build;
} releases[DEMO_RELEASES] = {
	{ "2.2.4", "224" },
	{ "2.3.0", "230" },
	{ "2.3.1", "231" },
	{ "2.4.0", "240" },
	{ "2.5.0", "250" },
};

static const char *const screens[] = { "Home", "Search", "Recipe", "List", "Profile",
	"Settings", "Favourites", "Plan" };
static const double screen_weight[] = { 30, 18, 24, 14, 5, 3, 8, 6 };
static const char *const categories[] = { "pasta", "soup", "salad", "curry", "baking",
	"breakfast", "grill" };
static const char *const referrers[] = { "organic", "push_notification", "share_link",
	"email", "search" };
static const double referrer_weight[] = { 55, 18, 12, 8, 7 };

struct crash_kind {
	const char *type, *message, *stack;
	bool fatal;
	double chance; /* a session, before the release's own factor */
};

static const struct crash_kind crash_kinds[] = {
	{ "NoSuchMethodError", "The method 'applyDiscount' was called on null.",
	  "#0      CheckoutController.total (package:pantry/checkout/checkout_controller.dart:118:23)\n"
	  "#1      CheckoutPage.build (package:pantry/checkout/checkout_page.dart:64:31)\n"
	  "#2      StatelessElement.build (package:flutter/src/widgets/framework.dart:5701:49)\n"
	  "#3      ComponentElement.performRebuild (package:flutter/src/widgets/framework.dart:5629:15)\n"
	  "#4      Element.rebuild (package:flutter/src/widgets/framework.dart:5333:7)\n",
	  true, 0 /* the regression: see crash_chance */ },
	{ "StateError", "Bad state: Stream has already been listened to.",
	  "#0      _StreamController._subscribe (dart:async/stream_controller.dart:686:7)\n"
	  "#1      ListSync.start (package:pantry/list/list_sync.dart:41:12)\n"
	  "#2      ListPage.initState (package:pantry/list/list_page.dart:29:10)\n",
	  true, 0.0016 },
	{ "RangeError", "RangeError (index): Invalid value: Not in inclusive range 0..3: 4",
	  "#0      List.[] (dart:core-patch/growable_array.dart:264:36)\n"
	  "#1      RecipeSteps.current (package:pantry/recipe/recipe_steps.dart:77:18)\n"
	  "#2      RecipePage.build (package:pantry/recipe/recipe_page.dart:142:22)\n",
	  true, 0.0012 },
	{ "SocketException", "Failed host lookup: 'images.pantry.example'",
	  "#0      _NativeSocket.startConnect (dart:io-patch/socket_patch.dart:682:35)\n"
	  "#1      ImageCache.fetch (package:pantry/net/image_cache.dart:58:9)\n",
	  false, 0.0035 },
};

/* The session being told. */
struct story {
	struct task *t;
	const struct demo_world *w;
	struct batch *b;
	struct demo_random r;
	const struct demo_session *s;
	const struct demo_person *p;
	size_t number; /* of the session */
	uint32_t made; /* items of it so far */
	int64_t at_us;
	int release;
	struct str session_id;
	int funnel; /* steps taken */
};

static struct item *
item_add(struct story *y, enum item_type type)
{
	struct item *item = &y->b->items[y->b->nitems];
	*item = (struct item){
		.type = type,
		.context = (uint16_t)(y->b->ncontexts - 1),
		.identity = (uint16_t)(y->b->nidentities - 1),
		.index = (uint32_t)y->b->nitems,
		.ts_us = y->at_us,
		.seq = y->made,
		.session_id = y->session_id,
	};
	struct str name = arena_printf(y->t->arena, "demo/%llu/%zu/%u",
	    (unsigned long long)y->w->plan.seed, y->number, y->made);
	uuid_v5_env(y->w->plan.environment_id, name, item->event_id);
	y->b->nitems++;
	y->made++;
	return item;
}

static void
pass(struct story *y, double least_s, double more_s)
{
	double s = least_s + demo_random_unit(&y->r) * more_s;
	y->at_us += (int64_t)(s * (double)US_PER_S);
}

static void
event(struct story *y, const char *name, struct str properties)
{
	struct item *item = item_add(y, ITEM_EVENT);
	item->name = str_of(name);
	item->namespace_ = STR("product");
	item->properties = properties;
	pass(y, 2, 26);
}

static void
trace(struct story *y, const char *name, double ms, struct str attributes)
{
	struct item *item = item_add(y, ITEM_TRACE);
	item->name = str_of(name);
	item->trace_id = arena_printf(y->t->arena, "tr_%08zx%04x", y->number, y->made);
	item->duration_ms = (double)(int64_t)(ms * 10) / 10;
	item->properties = attributes;
}

/* What a checkout is made of; the payment gets slower with the newest release.
 * Shares of the whole, so that no other number of the story moves. */
static void
checkout(struct story *y, double ms)
{
	double pay = y->release == DEMO_NEWEST ? 0.62 : 0.48, cart = 0.22;
	trace(y, "checkout", ms, STR("{}"));
	struct item *item = &y->b->items[y->b->nitems - 1];
	ms = item->duration_ms;
	item->extra = arena_printf(y->t->arena, "{\"spans\":["
	    "{\"id\":\"1\",\"name\":\"checkout\",\"start_ms\":0,\"duration_ms\":%.1f},"
	    "{\"id\":\"2\",\"parent_id\":\"1\",\"name\":\"price the cart\","
	    "\"start_ms\":%.1f,\"duration_ms\":%.1f},"
	    "{\"id\":\"3\",\"parent_id\":\"1\",\"name\":\"POST /payments\","
	    "\"start_ms\":%.1f,\"duration_ms\":%.1f},"
	    "{\"id\":\"4\",\"parent_id\":\"1\",\"name\":\"save the order\","
	    "\"start_ms\":%.1f,\"duration_ms\":%.1f}]}", ms, ms * 0.02, ms * cart,
	    ms * (0.03 + cart), ms * pay, ms * (0.04 + cart + pay), ms * (0.94 - cart - pay));
}

static void
property(struct story *y, const char *op, const char *key, const char *value)
{
	struct item *item = item_add(y, ITEM_USER_PROPERTIES);
	item->operations = arena_printf(y->t->arena,
	    "[{\"op\":\"%s\",\"key\":\"%s\",\"value\":%s}]", op, key, value);
}

static void
cold_start(struct story *y)
{
	const struct demo_phone *phone = &demo_phones[y->p->phone];
	double median = 620 * phone->slowness * (y->release == DEMO_NEWEST ? 1.4 : 1);
	bool wifi = demo_random_chance(&y->r, 0.65);
	trace(y, "cold_start", demo_random_skewed(&y->r, median, 0.38),
	    wifi ? STR("{\"network\":\"wifi\"}") : STR("{\"network\":\"cellular\"}"));
}

/* The newest release breaks the checkout on Android. */
static double
crash_chance(const struct story *y, size_t kind)
{
	if (kind > 0)
		return crash_kinds[kind].chance;
	bool android = strcmp(demo_phones[y->p->phone].platform, "android") == 0;
	return y->release == DEMO_NEWEST && android ? 0.07 : 0;
}

static void
crash_maybe(struct story *y)
{
	for (size_t i = 0; i < NELEM(crash_kinds); i++) {
		const struct crash_kind *k = &crash_kinds[i];
		if (!demo_random_chance(&y->r, crash_chance(y, i)))
			continue;
		char at[CLOCK_TEXT];
		clock_format(y->at_us - 2 * US_PER_S, at);
		struct item *item = item_add(y, ITEM_CRASH);
		item->fatal = k->fatal;
		item->exception_type = str_of(k->type);
		item->exception_message = str_of(k->message);
		item->stacktrace = str_of(k->stack);
		item->breadcrumbs = arena_printf(y->t->arena,
		    "[{\"ts\":\"%s\",\"type\":\"navigation\",\"message\":\"%s\"},"
		    "{\"ts\":\"%s\",\"type\":\"ui\",\"message\":\"tap:%s\"}]",
		    at, i == 0 ? "List > Checkout" : "Home > Recipe", at,
		    i == 0 ? "place_order" : "continue");
		return;
	}
}

static void
screen_view(struct story *y)
{
	size_t i = demo_random_pick(&y->r, screen_weight, NELEM(screens));
	event(y, "screen_view", arena_printf(y->t->arena, "{\"screen\":\"%s\"}", screens[i]));
}

static void
order_placed(struct story *y)
{
	uint32_t items = 2 + demo_random_below(&y->r, 14);
	double value = demo_random_skewed(&y->r, 2.6, 0.4) * items;
	event(y, "order_placed", arena_printf(y->t->arena,
	    "{\"value\":%.2f,\"currency\":\"%s\",\"items\":%u}", value,
	    demo_countries[y->p->country].currency, items));
	property(y, "increment", "orders", "1");
}

/* One step down the funnel, or a look around. */
static void
step(struct story *y)
{
	static const double go_on[] = { 0.45, 0.6, 0.42, 0.4, 0.72 };
	if (y->funnel >= 5 || !demo_random_chance(&y->r, go_on[y->funnel])) {
		screen_view(y);
		return;
	}
	const char *category = categories[demo_random_below(&y->r, NELEM(categories))];
	switch (y->funnel++) {
	case 0:
		event(y, "search", arena_printf(y->t->arena, "{\"category\":\"%s\",\"results\":%u}",
		    category, demo_random_below(&y->r, 60)));
		break;
	case 1:
		event(y, "recipe_view", arena_printf(y->t->arena,
		    "{\"recipe\":\"r_%03u\",\"category\":\"%s\"}",
		    demo_random_below(&y->r, 400), category));
		if (demo_random_chance(&y->r, 0.5))
			trace(y, "load_recipe", demo_random_skewed(&y->r, 180, 0.6), STR("{}"));
		break;
	case 2:
		event(y, "list_item_added", arena_printf(y->t->arena, "{\"count\":%u}",
		    1 + demo_random_below(&y->r, 9)));
		break;
	case 3:
		event(y, "checkout_started", STR("{}"));
		checkout(y, demo_random_skewed(&y->r, y->release == DEMO_NEWEST ? 640 : 420, 0.5));
		break;
	default:
		order_placed(y);
	}
}

/* Sign up: two events of the session's budget, properties, and identify. */
static void
sign_up(struct story *y, uint16_t *left)
{
	event(y, "sign_up_started", STR("{}"));
	event(y, "sign_up_completed", STR("{\"method\":\"email\"}"));
	*left = (uint16_t)(*left - 2);
	struct batch *b = y->b;
	struct identity *me = &b->identities[b->nidentities++];
	*me = b->identities[b->nidentities - 2];
	me->user_id = arena_printf(y->t->arena, "u_%05u", y->s->person + 1);
	item_add(y, ITEM_IDENTIFY);
	property(y, "set", "plan", demo_random_chance(&y->r, 0.2) ? "\"pro\"" : "\"free\"");
	property(y, "set_once", "signup_source", arena_printf(y->t->arena, "\"%s\"",
	    referrers[demo_random_pick(&y->r, referrer_weight, NELEM(referrers))]).p);
}

/* Who and on what: appended to the batch. */
static void
introduce(struct story *y)
{
	const struct demo_phone *phone = &demo_phones[y->p->phone];
	const struct demo_country *country = &demo_countries[y->p->country];
	struct arena *a = y->t->arena;
	bool known = y->p->known_before || (y->p->signs_up && y->s->nth > 0);
	y->b->contexts[y->b->ncontexts++] = (struct context){
		.bundle_id = STR("com.example.pantry"),
		.app_version = str_of(releases[y->release].version),
		.app_build = str_of(releases[y->release].build),
		.platform = str_of(phone->platform),
		.os_version = str_of(phone->os_version),
		.model = str_of(phone->model),
		.locale = str_of(country->locale),
		.country = str_of(country->code),
	};
	y->b->identities[y->b->nidentities++] = (struct identity){
		.anonymous_id = arena_printf(a, "anon_%08x", y->s->person * 2654435761u),
		.device_id = arena_printf(a, "dev_%08x", y->s->person * 2246822519u),
		.user_id = known ? arena_printf(a, "u_%05u", y->s->person + 1) : STR(""),
	};
}

void
demo_story(struct task *t, const struct demo_world *w, size_t i, struct batch *b)
{
	const struct demo_session *s = &w->session[i];
	struct story y = {
		.t = t, .w = w, .b = b, .s = s, .p = &w->person[s->person],
		.number = i, .at_us = s->start_us,
		.r = { w->plan.seed ^ (i + 1) * UINT64_C(0xd1342543de82ef95) },
	};
	y.release = demo_world_release(w, y.p, s->start_us);
	y.session_id = arena_printf(t->arena, "demo_%llx_%zx",
	    (unsigned long long)w->plan.seed, i);
	introduce(&y);
	item_add(&y, ITEM_SESSION_START);
	if (y.p->phone + 1u < demo_nphones) /* the web has no cold start */
		cold_start(&y);
	uint16_t left = s->events;
	if (left > 0) {
		const char *from =
		    referrers[demo_random_pick(&y.r, referrer_weight, NELEM(referrers))];
		event(&y, "app_open", arena_printf(t->arena, "{\"referrer\":\"%s\"}", from));
		left--;
	}
	if (s->nth == 0 && y.p->signs_up && left >= 3)
		sign_up(&y, &left);
	for (; left > 0; left--)
		step(&y);
	crash_maybe(&y);
	item_add(&y, ITEM_SESSION_END);
}
