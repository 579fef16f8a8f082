package kernel

import "errors"

// Use chooses an implementation.
type Use uint8

// The choices. Auto is the best that the processor has.
const (
	Auto Use = iota
	Portable
	AVX2
)

// ErrNoAVX2 answers a demand for AVX2 where it is not.
var ErrNoAVX2 = errors.New("kernel: AVX2 is demanded, but this processor or build does not have it")

// String is the name used in configuration.
func (u Use) String() string {
	switch u {
	case Portable:
		return "portable"
	case AVX2:
		return "avx2"
	}
	return "auto"
}

// ParseUse reads a name; false if unknown.
func ParseUse(s string) (Use, bool) {
	for _, u := range []Use{Auto, Portable, AVX2} {
		if s == u.String() {
			return u, true
		}
	}
	return 0, false
}

// Resolve turns Auto into what will run, and refuses AVX2 where it is missing.
func (u Use) Resolve() (Use, error) {
	switch {
	case u == AVX2 && !hasAVX2:
		return 0, ErrNoAVX2
	case u == Auto && hasAVX2:
		return AVX2, nil
	case u == Auto:
		return Portable, nil
	}
	return u, nil
}
