package program

// Gates are the pre-activations of a recurrent cell: for row r of N,
//
//	x[r] = float32(float32(XBias[r] + sum WX[r][i]*X[i]) * XM[r])
//	h[r] = float32(float32(HBias[r] + sum WH[r][i]*H[i]) * HM[r])
//	pre  = clamp(RNE(x + h), -32768, 32767)
//
// in units of the activation tables. With X I16 the weights are W16 and H is the state
// as it is, 1.15 fixed point. With X U8 they are W8 and H is the state rounded to a byte,
// h8 = min((h + 128) >> 8, 127) + 128: the compiler folds 128 times the row's weights into
// HBias, and X's zero point into XBias. Weights are row-major [rows][inputs], [rows][hidden].
type Gates struct {
	WX8, WH8     []int8
	WX16, WH16   []int16
	XBias, HBias []int32
	XM, HM       []float32
}

// LSTM is one step. Gate rows are i, o, f, c (as ONNX orders them), Hidden each. The
// tables are as LUT16's, from pre-activations to 1.15 fixed point: ONNX's Sigmoid and
// Tanh, or any activation bounded by 1. In int32, with mul(a, b) = (a*b + 16384) >> 15
// and sat to 16 bits:
//
//	c' = sat(mul(f, c) + (mul(i, g) + half) >> (15-CBits))   real c = c / 2^CBits
//	h' = sat(mul(o, CTab(c')))                               real h = h / 2^15
//
// half is 1 << (14-CBits), 0 for CBits 15. CTab maps c' to tanh, 1.15. HOut may be H, COut
// may be C. Y8, if present, receives h' as a byte, zero 128, scale 1/128.
type LSTM struct {
	X          Buf // U8 or I16
	H, C       Buf // I16, Hidden
	HOut, COut Buf // I16, Hidden
	Y8         Buf // U8, Hidden, or absent
	In, Hidden int32
	CBits      int32 // 8 to 15
	G          Gates // 4*Hidden rows
	ITab, OTab []int16
	FTab, GTab []int16
	CTab       []int16
}

// GRU is one step. Gate rows are z, r, n (as ONNX orders them), Hidden each. z and r are
// ZTab(pre) and RTab(pre), 1.15. With LinearBeforeReset
//
//	n = NTab(clamp(RNE(x + float32(float32(r)/32768 * h))))    h the hidden part with its bias
//
// and otherwise the n rows see sat(mul(r, H)) instead of H, rounded to a byte for U8.
//
//	h' = sat(n - mul(z, n) + mul(z, H))
type GRU struct {
	X                 Buf // U8 or I16
	H, HOut           Buf // I16, Hidden; may be the same
	Y8                Buf // U8, Hidden, or absent
	In, Hidden        int32
	LinearBeforeReset bool
	G                 Gates // 3*Hidden rows
	ZTab, RTab, NTab  []int16
}

// RNN is one step: h' = Tab(pre).
type RNN struct {
	X          Buf // U8 or I16
	H, HOut    Buf // I16, Hidden; may be the same
	Y8         Buf // U8, Hidden, or absent
	In, Hidden int32
	G          Gates // Hidden rows
	Tab        []int16
}

// Attention is softmax(Q K^T * scale) V per head. Q and Y are [T][Heads*D], K and V are
// [S][Heads*D]; all symmetric I16 (zero point 0). Per head and row, in integers:
//
//	s[j] = sum_d Q[t][d]*K[j][d]                     proved not to overflow
//	p[j] = max(RNE(float32(s[j]-max s) * M) + 32767, -32768)
//	e[j] = max(LUT16(Exp, p[j]), 0)                  Exp(32767) stands for exp(0) and is positive
//	w[j] = RNE(float32(e[j]) * (32767 / float32(sum e)))
//	Y    = clamp(RNE(float32(sum_j w[j]*V[j][d]) * MOut), -32768, 32767)
//
// With Causal, row t sees j <= t + S - T; rows that see nothing are refused (S >= T).
type Attention struct {
	Q, K, V, Y     Buf // I16
	T, S, Heads, D int32
	Causal         bool
	M, MOut        float32 // M: score units to table units; MOut: 1/32767 * scaleV / scaleY
	Exp            []int16 // 513, as LUT16's
}

// LayerNormQ normalises Rows rows of N in integers. With s = sum x and v = N * sum x^2 - s^2
// (int64, exact),
//
//	R = 1 / sqrt(float64(v) + Eps)                    float64, then float32
//	Y = clamp(RNE(float32(float32(float32(N*x - s) * R) * Gamma[j]) + Beta[j]) + Zero, Lo, Hi)
//
// Eps is epsilon * (N / scaleX)^2 and must be positive; (N*x-s)*R is then the normalised
// value itself, and Gamma and Beta are in units of Y (divided by its scale).
// With RMS, s is 0 in both places and v = N * sum x^2, Y = RNE(N*x*R*Gamma + Beta).
type LayerNormQ struct {
	X, Y         Buf // X I16 or U8; Y U8 or I16
	Rows, N      int32
	XZero        int32 // subtracted from x first (for U8, and for RMS)
	RMS          bool
	Eps          float64
	Gamma, Beta  []float32 // N
	Zero, Lo, Hi int32
}

func (*LSTM) Op() Op       { return OpLSTM }
func (*GRU) Op() Op        { return OpGRU }
func (*RNN) Op() Op        { return OpRNN }
func (*Attention) Op() Op  { return OpAttention }
func (*LayerNormQ) Op() Op { return OpLayerNormQ }
