package quant

import "slipstream/policy/graph"

// The older integer operators become dequantised products: the dense layer finds the
// integers again behind the DequantizeLinear.
var quantPasses = []pass{
	{"QLinearMatMul becomes a product between dequantisation and quantisation", qlinearMatMul},
	{"MatMulInteger becomes a product of integers held as floats", matMulInteger},
}

func qlinearMatMul(r *rewriter, n *graph.Node) []graph.Node {
	if n.Op != graph.QLinearMatMul {
		return nil
	}
	// Row-wise scales of a and per-column ones of y keep the float form.
	if graph.Count(r.dims(n.In[1])) != 1 || graph.Count(r.dims(n.In[6])) != 1 {
		return nil
	}
	a, b := r.like(n.In[0], ".real", r.dims(n.In[0])...), r.like(n.In[3], ".real", r.dims(n.In[3])...)
	y := r.like(n.Out[0], ".real", r.dims(n.Out[0])...)
	return []graph.Node{
		{Op: graph.DequantizeLinear, Name: n.Name + ".a", In: n.In[0:3:3], Out: []int{a}, Attr: graph.QuantAttr{}},
		{Op: graph.DequantizeLinear, Name: n.Name + ".b", In: n.In[3:6:6], Out: []int{b}, Attr: graph.QuantAttr{Axis: len(r.dims(n.In[3])) - 1}},
		{Op: graph.MatMul, Name: n.Name, In: []int{a, b}, Out: []int{y}},
		{Op: graph.QuantizeLinear, Name: n.Name + ".y", In: []int{y, n.In[6], n.In[7]}, Out: n.Out, Attr: graph.QuantAttr{Out: r.g.Values[n.Out[0]].DType}},
	}
}

func matMulInteger(r *rewriter, n *graph.Node) []graph.Node {
	if n.Op != graph.MatMulInteger {
		return nil
	}
	one := r.consts(n.Name+".one", []float32{1})
	real := func(i int) (int, graph.Node) {
		in := []int{n.In[i], one}
		if z := n.Input(i + 2); z != graph.None {
			if graph.Count(r.dims(z)) != 1 {
				return graph.None, graph.Node{}
			}
			in = append(in, z)
		}
		v := r.like(n.In[i], ".real", r.dims(n.In[i])...)
		return v, graph.Node{Op: graph.DequantizeLinear, Name: n.Name + ".real", In: in, Out: []int{v}, Attr: graph.QuantAttr{}}
	}
	a, na := real(0)
	b, nb := real(1)
	if a == graph.None || b == graph.None {
		return nil
	}
	y := r.like(n.Out[0], ".real", r.dims(n.Out[0])...)
	return []graph.Node{na, nb,
		{Op: graph.MatMul, Name: n.Name, In: []int{a, b}, Out: []int{y}},
		{Op: graph.Cast, Name: n.Name + ".int", In: []int{y}, Out: n.Out, Attr: graph.CastAttr{To: graph.Int32}}}
}
