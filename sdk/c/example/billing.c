/* billing - a service that records one order. cc billing.c -lcurl -lz -lpthread -lm;
 * ./a.out https://tidemark.example.com tm_wk_… */
#define TIDEMARK_IMPLEMENTATION
#define TIDEMARK_GZIP
#define TIDEMARK_BACKTRACE
#include "tidemark.h"

int
main(int argc, char **argv)
{
	struct tidemark_options o;
	if (argc != 3) {
		fprintf(stderr, "usage: billing ENDPOINT WRITE-KEY\n");
		return 64;
	}
	tidemark_defaults(&o);
	o.endpoint = argv[1];
	o.key = argv[2];
	o.service = "billing";
	o.service_version = "1.2.0";
	struct tidemark *tm = tidemark_open(&o);
	struct tidemark_timer timer = tidemark_trace_start(tm, "take_order");

	const struct tidemark_value plan[] = { tidemark_str("plan", "pro") };
	tidemark_identify(tm, tidemark_user("user_123"), TIDEMARK_LIST(plan));
	const struct tidemark_value order[] = {
		tidemark_num("amount", 99.5), tidemark_str("currency", "EUR"),
		tidemark_json("lines", "[{\"sku\":7,\"n\":2}]"),
	};
	tidemark_track(tm, tidemark_user("user_123"), "order_paid", TIDEMARK_LIST(order));
	tidemark_trace_stop(tm, tidemark_user("user_123"), &timer, NULL, 0);

	tidemark_close(tm, 2000);
	return 0;
}
