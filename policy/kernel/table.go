package kernel

import "unsafe"

// Table is an interpolated table of 513 entries, packed: entry k in the low and its
// difference from entry k+1 in the high 16 bits.
type Table [512]uint32

// NewTable packs t, whose neighbours differ by at most 16 bits.
func NewTable(t []int16) *Table {
	p := new(Table)
	for k := range p {
		p[k] = uint32(uint16(t[k])) | uint32(t[k+1]-t[k])<<16
	}
	return p
}

// Look interpolates.
func (t *Table) Look(x int16) int16 {
	u := uint32(int32(x) + 32768)
	e := t[u>>7&511]
	return int16(int32(int16(e)) + (int32(e)>>16*int32(u&127)+64)>>7)
}

// activate rounds a pre-activation and looks it up.
func (t *Table) activate(v float32) int16 { return t.Look(int16(Requant(v, 0, -32768, 32767))) }

// LUT16 looks up n elements; x may be y.
func LUT16(t *Table, x, y unsafe.Pointer, n int, use Use) {
	at := 0
	if use == AVX2 && n >= 8 {
		at = n &^ 7
		lut16((*int16)(x), (*int16)(y), &t[0], n/8)
	}
	xs, ys := unsafe.Slice((*int16)(x), n), unsafe.Slice((*int16)(y), n)
	for ; at < n; at++ {
		ys[at] = t.Look(xs[at])
	}
}
