package quant

// Report says what became of each layer and how far the program is from the float graph
// on the calibration cases.
type Report struct {
	Cases int // calibration cases
	// MaxLayerError is what a layer in int8 was allowed to add in the end: the option's, or
	// less where the outputs asked for it.
	MaxLayerError float64
	Passes        []string // rewrites, in order: "node: what was done"
	Layers        []Layer  // in the order of the program
	Outputs       []Output
	States        []StatePair
}

// Layer is one node of the rewritten graph that computes something.
type Layer struct {
	Name, Op  string
	Precision string // int8, int16, float32, exact
	Reason    string // why this precision
	// Error8 and Error16 are the rms of the error that the layer alone adds over the rms of
	// its output, in either precision; -1: not measured.
	Error8, Error16 float64
	ScaleIn         float64 // per tensor, real value of one step
	ZeroIn          int32
	ScaleOut        float64
	ZeroOut         int32
	Proof           *Proof // dense layers
}

// Output compares one graph output of the program with the float graph's.
type Output struct {
	Name     string
	MaxError float64 // largest difference
	RMSError float64
	RMS      float64 // of the float output
	Relative float64 // RMSError / RMS, 0 where both are 0
	// Agreement is the share of rows whose largest element is at the same place, for float
	// outputs of more than one element; for integer outputs the share of equal elements. -1:
	// a single float, nothing to agree on.
	Agreement float64
}

// StatePair is recurrent state: an input whose next value is an output.
type StatePair struct {
	Input, Output string
	Elements      int
}
