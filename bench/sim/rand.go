package sim

// rng is splitmix64 (Steele, Lea, Flood 2014): a stream per seed, and nothing else.
type rng uint64

func (r *rng) next() uint64 {
	*r += 0x9E3779B97F4A7C15
	z := uint64(*r)
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	return z ^ z>>31
}

// below is uniform in [0, n); n > 0.
func (r *rng) below(n uint64) uint64 { return r.next() % n }

// hit is true with probability ppm / 1,000,000.
func (r *rng) hit(ppm uint32) bool { return r.below(1_000_000) < uint64(ppm) }
