package onnx

import (
	"encoding/binary"
	"fmt"
	"math"

	"slipstream/policy/float"
	"slipstream/policy/graph"
)

// protoTensor is TensorProto before its content is placed.
type protoTensor struct {
	name    string
	dtype   int64
	dims    []int64
	raw     []byte
	hasRaw  bool
	floats  []float32
	doubles []float64
	ints    []int64 // int32_data, int64_data or uint64_data
	strings []string
}

// tensor reads a TensorProto.
func (d *decoder) tensor(b []byte) (string, *graph.Tensor, error) {
	p := &protoTensor{}
	err := each(b, func(f field) error {
		switch f.num {
		case 1:
			return d.ints(&f, &p.dims)
		case 2:
			return f.number(&p.dtype)
		case 3:
			return fmt.Errorf("%w: tensor in segments", ErrUnsupported)
		case 4:
			return d.floats(&f, &p.floats)
		case 5, 7, 11:
			return d.ints(&f, &p.ints)
		case 6:
			b, err := f.bytes()
			if err != nil {
				return err
			}
			p.strings = append(p.strings, string(b))
			return d.take(1)
		case 8:
			return f.text(&p.name)
		case 9:
			var err error
			p.raw, err = f.bytes()
			p.hasRaw = true
			return err
		case 10:
			return d.doubles(&f, &p.doubles)
		case 13:
			return errExternal
		case 14:
			var v int64
			if err := f.number(&v); err != nil || v == 0 {
				return err
			}
			return errExternal
		}
		return nil
	})
	var t *graph.Tensor
	if err == nil {
		t, err = d.place(p)
	}
	if err != nil {
		return p.name, nil, fmt.Errorf("tensor %q: %w", p.name, err)
	}
	return p.name, t, nil
}

var errExternal = fmt.Errorf("%w: data in another file; save the model with its tensors inside", ErrUnsupported)

// place checks the dims and fills a tensor.
func (d *decoder) place(p *protoTensor) (*graph.Tensor, error) {
	dt := graph.DType(p.dtype)
	if p.dtype < 0 || p.dtype > 255 || !dt.Known() {
		return nil, fmt.Errorf("%w: element type %d", ErrUnsupported, p.dtype)
	}
	if len(p.dims) > d.lim.Rank {
		return nil, fmt.Errorf("%w: %d dimensions", ErrTooLarge, len(p.dims))
	}
	dims := make([]int, len(p.dims))
	for i, v := range p.dims {
		if v < 0 || v > int64(d.lim.Elements) {
			return nil, fmt.Errorf("%w: dimensions %v", ErrMalformed, p.dims)
		}
		dims[i] = int(v)
	}
	n := graph.Count(dims)
	if err := d.take(n); err != nil {
		return nil, err
	}
	if have := p.count(dt); have != n {
		return nil, fmt.Errorf("%w: dims %v want %d elements, the data has %d", ErrMalformed, dims, n, have)
	}
	t := graph.New(dt, dims...)
	if dt == graph.String {
		copy(t.S, p.strings)
		return t, nil
	}
	if p.hasRaw {
		p.fillRaw(t)
	} else {
		p.fillTyped(t)
	}
	return t, nil
}

var widths = map[graph.DType]int{
	graph.Float32: 4, graph.Float64: 8, graph.Float16: 2, graph.BFloat16: 2, graph.Bool: 1,
	graph.Int8: 1, graph.Uint8: 1, graph.Int16: 2, graph.Uint16: 2, graph.Int32: 4, graph.Uint32: 4,
	graph.Int64: 8, graph.Uint64: 8,
}

func nibbles(dt graph.DType) bool { return dt == graph.Int4 || dt == graph.Uint4 }

// count is the number of elements the data has, -1 if it has half of one. Packed nibbles
// round up, so a spare half is forgiven there.
func (p *protoTensor) count(dt graph.DType) int {
	want := 1
	for _, v := range p.dims {
		want *= int(v) // bounded: place checked each, and the result is only compared
	}
	switch {
	case dt == graph.String:
		return len(p.strings)
	case nibbles(dt):
		have := 2 * len(p.ints)
		if p.hasRaw {
			have = 2 * len(p.raw)
		}
		if have == want+1 {
			have--
		}
		return have
	case p.hasRaw:
		if len(p.raw)%widths[dt] != 0 {
			return -1
		}
		return len(p.raw) / widths[dt]
	case dt == graph.Float32:
		return len(p.floats)
	case dt == graph.Float64:
		return len(p.doubles)
	}
	return len(p.ints)
}

func (p *protoTensor) fillRaw(t *graph.Tensor) {
	le := binary.LittleEndian
	w := widths[t.DType]
	for i := range t.Len() {
		if nibbles(t.DType) {
			t.I[i] = nibble(t.DType, p.raw[i/2], i)
			continue
		}
		b := p.raw[i*w:]
		switch t.DType {
		case graph.Float32:
			t.F[i] = math.Float32frombits(le.Uint32(b))
		case graph.Float64:
			t.D[i] = math.Float64frombits(le.Uint64(b))
		case graph.Float16:
			t.F[i] = float.HalfBits(le.Uint16(b))
		case graph.BFloat16:
			t.F[i] = math.Float32frombits(uint32(le.Uint16(b)) << 16)
		case graph.Bool:
			t.I[i] = int64(b[0] & 1)
		case graph.Int8:
			t.I[i] = int64(int8(b[0]))
		case graph.Uint8:
			t.I[i] = int64(b[0])
		case graph.Int16:
			t.I[i] = int64(int16(le.Uint16(b)))
		case graph.Uint16:
			t.I[i] = int64(le.Uint16(b))
		case graph.Int32:
			t.I[i] = int64(int32(le.Uint32(b)))
		case graph.Uint32:
			t.I[i] = int64(le.Uint32(b))
		default:
			t.I[i] = int64(le.Uint64(b))
		}
	}
}

// fillTyped takes float_data, double_data, or the integers, which also carry the bits of
// the 16-bit floats.
func (p *protoTensor) fillTyped(t *graph.Tensor) {
	for i := range t.Len() {
		switch {
		case t.DType == graph.Float32:
			t.F[i] = p.floats[i]
		case t.DType == graph.Float64:
			t.D[i] = p.doubles[i]
		case t.DType == graph.Float16:
			t.F[i] = float.HalfBits(uint16(p.ints[i]))
		case t.DType == graph.BFloat16:
			t.F[i] = math.Float32frombits(uint32(uint16(p.ints[i])) << 16)
		case nibbles(t.DType):
			t.I[i] = nibble(t.DType, byte(p.ints[i/2]), i)
		default:
			t.I[i] = float.Wrap(p.ints[i], t.DType)
		}
	}
}

// nibble is element i of packed 4-bit data, low half first.
func nibble(dt graph.DType, b byte, i int) int64 {
	v := b >> (4 * (i & 1)) & 15
	return float.Wrap(int64(v), dt)
}
