package graph

import (
	"strings"
	"testing"
)

// small is x -> Relu -> Add(c) -> y.
func small() *Graph {
	g := &Graph{}
	x := g.AddValue("x", Float32, 1, 3)
	c := g.AddConst("c", Floats([]float32{1, 2, 3}, 3))
	h := g.AddValue("h", Float32, 1, 3)
	y := g.AddValue("y", Float32, 1, 3)
	g.Nodes = []Node{
		{Op: Relu, Name: "r", In: []int{x}, Out: []int{h}},
		{Op: Add, Name: "a", In: []int{h, c}, Out: []int{y}},
	}
	g.Inputs = []Port{{"x", x}}
	g.Outputs = []Port{{"y", y}, {"pass", x}, {"const", c}}
	return g
}

func TestValidateAccepts(t *testing.T) {
	g := small()
	if err := g.Validate(); err != nil {
		t.Fatal(err)
	}
	if err := g.Static(); err != nil {
		t.Fatal(err)
	}
	if p := g.Producers(); p[3] != 1 || p[0] != None || p[1] != None {
		t.Errorf("producers %v", p)
	}
	if c := g.Consumers(); len(c[0]) != 1 || len(c[1]) != 1 || len(c[3]) != 0 {
		t.Errorf("consumers %v", c)
	}
}

func TestValidateRefuses(t *testing.T) {
	tree := func(change func(*TreeAttr)) func(*Graph) {
		return func(g *Graph) {
			a := &TreeAttr{Targets: 1, Features: 2, Roots: []int32{0}, Leaves: []LeafWeight{{0, 1}},
				Nodes: []TreeNode{{Mode: BranchLEQ, True: 1, False: 2}, {Num: 1}, {Num: 1}}}
			change(a)
			g.Nodes[0] = Node{Op: TreeEnsemble, Name: "t", In: []int{0}, Out: []int{2}, Attr: a}
		}
	}
	for name, c := range map[string]struct {
		change func(*Graph)
		want   string
	}{
		"a node that reads what is made later":         {func(g *Graph) { g.Nodes[0], g.Nodes[1] = g.Nodes[1], g.Nodes[0] }, "not made before"},
		"an unknown operator":                          {func(g *Graph) { g.Nodes[0].Op = "Conv" }, "unknown operator"},
		"too few inputs":                               {func(g *Graph) { g.Nodes[1].In = g.Nodes[1].In[:1] }, "1 inputs"},
		"a required input left out":                    {func(g *Graph) { g.Nodes[1].In[1] = None }, "input 1 is missing"},
		"an id out of range":                           {func(g *Graph) { g.Nodes[1].In[1] = 99 }, "input 1 is missing"},
		"an output id out of range":                    {func(g *Graph) { g.Nodes[1].Out[0] = 99 }, "output 0 has value id 99"},
		"a value made twice":                           {func(g *Graph) { g.Nodes[1].Out[0] = 2 }, "made twice"},
		"attributes of another operator":               {func(g *Graph) { g.Nodes[0].Attr = AxisAttr{} }, "attributes are graph.AxisAttr"},
		"a constant with the wrong number of elements": {func(g *Graph) { g.Values[1].Const.F = nil }, "holds 0 elements"},
		"a constant whose value says another type":     {func(g *Graph) { g.Values[1].DType = Int8 }, "value says int8"},
		"a negative dimension":                         {func(g *Graph) { g.Values[2].Dims = []int{-1} }, "negative dimension"},
		"two outputs of one name":                      {func(g *Graph) { g.Outputs[1].Name = "y" }, "two graph outputs"},
		"a port out of range":                          {func(g *Graph) { g.Inputs[0].Value = -1 }, "value id -1"},
		"an output that nobody makes":                  {func(g *Graph) { g.Nodes = g.Nodes[:1] }, "made by no node"},
		"an input that is a constant":                  {func(g *Graph) { g.Inputs[0].Value = 1 }, "is a constant"},
		"a tree that loops":                            {tree(func(a *TreeAttr) { a.Nodes[0].True = 0 }), "not after it"},
		"a tree with a root out of range":              {tree(func(a *TreeAttr) { a.Roots[0] = 7 }), "root 7"},
		"a tree with a feature out of range":           {tree(func(a *TreeAttr) { a.Nodes[0].Feature = 2 }), "feature 2"},
		"a leaf without weights":                       {tree(func(a *TreeAttr) { a.Nodes[1].Num = 2 }), "weights 0+2"},
		"a leaf weight for no target":                  {tree(func(a *TreeAttr) { a.Leaves[0].Target = 1 }), "target 1 of 1"},
		"a tree mode out of range":                     {tree(func(a *TreeAttr) { a.Nodes[0].Mode = 9 }), "mode 9"},
		"base values for other targets":                {tree(func(a *TreeAttr) { a.Base = []float64{1, 2} }), "2 base values"},
	} {
		t.Run(name, func(t *testing.T) {
			g := small()
			c.change(g)
			err := g.Validate()
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestStaticNamesTheNode(t *testing.T) {
	g := small()
	g.Values[3].Dynamic = true
	if err := g.Static(); err == nil || !strings.Contains(err.Error(), `node "a" (Add)`) {
		t.Errorf("got %v", err)
	}
}

func TestCountSaturates(t *testing.T) {
	for _, c := range []struct {
		dims []int
		want int
	}{{nil, 1}, {[]int{2, 3}, 6}, {[]int{1 << 62, 1 << 62}, 1<<63 - 1}, {[]int{1 << 62, 4, 0}, 0}} {
		if got := Count(c.dims); got != c.want {
			t.Errorf("%v: %d, want %d", c.dims, got, c.want)
		}
	}
}
