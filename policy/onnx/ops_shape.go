package onnx

import (
	"math"

	"slipstream/policy/graph"
)

// axesInput is Squeeze and Unsqueeze: axes are an attribute before opset 13.
func axesInput(n *rawNode) error {
	if err := n.need(1, 2); err != nil {
		return err
	}
	in := n.ids
	if n.ver < 13 && n.has("axes") && len(in) == 1 {
		in = []int{in[0], n.listConst("axes", n.ints("axes"))}
	}
	if n.op == "Unsqueeze" && len(in) < 2 {
		return n.refuse("", "has no axes")
	}
	return n.emit(graph.Op(n.op), nil, in...)
}

// reduce: axes are an attribute before opset 18, for ReduceSum before 13.
func reduce(n *rawNode) error {
	if err := n.need(1, 2); err != nil {
		return err
	}
	in, since := n.ids, int64(18)
	if n.op == "ReduceSum" {
		since = 13
	}
	if n.ver < since && n.has("axes") && len(in) == 1 {
		in = []int{in[0], n.listConst("axes", n.ints("axes"))}
	}
	return n.emit(reduceOps[n.op], graph.ReduceAttr{KeepDims: n.flag("keepdims", true),
		NoopEmpty: n.ver >= since && n.flag("noop_with_empty_axes", false)}, in...)
}

func arg(n *rawNode) error {
	if err := n.need(1, 1); err != nil {
		return err
	}
	return n.emit(graph.Op(n.op), graph.ArgAttr{Axis: n.axis("axis", 0), KeepDims: n.flag("keepdims", true),
		SelectLast: n.flag("select_last_index", false)}, n.ids...)
}

func concat(n *rawNode) error {
	if err := n.need(1, 1<<20); err != nil {
		return err
	}
	for i, v := range n.ids {
		if v == graph.None {
			return n.refuse("", "input %d is missing", i)
		}
	}
	if !n.has("axis") {
		return n.refuse("", "has no axis")
	}
	return n.emit(graph.Concat, graph.AxisAttr{Axis: n.axis("axis", 0)}, n.ids...)
}

// axisZero is Gather and GatherElements.
func axisZero(n *rawNode) error {
	if err := n.need(2, 2); err != nil {
		return err
	}
	return n.emit(graph.Op(n.op), graph.AxisAttr{Axis: n.axis("axis", 0)}, n.ids...)
}

func flatten(n *rawNode) error {
	if err := n.need(1, 1); err != nil {
		return err
	}
	a := n.axis("axis", 1)
	if r := n.rank(0); a < 0 && r >= 0 {
		a += r
	}
	return n.emit(graph.Flatten, graph.AxisAttr{Axis: a}, n.ids...)
}

func reshape(n *rawNode) error {
	if err := n.need(2, 2); err != nil {
		return err
	}
	return n.emit(graph.Reshape, graph.ReshapeAttr{AllowZero: n.ver >= 14 && n.flag("allowzero", false)}, n.ids...)
}

func transpose(n *rawNode) error {
	if err := n.need(1, 1); err != nil {
		return err
	}
	a := graph.TransposeAttr{}
	if n.has("perm") {
		a.Perm = []int{}
		for _, v := range n.ints("perm") {
			if v < 0 || v >= int64(n.im.d.lim.Rank) {
				return n.refuse("", "permutation %v", n.ints("perm"))
			}
			a.Perm = append(a.Perm, int(v))
		}
	}
	return n.emit(graph.Transpose, a, n.ids...)
}

func shape(n *rawNode) error {
	if err := n.need(1, 1); err != nil {
		return err
	}
	return n.emit(graph.Shape, graph.ShapeAttr{Start: n.axis("start", 0), End: n.axis("end", 0), HasEnd: n.has("end")}, n.ids...)
}

// split: sizes are an attribute before opset 13; without any the pieces are even.
func split(n *rawNode) error {
	if err := n.need(1, 2); err != nil {
		return err
	}
	in := n.ids
	if n.ver < 13 && n.has("split") && len(in) == 1 {
		in = []int{in[0], n.listConst("split", n.ints("split"))}
	}
	if p := n.int("num_outputs", int64(len(n.protoNode.out))); p != int64(len(n.protoNode.out)) {
		return n.refuse("", "num_outputs is %d, the node has %d", p, len(n.protoNode.out))
	}
	n.made = n.protoNode.out // trailing unused pieces count too
	return n.emit(graph.Split, graph.SplitAttr{Axis: n.axis("axis", 0), Parts: len(n.made)}, in...)
}

// slice has everything as attributes before opset 10.
func slice(n *rawNode) error {
	if n.ver >= 10 {
		if err := n.need(3, 5); err != nil {
			return err
		}
		return n.emit(graph.Slice, nil, n.ids...)
	}
	if err := n.need(1, 1); err != nil {
		return err
	}
	in := []int{n.ids[0], n.listConst("starts", n.ints("starts")), n.listConst("ends", n.ints("ends"))}
	if n.has("axes") {
		in = append(in, n.listConst("axes", n.ints("axes")))
	}
	return n.emit(graph.Slice, nil, in...)
}

// topK has k as an attribute before opset 10.
func topK(n *rawNode) error {
	if err := n.need(1, 2); err != nil {
		return err
	}
	in := n.ids
	if n.ver < 10 {
		in = []int{in[0], n.listConst("k", []int64{n.int("k", -1)})}
	} else if len(in) < 2 {
		return n.refuse("", "has no k")
	}
	return n.emit(graph.TopK, graph.TopKAttr{Axis: n.axis("axis", -1), Largest: n.flag("largest", true), Sorted: n.flag("sorted", true)}, in...)
}

func cumSum(n *rawNode) error {
	if err := n.need(2, 2); err != nil {
		return err
	}
	return n.emit(graph.CumSum, graph.CumSumAttr{Exclusive: n.flag("exclusive", false), Reverse: n.flag("reverse", false)}, n.ids...)
}

// softmax: before opset 13 everything from the axis on is one row.
func softmax(n *rawNode) error {
	if err := n.need(1, 1); err != nil {
		return err
	}
	a := graph.SoftmaxAttr{Axis: n.axis("axis", -1)}
	if n.ver < 13 {
		a = graph.SoftmaxAttr{Axis: n.axis("axis", 1), Coerce2D: true}
	}
	return n.emit(graph.Op(n.op), a, n.ids...)
}

func batchNorm(n *rawNode) error {
	if err := n.need(5, 5); err != nil {
		return err
	}
	if n.flag("training_mode", false) || !n.flag("spatial", true) {
		return n.refuse("export in evaluation mode (model.eval())", "is in training mode or not per channel")
	}
	for i := 1; i < len(n.made); i++ {
		if n.made[i] != "" && n.ver >= 14 {
			return n.refuse("export in evaluation mode (model.eval())", "shows its running statistics")
		}
	}
	n.made = n.made[:1]
	return n.emit(graph.BatchNormalization, graph.NormAttr{Axis: 1, Epsilon: n.float("epsilon", 1e-5)}, n.ids...)
}

func layerNorm(n *rawNode) error {
	if err := n.need(2, 3); err != nil {
		return err
	}
	return n.emit(graph.LayerNormalization, graph.NormAttr{Axis: n.axis("axis", -1), Epsilon: n.float("epsilon", 1e-5)}, n.ids...)
}

func rmsNorm(n *rawNode) error {
	if err := n.need(2, 2); err != nil {
		return err
	}
	return n.emit(graph.RMSNormalization, graph.NormAttr{Axis: n.axis("axis", -1), Epsilon: n.float("epsilon", 1e-5)}, n.ids...)
}

func attention(n *rawNode) error {
	if err := n.need(3, 7); err != nil {
		return err
	}
	a := graph.AttentionAttr{QHeads: n.axis("q_num_heads", 0), KVHeads: n.axis("kv_num_heads", 0),
		Scale: n.float("scale", 0), Softcap: n.float("softcap", 0), Causal: n.flag("is_causal", false),
		QKOutput: n.axis("qk_matmul_output_mode", 0)}
	if a.QKOutput < 0 || a.QKOutput > 3 || math.IsNaN(float64(a.Softcap)) {
		return n.refuse("", "qk_matmul_output_mode %d", a.QKOutput)
	}
	return n.emit(graph.Attention, a, n.ids...)
}
