package float

import (
	"math"

	"slipstream/policy/graph"
)

// unaries are the functions of one real.
var unaries = map[graph.Op]func(float64) float64{
	graph.Abs: math.Abs, graph.Acos: math.Acos, graph.Acosh: math.Acosh, graph.Asin: math.Asin,
	graph.Asinh: math.Asinh, graph.Atan: math.Atan, graph.Atanh: math.Atanh, graph.Ceil: math.Ceil,
	graph.Cos: math.Cos, graph.Cosh: math.Cosh, graph.Erf: math.Erf, graph.Exp: math.Exp,
	graph.Floor: math.Floor, graph.Log: math.Log, graph.Round: math.RoundToEven, graph.Sin: math.Sin,
	graph.Sinh: math.Sinh, graph.Sqrt: math.Sqrt, graph.Tan: math.Tan, graph.Tanh: math.Tanh,
	graph.Sigmoid: sigmoid, graph.Softplus: softplus,
	graph.HardSwish:  func(x float64) float64 { return x * clamp(x/6+0.5, 0, 1) },
	graph.Mish:       func(x float64) float64 { return x * math.Tanh(softplus(x)) },
	graph.Neg:        func(x float64) float64 { return -x },
	graph.Reciprocal: func(x float64) float64 { return 1 / x },
	graph.Relu:       relu,
	graph.Sign:       sign,
	graph.Softsign:   func(x float64) float64 { return x / (1 + math.Abs(x)) },
}

func sigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

func softplus(x float64) float64 { return math.Max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) }

func relu(x float64) float64 {
	if x < 0 {
		return 0
	}
	return x
}

func sign(x float64) float64 {
	switch {
	case x > 0:
		return 1
	case x < 0:
		return -1
	}
	return x
}

// clamp keeps NaN.
func clamp(x, lo, hi float64) float64 {
	if x < lo {
		x = lo
	}
	if x > hi {
		x = hi
	}
	return x
}

// unaryOf is the function of a node of one real input.
func unaryOf(n *graph.Node) func(float64) float64 {
	if f := unaries[n.Op]; f != nil {
		return f
	}
	if g, ok := n.Attr.(graph.GeluAttr); ok {
		return gelu(g.Tanh)
	}
	p, _ := n.Attr.(graph.AlphaAttr)
	return activation(n.Op, float64(p.Alpha), float64(p.Beta))
}

func gelu(tanh bool) func(float64) float64 {
	if tanh {
		return func(x float64) float64 {
			return 0.5 * x * (1 + math.Tanh(math.Sqrt(2/math.Pi)*(x+0.044715*x*x*x)))
		}
	}
	return func(x float64) float64 { return 0.5 * x * (1 + math.Erf(x/math.Sqrt2)) }
}

// activation is a function with parameters, also one of a recurrent gate; nil if unknown.
func activation(op graph.Op, a, b float64) func(float64) float64 {
	below := func(x, neg float64) float64 {
		if x < 0 {
			return neg
		}
		return x
	}
	switch op {
	case graph.Relu, graph.Tanh, graph.Sigmoid, graph.Softsign, graph.Softplus:
		return unaries[op]
	case graph.Celu:
		return func(x float64) float64 { return math.Max(0, x) + math.Min(0, a*math.Expm1(x/a)) }
	case graph.Elu:
		return func(x float64) float64 { return below(x, a*math.Expm1(x)) }
	case graph.HardSigmoid:
		return func(x float64) float64 { return clamp(a*x+b, 0, 1) }
	case graph.LeakyRelu:
		return func(x float64) float64 { return below(x, a*x) }
	case graph.Selu:
		return func(x float64) float64 { return b * below(x, a*math.Expm1(x)) }
	case graph.Swish:
		return func(x float64) float64 { return x * sigmoid(a*x) }
	case graph.ThresholdedRelu:
		return func(x float64) float64 {
			if x > a {
				return x
			}
			return 0
		}
	case graph.Binarizer:
		return func(x float64) float64 {
			if x > a {
				return 1
			}
			return 0
		}
	case graph.Affine:
		return func(x float64) float64 { return a*x + b }
	case graph.ScaledTanh:
		return func(x float64) float64 { return a * math.Tanh(b*x) }
	}
	return nil
}

func unary(c *call) ([]*Tensor, error) {
	x := c.in[0]
	if x.DType == graph.String || x.DType == graph.Bool {
		return nil, c.bad("input is %s, want numbers", x.DType)
	}
	out, err := c.make(x.DType, x.Dims...)
	if err != nil {
		return nil, err
	}
	if x.DType.IsInt() {
		return one(out, c.unaryInts(x, out))
	}
	f := unaryOf(c.n)
	if f == nil {
		return nil, c.bad("unknown function")
	}
	for i := range x.Len() {
		set(out, i, f(x.At(i)))
	}
	return one(out, nil)
}

// unaryInts has the functions that integers keep exactly.
func (c *call) unaryInts(x, out *Tensor) error {
	for i, v := range x.I {
		switch c.n.Op {
		case graph.Abs:
			if v < 0 {
				v = -v
			}
		case graph.Neg:
			v = -v
		case graph.Relu:
			v = max(v, 0)
		case graph.Sign:
			v = int64(sign(float64(v)))
		case graph.Ceil, graph.Floor, graph.Round:
		default:
			v = truncate(unaryOf(c.n)(float64(v)), x.DType)
		}
		out.I[i] = Wrap(v, x.DType)
	}
	return nil
}

// test maps each element to a bool.
func test(f func(c *call, x float64) bool) kernel {
	return func(c *call) ([]*Tensor, error) {
		x := c.in[0]
		out, err := c.make(graph.Bool, x.Dims...)
		if err != nil {
			return nil, err
		}
		if x.DType == graph.String {
			return nil, c.bad("input is a string tensor")
		}
		for i := range out.I {
			if f(c, x.At(i)) {
				out.I[i] = 1
			}
		}
		return one(out, nil)
	}
}

func isNot(_ *call, x float64) bool { return x == 0 }
func isNaN(_ *call, x float64) bool { return x != x }

func isInf(c *call, x float64) bool {
	a := c.n.Attr.(graph.IsInfAttr)
	return a.Positive && math.IsInf(x, 1) || a.Negative && math.IsInf(x, -1)
}
