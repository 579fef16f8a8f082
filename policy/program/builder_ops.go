package program

// Range is how a quantised result is stored: its type, zero point and clamp.
type Range struct {
	Type         DType
	Zero, Lo, Hi int32
}

// Full is the whole range of a type around a zero point.
func Full(t DType, zero int32) Range {
	lo, hi := t.Range()
	return Range{t, zero, lo, hi}
}

// Symmetric16 is I16 around 0 with the given magnitude, for sums that must not overflow.
func Symmetric16(magnitude int32) Range { return Range{I16, 0, -magnitude, magnitude} }

// Quantize adds a Quantize.
func (b *Builder) Quantize(x Buf, scale float32, r Range) Buf {
	y := b.Scratch(r.Type, int(x.N))
	b.Emit(&Quantize{X: x, Y: y, Scale: scale, Zero: r.Zero, Lo: r.Lo, Hi: r.Hi})
	return y
}

// Requant adds a Requant between integer types.
func (b *Builder) Requant(x Buf, xZero int32, m float32, r Range) Buf {
	y := b.Scratch(r.Type, int(x.N))
	b.Emit(&Requant{X: x, Y: y, XZero: xZero, M: m, Zero: r.Zero, Lo: r.Lo, Hi: r.Hi})
	return y
}

// Dequantize adds a Requant to F32.
func (b *Builder) Dequantize(x Buf, scale float32, zero int32) Buf {
	y := b.Scratch(F32, int(x.N))
	b.Emit(&Requant{X: x, Y: y, XZero: zero, M: scale})
	return y
}

// Weights are the numbers of a Dense, one row per output; W8 for U8 inputs, W16 for I16.
type Weights struct {
	W8   []int8
	W16  []int16
	Bias []int32
	M    []float32
}

// Dense adds a Dense over rows vectors; x holds rows*in elements.
func (b *Builder) Dense(x Buf, rows int, w Weights, r Range) Buf {
	out := len(w.Bias)
	if rows < 1 || out < 1 || int(x.N)%rows != 0 || len(w.M) != out {
		return b.failf("dense: %d rows of %d elements, %d biases, %d multipliers", rows, x.N, out, len(w.M))
	}
	in := int(x.N) / rows
	if n := len(w.W8) + len(w.W16); n != in*out || (x.Type == U8) != (len(w.W8) > 0) {
		return b.failf("dense: %d s8 and %d s16 weights for %d inputs of %s and %d outputs", len(w.W8), len(w.W16), in, x.Type, out)
	}
	y := b.Scratch(r.Type, rows*out)
	b.Emit(&Dense{X: x, Y: y, Rows: int32(rows), In: int32(in), Out: int32(out), W8: w.W8, W16: w.W16, Bias: w.Bias, M: w.M, Zero: r.Zero, Lo: r.Lo, Hi: r.Hi})
	return y
}

// LUT8 adds a table over bytes.
func (b *Builder) LUT8(x Buf, t DType, table []int32) Buf {
	y := b.Scratch(t, int(x.N))
	b.Emit(&LUT8{X: x, Y: y, Table: table})
	return y
}

// LUT8F adds a table from bytes to floats.
func (b *Builder) LUT8F(x Buf, table []float32) Buf {
	y := b.Scratch(F32, int(x.N))
	b.Emit(&LUT8{X: x, Y: y, TableF: table})
	return y
}

// LUT16 adds an interpolated table; FillTable16 makes one.
func (b *Builder) LUT16(x Buf, table []int16) Buf {
	y := b.Scratch(I16, int(x.N))
	b.Emit(&LUT16{X: x, Y: y, Table: table})
	return y
}

// AddQ adds a + b in quantised form.
func (b *Builder) AddQ(x Buf, xZero int32, xm float32, y Buf, yZero int32, ym float32, r Range) Buf {
	z := b.Scratch(r.Type, int(x.N))
	b.Emit(&AddQ{A: x, B: y, Y: z, AZero: xZero, BZero: yZero, AM: xm, BM: ym, Zero: r.Zero, Lo: r.Lo, Hi: r.Hi})
	return z
}

// MulQ adds a * b in quantised form.
func (b *Builder) MulQ(x Buf, xZero int32, y Buf, yZero int32, m float32, r Range) Buf {
	z := b.Scratch(r.Type, int(x.N))
	b.Emit(&MulQ{A: x, B: y, Y: z, AZero: xZero, BZero: yZero, M: m, Zero: r.Zero, Lo: r.Lo, Hi: r.Hi})
	return z
}

// Copy moves x into y, which the caller has allocated.
func (b *Builder) Copy(x, y Buf) { b.Emit(&Copy{X: x, Y: y}) }

// Concat copies buffers of one type one after the other.
func (b *Builder) Concat(parts ...Buf) Buf {
	n := 0
	for _, p := range parts {
		if p.Type != parts[0].Type {
			return b.failf("concatenation of %s and %s", parts[0].Type, p.Type)
		}
		n += int(p.N)
	}
	if n == 0 {
		return b.failf("concatenation of nothing")
	}
	y := b.Scratch(parts[0].Type, n)
	at := 0
	for _, p := range parts {
		b.Copy(p, y.Slice(at, at+int(p.N)))
		at += int(p.N)
	}
	return y
}

// Gather picks elements.
func (b *Builder) Gather(x Buf, index []int32) Buf {
	y := b.Scratch(x.Type, len(index))
	b.Emit(&Gather{X: x, Y: y, Index: index})
	return y
}

// Transpose permutes the axes of x of dimensions dims.
func (b *Builder) Transpose(x Buf, dims, perm []int) Buf {
	n := 1
	for _, d := range dims {
		n *= d
	}
	if n != int(x.N) || len(perm) != len(dims) {
		return b.failf("transposition of %d elements as %v by %v", x.N, dims, perm)
	}
	seen := make([]bool, len(dims))
	stride := make([]int, len(dims)) // of each result axis in x
	size := make([]int, len(dims))
	for k, p := range perm {
		if p < 0 || p >= len(dims) || seen[p] {
			return b.failf("transposition by %v", perm)
		}
		seen[p], size[k], stride[k] = true, dims[p], 1
		for _, d := range dims[p+1:] {
			stride[k] *= d
		}
	}
	index := make([]int32, n)
	for i := range index {
		rest, at := i, 0
		for k := len(size) - 1; k >= 0; k-- {
			at += rest % size[k] * stride[k]
			rest /= size[k]
		}
		index[i] = int32(at)
	}
	return b.Gather(x, index)
}

// Arg adds an argmax (or argmin) per row; ties give the first, or with last the last.
func (b *Builder) Arg(x Buf, rows int, smallest, last bool) Buf {
	if rows < 1 || int(x.N)%rows != 0 {
		return b.failf("arg: %d rows of %d elements", rows, x.N)
	}
	y := b.Scratch(I32, rows)
	b.Emit(&Arg{X: x, Y: y, Rows: int32(rows), N: x.N / int32(rows), Min: smallest, Last: last})
	return y
}

// Lookup maps indexes to integers.
func (b *Builder) Lookup(x Buf, table []int32, otherwise int32) Buf {
	y := b.Scratch(I32, int(x.N))
	b.Emit(&Lookup{X: x, Y: y, Table: table, Default: otherwise})
	return y
}

// LookupF maps indexes to floats.
func (b *Builder) LookupF(x Buf, table []float32, otherwise float32) Buf {
	y := b.Scratch(F32, int(x.N))
	b.Emit(&Lookup{X: x, Y: y, TableF: table, DefaultF: otherwise})
	return y
}

// LSTM adds a step whose state is overwritten in place: h and c are parts of the state.
// in carries In, CBits, G and the tables. The result is h' as a byte for a U8 cell, h itself for I16.
func (b *Builder) LSTM(x, h, c Buf, in LSTM) Buf {
	in.X, in.H, in.C, in.HOut, in.COut, in.In, in.Hidden = x, h, c, h, c, x.N, h.N
	out := b.byteOut(x, h, &in.Y8)
	b.Emit(&in)
	return out
}

// GRU adds a step whose state is overwritten in place.
func (b *Builder) GRU(x, h Buf, in GRU) Buf {
	in.X, in.H, in.HOut, in.In, in.Hidden = x, h, h, x.N, h.N
	out := b.byteOut(x, h, &in.Y8)
	b.Emit(&in)
	return out
}

// RNN adds a step whose state is overwritten in place.
func (b *Builder) RNN(x, h Buf, in RNN) Buf {
	in.X, in.H, in.HOut, in.In, in.Hidden = x, h, h, x.N, h.N
	out := b.byteOut(x, h, &in.Y8)
	b.Emit(&in)
	return out
}

func (b *Builder) byteOut(x, h Buf, y8 *Buf) Buf {
	if x.Type != U8 {
		return h
	}
	*y8 = b.Scratch(U8, int(h.N))
	return *y8
}

// Attention adds softmax(Q K^T) V; in carries T, S, Heads, D, Causal, M, MOut and Exp.
func (b *Builder) Attention(q, k, v Buf, in Attention) Buf {
	in.Q, in.K, in.V, in.Y = q, k, v, b.Scratch(I16, int(q.N))
	b.Emit(&in)
	return in.Y
}

// LayerNormQ adds an integer normalisation; in carries XZero, RMS, Eps, Gamma and Beta.
func (b *Builder) LayerNormQ(x Buf, rows int, in LayerNormQ, r Range) Buf {
	if rows < 1 || int(x.N)%rows != 0 {
		return b.failf("layer normalisation: %d rows of %d elements", rows, x.N)
	}
	in.X, in.Y, in.Rows, in.N = x, b.Scratch(r.Type, int(x.N)), int32(rows), x.N/int32(rows)
	in.Zero, in.Lo, in.Hi = r.Zero, r.Lo, r.Hi
	b.Emit(&in)
	return in.Y
}

// SVM adds kernel sums; in carries everything but X and Y.
func (b *Builder) SVM(x Buf, in SVM) Buf {
	in.X, in.Y = x, b.Scratch(F32, len(in.Rho))
	b.Emit(&in)
	return in.Y
}

// Unary adds f(x); alpha and beta where f has them.
func (b *Builder) Unary(f Unary, x Buf, alpha, beta float32) Buf {
	y := b.Scratch(F32, int(x.N))
	b.Emit(&UnaryF{X: x, Y: y, F: f, Alpha: alpha, Beta: beta})
	return y
}

// Binary adds f(x, y); either may have one element.
func (b *Builder) Binary(f Binary, x, y Buf) Buf {
	z := b.Scratch(F32, int(max(x.N, y.N)))
	b.Emit(&BinaryF{A: x, B: y, Y: z, F: f})
	return z
}

// Select adds c != 0 ? x : y.
func (b *Builder) Select(c, x, y Buf) Buf {
	z := b.Scratch(F32, int(max(c.N, x.N, y.N)))
	b.Emit(&SelectF{C: c, A: x, B: y, Y: z})
	return z
}

// Reduce adds a reduction of the middle axis of [outer][n][inner].
func (b *Builder) Reduce(f Reduce, x Buf, outer, n, inner int) Buf {
	y := b.Scratch(F32, outer*inner)
	b.Emit(&ReduceF{X: x, Y: y, Outer: int32(outer), N: int32(n), Inner: int32(inner), F: f})
	return y
}

// Softmax adds a softmax per row.
func (b *Builder) Softmax(x Buf, rows int, log bool) Buf {
	if rows < 1 || int(x.N)%rows != 0 {
		return b.failf("softmax: %d rows of %d elements", rows, x.N)
	}
	y := b.Scratch(F32, int(x.N))
	b.Emit(&SoftmaxF{X: x, Y: y, Rows: int32(rows), N: x.N / int32(rows), Log: log})
	return y
}

// Norm adds a float layer (or RMS) normalisation per row.
func (b *Builder) Norm(x Buf, rows int, gamma, beta []float32, eps float64, rms bool) Buf {
	if rows < 1 || int(x.N)%rows != 0 {
		return b.failf("normalisation: %d rows of %d elements", rows, x.N)
	}
	y := b.Scratch(F32, int(x.N))
	b.Emit(&NormF{X: x, Y: y, Rows: int32(rows), N: x.N / int32(rows), RMS: rms, Eps: eps, Gamma: gamma, Beta: beta})
	return y
}

// DenseF adds a float layer; weights are [out][in].
func (b *Builder) DenseF(x Buf, rows int, w, bias []float32) Buf {
	if rows < 1 || int(x.N)%rows != 0 || len(bias) == 0 {
		return b.failf("dense: %d rows of %d elements, %d biases", rows, x.N, len(bias))
	}
	y := b.Scratch(F32, rows*len(bias))
	b.Emit(&DenseF{X: x, Y: y, Rows: int32(rows), In: x.N / int32(rows), Out: int32(len(bias)), W: w, Bias: bias})
	return y
}

// MatMul adds [batch][m][k] x [batch][k][n].
func (b *Builder) MatMul(x, y Buf, batch, m, k, n int) Buf {
	z := b.Scratch(F32, batch*m*n)
	b.Emit(&MatMulF{A: x, B: y, Y: z, Batch: int32(batch), M: int32(m), K: int32(k), N: int32(n)})
	return z
}

// Trunc adds a conversion to integers toward zero.
func (b *Builder) Trunc(x Buf) Buf {
	y := b.Scratch(I32, int(x.N))
	b.Emit(&TruncF{X: x, Y: y})
	return y
}
