#include "http/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "t/unit/test.h"

static socklen_t
parse(const char *text, struct sockaddr_storage *ss)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
	memset(ss, 0, sizeof *ss);
	if (inet_pton(AF_INET, text, &in.sin_addr) == 1) {
		memcpy(ss, &in, sizeof in);
		return sizeof in;
	}
	assert_row(inet_pton(AF_INET6, text, &in6.sin6_addr) == 1, text);
	memcpy(ss, &in6, sizeof in6);
	return sizeof in6;
}

static void
table(void **state)
{
	static const struct {
		const char *text;
		bool global, loopback;
	} row[] = {
		/* both ends of each range, and the neighbours outside */
		{ "0.0.0.0", false, false }, { "0.255.255.255", false, false },
		{ "1.0.0.0", true, false }, { "1.1.1.1", true, false },
		{ "9.255.255.255", true, false }, { "10.0.0.0", false, false },
		{ "10.255.255.255", false, false }, { "11.0.0.0", true, false },
		{ "100.63.255.255", true, false }, { "100.64.0.0", false, false },
		{ "100.127.255.255", false, false }, { "100.128.0.0", true, false },
		{ "126.255.255.255", true, false }, { "127.0.0.0", false, true },
		{ "127.0.0.1", false, true }, { "127.255.255.255", false, true },
		{ "128.0.0.0", true, false },
		{ "169.253.255.255", true, false }, { "169.254.0.0", false, false },
		{ "169.254.169.254", false, false }, { "169.254.255.255", false, false },
		{ "169.255.0.0", true, false },
		{ "172.15.255.255", true, false }, { "172.16.0.0", false, false },
		{ "172.31.255.255", false, false }, { "172.32.0.0", true, false },
		{ "191.255.255.255", true, false }, { "192.0.0.0", false, false },
		{ "192.0.0.255", false, false }, { "192.0.1.0", true, false },
		{ "192.0.2.1", false, false }, { "192.0.3.0", true, false },
		{ "192.31.196.1", false, false }, { "192.52.193.1", false, false },
		{ "192.88.98.255", true, false }, { "192.88.99.1", false, false },
		{ "192.167.255.255", true, false }, { "192.168.0.0", false, false },
		{ "192.168.255.255", false, false }, { "192.169.0.0", true, false },
		{ "192.175.48.1", false, false },
		{ "198.17.255.255", true, false }, { "198.18.0.0", false, false },
		{ "198.19.255.255", false, false }, { "198.20.0.0", true, false },
		{ "198.51.100.7", false, false }, { "203.0.112.255", true, false },
		{ "203.0.113.7", false, false }, { "203.0.114.0", true, false },
		{ "223.255.255.255", true, false }, { "224.0.0.1", false, false },
		{ "239.255.255.250", false, false }, { "240.0.0.1", false, false },
		{ "255.255.255.255", false, false },
		{ "8.8.8.8", true, false }, { "140.82.121.4", true, false },
		{ "::", false, false }, { "::1", false, true }, { "::2", false, false },
		{ "::ffff:127.0.0.1", false, true }, { "::ffff:8.8.8.8", false, false },
		{ "::ffff:169.254.169.254", false, false }, { "::127.0.0.1", false, false },
		{ "::ffff:0:8.8.8.8", false, false },
		{ "64:ff9b::7f00:1", false, false }, { "64:ff9b::808:808", false, false },
		{ "64:ff9b:1::1", false, false }, { "100::1", false, false },
		{ "1fff:ffff::1", false, false }, { "2000::1", true, false },
		{ "2001::1", false, false }, { "2001:1ff:ffff::1", false, false },
		{ "2001:200::1", true, false }, { "2001:db8::1", false, false },
		{ "2001:db7:ffff::1", true, false }, { "2001:db9::1", true, false },
		{ "2001:4860:4860::8888", true, false }, { "2002:7f00:1::1", false, false },
		{ "2003::1", true, false }, { "2620:4f:8000::1", false, false },
		{ "2620:4f:8001::1", true, false }, { "2606:4700:4700::1111", true, false },
		{ "3ffe::1", false, false }, { "3fff::1", false, false },
		{ "3fff:fff::1", false, false }, { "3fff:1000::1", true, false },
		{ "4000::1", false, false }, { "5f00::1", false, false },
		{ "fc00::1", false, false }, { "fdff::1", false, false },
		{ "fe80::1", false, false }, { "fec0::1", false, false },
		{ "ff02::1", false, false }, { "ff0e::1", false, false },
	};
	(void)state;
	for (size_t i = 0; i < NELEM(row); i++) {
		struct sockaddr_storage ss;
		socklen_t n = parse(row[i].text, &ss);
		const struct sockaddr *sa = (const struct sockaddr *)&ss;
		assert_row(address_is_global(sa, n) == row[i].global, row[i].text);
		assert_row(address_is_loopback(sa, n) == row[i].loopback, row[i].text);
	}
}

/* Every IPv4 /16 against the registry's text, by another way of counting. */
static bool
private_by_hand(unsigned a, unsigned b)
{
	return a == 0 || a == 10 || a == 127 || a >= 224 || (a == 100 && b >= 64 && b < 128) ||
	       (a == 169 && b == 254) || (a == 172 && b >= 16 && b < 32) ||
	       (a == 192 && b == 168) || (a == 198 && (b == 18 || b == 19));
}

static void
every_v4_block(void **state)
{
	(void)state;
	for (unsigned a = 0; a < 256; a++) {
		for (unsigned b = 0; b < 256; b++) {
			struct sockaddr_in in = { .sin_family = AF_INET };
			/* x.x.77.77 lies outside the /24 of the registry */
			in.sin_addr.s_addr = htonl(a << 24 | b << 16 | 77u << 8 | 77u);
			bool global = address_is_global((struct sockaddr *)&in, sizeof in);
			if (global == private_by_hand(a, b))
				print_error("%u.%u.77.77\n", a, b);
			assert_int_equal(global, !private_by_hand(a, b));
		}
	}
}

static void
other_families(void **state)
{
	struct sockaddr sa = { .sa_family = AF_UNIX };
	struct sockaddr_in in = { .sin_family = AF_INET };
	(void)state;
	in.sin_addr.s_addr = htonl(0x08080808);
	assert_false(address_is_global(&sa, sizeof sa));
	assert_false(address_is_global((struct sockaddr *)&in, sizeof in - 1));
	assert_true(address_is_global((struct sockaddr *)&in, sizeof in));
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(table), T(every_v4_block), T(other_families) };
	return RUN(tests);
}
