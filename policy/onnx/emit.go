package onnx

import (
	"slipstream/policy/float"
	"slipstream/policy/graph"
)

// emit appends a node for all outputs of n, folding it if everything it reads is constant.
func (n *rawNode) emit(op graph.Op, attr graph.Attr, in ...int) error {
	for len(in) > 0 && in[len(in)-1] == graph.None {
		in = in[:len(in)-1]
	}
	node := graph.Node{Op: op, Name: n.full, In: in, Attr: attr}
	n.im.normalise(&node)
	outs, dynamic, err := n.im.shapes(&node, len(n.made), n.made)
	if err != nil {
		return err
	}
	if !dynamic && n.im.foldable(&node) {
		for i, name := range n.made {
			if name == "" {
				continue
			}
			if n.im.room -= outs[i].Len(); n.im.room < 0 {
				return n.refuse("compute it outside the model, or store it as one initializer",
					"the constants it folds to, with those before, have more than %d elements", n.im.d.lim.Elements)
			}
			n.constant(i, outs[i])
		}
		return nil
	}
	if !dynamic && len(n.made) == 1 {
		if id, ok := n.im.trivial(&node, outs[0]); ok {
			n.alias(0, id)
			return nil
		}
	}
	node.Out = make([]int, len(n.made))
	for i, name := range n.made {
		node.Out[i] = graph.None
		if name == "" {
			continue
		}
		if dynamic {
			node.Out[i] = n.im.g.AddValue(name, n.im.dynamicType(&node, i))
			n.im.g.Values[node.Out[i]].Dynamic = true
		} else {
			node.Out[i] = n.im.g.AddValue(name, outs[i].DType, outs[i].Dims...)
		}
		n.alias(i, node.Out[i])
	}
	n.im.g.Nodes = append(n.im.g.Nodes, node)
	return nil
}

// foldable: everything the node reads is constant. DequantizeLinear is kept for its scales.
func (im *importer) foldable(n *graph.Node) bool {
	if n.Op == graph.DequantizeLinear {
		return false
	}
	for _, v := range n.In {
		if v != graph.None && im.g.Const(v) == nil {
			return false
		}
	}
	return true
}

// shapeArgs lists the inputs whose data decides the shape of the output.
func shapeArgs(op graph.Op) []int {
	switch op {
	case graph.ConstantOfShape:
		return []int{0}
	case graph.Range:
		return []int{0, 1, 2}
	case graph.Slice:
		return []int{1, 2, 3, 4}
	case graph.Reshape, graph.Expand, graph.Squeeze, graph.Unsqueeze, graph.Split, graph.Tile, graph.TopK, graph.CumSum:
		return []int{1}
	}
	if _, ok := reduceOps[string(op)]; ok {
		return []int{1}
	}
	return nil
}

// shapes runs a node on its constants, and on zeros where an input is not known; the
// results have the right types and dims, and the right values if nothing was unknown.
func (im *importer) shapes(n *graph.Node, outputs int, made []string) (outs []*graph.Tensor, dynamic bool, err error) {
	for _, i := range shapeArgs(n.Op) {
		if v := n.Input(i); v != graph.None && im.g.Const(v) == nil {
			return nil, true, nil
		}
	}
	in := make([]*graph.Tensor, len(n.In))
	for i, v := range n.In {
		if v == graph.None {
			continue
		}
		if im.g.Values[v].Dynamic {
			return nil, true, nil
		}
		if in[i] = im.g.Const(v); in[i] == nil {
			if in[i], err = im.zeros(&im.g.Values[v]); err != nil {
				return nil, false, err
			}
		}
	}
	probe := *n
	probe.Out = make([]int, outputs)
	for i := range probe.Out {
		if made[i] == "" {
			probe.Out[i] = graph.None
		}
	}
	outs, err = float.Eval(&probe, in, im.budget)
	return outs, false, err
}

// zeros stands for a value that is known only when the graph runs.
func (im *importer) zeros(v *graph.Value) (*graph.Tensor, error) {
	if err := im.budget.Spend(v.Dims...); err != nil {
		return nil, err
	}
	t := graph.New(v.DType, v.Dims...)
	for i := range t.S {
		t.S[i] = "0"
	}
	return t, nil
}

// trivial recognises nodes that only hand on their input, and turns what only changes the
// shape into Reshape.
func (im *importer) trivial(n *graph.Node, out *graph.Tensor) (int, bool) {
	src := &im.g.Values[n.In[0]]
	same := src.DType == out.DType && len(src.Dims) == len(out.Dims)
	for i := range out.Dims {
		same = same && src.Dims[i] == out.Dims[i]
	}
	switch n.Op {
	case graph.Reshape, graph.Flatten, graph.Squeeze, graph.Unsqueeze:
		if same {
			return n.In[0], true
		}
		dims := make([]int64, len(out.Dims))
		for i, d := range out.Dims {
			dims[i] = int64(d)
		}
		shape := im.g.AddConst(n.Name+"/shape", graph.Ints(dims, len(dims)))
		n.Op, n.Attr, n.In = graph.Reshape, graph.ReshapeAttr{AllowZero: true}, []int{n.In[0], shape}
	case graph.Expand, graph.Cast, graph.Tile:
		return n.In[0], same
	case graph.Slice:
		return n.In[0], same && im.forward(n)
	case graph.Concat, graph.Sum, graph.Max, graph.Min, graph.Mean:
		return n.In[0], same && len(n.In) == 1
	case graph.Transpose:
		for i, p := range n.Attr.(graph.TransposeAttr).Perm {
			same = same && i == p
		}
		return n.In[0], same
	case graph.Shape, graph.Size: // known although the data is not
		return im.g.AddConst(n.Name, out), true
	case graph.ConstantOfShape:
		return graph.None, false
	}
	return graph.None, false
}

// forward: a slice that counts up. Backwards it may keep the dims and still turn the data.
func (im *importer) forward(n *graph.Node) bool {
	v := n.Input(4)
	if v == graph.None {
		return true
	}
	for _, step := range im.g.Const(v).I {
		if step < 0 {
			return false
		}
	}
	return true
}

// dynamicType is the element type of output i of a node whose shape is not known.
func (im *importer) dynamicType(n *graph.Node, i int) graph.DType {
	first := graph.Float32
	if v := n.Input(0); v != graph.None {
		first = im.g.Values[v].DType
	}
	switch n.Op {
	case graph.Equal, graph.Greater, graph.GreaterOrEqual, graph.Less, graph.LessOrEqual, graph.And,
		graph.Or, graph.Xor, graph.Not, graph.IsNaN, graph.IsInf:
		return graph.Bool
	case graph.Shape, graph.Size, graph.ArgMax, graph.ArgMin:
		return graph.Int64
	case graph.Cast:
		return n.Attr.(graph.CastAttr).To
	case graph.Where, graph.DequantizeLinear:
		return im.g.Values[n.In[1]].DType
	case graph.ConstantOfShape:
		return n.Attr.(graph.FillAttr).Value.DType
	case graph.TopK:
		if i == 1 {
			return graph.Int64
		}
	case graph.MatMulInteger:
		return graph.Int32
	case graph.QLinearMatMul:
		return im.g.Values[n.In[7]].DType
	case graph.QuantizeLinear:
		if z := n.Input(2); z != graph.None {
			return im.g.Values[z].DType
		}
		return n.Attr.(graph.QuantAttr).Out
	case graph.DynamicQuantizeLinear:
		if i != 1 {
			return graph.Uint8
		}
	case graph.LabelEncoder:
		return n.Attr.(*graph.LabelEncoderAttr).Values.DType
	case graph.TreeEnsembleClassifier, graph.SVMClassifier, graph.LinearClassifier:
		if i == 1 {
			return graph.Float32
		}
		return im.labelType(n.Attr)
	case graph.TreeEnsemble, graph.SVMRegressor, graph.LinearRegressor, graph.Scaler, graph.Normalizer, graph.FeatureVectorizer:
		return graph.Float32
	}
	return first
}

func (im *importer) labelType(a graph.Attr) graph.DType {
	var l *graph.Labels
	switch a := a.(type) {
	case *graph.TreeAttr:
		l = &a.Labels
	case *graph.SVMAttr:
		l = &a.Labels
	case *graph.LinearAttr:
		l = &a.Labels
	}
	if l != nil && len(l.Strings) > 0 {
		return graph.String
	}
	return graph.Int64
}

// normalise counts axes from the front and makes implied ones explicit, where the rank of
// the first input is known. What is out of range is left for Eval to refuse.
func (im *importer) normalise(n *graph.Node) {
	v := n.Input(0)
	if v == graph.None || im.g.Values[v].Dynamic {
		return
	}
	rank := len(im.g.Values[v].Dims)
	fix := func(a *int, rank int) {
		if *a < 0 && *a >= -rank {
			*a += rank
		}
	}
	switch a := n.Attr.(type) {
	case graph.AxisAttr:
		fix(&a.Axis, rank)
		n.Attr = a
	case graph.SoftmaxAttr:
		fix(&a.Axis, rank)
		a.Coerce2D = a.Coerce2D && a.Axis != rank-1
		n.Attr = a
	case graph.ArgAttr:
		fix(&a.Axis, rank)
		n.Attr = a
	case graph.NormAttr:
		fix(&a.Axis, rank)
		n.Attr = a
	case graph.SplitAttr:
		fix(&a.Axis, rank)
		n.Attr = a
	case graph.TopKAttr:
		fix(&a.Axis, rank)
		n.Attr = a
	case graph.QuantAttr:
		fix(&a.Axis, rank)
		n.Attr = a
	case graph.TransposeAttr:
		if a.Perm == nil {
			a.Perm = make([]int, rank)
			for i := range a.Perm {
				a.Perm[i] = rank - 1 - i
			}
			n.Attr = a
		}
	case graph.ReduceAttr:
		im.reduceAxes(n, a, rank)
	}
}

// reduceAxes replaces absent, empty or negative axes by what they mean.
func (im *importer) reduceAxes(n *graph.Node, a graph.ReduceAttr, rank int) {
	v := n.Input(1)
	if v != graph.None && (im.g.Const(v) == nil || !im.g.Const(v).DType.IsInt()) {
		return
	}
	axes := []int64{}
	if v != graph.None {
		axes = append(axes, im.g.Const(v).I...)
	}
	if len(axes) == 0 && !a.NoopEmpty {
		for i := range rank {
			axes = append(axes, int64(i))
		}
	}
	for i, x := range axes {
		if x < 0 {
			axes[i] = x + int64(rank)
		}
	}
	n.In = []int{n.In[0], im.g.AddConst(n.Name+"/axes", graph.Ints(axes, len(axes)))}
	if rank == 0 && !a.NoopEmpty { // nothing to reduce: say so
		a.NoopEmpty = true
		n.Attr = a
	}
}
