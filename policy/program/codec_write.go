package program

import (
	"encoding/binary"
	"math"
)

// writer appends fields.
type writer struct{ b []byte }

func (w *writer) n(n int) { w.b = binary.LittleEndian.AppendUint32(w.b, uint32(n)) }

func (w *writer) bytes(v []byte) {
	w.n(len(v))
	w.b = append(w.b, v...)
}

func (w *writer) buf(b *Buf) {
	w.i32(&b.Off, &b.N)
	w.u8((*uint8)(&b.Type))
}

func (w *writer) u8(v *uint8) { w.b = append(w.b, *v) }

func (w *writer) i32(vs ...*int32) {
	for _, v := range vs {
		w.n(int(uint32(*v)))
	}
}

func (w *writer) f32(vs ...*float32) {
	for _, v := range vs {
		w.n(int(math.Float32bits(*v)))
	}
}

func (w *writer) f64(v *float64) {
	w.b = binary.LittleEndian.AppendUint64(w.b, math.Float64bits(*v))
}

func (w *writer) flag(v *bool) {
	var b byte
	if *v {
		b = 1
	}
	w.b = append(w.b, b)
}

func (w *writer) i8s(v *[]int8) {
	w.n(len(*v))
	for _, x := range *v {
		w.b = append(w.b, byte(x))
	}
}

func (w *writer) i16s(v *[]int16) {
	w.n(len(*v))
	for _, x := range *v {
		w.b = binary.LittleEndian.AppendUint16(w.b, uint16(x))
	}
}

func (w *writer) i32s(v *[]int32) {
	w.n(len(*v))
	for i := range *v {
		w.i32(&(*v)[i])
	}
}

func (w *writer) f32s(v *[]float32) {
	w.n(len(*v))
	for i := range *v {
		w.f32(&(*v)[i])
	}
}

func (w *writer) f64s(v *[]float64) {
	w.n(len(*v))
	for i := range *v {
		w.f64(&(*v)[i])
	}
}

func (w *writer) inputs(v *[]TreeInput) {
	w.n(len(*v))
	for i := range *v {
		in := &(*v)[i]
		w.i32(&in.Feature, &in.First, &in.Num)
		w.flag(&in.NaNLow)
	}
}

func (w *writer) nodes(v *[]TreeNode) {
	w.n(len(*v))
	for i := range *v {
		n := &(*v)[i]
		w.b = binary.LittleEndian.AppendUint16(w.b, n.Input)
		w.b = binary.LittleEndian.AppendUint16(w.b, n.Rank)
		w.i32(&n.True, &n.False)
	}
}
