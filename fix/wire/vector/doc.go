// Package vector scans messages in AVX2: the sum of their bytes, and where their fields
// are. It knows no more of FIX than tags, '=' and SOH; package wire judges the rest, does
// the same in Go where there is no AVX2 (another processor, or the build tag purego),
// and holds by tests and FuzzIndex that the results are the same.
//
// The functions are pure, read no byte outside what they are given, and may be called from
// any thread. The assembly is generated (generate.sh; the generator is policy/kernel/gen/codec).
package vector

//go:generate ./generate.sh
