package onnx_test

import (
	"math"
	"testing"

	"slipstream/policy/graph"
)

// iota3 is 0 1 2 ... as float32.
func iota3(dims ...int) tensor {
	t := graph.New(graph.Float32, dims...)
	for i := range t.F {
		t.F[i] = float32(i)
	}
	return t
}

func TestShapeOperators(t *testing.T) {
	x := iota3(2, 3, 4)
	runOps(t, []opCase{
		{op: "Reshape", in: []tensor{x, i64(2)(4, 6)}, want: []tensor{iota3(4, 6)}},
		{op: "Reshape", name: "one dimension left open", in: []tensor{x, i64(3)(2, -1, 2)}, want: []tensor{iota3(2, 6, 2)}},
		{op: "Reshape", name: "zero copies", in: []tensor{x, i64(4)(2, 0, 4, 1)}, want: []tensor{iota3(2, 3, 4, 1)}},
		{op: "Reshape", name: "zero copies and one open", in: []tensor{x, i64(4)(2, 0, 1, -1)}, want: []tensor{iota3(2, 3, 1, 4)}},
		{op: "Reshape", name: "zero is zero", in: []tensor{iota3(0, 3, 4), i64(3)(3, 4, 0)}, attrs: attrs{"allowzero": 1}, want: []tensor{iota3(3, 4, 0)}},
		{op: "Reshape", name: "to a scalar", in: []tensor{f(1)(5), i64(0)()}, want: []tensor{f()(5)}},
		{op: "Flatten", in: []tensor{x}, want: []tensor{iota3(2, 12)}},
		{op: "Flatten", name: "axis 0", in: []tensor{x}, attrs: attrs{"axis": 0}, want: []tensor{iota3(1, 24)}},
		{op: "Flatten", name: "axis 3", in: []tensor{x}, attrs: attrs{"axis": 3}, want: []tensor{iota3(24, 1)}},
		{op: "Flatten", name: "a negative axis", in: []tensor{x}, attrs: attrs{"axis": -1}, want: []tensor{iota3(6, 4)}},
		{op: "Squeeze", in: []tensor{iota3(1, 3, 1), i64(1)(0)}, want: []tensor{iota3(3, 1)}},
		{op: "Squeeze", name: "negative axes", in: []tensor{iota3(1, 3, 1), i64(1)(-1)}, want: []tensor{iota3(1, 3)}},
		{op: "Squeeze", name: "all ones", in: []tensor{iota3(1, 3, 1)}, want: []tensor{iota3(3)}},
		{op: "Squeeze", name: "axes as an attribute before 13", opset: 11, in: []tensor{iota3(1, 3, 1)}, attrs: attrs{"axes": []int{0, 2}}, want: []tensor{iota3(3)}},
		{op: "Unsqueeze", in: []tensor{iota3(3), i64(2)(0, -1)}, want: []tensor{iota3(1, 3, 1)}},
		{op: "Unsqueeze", name: "unsorted axes", in: []tensor{iota3(3), i64(3)(3, 0, 2)}, want: []tensor{iota3(1, 3, 1, 1)}},
		{op: "Unsqueeze", name: "axes as an attribute before 13", opset: 11, in: []tensor{iota3(3)}, attrs: attrs{"axes": []int{1}}, want: []tensor{iota3(3, 1)}},
		{op: "Transpose", in: []tensor{iota3(2, 3)}, want: []tensor{f(3, 2)(0, 3, 1, 4, 2, 5)}},
		{op: "Transpose", name: "by a permutation", in: []tensor{iota3(2, 1, 3)}, attrs: attrs{"perm": []int{1, 2, 0}}, want: []tensor{f(1, 3, 2)(0, 3, 1, 4, 2, 5)}},
		{op: "Expand", in: []tensor{f(3, 1)(1, 2, 3), i64(3)(2, 1, 2)}, want: []tensor{f(2, 3, 2)(1, 1, 2, 2, 3, 3, 1, 1, 2, 2, 3, 3)}},
		{op: "Expand", name: "to fewer dimensions", in: []tensor{f(3, 1)(1, 2, 3), i64(1)(2)}, want: []tensor{f(3, 2)(1, 1, 2, 2, 3, 3)}},
		{op: "Tile", in: []tensor{f(2, 2)(1, 2, 3, 4), i64(2)(1, 2)}, want: []tensor{f(2, 4)(1, 2, 1, 2, 3, 4, 3, 4)}},
		{op: "Shape", in: []tensor{x}, want: []tensor{i64(3)(2, 3, 4)}},
		{op: "Shape", name: "from the end", in: []tensor{x}, attrs: attrs{"start": -1}, want: []tensor{i64(1)(4)}},
		{op: "Shape", name: "a slice", in: []tensor{x}, attrs: attrs{"start": 1, "end": 2}, want: []tensor{i64(1)(3)}},
		{op: "Shape", name: "an empty slice", in: []tensor{x}, attrs: attrs{"start": 2, "end": -3}, want: []tensor{i64(0)()}},
		{op: "Size", in: []tensor{x}, want: []tensor{i64()(24)}},
		{op: "ConstantOfShape", in: []tensor{i64(2)(2, 2)}, want: []tensor{f(2, 2)(0, 0, 0, 0)}},
		{op: "ConstantOfShape", name: "of int64", in: []tensor{i64(1)(2)}, attrs: attrs{"value": i64(1)(7)}, want: []tensor{i64(2)(7, 7)}},
		{op: "ConstantOfShape", name: "a scalar", in: []tensor{i64(0)()}, attrs: attrs{"value": f(1)(1)}, want: []tensor{f()(1)}},
		{op: "Range", in: []tensor{f()(1), f()(5), f()(2)}, want: []tensor{f(2)(1, 3)}},
		{op: "Range", name: "downwards", in: []tensor{i64()(10), i64()(4), i64()(-3)}, want: []tensor{i64(2)(10, 7)}},
		{op: "Range", name: "empty", in: []tensor{i64()(4), i64()(4), i64()(1)}, want: []tensor{i64(0)()}},
	})
}

func TestSelectionOperators(t *testing.T) {
	x := iota3(3, 4)
	runOps(t, []opCase{
		{op: "Concat", in: []tensor{iota3(1, 2), f(1, 2)(7, 8)}, attrs: attrs{"axis": 0}, want: []tensor{f(2, 2)(0, 1, 7, 8)}},
		{op: "Concat", name: "a negative axis", in: []tensor{iota3(2, 1), f(2, 2)(5, 6, 7, 8)}, attrs: attrs{"axis": -1}, want: []tensor{f(2, 3)(0, 5, 6, 1, 7, 8)}},
		{op: "Split", in: []tensor{iota3(6)}, want: []tensor{f(2)(0, 1), f(2)(2, 3), f(2)(4, 5)}, attrs: attrs{"num_outputs": 3}},
		{op: "Split", name: "unevenly", in: []tensor{iota3(5)}, want: []tensor{f(3)(0, 1, 2), f(2)(3, 4)}, attrs: attrs{"num_outputs": 2}},
		{op: "Split", name: "by sizes", in: []tensor{iota3(2, 3), i64(2)(1, 2)}, attrs: attrs{"axis": 1}, want: []tensor{f(2, 1)(0, 3), f(2, 2)(1, 2, 4, 5)}},
		{op: "Split", name: "sizes as an attribute before 13", opset: 11, in: []tensor{iota3(4)}, attrs: attrs{"split": []int{1, 3}}, want: []tensor{f(1)(0), f(3)(1, 2, 3)}},
		{op: "Split", name: "with an unused first piece", in: []tensor{iota3(4)}, attrs: attrs{"num_outputs": 2}, want: []tensor{nil, f(2)(2, 3)}},
		{op: "Slice", in: []tensor{x, i64(2)(1, 0), i64(2)(2, 3), i64(2)(0, 1), i64(2)(1, 2)}, want: []tensor{f(1, 2)(4, 6)}},
		{op: "Slice", name: "default axes and steps", in: []tensor{x, i64(2)(0, 1), i64(2)(-1, 1000)}, want: []tensor{f(2, 3)(1, 2, 3, 5, 6, 7)}},
		{op: "Slice", name: "all of it backwards", in: []tensor{iota3(1, 4), i64(1)(math.MaxInt64), i64(1)(math.MinInt64), i64(1)(-1), i64(1)(-1)}, want: []tensor{f(1, 4)(3, 2, 1, 0)}},
		{op: "Slice", name: "backwards", in: []tensor{iota3(5), i64(1)(4), i64(1)(0), i64(1)(0), i64(1)(-2)}, want: []tensor{f(2)(4, 2)}},
		{op: "Slice", name: "backwards over the start", in: []tensor{iota3(3), i64(1)(-1), i64(1)(-1000), i64(1)(0), i64(1)(-1)}, want: []tensor{f(3)(2, 1, 0)}},
		{op: "Slice", name: "start out of bounds", in: []tensor{x, i64(1)(1000), i64(1)(1000), i64(1)(1)}, want: []tensor{f(3, 0)()}},
		{op: "Slice", name: "a negative axis", in: []tensor{x, i64(1)(-2), i64(1)(4), i64(1)(-1)}, want: []tensor{f(3, 2)(2, 3, 6, 7, 10, 11)}},
		{op: "Slice", name: "to the largest int64", in: []tensor{iota3(3), i64(1)(1), i64(1)(1<<63 - 1)}, want: []tensor{f(2)(1, 2)}},
		{op: "Slice", name: "attributes before opset 10", opset: 9, in: []tensor{x}, attrs: attrs{"starts": []int{0, 1}, "ends": []int{1, 3}}, want: []tensor{f(1, 2)(1, 2)}},
		{op: "Gather", in: []tensor{x, i64(2)(2, 0)}, want: []tensor{f(2, 4)(8, 9, 10, 11, 0, 1, 2, 3)}},
		{op: "Gather", name: "a scalar index drops the axis", in: []tensor{x, i64()(-1)}, attrs: attrs{"axis": 1}, want: []tensor{f(3)(3, 7, 11)}},
		{op: "Gather", name: "a matrix of indices", in: []tensor{iota3(3), i64(2, 2)(0, 1, 2, -3)}, want: []tensor{f(2, 2)(0, 1, 2, 0)}},
		{op: "GatherElements", in: []tensor{f(2, 2)(1, 2, 3, 4), i64(2, 2)(0, 0, 1, 0)}, attrs: attrs{"axis": 1}, want: []tensor{f(2, 2)(1, 1, 4, 3)}},
		{op: "TopK", in: []tensor{f(1, 4)(3, 1, 4, 4), i64(1)(2)}, want: []tensor{f(1, 2)(4, 4), i64(1, 2)(2, 3)}},
		{op: "TopK", name: "the smallest", in: []tensor{f(4)(3, 1, 4, 2), i64(1)(2)}, attrs: attrs{"largest": 0}, want: []tensor{f(2)(1, 2), i64(2)(1, 3)}},
		{op: "CumSum", in: []tensor{f(3)(1, 2, 3), typed(graph.Int32)(0)}, want: []tensor{f(3)(1, 3, 6)}},
		{op: "CumSum", name: "exclusive from the end", in: []tensor{f(3)(1, 2, 3), typed(graph.Int32)(0)}, attrs: attrs{"exclusive": 1, "reverse": 1}, want: []tensor{f(3)(5, 3, 0)}},
		{op: "ml.ArrayFeatureExtractor", in: []tensor{x, i64(2)(3, 1)}, want: []tensor{f(3, 2)(3, 1, 7, 5, 11, 9)}},
		{op: "ml.ArrayFeatureExtractor", name: "one row", in: []tensor{iota3(4), i64(1, 2)(3, 1)}, want: []tensor{f(1, 2)(3, 1)}},
	})
}

func TestReductions(t *testing.T) {
	x := f(2, 2, 2)(1, 2, 3, 4, 5, 6, 7, 8)
	axes := func(v ...int64) tensor { return i64(len(v))(v...) }
	runOps(t, []opCase{
		{op: "ReduceSum", in: []tensor{x, axes(1)}, want: []tensor{f(2, 1, 2)(4, 6, 12, 14)}},
		{op: "ReduceSum", name: "without the axis", in: []tensor{x, axes(-2)}, attrs: attrs{"keepdims": 0}, want: []tensor{f(2, 2)(4, 6, 12, 14)}},
		{op: "ReduceSum", name: "all", in: []tensor{x}, want: []tensor{f(1, 1, 1)(36)}},
		{op: "ReduceSum", name: "all to a scalar", in: []tensor{x}, attrs: attrs{"keepdims": 0}, want: []tensor{f()(36)}},
		{op: "ReduceSum", name: "no axes, no reduction", in: []tensor{x, axes()}, attrs: attrs{"noop_with_empty_axes": 1}, want: []tensor{x}},
		{op: "ReduceSum", name: "empty axes reduce all", in: []tensor{x, axes()}, want: []tensor{f(1, 1, 1)(36)}},
		{op: "ReduceSum", name: "an empty axis", in: []tensor{iota3(2, 0, 2), axes(1)}, want: []tensor{f(2, 1, 2)(0, 0, 0, 0)}},
		{op: "ReduceSum", name: "axes as an attribute before 13", opset: 11, in: []tensor{x}, attrs: attrs{"axes": []int{0, 2}}, want: []tensor{f(1, 2, 1)(14, 22)}},
		{op: "ReduceSum", name: "a scalar", in: []tensor{f()(3)}, want: []tensor{f()(3)}},
		{op: "ReduceMean", in: []tensor{x, axes(0, 2)}, want: []tensor{f(1, 2, 1)(3.5, 5.5)}},
		{op: "ReduceMean", name: "axes as an attribute before 18", opset: 13, in: []tensor{x}, attrs: attrs{"axes": []int{-1}, "keepdims": 0}, want: []tensor{f(2, 2)(1.5, 3.5, 5.5, 7.5)}},
		{op: "ReduceMax", in: []tensor{x, axes(1)}, want: []tensor{f(2, 1, 2)(3, 4, 7, 8)}},
		{op: "ReduceMax", name: "an empty axis", in: []tensor{iota3(2, 0), axes(1)}, want: []tensor{f(2, 1)(-inf, -inf)}},
		{op: "ReduceMin", in: []tensor{x, axes(0)}, want: []tensor{f(1, 2, 2)(1, 2, 3, 4)}},
		{op: "ReduceMin", name: "an empty axis", in: []tensor{iota3(0, 1), axes(0)}, want: []tensor{f(1, 1)(inf)}},
		{op: "ReduceMin", name: "int64", in: []tensor{i64(3)(5, -7, 1<<60+1)}, want: []tensor{i64(1)(-7)}},
		{op: "ReduceProd", in: []tensor{x, axes(2)}, want: []tensor{f(2, 2, 1)(2, 12, 30, 56)}},
		{op: "ReduceSumSquare", in: []tensor{x, axes(2)}, want: []tensor{f(2, 2, 1)(5, 25, 61, 113)}},
		{op: "ReduceSumSquare", name: "no axes squares", in: []tensor{f(2)(-2, 3), axes()}, attrs: attrs{"noop_with_empty_axes": 1}, want: []tensor{f(2)(4, 9)}},
		{op: "ReduceL1", in: []tensor{f(2, 2)(1, -2, -3, 4), axes(1)}, want: []tensor{f(2, 1)(3, 7)}},
		{op: "ReduceL2", in: []tensor{f(2, 2)(3, -4, -5, 12), axes(1)}, want: []tensor{f(2, 1)(5, 13)}},
		{op: "ReduceLogSum", in: []tensor{x, axes(2)}, want: []tensor{f(2, 2, 1)(1.0986123, 1.9459101, 2.3978953, 2.7080502)}},
		{op: "ReduceLogSumExp", in: []tensor{f(2, 2)(1000, 1000, 0, 1), axes(1)}, want: []tensor{f(2, 1)(1000.6931, 1.3132617)}},
		{op: "ReduceLogSumExp", name: "an empty axis", in: []tensor{iota3(1, 0), axes(1)}, want: []tensor{f(1, 1)(-inf)}},
		{op: "ArgMax", in: []tensor{f(2, 2)(2, 2, 3, 10)}, attrs: attrs{"axis": 1}, want: []tensor{i64(2, 1)(0, 1)}},
		{op: "ArgMax", name: "the last of equals", in: []tensor{f(2, 2)(2, 2, 3, 10)}, attrs: attrs{"axis": -1, "keepdims": 0, "select_last_index": 1}, want: []tensor{i64(2)(1, 1)}},
		{op: "ArgMax", name: "default axis", in: []tensor{f(2, 2)(2, 1, 3, 10)}, want: []tensor{i64(1, 2)(1, 1)}},
		{op: "ArgMin", in: []tensor{f(2, 2)(2, 1, 3, 10)}, attrs: attrs{"axis": 1, "keepdims": 0}, want: []tensor{i64(2)(1, 0)}},
		{op: "ArgMin", name: "the last of equals", in: []tensor{f(3)(2, 1, 1)}, attrs: attrs{"select_last_index": 1}, want: []tensor{i64(1)(2)}},
	})
}
