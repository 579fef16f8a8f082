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
	real := func(i int) (int, graph.Node) {
		in, attr, d := []int{n.In[i], graph.None}, graph.QuantAttr{}, r.dims(n.In[i])
		ones := []float32{1}
		if z := n.Input(i + 2); z != graph.None {
			in = append(in, z)
			if c := graph.Count(r.dims(z)); c != 1 {
				// One zero point per row of a or per column of b.
				attr.Axis = i
				if len(d) != 2 || c != d[i] || len(r.dims(z)) != 1 {
					return graph.None, graph.Node{}
				}
				for len(ones) < c {
					ones = append(ones, 1)
				}
			}
		}
		in[1] = r.consts(n.Name+".one", ones, len(ones))
		v := r.like(n.In[i], ".real", d...)
		return v, graph.Node{Op: graph.DequantizeLinear, Name: n.Name + ".real", In: in, Out: []int{v}, Attr: attr}
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
