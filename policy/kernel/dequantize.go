package kernel

import "unsafe"

// Dequantizer is program.Requant to floats, from unsigned bytes or 16 bits.
type Dequantizer struct {
	Wide bool // 16 bits
	Zero int32
	M    float32
	Use  Use
}

// Run computes n elements.
func (d *Dequantizer) Run(x, y unsafe.Pointer, n int) {
	at, wide := 0, 0
	if d.Wide {
		wide = 1
	}
	if d.Use == AVX2 && n >= 8 {
		at = n &^ 7
		dequantize((*byte)(x), (*float32)(y), n/8, wide, d.Zero, d.M)
	}
	ys := unsafe.Slice((*float32)(y), n)
	if d.Wide {
		for i, v := range unsafe.Slice((*int16)(x), n)[at:] {
			ys[at+i] = float32(float32(int32(v)-d.Zero) * d.M)
		}
		return
	}
	for i, v := range unsafe.Slice((*uint8)(x), n)[at:] {
		ys[at+i] = float32(float32(int32(v)-d.Zero) * d.M)
	}
}

// Columns sums, or with Mean averages, the middle axis of [Outer][N][Inner] floats, in order.
type Columns struct {
	Outer, N, Inner int
	Mean            bool
	Use             Use
}

// Run computes [Outer][Inner].
func (c *Columns) Run(x, y unsafe.Pointer) {
	div := float32(1) // which changes nothing
	if c.Mean {
		div = float32(c.N)
	}
	for o := range c.Outer {
		from, to := unsafe.Add(x, 4*o*c.N*c.Inner), unsafe.Add(y, 4*o*c.Inner)
		k := 0
		if c.Use == AVX2 && c.Inner >= 8 {
			k = c.Inner &^ 7
			sumColumns((*float32)(from), (*float32)(to), c.N, 4*c.Inner, k/8, div)
		}
		xs := unsafe.Slice((*float32)(from), c.N*c.Inner)
		for ; k < c.Inner; k++ {
			acc := xs[k]
			for i := k + c.Inner; i < len(xs); i += c.Inner {
				acc = float32(acc + xs[i])
			}
			*(*float32)(unsafe.Add(to, 4*k)) = float32(acc / div)
		}
	}
}
