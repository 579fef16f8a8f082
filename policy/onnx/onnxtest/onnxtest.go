// Package onnxtest writes small ONNX models for tests: the importer's and those of
// everything that compiles a graph. Model files themselves never enter the repository.
//
// A Model is built in order (opset, inputs, constants, nodes, outputs) and encoded by
// Bytes. It writes whatever it is told, valid or not: hostile files are made with it too.
package onnxtest

import (
	"encoding/binary"
	"fmt"
	"math"
	"sort"

	"google.golang.org/protobuf/encoding/protowire"

	"slipstream/policy/graph"
)

// Model is a ModelProto in the making.
type Model struct {
	graph  []byte
	opsets []byte
	tail   []byte
	// Typed stores tensors in their typed fields instead of raw_data.
	Typed bool
	// Packed packs repeated numbers of attributes, as proto3 writers do.
	Packed bool
}

// New starts a model of an ai.onnx opset, with ai.onnx.ml version 3.
func New(opset int64) *Model {
	m := &Model{}
	m.graph = text(m.graph, 2, "test")
	return m.Opset("", opset).Opset("ai.onnx.ml", 3)
}

// Opset sets the version of a domain.
func (m *Model) Opset(domain string, version int64) *Model {
	m.opsets = message(m.opsets, 8, number(text(nil, 1, domain), 2, version))
	return m
}

// Raw appends a field to the model itself.
func (m *Model) Raw(num protowire.Number, b []byte) *Model {
	m.tail = message(m.tail, num, b)
	return m
}

// RawGraph appends a field to the graph.
func (m *Model) RawGraph(num protowire.Number, b []byte) *Model {
	m.graph = message(m.graph, num, b)
	return m
}

// Input declares a graph input; a dimension of -1 is symbolic.
func (m *Model) Input(name string, d graph.DType, dims ...int) *Model {
	m.graph = message(m.graph, 11, valueInfo(name, d, dims))
	return m
}

// Output declares a graph output.
func (m *Model) Output(names ...string) *Model {
	for _, n := range names {
		m.graph = message(m.graph, 12, valueInfo(n, graph.Float32, nil))
	}
	return m
}

// Const adds an initializer.
func (m *Model) Const(name string, t *graph.Tensor) *Model {
	m.graph = message(m.graph, 5, m.Tensor(name, t))
	return m
}

// Attrs are a node's attributes: int, int64, float32, string, []int, []int64, []float32,
// []string or *graph.Tensor.
type Attrs map[string]any

// Node adds a node of ai.onnx, or of ai.onnx.ml if op is prefixed "ml.". An empty name is
// an absent input or output.
func (m *Model) Node(op string, in, out []string, a Attrs) *Model {
	var b []byte
	for _, s := range in {
		b = text(b, 1, s)
	}
	for _, s := range out {
		b = text(b, 2, s)
	}
	b = text(b, 3, "n_"+out[0])
	if len(op) > 3 && op[:3] == "ml." {
		b = text(b, 7, "ai.onnx.ml")
		op = op[3:]
	}
	b = text(b, 4, op)
	names := make([]string, 0, len(a))
	for n := range a {
		names = append(names, n)
	}
	sort.Strings(names)
	for _, n := range names {
		b = message(b, 5, m.attr(n, a[n]))
	}
	m.graph = message(m.graph, 1, b)
	return m
}

// Bytes is the encoded model.
func (m *Model) Bytes() []byte {
	b := number(nil, 1, 8)
	b = message(b, 7, m.graph)
	return append(append(b, m.opsets...), m.tail...)
}

func (m *Model) attr(name string, v any) []byte {
	b := text(nil, 1, name)
	switch v := v.(type) {
	case int:
		return kind(number(b, 3, int64(v)), 2)
	case int64:
		return kind(number(b, 3, v), 2)
	case float32:
		b = protowire.AppendTag(b, 2, protowire.Fixed32Type)
		return kind(protowire.AppendFixed32(b, math.Float32bits(v)), 1)
	case string:
		return kind(text(b, 4, v), 3)
	case *graph.Tensor:
		return kind(message(b, 5, m.Tensor("", v)), 4)
	case []int:
		w := make([]int64, len(v))
		for i := range v {
			w[i] = int64(v[i])
		}
		return kind(m.ints(b, 8, w), 7)
	case []int64:
		return kind(m.ints(b, 8, v), 7)
	case []float32:
		return kind(m.floats(b, 7, v), 6)
	case []string:
		for _, s := range v {
			b = text(b, 9, s)
		}
		return kind(b, 8)
	}
	panic(fmt.Sprintf("onnxtest: attribute %q is a %T", name, v))
}

func kind(b []byte, k int64) []byte { return number(b, 20, k) }

func (m *Model) ints(b []byte, num protowire.Number, v []int64) []byte {
	if !m.Packed {
		for _, x := range v {
			b = number(b, num, x)
		}
		return b
	}
	var p []byte
	for _, x := range v {
		p = protowire.AppendVarint(p, uint64(x))
	}
	return message(b, num, p)
}

func (m *Model) floats(b []byte, num protowire.Number, v []float32) []byte {
	var p []byte
	for _, x := range v {
		if !m.Packed {
			b = protowire.AppendTag(b, num, protowire.Fixed32Type)
			b = protowire.AppendFixed32(b, math.Float32bits(x))
		}
		p = protowire.AppendFixed32(p, math.Float32bits(x))
	}
	if m.Packed {
		return message(b, num, p)
	}
	return b
}

// Tensor encodes a TensorProto.
func (m *Model) Tensor(name string, t *graph.Tensor) []byte {
	var b []byte
	for _, d := range t.Dims {
		b = number(b, 1, int64(d))
	}
	b = number(b, 2, int64(t.DType))
	b = text(b, 8, name)
	switch {
	case t.DType == graph.String:
		for _, s := range t.S {
			b = text(b, 6, s)
		}
		return b
	case !m.Typed:
		return message(b, 9, raw(t))
	case t.DType == graph.Float32:
		return (&Model{Packed: true}).floats(b, 4, t.F)
	case t.DType == graph.Float64:
		var p []byte
		for _, v := range t.D {
			p = protowire.AppendFixed64(p, math.Float64bits(v))
		}
		return message(b, 10, p)
	}
	num := protowire.Number(5) // int32_data, also for the small types and 16-bit floats
	v := t.I
	switch t.DType {
	case graph.Int64:
		num = 7
	case graph.Uint64, graph.Uint32:
		num = 11
	case graph.Float16, graph.BFloat16:
		v = halves(t)
	case graph.Int4, graph.Uint4:
		v = nil
		for _, x := range nibbles(t) {
			v = append(v, int64(x))
		}
	}
	return (&Model{Packed: true}).ints(b, num, v)
}

// raw is the little-endian content.
func raw(t *graph.Tensor) []byte {
	var b []byte
	le := binary.LittleEndian
	switch t.DType {
	case graph.Float32:
		for _, v := range t.F {
			b = le.AppendUint32(b, math.Float32bits(v))
		}
	case graph.Float64:
		for _, v := range t.D {
			b = le.AppendUint64(b, math.Float64bits(v))
		}
	case graph.Float16, graph.BFloat16:
		for _, v := range halves(t) {
			b = le.AppendUint16(b, uint16(v))
		}
	case graph.Int4, graph.Uint4:
		return nibbles(t)
	case graph.Bool, graph.Int8, graph.Uint8:
		for _, v := range t.I {
			b = append(b, byte(v))
		}
	case graph.Int16, graph.Uint16:
		for _, v := range t.I {
			b = le.AppendUint16(b, uint16(v))
		}
	case graph.Int32, graph.Uint32:
		for _, v := range t.I {
			b = le.AppendUint32(b, uint32(v))
		}
	default:
		for _, v := range t.I {
			b = le.AppendUint64(b, uint64(v))
		}
	}
	return b
}

func nibbles(t *graph.Tensor) []byte {
	b := make([]byte, (len(t.I)+1)/2)
	for i, v := range t.I {
		b[i/2] |= byte(v&15) << (4 * (i & 1))
	}
	return b
}

// halves are the bits of 16-bit floats whose values are exact in that type.
func halves(t *graph.Tensor) []int64 {
	var out []int64
	for _, v := range t.F {
		bits := math.Float32bits(v)
		if t.DType == graph.BFloat16 {
			out = append(out, int64(bits>>16))
			continue
		}
		h := int64(bits >> 16 & 0x8000)
		if e := int64(bits>>23&255) - 112; v != 0 {
			h |= e<<10 | int64(bits>>13&1023) // normal numbers only
		}
		out = append(out, h)
	}
	return out
}

func valueInfo(name string, d graph.DType, dims []int) []byte {
	var shape []byte
	for _, n := range dims {
		dim := number(nil, 1, int64(n))
		if n == -1 {
			dim = text(nil, 2, "batch")
		}
		shape = message(shape, 1, dim)
	}
	tensor := message(number(nil, 1, int64(d)), 2, shape)
	return message(text(nil, 1, name), 2, message(nil, 1, tensor))
}

func text(b []byte, num protowire.Number, s string) []byte { return message(b, num, []byte(s)) }

func number(b []byte, num protowire.Number, v int64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(b, num, protowire.VarintType), uint64(v))
}

func message(b []byte, num protowire.Number, m []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(b, num, protowire.BytesType), m)
}
