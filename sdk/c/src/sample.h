/* sample.h - is subject among the share rate of all subjects? FNV-1a and one
 * more mixing (the constants of MurmurHash3): the same answer in every SDK. */

static bool
tm_sampled(struct tm_str subject, double rate)
{
	uint32_t h = 2166136261u;
	if (rate >= 1)
		return true;
	for (size_t i = 0; i < subject.n; i++)
		h = (h ^ (unsigned char)subject.p[i]) * 16777619u;
	h = (h ^ h >> 16) * 0x85ebca6bu;
	h = (h ^ h >> 13) * 0xc2b2ae35u;
	h ^= h >> 16;
	return h / 4294967296.0 < rate;
}
