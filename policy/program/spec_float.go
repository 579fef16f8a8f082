package program

import "math"

func (u *UnaryF) run(m *memory) {
	y := m.f32(u.Y)
	for i, x := range m.f32(u.X) {
		y[i] = u.value(x)
	}
}

func truth(b bool) float32 {
	if b {
		return 1
	}
	return 0
}

func (u *UnaryF) value(x float32) float32 {
	a, b := u.Alpha, u.Beta
	switch u.F {
	case Abs:
		return math.Float32frombits(math.Float32bits(x) &^ (1 << 31))
	case Neg:
		return -x
	case Sqrt:
		return float32(math.Sqrt(float64(x)))
	case Reciprocal:
		return 1 / x
	case Floor:
		return float32(math.Floor(float64(x)))
	case Ceil:
		return float32(math.Ceil(float64(x)))
	case Round:
		return float32(math.RoundToEven(float64(x)))
	case Sign:
		return truth(x > 0) - truth(x < 0)
	case Not:
		return truth(x == 0)
	case IsNaN:
		return truth(x != x)
	case Relu:
		return clip(x, 0, float32(math.Inf(1)))
	case LeakyRelu:
		if x < 0 {
			return float32(a * x)
		}
		return x
	case ThresholdedRelu:
		if x > a {
			return x
		}
		return 0
	case Clip:
		return clip(x, a, b)
	case Affine:
		return float32(float32(a*x) + b)
	case HardSigmoid:
		return clip(float32(float32(a*x)+b), 0, 1)
	case HardSwish:
		return float32(x * clip(float32(float32(x/6)+0.5), 0, 1))
	case Softsign:
		return float32(x / (1 + abs32(x)))
	}
	return float32(u.smooth(float64(x), float64(a), float64(b)))
}

func clip(x, lo, hi float32) float32 {
	if x < lo {
		x = lo
	}
	if x > hi {
		x = hi
	}
	return x
}

func abs32(x float32) float32 { return math.Float32frombits(math.Float32bits(x) &^ (1 << 31)) }

// smooth are the transcendental functions, in float64.
func (u *UnaryF) smooth(x, a, b float64) float64 {
	switch u.F {
	case Exp:
		return exp64(x)
	case Log:
		return log64(x)
	case Sigmoid:
		return sigmoid64(x)
	case Tanh:
		return tanh64(x)
	case Softplus:
		return log1pExp(x)
	case Elu:
		if x < 0 {
			return float64(a * expm1(x))
		}
		return x
	case Celu:
		if x < 0 {
			return float64(a * expm1(float64(x/a)))
		}
		return x
	case Selu:
		if x < 0 {
			return float64(b * float64(a*expm1(x)))
		}
		return float64(b * x)
	case Swish:
		return float64(x * sigmoid64(float64(a*x)))
	case Mish:
		return float64(x * tanh64(log1pExp(x)))
	case Erf:
		return erf64(x)
	case Gelu:
		return float64(float64(0.5*x) * float64(1+erf64(float64(x/math.Sqrt2))))
	case GeluTanh:
		cube := float64(float64(x*x) * x)
		inner := float64(math.Sqrt(2/math.Pi) * float64(x+float64(0.044715*cube)))
		return float64(float64(0.5*x) * float64(1+tanh64(inner)))
	}
	return math.NaN()
}

func (b *BinaryF) run(m *memory) {
	x, z, y := m.f32(b.A), m.f32(b.B), m.f32(b.Y)
	for i := range y {
		y[i] = b.value(x[pick(b.A, i)], z[pick(b.B, i)])
	}
}

func (b *BinaryF) value(x, y float32) float32 {
	switch b.F {
	case Add:
		return float32(x + y)
	case Sub:
		return float32(x - y)
	case Mul:
		return float32(x * y)
	case Div:
		return float32(x / y)
	case Max:
		return max(x, y)
	case Min:
		return min(x, y)
	case Pow:
		return float32(pow(float64(x), float64(y)))
	case Mod, Fmod:
		r := float32(math.Mod(float64(x), float64(y)))
		if b.F == Mod && r != 0 && (r < 0) != (y < 0) {
			r = float32(r + y)
		}
		return r
	case PRelu:
		if x < 0 {
			return float32(x * y)
		}
		return x
	case Less:
		return truth(x < y)
	case LessOrEqual:
		return truth(x <= y)
	case Greater:
		return truth(x > y)
	case GreaterOrEqual:
		return truth(x >= y)
	case Equal:
		return truth(x == y)
	case And:
		return truth(x != 0 && y != 0)
	case Or:
		return truth(x != 0 || y != 0)
	}
	return truth((x != 0) != (y != 0))
}

// pow is x^y: repeated multiplication for whole y up to 64, else exp(y log x).
func pow(x, y float64) float64 {
	if n := math.Abs(y); n <= 64 && n == math.Trunc(n) {
		p := 1.0
		for range int(n) {
			p = float64(p * x)
		}
		if y < 0 {
			p = 1 / p
		}
		return p
	}
	switch {
	case x == 1:
		return 1
	case x == 0 && y > 0:
		return 0
	case x == 0:
		return math.Inf(1)
	case x < 0 && y == math.Trunc(y) && math.Mod(y, 2) == 0:
		x = -x
	case x < 0 && y == math.Trunc(y):
		return -exp64(float64(y * log64(-x)))
	}
	return exp64(float64(y * log64(x)))
}

func (s *SelectF) run(m *memory) {
	c, a, b, y := m.f32(s.C), m.f32(s.A), m.f32(s.B), m.f32(s.Y)
	for i := range y {
		if v := b[pick(s.B, i)]; c[pick(s.C, i)] != 0 {
			y[i] = a[pick(s.A, i)]
		} else {
			y[i] = v
		}
	}
}

func (r *ReduceF) run(m *memory) {
	x, y := m.f32(r.X), m.f32(r.Y)
	n, inner := int(r.N), int(r.Inner)
	for o := range int(r.Outer) {
		for k := range inner {
			y[o*inner+k] = r.value(x[o*n*inner+k:], n, inner)
		}
	}
}

// value reduces x[0], x[stride], ...
func (r *ReduceF) value(x []float32, n, stride int) float32 {
	var top float32
	if r.F == ReduceLogSumExp {
		top = x[0]
		for i := range n {
			top = max(top, x[i*stride])
		}
		if math.IsInf(float64(top), 0) {
			return top
		}
	}
	term := func(v float32) float32 {
		switch r.F {
		case ReduceL1:
			return abs32(v)
		case ReduceL2, ReduceSumSquare:
			return float32(v * v)
		case ReduceLogSumExp:
			return exp32(float32(v - top))
		}
		return v
	}
	acc := term(x[0])
	for i := 1; i < n; i++ {
		v := term(x[i*stride])
		switch r.F {
		case ReduceMax:
			acc = max(acc, v)
		case ReduceMin:
			acc = min(acc, v)
		case ReduceProd:
			acc = float32(acc * v)
		default:
			acc = float32(acc + v)
		}
	}
	switch r.F {
	case ReduceMean:
		return float32(acc / float32(n))
	case ReduceL2:
		return float32(math.Sqrt(float64(acc)))
	case ReduceLogSum:
		return float32(log64(float64(acc)))
	case ReduceLogSumExp:
		return float32(top + float32(log64(float64(acc))))
	}
	return acc
}

func (s *SoftmaxF) run(m *memory) {
	n := int(s.N)
	for r := range int(s.Rows) {
		x, y := m.f32(s.X)[r*n:(r+1)*n], m.f32(s.Y)[r*n:(r+1)*n]
		top := x[0]
		for _, v := range x {
			top = max(top, v)
		}
		var sum float32
		for _, v := range x {
			sum = float32(sum + exp32(float32(v-top)))
		}
		lse := float32(0)
		if s.Log {
			lse = float32(log64(float64(sum)))
		}
		for i, v := range x {
			if s.Log {
				y[i] = float32(float32(v-top) - lse)
			} else {
				y[i] = float32(exp32(float32(v-top)) / sum)
			}
		}
	}
}

func (l *NormF) run(m *memory) {
	n := int(l.N)
	for r := range int(l.Rows) {
		x, y := m.f32(l.X)[r*n:(r+1)*n], m.f32(l.Y)[r*n:(r+1)*n]
		var mean, square float64
		if !l.RMS {
			for _, v := range x {
				mean = float64(mean + float64(v))
			}
			mean = float64(mean / float64(n))
		}
		for _, v := range x {
			d := float64(float64(v) - mean)
			square = float64(square + float64(d*d))
		}
		scale := float64(1 / math.Sqrt(float64(float64(square/float64(n))+l.Eps)))
		for i, v := range x {
			y[i] = float32(float32(float64(float64(v)-mean)*scale) * l.Gamma[i])
			if len(l.Beta) > 0 {
				y[i] = float32(y[i] + l.Beta[i])
			}
		}
	}
}

func (d *DenseF) run(m *memory) {
	in, out := int(d.In), int(d.Out)
	x, y := m.f32(d.X), m.f32(d.Y)
	for r := range int(d.Rows) {
		for o := range out {
			acc := d.Bias[o]
			for i, v := range x[r*in : (r+1)*in] {
				acc = float32(acc + float32(v*d.W[o*in+i]))
			}
			y[r*out+o] = acc
		}
	}
}

func (p *MatMulF) run(m *memory) {
	rows, k, n := int(p.M), int(p.K), int(p.N)
	for b := range int(p.Batch) {
		x, z, y := m.f32(p.A)[b*rows*k:], m.f32(p.B)[b*k*n:], m.f32(p.Y)[b*rows*n:]
		for i := range rows {
			for j := range n {
				var acc float32
				for e := range k {
					acc = float32(acc + float32(x[i*k+e]*z[e*n+j]))
				}
				y[i*n+j] = acc
			}
		}
	}
}

func (t *TruncF) run(m *memory) {
	y := m.i32(t.Y)
	for i, x := range m.f32(t.X) {
		switch {
		case x != x:
			y[i] = 0
		case x >= 1<<31:
			y[i] = math.MaxInt32
		case x < -1<<31:
			y[i] = math.MinInt32
		default:
			y[i] = int32(x)
		}
	}
}
