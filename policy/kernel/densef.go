package kernel

import "unsafe"

// DenseF is a float layer in AVX2 form: weights [32 outputs][input][32], padded with zeros.
type DenseF struct {
	w, bias, y []float32
	in, out    int
	rows       int
}

// NewDenseF packs weights [out][in].
func NewDenseF(w, bias []float32, rows, in, out int) *DenseF {
	pad := roundUp(out, 32)
	d := &DenseF{w: make([]float32, pad*in), bias: make([]float32, pad), y: make([]float32, pad), in: in, out: out, rows: rows}
	copy(d.bias, bias)
	for o := range out {
		for i := range in {
			d.w[(o/32*in+i)*32+o%32] = w[o*in+i]
		}
	}
	return d
}

// Run computes every row.
func (d *DenseF) Run(x, y unsafe.Pointer) {
	for r := range d.rows {
		denseF((*float32)(unsafe.Add(x, 4*r*d.in)), &d.w[0], &d.bias[0], &d.y[0], d.in, len(d.y)/32)
		copy(unsafe.Slice((*float32)(unsafe.Add(y, 4*r*d.out)), d.out), d.y)
	}
}
