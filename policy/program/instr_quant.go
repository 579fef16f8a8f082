package program

// Quantize: Y[i] = clamp(RNE(X[i]/Scale) + Zero, Lo, Hi), a true division. NaN gives Lo.
// The clamp happens before rounding, so infinities are fine.
type Quantize struct {
	X            Buf // F32
	Y            Buf // U8, I8 or I16
	Scale        float32
	Zero, Lo, Hi int32
}

// Requant: Y[i] = clamp(RNE(float32(X[i]-XZero)*M) + Zero, Lo, Hi) for an integer Y,
// float32(X[i]-XZero)*M for Y F32 (dequantisation), with one rounding of the product.
// X[i]-XZero is exact (int64); it is rounded to float32.
type Requant struct {
	X            Buf // integer
	Y            Buf // any
	XZero        int32
	M            float32
	Zero, Lo, Hi int32 // unused when Y is F32
}

// Dense is a fully connected layer for each of Rows vectors:
//
//	acc[r][o] = Bias[o] + sum_i X[r][i] * W[o][i]            (int32, proved not to overflow)
//	Y[r][o]   = clamp(RNE(float32(acc)*M[o]) + Zero, Lo, Hi)  or float32(acc)*M[o] for F32
//
// X is U8 with W8, or I16 with W16; weights are row-major [Out][In]. Zero points of X are
// folded into Bias by whoever compiles. ReLU is Lo = Zero. With Y F32 the result is the
// rescaled accumulator, which is what an argmax over logits must compare.
type Dense struct {
	X, Y          Buf // Y: U8, I8, I16 or F32
	Rows, In, Out int32
	W8            []int8
	W16           []int16
	Bias          []int32
	M             []float32
	Zero, Lo, Hi  int32
}

// LUT8: Y[i] = Table[byte of X[i]]; the index is the byte, two's complement for I8.
type LUT8 struct {
	X      Buf       // U8 or I8
	Y      Buf       // U8, I8, I16 or F32
	Table  []int32   // 256, within Y's range; empty for F32
	TableF []float32 // 256 for F32
}

// LUT16 interpolates: with u = X[i]+32768, k = u>>7, f = u&127,
//
//	Y[i] = Table[k] + ((Table[k+1]-Table[k])*f + 64) >> 7
//
// Neighbours differ by at most 32767, so that a difference is 16 bits. X and Y may be the
// same buffer.
type LUT16 struct {
	X, Y  Buf     // I16
	Table []int16 // 513
}

// AddQ: Y = clamp(RNE(float32(A-AZero)*AM + float32(B-BZero)*BM) + Zero, Lo, Hi); products
// rounded, then the sum. B has A's length or one element.
type AddQ struct {
	A, B, Y      Buf // U8, I8 or I16, any mixture
	AZero, BZero int32
	AM, BM       float32
	Zero, Lo, Hi int32
}

// MulQ: Y = clamp(RNE(float32(float32(A-AZero)*float32(B-BZero))*M) + Zero, Lo, Hi).
// B has A's length or one element.
type MulQ struct {
	A, B, Y      Buf // U8, I8 or I16, any mixture
	AZero, BZero int32
	M            float32
	Zero, Lo, Hi int32
}

// Copy moves X to Y: concatenation, slicing, state hand-over.
type Copy struct{ X, Y Buf }

// Gather: Y[i] = X[Index[i]]; transposition, broadcasting, constant permutations.
type Gather struct {
	X, Y  Buf // same type
	Index []int32
}

// Arg writes, for each of Rows rows of N, the index of the largest element (the smallest
// with Min); of equals the first, with Last the last. NaN loses against everything.
type Arg struct {
	X         Buf // any type, Rows*N
	Y         Buf // I32, Rows
	Rows, N   int32
	Min, Last bool
}

// Lookup: Y[i] = Table[X[i]], Default where X[i] is outside the table.
type Lookup struct {
	X        Buf // I32
	Y        Buf // I32 or F32
	Table    []int32
	TableF   []float32
	Default  int32
	DefaultF float32
}

func (*Quantize) Op() Op { return OpQuantize }
func (*Requant) Op() Op  { return OpRequant }
func (*Dense) Op() Op    { return OpDense }
func (*LUT8) Op() Op     { return OpLUT8 }
func (*LUT16) Op() Op    { return OpLUT16 }
func (*AddQ) Op() Op     { return OpAddQ }
func (*MulQ) Op() Op     { return OpMulQ }
func (*Copy) Op() Op     { return OpCopy }
func (*Gather) Op() Op   { return OpGather }
func (*Arg) Op() Op      { return OpArg }
func (*Lookup) Op() Op   { return OpLookup }
