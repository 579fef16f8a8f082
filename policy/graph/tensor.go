package graph

import (
	"fmt"
	"math"
)

// DType is the type of a tensor's elements, numbered as in ONNX's TensorProto.
type DType uint8

// The element types. Float16 and BFloat16 are carried in F, already rounded.
const (
	NoType   DType = 0
	Float32  DType = 1
	Uint8    DType = 2
	Int8     DType = 3
	Uint16   DType = 4
	Int16    DType = 5
	Int32    DType = 6
	Int64    DType = 7
	String   DType = 8
	Bool     DType = 9
	Float16  DType = 10
	Float64  DType = 11
	Uint32   DType = 12
	Uint64   DType = 13
	BFloat16 DType = 16
	Uint4    DType = 21
	Int4     DType = 22
)

var dtypeNames = map[DType]string{
	Float32: "float32", Uint8: "uint8", Int8: "int8", Uint16: "uint16", Int16: "int16",
	Int32: "int32", Int64: "int64", String: "string", Bool: "bool", Float16: "float16",
	Float64: "float64", Uint32: "uint32", Uint64: "uint64", BFloat16: "bfloat16",
	Uint4: "uint4", Int4: "int4",
}

// String is the type's name in lower case.
func (d DType) String() string {
	if n, ok := dtypeNames[d]; ok {
		return n
	}
	return fmt.Sprintf("dtype %d", uint8(d))
}

// Known reports whether tensors of this type can be held.
func (d DType) Known() bool { return dtypeNames[d] != "" }

// IsFloat reports float16, bfloat16, float32 and float64.
func (d DType) IsFloat() bool {
	return d == Float32 || d == Float64 || d == Float16 || d == BFloat16
}

// IsInt reports the integer types and bool: those whose elements are in I.
func (d DType) IsInt() bool { return d.Known() && !d.IsFloat() && d != String }

// Range is the smallest and largest element of an integer type. Uint64 is held in two's
// complement, so its range is that of int64.
func (d DType) Range() (lo, hi int64) {
	switch d {
	case Bool:
		return 0, 1
	case Uint4:
		return 0, 15
	case Int4:
		return -8, 7
	case Uint8:
		return 0, math.MaxUint8
	case Int8:
		return math.MinInt8, math.MaxInt8
	case Uint16:
		return 0, math.MaxUint16
	case Int16:
		return math.MinInt16, math.MaxInt16
	case Uint32:
		return 0, math.MaxUint32
	case Int32:
		return math.MinInt32, math.MaxInt32
	}
	return math.MinInt64, math.MaxInt64
}

// Tensor is a dense row-major array. Exactly one of the slices is used, by DType:
// F for float32, float16 and bfloat16, D for float64, S for strings, I for everything
// else (bool as 0 and 1, uint64 in two's complement). Dims empty means a scalar.
type Tensor struct {
	DType DType
	Dims  []int
	F     []float32
	D     []float64
	I     []int64
	S     []string
}

// New is a zero tensor. The caller has bounded the product of dims.
func New(d DType, dims ...int) *Tensor {
	t := &Tensor{DType: d, Dims: append([]int{}, dims...)}
	n := Count(dims)
	switch {
	case d == String:
		t.S = make([]string, n)
	case d == Float64:
		t.D = make([]float64, n)
	case d.IsFloat():
		t.F = make([]float32, n)
	default:
		t.I = make([]int64, n)
	}
	return t
}

// Floats is a float32 tensor over data, which is not copied.
func Floats(data []float32, dims ...int) *Tensor {
	return &Tensor{DType: Float32, Dims: append([]int{}, dims...), F: data}
}

// Ints is an int64 tensor over data, which is not copied.
func Ints(data []int64, dims ...int) *Tensor {
	return &Tensor{DType: Int64, Dims: append([]int{}, dims...), I: data}
}

// Count is the product of dims, 1 for a scalar. It saturates instead of overflowing.
func Count(dims []int) int {
	for _, d := range dims {
		if d <= 0 {
			return 0
		}
	}
	n := 1
	for _, d := range dims {
		if n > math.MaxInt/d {
			return math.MaxInt
		}
		n *= d
	}
	return n
}

// Len is the number of elements.
func (t *Tensor) Len() int { return Count(t.Dims) }

// Rank is the number of dimensions.
func (t *Tensor) Rank() int { return len(t.Dims) }

// At is element i as a float64, whatever the type (0 for strings).
func (t *Tensor) At(i int) float64 {
	switch {
	case t.DType == Float64:
		return t.D[i]
	case t.DType.IsFloat():
		return float64(t.F[i])
	case t.DType == Uint64:
		return float64(uint64(t.I[i]))
	case t.DType.IsInt():
		return float64(t.I[i])
	}
	return 0
}

// check reports a tensor whose data does not fit its type and dimensions.
func (t *Tensor) check() error {
	if !t.DType.Known() {
		return fmt.Errorf("unknown element type %d", t.DType)
	}
	for _, d := range t.Dims {
		if d < 0 {
			return fmt.Errorf("negative dimension in %v", t.Dims)
		}
	}
	have, want := 0, t.Len()
	switch {
	case t.DType == String:
		have = len(t.S)
	case t.DType == Float64:
		have = len(t.D)
	case t.DType.IsFloat():
		have = len(t.F)
	default:
		have = len(t.I)
	}
	if have != want {
		return fmt.Errorf("%s tensor of dims %v holds %d elements, want %d", t.DType, t.Dims, have, want)
	}
	return nil
}
