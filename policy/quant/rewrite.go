package quant

import (
	"fmt"
	"slices"

	"slipstream/policy/float"
	"slipstream/policy/graph"
)

// rewriter holds a graph while passes change it. Constants and the values that survive
// keep their ids; by and use are rebuilt after each change.
type rewriter struct {
	g     *graph.Graph
	by    []int   // value -> node that makes it, graph.None for inputs and constants
	use   [][]int // value -> nodes that read it
	port  []bool  // value is a graph output
	notes []string
}

// pass rewrites around one node: it returns the nodes that take its place, nil to leave
// it. What its inputs were made by becomes dead code if nobody else reads it.
type pass struct {
	name  string
	match func(r *rewriter, n *graph.Node) []graph.Node
}

// clone copies what passes change; tensors are shared, they are never written.
func clone(g *graph.Graph) *graph.Graph {
	c := &graph.Graph{Name: g.Name, Inputs: slices.Clone(g.Inputs), Outputs: slices.Clone(g.Outputs)}
	c.Values = slices.Clone(g.Values)
	c.Nodes = slices.Clone(g.Nodes)
	for i := range c.Nodes {
		c.Nodes[i].In = slices.Clone(c.Nodes[i].In)
		c.Nodes[i].Out = slices.Clone(c.Nodes[i].Out)
	}
	return c
}

func newRewriter(g *graph.Graph) *rewriter {
	r := &rewriter{g: clone(g)}
	r.index()
	return r
}

func (r *rewriter) index() {
	r.by, r.use = r.g.Producers(), r.g.Consumers()
	r.port = make([]bool, len(r.g.Values))
	for _, p := range r.g.Outputs {
		r.port[p.Value] = true
	}
}

// apply runs each pass over the graph until none finds anything, then removes dead code.
// The bound on rounds ends even a pair of passes that undo each other.
func (r *rewriter) apply(passes []pass) {
	for round := 0; round < 32; round++ {
		changed := false
		for _, p := range passes {
			for i := 0; i < len(r.g.Nodes); i++ {
				with := p.match(r, &r.g.Nodes[i])
				if with == nil {
					continue
				}
				r.notes = append(r.notes, fmt.Sprintf("%s: %s", r.g.Nodes[i].Name, p.name))
				r.g.Nodes = slices.Replace(r.g.Nodes, i, i+1, with...)
				r.index()
				i += len(with) - 1
				changed = true
			}
			r.prune()
		}
		if !changed {
			return
		}
	}
}

// prune drops nodes that no output needs.
func (r *rewriter) prune() {
	live := make([]bool, len(r.g.Values))
	for _, p := range r.g.Outputs {
		live[p.Value] = true
	}
	keep := make([]bool, len(r.g.Nodes))
	for i := len(r.g.Nodes) - 1; i >= 0; i-- {
		n := &r.g.Nodes[i]
		for _, o := range n.Out {
			keep[i] = keep[i] || o != graph.None && live[o]
		}
		for _, v := range n.In {
			if keep[i] && v != graph.None {
				live[v] = true
			}
		}
	}
	i := 0
	r.g.Nodes = slices.DeleteFunc(r.g.Nodes, func(graph.Node) bool { i++; return !keep[i-1] })
	r.index()
}

// fold evaluates nodes whose inputs are all constant, except DequantizeLinear: its
// integers and scales are what the compiler wants.
func (r *rewriter) fold() {
	budget := float.NewBudget()
	for i := 0; i < len(r.g.Nodes); i++ {
		n := &r.g.Nodes[i]
		if n.Op == graph.DequantizeLinear || len(n.In) == 0 {
			continue
		}
		in := make([]*graph.Tensor, len(n.In))
		constant := true
		for k, v := range n.In {
			if v != graph.None {
				in[k] = r.value(v)
				constant = constant && in[k] != nil
			}
		}
		if !constant {
			continue
		}
		out, err := float.Eval(n, in, budget)
		if err != nil {
			continue // the node stays and is refused by name if it is needed
		}
		for k, v := range n.Out {
			if v != graph.None {
				r.g.Values[v].Const, r.g.Values[v].Dims, r.g.Values[v].DType = out[k], out[k].Dims, out[k].DType
				r.g.Values[v].Dynamic = false
			}
		}
		r.notes = append(r.notes, n.Name+": constant folded")
		r.g.Nodes = slices.Delete(r.g.Nodes, i, i+1)
		i--
		r.index()
	}
}

// value is the constant of v, also through a DequantizeLinear of constants; nil if it
// depends on an input.
func (r *rewriter) value(v int) *graph.Tensor {
	if t := r.g.Const(v); t != nil {
		return t
	}
	n := r.node(v)
	if n == nil || n.Op != graph.DequantizeLinear {
		return nil
	}
	in := make([]*graph.Tensor, len(n.In))
	for k, w := range n.In {
		if w == graph.None {
			continue
		}
		if in[k] = r.g.Const(w); in[k] == nil {
			return nil
		}
	}
	out, err := float.Eval(n, in, float.NewBudget())
	if err != nil {
		return nil
	}
	return out[0]
}

// node makes v, nil for inputs and constants.
func (r *rewriter) node(v int) *graph.Node {
	if v == graph.None || r.by[v] == graph.None {
		return nil
	}
	return &r.g.Nodes[r.by[v]]
}

// made is node if it has one of the operators.
func (r *rewriter) made(v int, ops ...graph.Op) *graph.Node {
	if n := r.node(v); n != nil && slices.Contains(ops, n.Op) {
		return n
	}
	return nil
}

// lone reports a value that one node reads once and that is no output of the graph.
func (r *rewriter) lone(v int) bool { return len(r.use[v]) == 1 && !r.port[v] }

// scalar is a constant of one element.
func (r *rewriter) scalar(v int) (float64, bool) {
	if v == graph.None {
		return 0, false
	}
	if t := r.value(v); t != nil && t.Len() == 1 && t.DType != graph.String {
		return t.At(0), true
	}
	return 0, false
}

func (r *rewriter) dims(v int) []int { return r.g.Values[v].Dims }

func (r *rewriter) floats(v int) bool { return r.g.Values[v].DType == graph.Float32 }

// either gives the two inputs of a commutative node with the one that test accepts first.
func either(n *graph.Node, test func(v int) bool) (hit, other int, ok bool) {
	a, b := n.In[0], n.In[1]
	if test(a) {
		return a, b, true
	}
	if test(b) {
		return b, a, true
	}
	return graph.None, graph.None, false
}

// like adds a float value of given dims, named after v.
func (r *rewriter) like(v int, suffix string, dims ...int) int {
	return r.g.AddValue(r.g.Values[v].Name+suffix, graph.Float32, dims...)
}

// ints adds an int64 vector constant.
func (r *rewriter) ints(name string, v ...int) int {
	t := graph.New(graph.Int64, len(v))
	for i, x := range v {
		t.I[i] = int64(x)
	}
	return r.g.AddConst(name, t)
}

// consts adds a float32 constant.
func (r *rewriter) consts(name string, data []float32, dims ...int) int {
	return r.g.AddConst(name, graph.Floats(data, dims...))
}

// reshape makes the node that gives x the dims of the value out.
func (r *rewriter) reshape(name string, x, out int) graph.Node {
	shape := r.ints(name+".shape", r.dims(out)...)
	return graph.Node{Op: graph.Reshape, Name: name, In: []int{x, shape}, Out: []int{out}, Attr: graph.ReshapeAttr{AllowZero: true}}
}
