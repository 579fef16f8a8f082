package program

import (
	"math"
	"testing"
)

func TestMeaningOfFloatInstructions(t *testing.T) {
	in := []float32{-3, -1.5, -0.5, 0, 0.25, 1, 2.5, 4}
	unary := func(f Unary, a, b float32) func(*Builder, Buf) Buf {
		return func(bl *Builder, x Buf) Buf { return bl.Unary(f, x, a, b) }
	}
	sp := func(x float64) float64 { return math.Log1p(math.Exp(x)) }
	relu := func(x float64) float64 { return max(x, 0) }
	for name, c := range map[string]struct {
		build func(*Builder, Buf) Buf
		want  func(x float64) float64
	}{
		"Abs": {unary(Abs, 0, 0), math.Abs}, "Neg": {unary(Neg, 0, 0), func(x float64) float64 { return -x }},
		"Sqrt": {unary(Sqrt, 0, 0), math.Sqrt}, "Reciprocal": {unary(Reciprocal, 0, 0), func(x float64) float64 { return 1 / x }},
		"Floor": {unary(Floor, 0, 0), math.Floor}, "Ceil": {unary(Ceil, 0, 0), math.Ceil}, "Round": {unary(Round, 0, 0), math.RoundToEven},
		"Sign": {unary(Sign, 0, 0), func(x float64) float64 { return map[bool]float64{true: 1}[x > 0] - map[bool]float64{true: 1}[x < 0] }},
		"Not":  {unary(Not, 0, 0), func(x float64) float64 { return map[bool]float64{true: 1}[x == 0] }},
		"Relu": {unary(Relu, 0, 0), relu}, "Clip": {unary(Clip, -1, 2), func(x float64) float64 { return max(-1, min(2, x)) }},
		"LeakyRelu":       {unary(LeakyRelu, 0.125, 0), func(x float64) float64 { return relu(x) - 0.125*relu(-x) }},
		"ThresholdedRelu": {unary(ThresholdedRelu, 1, 0), func(x float64) float64 { return map[bool]float64{true: x}[x > 1] }},
		"Affine":          {unary(Affine, 3, -1), func(x float64) float64 { return 3*x - 1 }},
		"HardSigmoid":     {unary(HardSigmoid, 0.2, 0.5), func(x float64) float64 { return max(0, min(1, 0.2*x+0.5)) }},
		"HardSwish":       {unary(HardSwish, 0, 0), func(x float64) float64 { return x * max(0, min(1, x/6+0.5)) }},
		"Softsign":        {unary(Softsign, 0, 0), func(x float64) float64 { return x / (1 + math.Abs(x)) }},
		"Exp":             {unary(Exp, 0, 0), math.Exp}, "Log": {unary(Log, 0, 0), math.Log}, "Sigmoid": {unary(Sigmoid, 0, 0), sigmoid},
		"Tanh": {unary(Tanh, 0, 0), math.Tanh}, "Softplus": {unary(Softplus, 0, 0), sp}, "Erf": {unary(Erf, 0, 0), math.Erf},
		"Elu":   {unary(Elu, 0.5, 0), func(x float64) float64 { return relu(x) + 0.5*math.Expm1(min(x, 0)) }},
		"Celu":  {unary(Celu, 0.5, 0), func(x float64) float64 { return relu(x) + 0.5*math.Expm1(min(x, 0)/0.5) }},
		"Selu":  {unary(Selu, 1.5, 1.25), func(x float64) float64 { return 1.25 * (relu(x) + 1.5*math.Expm1(min(x, 0))) }},
		"Swish": {unary(Swish, 1.5, 0), func(x float64) float64 { return x * sigmoid(1.5*x) }},
		"Mish":  {unary(Mish, 0, 0), func(x float64) float64 { return x * math.Tanh(sp(x)) }},
		"Gelu":  {unary(Gelu, 0, 0), func(x float64) float64 { return 0.5 * x * (1 + math.Erf(x/math.Sqrt2)) }},
		"GeluTanh": {unary(GeluTanh, 0, 0), func(x float64) float64 {
			return 0.5 * x * (1 + math.Tanh(math.Sqrt(2/math.Pi)*(x+0.044715*x*x*x)))
		}},
		"Pow":     {func(b *Builder, x Buf) Buf { return b.Binary(Pow, x, b.ConstF(3)) }, func(x float64) float64 { return x * x * x }},
		"Pow -2":  {func(b *Builder, x Buf) Buf { return b.Binary(Pow, x, b.ConstF(-2)) }, func(x float64) float64 { return 1 / (x * x) }},
		"Pow 1.5": {func(b *Builder, x Buf) Buf { return b.Binary(Pow, x, b.ConstF(1.5)) }, func(x float64) float64 { return math.Pow(x, 1.5) }},
		"Add":     {func(b *Builder, x Buf) Buf { return b.Binary(Add, x, x) }, func(x float64) float64 { return 2 * x }},
		"Sub":     {func(b *Builder, x Buf) Buf { return b.Binary(Sub, b.ConstF(1), x) }, func(x float64) float64 { return 1 - x }},
		"Mul":     {func(b *Builder, x Buf) Buf { return b.Binary(Mul, x, x) }, func(x float64) float64 { return x * x }},
		"Div":     {func(b *Builder, x Buf) Buf { return b.Binary(Div, x, b.ConstF(4)) }, func(x float64) float64 { return x / 4 }},
		"Max":     {func(b *Builder, x Buf) Buf { return b.Binary(Max, x, b.ConstF(1)) }, func(x float64) float64 { return max(x, 1) }},
		"Min":     {func(b *Builder, x Buf) Buf { return b.Binary(Min, x, b.ConstF(1)) }, func(x float64) float64 { return min(x, 1) }},
		"Mod":     {func(b *Builder, x Buf) Buf { return b.Binary(Mod, x, b.ConstF(2)) }, func(x float64) float64 { return x - 2*math.Floor(x/2) }},
		"Fmod":    {func(b *Builder, x Buf) Buf { return b.Binary(Fmod, x, b.ConstF(2)) }, func(x float64) float64 { return math.Mod(x, 2) }},
		"PRelu":   {func(b *Builder, x Buf) Buf { return b.Binary(PRelu, x, b.ConstF(0.5)) }, func(x float64) float64 { return relu(x) - 0.5*relu(-x) }},
		"Select": {func(b *Builder, x Buf) Buf { return b.Select(b.Binary(Less, x, b.ConstF(0.5)), x, b.ConstF(9)) }, func(x float64) float64 {
			return map[bool]float64{true: x, false: 9}[x < 0.5]
		}},
		"Logic": {func(b *Builder, x Buf) Buf {
			le, ge := b.Binary(LessOrEqual, x, b.ConstF(1)), b.Binary(GreaterOrEqual, x, b.ConstF(-0.5))
			eq, gt := b.Binary(Equal, x, b.ConstF(4)), b.Binary(Greater, x, b.ConstF(2))
			return b.Binary(Or, b.Binary(And, le, ge), b.Binary(Xor, eq, gt))
		}, func(x float64) float64 { return map[bool]float64{true: 1}[x <= 1 && x >= -0.5 || (x == 4) != (x > 2)] }},
	} {
		got := one(t, in, c.build)
		for i, x := range in {
			want := c.want(float64(x))
			g := float64(got[i])
			if math.IsNaN(want) != math.IsNaN(g) || !math.IsNaN(want) && want != g && math.Abs(g-want) > 1e-6*max(1, math.Abs(want)) {
				t.Errorf("%s(%v) = %v, want %v", name, x, g, want)
			}
		}
	}
}

func TestMeaningOfReductions(t *testing.T) {
	in := []float32{1, -2, 3, 4, 0.5, -6} // [2][3] or [1][2][3]
	near := func(name string, got []float32, want ...float64) {
		t.Helper()
		if len(got) != len(want) {
			t.Fatalf("%s: %v", name, got)
		}
		for i := range want {
			if math.Abs(float64(got[i])-want[i]) > 2e-6*max(1, math.Abs(want[i])) {
				t.Errorf("%s: %v, want %v", name, got, want)
			}
		}
	}
	reduce := func(f Reduce) []float32 {
		return one(t, in, func(b *Builder, x Buf) Buf { return b.Reduce(f, x, 2, 3, 1) })
	}
	lse := func(v ...float64) float64 {
		s := 0.0
		for _, x := range v {
			s += math.Exp(x)
		}
		return math.Log(s)
	}
	near("sum", reduce(ReduceSum), 2, -1.5)
	near("mean", reduce(ReduceMean), 2.0/3, -0.5)
	near("max", reduce(ReduceMax), 3, 4)
	near("min", reduce(ReduceMin), -2, -6)
	near("product", reduce(ReduceProd), -6, -12)
	near("L1", reduce(ReduceL1), 6, 10.5)
	near("L2", reduce(ReduceL2), math.Sqrt(14), math.Sqrt(52.25))
	near("sum of squares", reduce(ReduceSumSquare), 14, 52.25)
	near("log-sum-exp", reduce(ReduceLogSumExp), lse(1, -2, 3), lse(4, 0.5, -6))
	near("inner axis", one(t, in, func(b *Builder, x Buf) Buf { return b.Reduce(ReduceSum, x, 1, 2, 3) }), 5, -1.5, -3)
	near("log-sum", one(t, []float32{1, 2}, func(b *Builder, x Buf) Buf { return b.Reduce(ReduceLogSum, x, 1, 2, 1) }), math.Log(3))
	soft := one(t, in, func(b *Builder, x Buf) Buf { return b.Softmax(x, 2, false) })
	near("softmax", soft, math.Exp(1-lse(1, -2, 3)), math.Exp(-2-lse(1, -2, 3)), math.Exp(3-lse(1, -2, 3)), math.Exp(4-lse(4, .5, -6)), math.Exp(.5-lse(4, .5, -6)), math.Exp(-6-lse(4, .5, -6)))
	near("log-softmax", one(t, in[:3], func(b *Builder, x Buf) Buf { return b.Softmax(x, 1, true) }), 1-lse(1, -2, 3), -2-lse(1, -2, 3), 3-lse(1, -2, 3))
	near("norm", one(t, []float32{-1, 1}, func(b *Builder, x Buf) Buf { return b.Norm(x, 1, []float32{2, 3}, []float32{10, 20}, 0, false) }), 8, 23)
	near("RMS norm", one(t, []float32{1, 1}, func(b *Builder, x Buf) Buf { return b.Norm(x, 1, []float32{2, 3}, nil, 3, true) }), 1, 1.5)
	near("dense", one(t, in, func(b *Builder, x Buf) Buf { return b.DenseF(x, 2, []float32{1, 2, 3, -1, 0, 1}, []float32{100, 0}) }), 106, 2, 87, -10)
	near("matmul", one(t, in, func(b *Builder, x Buf) Buf { return b.MatMul(x, b.ConstF(1, 2, 3, 4, 5, 6), 1, 2, 3, 2) }), 10, 12, -24.5, -26)
	near("truncation", one(t, []float32{2.9, -2.9, float32(math.NaN()), -3e9}, func(b *Builder, x Buf) Buf { return b.Trunc(x) }), 2, -2, 0, -2147483648)
	near("NaN test", one(t, []float32{2.9, float32(math.NaN())}, func(b *Builder, x Buf) Buf { return b.Unary(IsNaN, x, 0, 0) }), 0, 1)
}

func TestDenseFAgreesOnEveryShape(t *testing.T) {
	r := newRNG(50)
	for in := 1; in <= 130; in++ {
		out, rows := 1+r.IntN(130), 1+r.IntN(3)
		w, bias := make([]float32, in*out), make([]float32, out)
		for i := range w {
			w[i] = float32(r.NormFloat64() * math.Exp(4*r.NormFloat64()))
		}
		for i := range bias {
			bias[i] = float32(r.NormFloat64())
		}
		b := NewBuilder()
		b.Output("y", b.DenseF(b.Input("x", F32, 0, 0, rows*in), rows, w, bias), 0, 0)
		p, err := b.Build()
		if err != nil {
			t.Fatal(err)
		}
		ms := machines(t, p)
		agree(t, p, ms, randomBytes(r, 3))
		agree(t, p, ms, specialFloats(r))
	}
}
