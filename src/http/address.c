/* address.c - see address.h. */
#include "http/address.h"

#include <netinet/in.h>
#include <sys/socket.h>

struct range {
	uint8_t prefix[16];
	uint8_t bits;
};

/* IPv4: what is not globally reachable unicast (IANA registry, RFC 6890). */
static const struct range v4_refused[] = {
	{ { 0 }, 8 },              /* this network */
	{ { 10 }, 8 },             /* private */
	{ { 100, 64 }, 10 },       /* shared, carrier NAT */
	{ { 127 }, 8 },            /* loopback */
	{ { 169, 254 }, 16 },      /* link-local; cloud metadata */
	{ { 172, 16 }, 12 },       /* private */
	{ { 192, 0, 0 }, 24 },     /* protocol assignments */
	{ { 192, 0, 2 }, 24 },     /* documentation */
	{ { 192, 31, 196 }, 24 },  /* AS112 */
	{ { 192, 52, 193 }, 24 },  /* AMT */
	{ { 192, 88, 99 }, 24 },   /* 6to4 relays */
	{ { 192, 168 }, 16 },      /* private */
	{ { 192, 175, 48 }, 24 },  /* AS112 */
	{ { 198, 18 }, 15 },       /* benchmarks */
	{ { 198, 51, 100 }, 24 },  /* documentation */
	{ { 203, 0, 113 }, 24 },   /* documentation */
	{ { 224 }, 4 },            /* multicast */
	{ { 240 }, 4 },            /* reserved, broadcast */
};

/* IPv6: only 2000::/3 is global unicast; of it, these are not. What lies
 * outside (::, ::1, ::ffff:0:0/96, 64:ff9b::/96, fc00::/7, fe80::/10,
 * ff00::/8 …) is refused by that alone. */
static const struct range v6_global = { { 0x20 }, 3 };
static const struct range v6_refused[] = {
	{ { 0x20, 0x01 }, 23 },                   /* protocol assignments; Teredo */
	{ { 0x20, 0x01, 0x0d, 0xb8 }, 32 },       /* documentation */
	{ { 0x20, 0x02 }, 16 },                   /* 6to4 */
	{ { 0x26, 0x20, 0x00, 0x4f, 0x80 }, 48 }, /* AS112 */
	{ { 0x3f, 0xfe }, 16 },                   /* 6bone, returned */
	{ { 0x3f, 0xff }, 20 },                   /* documentation */
};

static bool
in_range(const uint8_t *address, const struct range *r)
{
	unsigned whole = r->bits / 8, rest = r->bits % 8;
	if (memcmp(address, r->prefix, whole) != 0)
		return false;
	unsigned mask = 0xFFu << (8 - rest) & 0xFFu;
	return rest == 0 || ((address[whole] ^ r->prefix[whole]) & mask) == 0;
}

static bool
in_any(const uint8_t *address, const struct range *r, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (in_range(address, &r[i]))
			return true;
	}
	return false;
}

/* The bytes of the address; 4, 16, or 0 for another family. */
static size_t
bytes_of(const struct sockaddr *sa, size_t n, uint8_t out[16])
{
	if (n >= sizeof(struct sockaddr_in) && sa->sa_family == AF_INET) {
		struct sockaddr_in in;
		memcpy(&in, sa, sizeof in);
		memcpy(out, &in.sin_addr, 4);
		return 4;
	}
	if (n >= sizeof(struct sockaddr_in6) && sa->sa_family == AF_INET6) {
		struct sockaddr_in6 in6;
		memcpy(&in6, sa, sizeof in6);
		memcpy(out, &in6.sin6_addr, 16);
		return 16;
	}
	return 0;
}

bool
address_is_global(const struct sockaddr *sa, size_t n)
{
	uint8_t a[16];
	switch (bytes_of(sa, n, a)) {
	case 4:
		return !in_any(a, v4_refused, NELEM(v4_refused));
	case 16:
		return in_range(a, &v6_global) && !in_any(a, v6_refused, NELEM(v6_refused));
	default:
		return false;
	}
}

bool
address_is_loopback(const struct sockaddr *sa, size_t n)
{
	static const uint8_t one[16] = { [15] = 1 };
	static const uint8_t mapped[12] = { [10] = 0xFF, [11] = 0xFF };
	uint8_t a[16];
	switch (bytes_of(sa, n, a)) {
	case 4:
		return a[0] == 127;
	case 16:
		return memcmp(a, one, sizeof one) == 0 ||
		       (memcmp(a, mapped, sizeof mapped) == 0 && a[12] == 127);
	default:
		return false;
	}
}
