package kernel

import "unsafe"

// affineArgs are the numbers of Affine16 as the assembly reads them.
type affineArgs struct {
	xZero    int32
	xm       float32
	zZero    int32
	zm       float32
	flo, fhi float32
	zero     int32
}

// Affine16 is program.Requant, or with a second operand program.AddQ, where everything
// is 16 bits.
type Affine16 struct {
	args         affineArgs
	zero, lo, hi int32
	use          Use
}

// NewAffine16 makes one; zm is unused where Run has no second operand.
func NewAffine16(xZero int32, xm float32, zZero int32, zm float32, zero, lo, hi int32, use Use) *Affine16 {
	return &Affine16{affineArgs{xZero, xm, zZero, zm, float32(lo - zero), float32(hi - zero), zero}, zero, lo, hi, use}
}

// Run computes n elements; z may be nil, y may be x or z.
func (a *Affine16) Run(x, z, y unsafe.Pointer, n int) {
	at := 0
	if a.use == AVX2 && n >= 8 {
		at = n &^ 7
		affine16((*int16)(x), (*int16)(z), (*int16)(y), n/8, (*byte)(unsafe.Pointer(&a.args)))
	}
	xs, ys := unsafe.Slice((*int16)(x), n), unsafe.Slice((*int16)(y), n)
	for ; at < n; at++ {
		v := float32(float32(int32(xs[at])-a.args.xZero) * a.args.xm)
		if z != nil {
			v = float32(v + float32(float32(int32(*(*int16)(unsafe.Add(z, 2*at)))-a.args.zZero)*a.args.zm))
		}
		ys[at] = int16(Requant(v, a.zero, a.lo, a.hi))
	}
}
