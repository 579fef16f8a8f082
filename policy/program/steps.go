package program

import (
	"unsafe"

	"slipstream/policy/kernel"
)

// chainStep is consecutive dense layers and byte tables. The steps below are one instruction
// each, bound to their buffers.
type chainStep struct{ kernel.Chain }

func (s *chainStep) run() { s.Chain.Run() }

type denseStep struct {
	k    *kernel.Dense
	x, y unsafe.Pointer
}

func (s *denseStep) run() { s.k.Run(s.x, s.y) }

type quantizeStep struct {
	q    *kernel.Quantizer
	x, y unsafe.Pointer
	n    int
}

func (s *quantizeStep) run() { s.q.Run(s.x, s.y, s.n) }

type lut8Step struct {
	x, y  []byte
	table *[256]uint8
}

// bytes is the table of a LUT8 whose results are bytes.
func (l *LUT8) bytes() *[256]uint8 {
	t := new([256]uint8)
	for i, v := range l.Table {
		t[i] = uint8(v)
	}
	return t
}

func (s *lut8Step) run() {
	y := s.y[:len(s.x)]
	for i, v := range s.x {
		y[i] = s.table[v]
	}
}

type lut16Step struct {
	t    *kernel.Table
	x, y unsafe.Pointer
	n    int
	use  kernel.Use
}

func (s *lut16Step) run() { kernel.LUT16(s.t, s.x, s.y, s.n, s.use) }

type lstmStep struct{ c *kernel.Cell }

func (s lstmStep) run() { s.c.LSTM() }

type gruStep struct{ c *kernel.Cell }

func (s gruStep) run() { s.c.GRU() }

type rnnStep struct{ c *kernel.Cell }

func (s rnnStep) run() { s.c.RNN() }

type attentionStep struct{ a *kernel.Attention }

func (s attentionStep) run() { s.a.Run() }

type denseFStep struct {
	d    *kernel.DenseF
	x, y unsafe.Pointer
}

func (s *denseFStep) run() { s.d.Run(s.x, s.y) }

type svmStep struct {
	in *SVM
	v  *kernel.Vectors
	x  unsafe.Pointer
	y  []float32
}

func (s *svmStep) run() {
	if s.in.Kernel == KernelRBF {
		s.v.RBF(s.x, s.in.Gamma)
	} else {
		s.v.Dot(s.x)
		values := s.v.Values()
		for i, d := range values {
			values[i] = s.in.finish(d)
		}
	}
	for o := range s.y {
		s.y[o] = float32(s.in.Rho[o] + s.v.Sum(o))
	}
}

type affineStep struct {
	a       *kernel.Affine16
	x, z, y unsafe.Pointer
	n       int
}

func (s *affineStep) run() { s.a.Run(s.x, s.z, s.y, s.n) }

type normStep struct {
	l    *kernel.Norm
	x, y unsafe.Pointer
}

func (s *normStep) run() { s.l.Run(s.x, s.y) }

type dequantizeStep struct {
	d    *kernel.Dequantizer
	x, y unsafe.Pointer
	n    int
}

func (s *dequantizeStep) run() { s.d.Run(s.x, s.y, s.n) }

type columnsStep struct {
	c    *kernel.Columns
	x, y unsafe.Pointer
}

func (s *columnsStep) run() { s.c.Run(s.x, s.y) }
