package kernel

import "unsafe"

// QuantArgs are the numbers of a quantisation as the assembly reads them.
type QuantArgs struct {
	scale, lo, hi float32
	zero          int32
}

// Quantizer rounds floats to bytes or 16 bits.
type Quantizer struct {
	args         QuantArgs
	zero, lo, hi int32
	size         int // of a result: 1 or 2 bytes
	use          Use
	buf          [64]int16
}

// NewQuantizer makes a quantiser to elements of size bytes.
func NewQuantizer(scale float32, zero, lo, hi int32, size int, use Use) *Quantizer {
	return &Quantizer{args: QuantArgs{scale, float32(lo - zero), float32(hi - zero), zero}, zero: zero, lo: lo, hi: hi, size: size, use: use}
}

// Run quantises n floats.
func (q *Quantizer) Run(x, y unsafe.Pointer, n int) {
	at := 0
	if q.use == AVX2 {
		for ; n-at >= 8; at += min(64, (n-at)&^7) {
			q.block(unsafe.Add(x, 4*at), unsafe.Add(y, q.size*at), min(64, (n-at)&^7))
		}
	}
	for ; at < n; at++ {
		v := Requant(*(*float32)(unsafe.Add(x, 4*at))/q.args.scale, q.zero, q.lo, q.hi)
		if q.size == 1 {
			*(*uint8)(unsafe.Add(y, at)) = uint8(v)
		} else {
			*(*int16)(unsafe.Add(y, 2*at)) = int16(v)
		}
	}
}

// block quantises up to 64 floats, a multiple of 8.
func (q *Quantizer) block(x, y unsafe.Pointer, n int) {
	args := (*byte)(unsafe.Pointer(&q.args))
	if q.size == 2 {
		quantize((*float32)(x), (*int16)(y), n/8, args)
		return
	}
	quantize((*float32)(x), &q.buf[0], n/8, args)
	for i, v := range q.buf[:n] {
		*(*uint8)(unsafe.Add(y, i)) = uint8(v)
	}
}
