package onnx

import (
	"fmt"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// field is one field of a message: v for varint and fixed types, b for bytes.
type field struct {
	num protowire.Number
	typ protowire.Type
	v   uint64
	b   []byte
}

// each walks a message's fields.
func each(b []byte, visit func(f field) error) error {
	for len(b) > 0 {
		num, typ, n := protowire.ConsumeTag(b)
		if n < 0 {
			return fmt.Errorf("%w: %v", ErrMalformed, protowire.ParseError(n))
		}
		b = b[n:]
		f := field{num: num, typ: typ}
		switch typ {
		case protowire.VarintType:
			f.v, n = protowire.ConsumeVarint(b)
		case protowire.Fixed32Type:
			var v uint32
			v, n = protowire.ConsumeFixed32(b)
			f.v = uint64(v)
		case protowire.Fixed64Type:
			f.v, n = protowire.ConsumeFixed64(b)
		case protowire.BytesType:
			f.b, n = protowire.ConsumeBytes(b)
		default:
			n = protowire.ConsumeFieldValue(num, typ, b)
		}
		if n < 0 {
			return fmt.Errorf("%w: field %d: %v", ErrMalformed, num, protowire.ParseError(n))
		}
		b = b[n:]
		if err := visit(f); err != nil {
			return err
		}
	}
	return nil
}

// bytes is the content of a length-delimited field.
func (f *field) bytes() ([]byte, error) {
	if f.typ != protowire.BytesType {
		return nil, fmt.Errorf("%w: field %d has wire type %d, want bytes", ErrMalformed, f.num, f.typ)
	}
	return f.b, nil
}

// maxName bounds a name, in bytes: errors quote them.
const maxName = 1 << 12

// text is a string field that holds a name.
func (f *field) text(dst *string) error {
	b, err := f.bytes()
	if err == nil && len(b) > maxName {
		return fmt.Errorf("%w: a name of %d bytes", ErrTooLarge, len(b))
	}
	*dst = string(b)
	return err
}

// number is a varint field.
func (f *field) number(dst *int64) error {
	if f.typ != protowire.VarintType {
		return fmt.Errorf("%w: field %d has wire type %d, want varint", ErrMalformed, f.num, f.typ)
	}
	*dst = int64(f.v)
	return nil
}

// ints appends a repeated integer field, packed or not.
func (d *decoder) ints(f *field, dst *[]int64) error {
	if f.typ == protowire.VarintType {
		*dst = append(*dst, int64(f.v))
		return d.take(1)
	}
	b, err := f.bytes()
	for err == nil && len(b) > 0 {
		v, n := protowire.ConsumeVarint(b)
		if n < 0 {
			return fmt.Errorf("%w: field %d: %v", ErrMalformed, f.num, protowire.ParseError(n))
		}
		*dst = append(*dst, int64(v))
		b = b[n:]
		err = d.take(1)
	}
	return err
}

// floats appends a repeated float field, packed or not.
func (d *decoder) floats(f *field, dst *[]float32) error {
	if f.typ == protowire.Fixed32Type {
		*dst = append(*dst, math.Float32frombits(uint32(f.v)))
		return d.take(1)
	}
	b, err := f.bytes()
	for err == nil && len(b) > 0 {
		v, n := protowire.ConsumeFixed32(b)
		if n < 0 {
			return fmt.Errorf("%w: field %d: %v", ErrMalformed, f.num, protowire.ParseError(n))
		}
		*dst = append(*dst, math.Float32frombits(v))
		b = b[n:]
		err = d.take(1)
	}
	return err
}

// doubles appends a repeated double field, packed or not.
func (d *decoder) doubles(f *field, dst *[]float64) error {
	if f.typ == protowire.Fixed64Type {
		*dst = append(*dst, math.Float64frombits(f.v))
		return d.take(1)
	}
	b, err := f.bytes()
	for err == nil && len(b) > 0 {
		v, n := protowire.ConsumeFixed64(b)
		if n < 0 {
			return fmt.Errorf("%w: field %d: %v", ErrMalformed, f.num, protowire.ParseError(n))
		}
		*dst = append(*dst, math.Float64frombits(v))
		b = b[n:]
		err = d.take(1)
	}
	return err
}
