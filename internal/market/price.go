package market

import "math/bits"

// Price is a price in 1e-9 of the currency unit. One type serves ITCH (1e-4)
// and venues that quote in 1e-9 (docs/adr/0002-one-price-type.md).
type Price int64

const (
	// PriceUnit is one currency unit.
	PriceUnit Price = 1_000_000_000
	// ITCHUnit is one unit of a Price(4) field of TotalView-ITCH 5.0.
	ITCHUnit Price = 100_000
)

// Qty is a number of shares. Signed, so that positions use it too.
type Qty int64

// Notional is p*q in 1e-9 of the currency unit; ok is false when it leaves int64
// (9.2e9 of the currency unit).
func Notional(p Price, q Qty) (n int64, ok bool) {
	neg := (p < 0) != (q < 0)
	hi, lo := bits.Mul64(abs(int64(p)), abs(int64(q)))
	if hi != 0 || lo > 1<<63-1 {
		return 0, false
	}
	if neg {
		return -int64(lo), true
	}
	return int64(lo), true
}

func abs(v int64) uint64 {
	if v < 0 {
		return uint64(-v)
	}
	return uint64(v)
}
