package program

// Instr is one instruction: one of the pointer types named in newInstr.
type Instr interface {
	Op() Op
	walk(w walker)        // every field, in the order of the file
	check(c *checker)     // everything that execution relies on
	run(m *memory)        // the normative meaning (spec_*.go)
	work() (steps uint64) // elementary steps, for MaxWork
}

// Op is the code of an instruction in a file.
type Op uint8

// The instructions.
const (
	OpQuantize Op = iota + 1
	OpRequant
	OpDense
	OpLUT8
	OpLUT16
	OpAddQ
	OpMulQ
	OpCopy
	OpGather
	OpLSTM
	OpGRU
	OpRNN
	OpAttention
	OpLayerNormQ
	OpTrees
	OpSVM
	OpArg
	OpLookup
	OpUnaryF
	OpBinaryF
	OpSelectF
	OpReduceF
	OpSoftmaxF
	OpNormF
	OpDenseF
	OpMatMulF
	OpTruncF
	opEnd
)

var opNames = [opEnd]string{
	OpQuantize: "Quantize", OpRequant: "Requant", OpDense: "Dense", OpLUT8: "LUT8", OpLUT16: "LUT16", OpAddQ: "AddQ", OpMulQ: "MulQ",
	OpCopy: "Copy", OpGather: "Gather", OpLSTM: "LSTM", OpGRU: "GRU", OpRNN: "RNN", OpAttention: "Attention",
	OpLayerNormQ: "LayerNormQ", OpTrees: "Trees", OpSVM: "SVM", OpArg: "Arg", OpLookup: "Lookup", OpUnaryF: "UnaryF",
	OpBinaryF: "BinaryF", OpSelectF: "SelectF", OpReduceF: "ReduceF", OpSoftmaxF: "SoftmaxF", OpNormF: "NormF",
	OpDenseF: "DenseF", OpMatMulF: "MatMulF", OpTruncF: "TruncF",
}

// String is the instruction's name.
func (o Op) String() string {
	if o > 0 && o < opEnd {
		return opNames[o]
	}
	return "unknown"
}

// newInstr is an empty instruction of a code, nil if unknown.
func newInstr(o Op) Instr {
	switch o {
	case OpQuantize:
		return &Quantize{}
	case OpRequant:
		return &Requant{}
	case OpDense:
		return &Dense{}
	case OpLUT8:
		return &LUT8{}
	case OpLUT16:
		return &LUT16{}
	case OpAddQ:
		return &AddQ{}
	case OpMulQ:
		return &MulQ{}
	case OpCopy:
		return &Copy{}
	case OpGather:
		return &Gather{}
	case OpLSTM:
		return &LSTM{}
	case OpGRU:
		return &GRU{}
	case OpRNN:
		return &RNN{}
	case OpAttention:
		return &Attention{}
	case OpLayerNormQ:
		return &LayerNormQ{}
	case OpTrees:
		return &Trees{}
	case OpSVM:
		return &SVM{}
	case OpArg:
		return &Arg{}
	case OpLookup:
		return &Lookup{}
	case OpUnaryF:
		return &UnaryF{}
	case OpBinaryF:
		return &BinaryF{}
	case OpSelectF:
		return &SelectF{}
	case OpReduceF:
		return &ReduceF{}
	case OpSoftmaxF:
		return &SoftmaxF{}
	case OpNormF:
		return &NormF{}
	case OpDenseF:
		return &DenseF{}
	case OpMatMulF:
		return &MatMulF{}
	case OpTruncF:
		return &TruncF{}
	}
	return nil
}
