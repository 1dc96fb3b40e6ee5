/* uuid.c - see uuid.h. */
#include "base/uuid.h"

#include "base/codec.h"
#include "base/crypt.h"

bool
uuid_parse(struct str s, uint8_t out[16])
{
	static const uint8_t dash[] = { 8, 13, 18, 23 };
	char hex[32];
	uint8_t id[16];
	if (s.n != 36)
		return false;
	for (size_t i = 0; i < NELEM(dash); i++)
		if (s.p[dash[i]] != '-')
			return false;
	memcpy(hex, s.p, 8);
	memcpy(hex + 8, s.p + 9, 4);
	memcpy(hex + 12, s.p + 14, 4);
	memcpy(hex + 16, s.p + 19, 4);
	memcpy(hex + 20, s.p + 24, 12);
	if (!codec_unhex((struct str){ hex, sizeof(hex) }, id, sizeof(id)))
		return false;
	memcpy(out, id, sizeof(id));
	return true;
}

size_t
uuid_format(const uint8_t id[16], char out[UUID_TEXT])
{
	static const char hex[] = "0123456789abcdef";
	size_t n = 0;
	for (size_t i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			out[n++] = '-';
		out[n++] = hex[id[i] >> 4];
		out[n++] = hex[id[i] & 15];
	}
	out[n] = '\0';
	return n;
}

struct str
uuid_str(struct arena *a, const uint8_t id[16])
{
	char *p = arena_raw(a, UUID_TEXT);
	return (struct str){ p, uuid_format(id, p) };
}

static void
stamp(uint8_t id[16], unsigned version)
{
	id[6] = (uint8_t)((id[6] & 0x0F) | (version << 4));
	id[8] = (uint8_t)((id[8] & 0x3F) | 0x80);
}

void
uuid_v4(uint8_t out[16])
{
	crypt_random(out, 16);
	stamp(out, 4);
}

void
uuid_v7(int64_t now_us, uint8_t out[16])
{
	ASSERT(now_us >= 0);
	uint64_t ms = (uint64_t)now_us / 1000;
	/* RFC 9562 section 6.2, method 3: rand_a holds the sub-ms fraction. */
	uint64_t fraction = (uint64_t)now_us % 1000 * 4096 / 1000;
	crypt_random(out, 16);
	for (size_t i = 0; i < 6; i++)
		out[i] = (uint8_t)(ms >> (40 - 8 * i));
	out[6] = (uint8_t)(fraction >> 8);
	out[7] = (uint8_t)fraction;
	stamp(out, 7);
}

void
uuid_v5(const uint8_t ns[16], struct str name, uint8_t out[16])
{
	uint8_t digest[20];
	crypt_sha1((struct str){ (const char *)ns, 16 }, name, digest);
	memcpy(out, digest, 16);
	stamp(out, 5);
}

void
uuid_v5_env(int32_t environment_id, struct str name, uint8_t out[16])
{
	/* Drawn once for this product; changing it renames every id. */
	static const uint8_t root[16] = {
		0x6f, 0x1d, 0x0c, 0x5e, 0x3b, 0x52, 0x4e, 0x0a,
		0x9a, 0x7d, 0x41, 0xd6, 0x0e, 0x83, 0xc7, 0x2b,
	};
	static int32_t last_id;
	static uint8_t last[16];
	static bool known;
	if (!known || last_id != environment_id) {
		char text[16];
		int n = snprintf(text, sizeof(text), "%d", environment_id);
		uuid_v5(root, (struct str){ text, (size_t)n }, last);
		last_id = environment_id;
		known = true;
	}
	uuid_v5(last, name, out);
}
