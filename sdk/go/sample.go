package tidemark

// sampled tells whether subject is among the share rate of all subjects:
// mix(fnv1a32(subject)) / 2^32 < rate. The same subject gets the same answer in
// every SDK, so a person is whole or not there.
func sampled(subject string, rate float64) bool {
	if rate >= 1 {
		return true
	}
	h := uint32(2166136261)
	for i := 0; i < len(subject); i++ {
		h = (h ^ uint32(subject[i])) * 16777619
	}
	return float64(mix(h))/(1<<32) < rate
}

// mix spreads what FNV puts side by side: short ids that differ in the last
// byte. The constants are those of MurmurHash3's finalizer.
func mix(h uint32) uint32 {
	h = (h ^ h>>16) * 0x85ebca6b
	h = (h ^ h>>13) * 0xc2b2ae35
	return h ^ h>>16
}
