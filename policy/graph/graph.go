package graph

// Graph is a model. Node inputs and outputs are indexes into Values.
type Graph struct {
	Name    string
	Values  []Value
	Nodes   []Node // topological: a node comes after whatever makes its inputs
	Inputs  []Port // fed by the caller
	Outputs []Port // may name an input (pass-through state) or a constant
}

// Value is one tensor of the graph: an input, a constant or a node's output.
type Value struct {
	Name  string
	DType DType
	Dims  []int // meaningless when Dynamic
	// Dynamic: the shape depends on the data of an input, as in Reshape to a shape that
	// is itself an input.
	Dynamic bool
	Const   *Tensor // nil unless constant
}

// Port is a named end of the graph.
type Port struct {
	Name  string
	Value int
}

// None stands for an absent optional input or an unused output.
const None = -1

// Node is one operator. In and Out have the positions of the ONNX operator; trailing
// absent ones are cut, others are None.
type Node struct {
	Op   Op
	Name string
	In   []int
	Out  []int
	Attr Attr // the struct that op.go names for Op; nil where it names none
}

// Input is the value id of input i, None if absent.
func (n *Node) Input(i int) int {
	if i < 0 || i >= len(n.In) {
		return None
	}
	return n.In[i]
}

// Output is the value id of output i, None if unused.
func (n *Node) Output(i int) int {
	if i < 0 || i >= len(n.Out) {
		return None
	}
	return n.Out[i]
}

// Const is the constant of a value id, nil if it is None or not constant.
func (g *Graph) Const(id int) *Tensor {
	if id < 0 || id >= len(g.Values) {
		return nil
	}
	return g.Values[id].Const
}

// Producers maps each value id to the index of the node that makes it, None for inputs
// and constants.
func (g *Graph) Producers() []int {
	by := make([]int, len(g.Values))
	for i := range by {
		by[i] = None
	}
	for i := range g.Nodes {
		for _, o := range g.Nodes[i].Out {
			if o != None {
				by[o] = i
			}
		}
	}
	return by
}

// Consumers lists for each value id the nodes that read it, in order, once per reading.
// Graph outputs are not counted.
func (g *Graph) Consumers() [][]int {
	use := make([][]int, len(g.Values))
	for i := range g.Nodes {
		for _, v := range g.Nodes[i].In {
			if v != None {
				use[v] = append(use[v], i)
			}
		}
	}
	return use
}

// AddConst appends a constant value and returns its id.
func (g *Graph) AddConst(name string, t *Tensor) int {
	g.Values = append(g.Values, Value{Name: name, DType: t.DType, Dims: t.Dims, Const: t})
	return len(g.Values) - 1
}

// AddValue appends a value of known shape and returns its id.
func (g *Graph) AddValue(name string, d DType, dims ...int) int {
	g.Values = append(g.Values, Value{Name: name, DType: d, Dims: append([]int{}, dims...)})
	return len(g.Values) - 1
}
