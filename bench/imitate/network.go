package imitate

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"

	"slipstream/engine"
	"slipstream/engine/learned"
	"slipstream/policy/graph"
)

// Scale is how a feature becomes the network's input: f / Div, cut to +-Clip.
const Clip = 4

// Network is a trained classifier: 12 inputs, two hidden layers of ReLU, a logit
// per choice.
type Network struct {
	Div    [engine.FeatureCount]float64 // of each feature
	Layers []Layer
	Agrees float64 // with the teacher, on examples held out
	Test   int     // how many of these
}

// Layer is y = W x + B, W by rows of outputs.
type Layer struct {
	In, Out int
	W, B    []float64
}

// Hidden is the width of both hidden layers.
const Hidden = 32

// Train fits a Network by Adam on the cross entropy; every tenth example is held out.
func Train(examples []Example, seed uint64) (*Network, error) {
	if len(examples) < 1000 {
		return nil, errors.New("imitate: fewer than 1,000 examples: run more or longer days")
	}
	r := rand.New(rand.NewPCG(seed, 1))
	n := &Network{Div: scales(examples)}
	for _, d := range [][2]int{{engine.FeatureCount, Hidden}, {Hidden, Hidden}, {Hidden, learned.Choices}} {
		n.Layers = append(n.Layers, newLayer(r, d[0], d[1]))
	}
	var train, test []Example
	for i, e := range examples {
		if i%10 == 9 {
			test = append(test, e)
		} else {
			train = append(train, e)
		}
	}
	train = balance(r, train)
	opt := newAdam(n)
	const epochs, batch = 12, 64
	for epoch := range epochs {
		rate := 2e-3 * math.Pow(0.7, float64(epoch))
		r.Shuffle(len(train), func(i, j int) { train[i], train[j] = train[j], train[i] })
		for at := 0; at+batch <= len(train); at += batch {
			opt.step(n, train[at:at+batch], rate)
		}
	}
	right := 0
	for i := range test {
		if n.Choose(&test[i].Features) == test[i].Choice {
			right++
		}
	}
	n.Agrees, n.Test = float64(right)/float64(len(test)), len(test)
	return n, nil
}

// scales are the upper quartiles of each feature's magnitude where it is not 0.
func scales(examples []Example) (div [engine.FeatureCount]float64) {
	for k := range div {
		var v []float64
		for i := range examples {
			if f := examples[i].Features[k]; f != 0 {
				v = append(v, math.Abs(float64(f)))
			}
		}
		div[k] = 1
		if len(v) > 0 {
			slices.Sort(v)
			div[k] = max(1, math.Round(v[len(v)*3/4]/2))
		}
	}
	return div
}

// balance repeats the rarer choices until each is at least a tenth of the most common.
func balance(r *rand.Rand, examples []Example) []Example {
	var by [learned.Choices][]Example
	most := 0
	for _, e := range examples {
		by[e.Choice] = append(by[e.Choice], e)
		most = max(most, len(by[e.Choice]))
	}
	out := slices.Clone(examples)
	for _, list := range by {
		for n := len(list); n > 0 && n < most/3; n++ {
			out = append(out, list[r.IntN(len(list))])
		}
	}
	return out
}

func newLayer(r *rand.Rand, in, out int) Layer {
	l := Layer{In: in, Out: out, W: make([]float64, in*out), B: make([]float64, out)}
	for i := range l.W {
		l.W[i] = r.NormFloat64() * math.Sqrt(2/float64(in))
	}
	return l
}

// input scales features.
func (n *Network) input(f *engine.Features) []float64 {
	x := make([]float64, len(f))
	for i := range f {
		x[i] = min(Clip, max(-Clip, float64(f[i])/n.Div[i]))
	}
	return x
}

// forward gives the activations before each layer, and the logits last.
func (n *Network) forward(f *engine.Features) [][]float64 {
	acts := [][]float64{n.input(f)}
	for k := range n.Layers {
		l := &n.Layers[k]
		y := slices.Clone(l.B)
		for o := range y {
			for i, x := range acts[k] {
				y[o] += l.W[o*l.In+i] * x
			}
			if k < len(n.Layers)-1 && y[o] < 0 {
				y[o] = 0
			}
		}
		acts = append(acts, y)
	}
	return acts
}

// Choose is the choice with the largest logit, the first of equals.
func (n *Network) Choose(f *engine.Features) learned.Choice {
	acts := n.forward(f)
	best := 0
	for i, y := range acts[len(acts)-1] {
		if y > acts[len(acts)-1][best] {
			best = i
		}
	}
	return learned.Choice(best)
}

// Graph is the network as the compiler takes it: input "features" [1,12] after
// scaling, output "logits" [1,9].
func (n *Network) Graph() *graph.Graph {
	g := &graph.Graph{Name: "imitate"}
	x := g.AddValue("features", graph.Float32, 1, engine.FeatureCount)
	g.Inputs = []graph.Port{{Name: "features", Value: x}}
	for k := range n.Layers {
		l := &n.Layers[k]
		w := g.AddConst("", &graph.Tensor{DType: graph.Float32, Dims: []int{l.Out, l.In}, F: float32s(l.W)})
		b := g.AddConst("", &graph.Tensor{DType: graph.Float32, Dims: []int{l.Out}, F: float32s(l.B)})
		y := g.AddValue("", graph.Float32, 1, l.Out)
		g.Nodes = append(g.Nodes, graph.Node{Op: graph.Gemm, Name: "dense", In: []int{x, w, b}, Out: []int{y}, Attr: graph.GemmAttr{Alpha: 1, Beta: 1, TransB: true}})
		x = y
		if k < len(n.Layers)-1 {
			z := g.AddValue("", graph.Float32, 1, l.Out)
			g.Nodes = append(g.Nodes, graph.Node{Op: graph.Relu, Name: "relu", In: []int{x}, Out: []int{z}})
			x = z
		}
	}
	g.Outputs = []graph.Port{{Name: "logits", Value: x}}
	return g
}

func float32s(v []float64) []float32 {
	out := make([]float32, len(v))
	for i := range v {
		out[i] = float32(v[i])
	}
	return out
}
