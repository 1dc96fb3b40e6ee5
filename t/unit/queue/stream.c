/* stream, mirror, redis: against a private Redis. */
#include "../test.h"

#include "queue/keys.h"
#include "queue/mirror.h"
#include "queue/pause.h"
#include "queue/stream.h"
#include "server.h"

static struct server server;
static struct redis *r;

static void
flush(struct task *t)
{
	const struct str argv[] = { STR("FLUSHALL") };
	assert_int_equal(redis_run(t, r, 1, argv, NULL), E_OK);
	assert_int_equal(stream_ensure(t, r), E_OK);
	assert_int_equal(stream_ensure(t, r), E_OK);
}

static struct str
push(struct task *t, const char *wire, uint32_t items)
{
	struct str id;
	const struct stream_entry e = { .wire = str_of(wire), .items = items,
		                        .environment_id = 7 };
	assert_int_equal(stream_push(t, r, &e, NULL, &id), E_OK);
	return id;
}

static void
life_of_an_entry(void **state)
{
	struct task *t = *state;
	struct stream_list list;
	struct stream_stats st;
	struct stream_entry found;
	bool is;
	flush(t);
	struct str id = push(t, "abc", 3);
	push(t, "defg", 4);
	assert_int_equal(stream_stats(t, r, &st), E_OK);
	assert_int_equal(st.entries, 2);
	assert_int_equal(st.items, 7);
	assert_int_equal(st.bytes, 7 + 2 * STREAM_ENTRY_OVERHEAD);
	assert_int_equal(stream_read(t, r, STR("c1"), 10, 0, &list), E_OK);
	assert_int_equal(list.n, 2);
	assert_str(list.entries[0].wire, "abc");
	assert_int_equal(list.entries[1].items, 4);
	assert_int_equal(list.entries[1].environment_id, 7);
	assert_int_equal(list.entries[0].deliveries, 1);
	assert_int_equal(stream_find(t, r, id, &found, &is), E_OK);
	assert_true(is);
	struct stream_list first = { list.entries, 1 };
	assert_int_equal(stream_ack(t, r, &first), E_OK);
	assert_int_equal(stream_ack(t, r, &first), E_OK); /* again: nothing */
	assert_int_equal(stream_stats(t, r, &st), E_OK);
	assert_int_equal(st.entries, 1);
	assert_int_equal(st.pending, 1);
	assert_int_equal(st.items, 4);
	assert_int_equal(st.acked_total, 3);
	assert_int_equal(stream_find(t, r, id, &found, &is), E_OK);
	assert_false(is);
}

/* All its items were over the quota: the counts of what was dropped go in it. */
static void
entry_without_items(void **state)
{
	struct task *t = *state;
	struct stream_list list;
	struct stream_stats st;
	flush(t);
	push(t, "abc", 0);
	assert_int_equal(stream_read(t, r, STR("c1"), 10, 0, &list), E_OK);
	assert_int_equal(stream_ack(t, r, &list), E_OK);
	assert_int_equal(stream_stats(t, r, &st), E_OK);
	assert_int_equal(st.entries, 0);
	assert_int_equal(st.bytes, 0);
	assert_int_equal(st.acked_total, 0);
}

static void
redelivery(void **state)
{
	struct task *t = *state;
	struct stream_list list;
	struct str cursor = STR("");
	flush(t);
	push(t, "a", 1);
	push(t, "b", 1);
	assert_int_equal(stream_read(t, r, STR("c1"), 10, 0, &list), E_OK);
	assert_int_equal(stream_read(t, r, STR("c1"), 10, 0, &list), E_OK);
	assert_int_equal(list.n, 0);
	assert_int_equal(stream_read_own(t, r, STR("c1"), STR(""), 10, &list), E_OK);
	assert_int_equal(list.n, 2);
	assert_int_equal(list.entries[0].deliveries, 2);
	assert_int_equal(stream_read_own(t, r, STR("c1"), list.entries[0].id, 10, &list), E_OK);
	assert_int_equal(list.n, 1);
	assert_str(list.entries[0].wire, "b");
	assert_int_equal(stream_claim(t, r, STR("c2"), 60000, 10, &cursor, &list), E_OK);
	assert_int_equal(list.n, 0);
	usleep(5000);
	assert_int_equal(stream_claim(t, r, STR("c2"), 1, 10, &cursor, &list), E_OK);
	assert_int_equal(list.n, 2);
	assert_str(cursor, "");
	assert_int_equal(list.entries[1].deliveries, 4);
	assert_int_equal(stream_read_own(t, r, STR("c1"), STR(""), 10, &list), E_OK);
	assert_int_equal(list.n, 0);
}

static void
bound_and_pause(void **state)
{
	struct task *t = *state;
	const struct queue_bound bound = { .max_items = 10 };
	const struct stream_entry e = { .wire = STR("x"), .items = 10 };
	struct str id;
	bool paused, full;
	flush(t);
	assert_int_equal(stream_is_full(t, r, &bound, &full), E_OK);
	assert_false(full);
	assert_int_equal(stream_push(t, r, &e, &bound, &id), E_OK);
	assert_int_equal(stream_push(t, r, &e, &bound, &id), E_QUEUE_FULL);
	task_clear(t);
	assert_int_equal(stream_is_full(t, r, &bound, &full), E_OK);
	assert_true(full);
	assert_int_equal(pause_set(t, r, STR("ctl:a"), STR("why")), E_OK);
	assert_int_equal(stream_is_paused(t, r, &paused), E_OK);
	assert_true(paused);
	assert_int_equal(pause_clear(t, r), E_OK);
	assert_int_equal(stream_is_paused(t, r, &paused), E_OK);
	assert_false(paused);
}

static void
no_group(void **state)
{
	struct task *t = *state;
	struct stream_list list;
	const struct str argv[] = { STR("FLUSHALL") };
	assert_int_equal(redis_run(t, r, 1, argv, NULL), E_OK);
	assert_int_equal(stream_read(t, r, STR("c"), 1, 0, &list), E_NOT_FOUND);
}

static void
batch_ids(void **state)
{
	static const char *const bad[] = { "", "bat_", "bat_1", "bat_1_", "bat__1", "bat_a_1",
		                           "bat_1_x", "bat_-1_0", "bat_1_-1", "tab_1_1",
		                           "bat_99999999999999999999999999999999999999999999999_1" };
	struct task *t = *state;
	char text[BATCH_ID_TEXT];
	struct str id;
	int64_t ms;
	batch_id_format(STR("1763692800123-7"), text);
	assert_string_equal(text, "bat_1763692800123_7");
	assert_true(batch_id_parse(t, str_of(text), &id, &ms));
	assert_str(id, "1763692800123-7");
	assert_int_equal(ms, INT64_C(1763692800123));
	for (size_t i = 0; i < NELEM(bad); i++)
		assert_row(!batch_id_parse(t, str_of(bad[i]), &id, NULL), bad[i]);
}

static void
mirror(void **state)
{
	struct task *t = *state;
	struct mirror_key k = { .id = STR("id"), .environment_id = 7, .write = true, .live = true,
		                .rpm = 120, .origins = STR("a\nb"), .retention_days = 90 };
	struct mirror_key got;
	bool is;
	flush(t);
	assert_int_equal(mirror_get(t, r, STR("aa"), &got, &is), E_OK);
	assert_false(is);
	assert_int_equal(mirror_put(t, r, STR("aa"), &k), E_OK);
	assert_int_equal(mirror_get(t, r, STR("aa"), &got, &is), E_OK);
	assert_true(is && got.live && got.write);
	assert_int_equal(got.rpm, 120);
	assert_int_equal(got.environment_id, 7);
	assert_str(got.origins, "a\nb");
	assert_int_equal(mirror_revoke(t, r, STR("aa")), E_OK);
	assert_int_equal(mirror_get(t, r, STR("aa"), &got, &is), E_OK);
	assert_true(is && !got.live);
	assert_int_equal(mirror_is_complete(t, r, &is), E_OK);
	assert_false(is);
	assert_int_equal(mirror_set_complete(t, r), E_OK);
	assert_int_equal(mirror_is_complete(t, r, &is), E_OK);
	assert_true(is);
}

/* Runs last: the server goes and comes back. */
static void
connection(void **state)
{
	struct task *t = *state;
	struct reply reply;
	const struct str wrong[] = { STR("NOSUCH") };
	const struct str ping[] = { STR("PING") };
	assert_int_equal(redis_run(t, r, 1, wrong, NULL), E_INTERNAL);
	task_clear(t);
	assert_int_equal(redis_run(t, r, 1, ping, &reply), E_OK);
	server_stop(&server);
	assert_int_equal(redis_run(t, r, 1, ping, &reply), E_UNAVAILABLE);
	task_clear(t);
	assert_int_equal(redis_run(t, r, 1, ping, &reply), E_UNAVAILABLE);
	task_clear(t);
	assert_true(server_start(&server));
	redis_close(r);
	r = redis_open(server.socket, "", "");
	assert_int_equal(redis_run(t, r, 1, ping, &reply), E_OK);
}

/* A server that is held up for longer than a command has. */
static void
patience(void **state)
{
	struct task *t = *state;
	struct redis *other = redis_open(server.socket, "", "");
	const struct str hold[] = { STR("CLIENT"), STR("PAUSE"), STR("500") };
	const struct str ping[] = { STR("PING") };
	struct reply reply;
	assert_int_equal(redis_run(t, r, NELEM(hold), hold, NULL), E_OK);
	assert_int_equal(redis_run(t, other, 1, ping, &reply), E_UNAVAILABLE);
	task_clear(t);
	redis_patient(other, 20000);
	assert_int_equal(redis_run(t, other, 1, ping, &reply), E_OK);
	redis_close(other);
}

/* What lies in the queue, delivered or not, and back under the same ids. */
static void
pages(void **state)
{
	struct task *t = *state;
	struct stream_list list, page;
	struct stream_stats st;
	bool kept;
	flush(t);
	push(t, "a", 1);
	push(t, "bb", 2);
	push(t, "ccc", 3);
	assert_int_equal(stream_read(t, r, STR("c1"), 1, 0, &list), E_OK);
	assert_int_equal(stream_page(t, r, STR(""), 2, &page), E_OK);
	assert_int_equal(page.n, 2);
	assert_str(page.entries[0].wire, "a"); /* delivered, not stored */
	struct stream_entry second = page.entries[1];
	assert_int_equal(stream_page(t, r, second.id, 2, &list), E_OK);
	assert_int_equal(list.n, 1);
	assert_str(list.entries[0].wire, "ccc");
	flush(t);
	assert_int_equal(stream_put(t, r, &second, &kept), E_OK);
	assert_true(kept);
	assert_int_equal(stream_page(t, r, STR(""), 2, &page), E_OK);
	assert_int_equal(page.n, 1);
	assert_true(str_eq(page.entries[0].id, second.id));
	assert_str(page.entries[0].wire, "bb");
	assert_int_equal(stream_put(t, r, &second, &kept), E_OK);
	assert_false(kept); /* the id is taken */
	assert_int_equal(stream_stats(t, r, &st), E_OK);
	assert_int_equal(st.entries, 2);
	assert_int_equal(st.items, 4);
	assert_int_equal(st.bytes, 4 + 2 * STREAM_ENTRY_OVERHEAD);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(life_of_an_entry), T(entry_without_items), T(redelivery),
		                            T(bound_and_pause), T(no_group),
		                            T(batch_ids),        T(mirror), T(pages),
		                            T(patience), T(connection) };
	if (!server_start(&server)) {
		printf("Bail out! redis-server did not start\n");
		return 1;
	}
	r = redis_open(server.socket, "", "");
	int failed = RUN(tests);
	redis_close(r);
	server_stop(&server);
	return failed;
}
