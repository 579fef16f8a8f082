package kernel

import "unsafe"

// Layer is one dense layer as the assembly reads it (gen/dense.go has the offsets).
type Layer struct {
	x, y, w, bias, m unsafe.Pointer
	groups, out      int64
	rows             int64
	xStride, yStride int64 // bytes
	zero, lo, hi     uint32
	kind             uint32
}

// Bits of kind.
const (
	kindWide  = 1
	kindBytes = 8
	kindTable = 16
)

// Chain is consecutive dense layers that run in one call of assembly.
type Chain struct{ layers []Layer }

// Append adds a layer that the assembly can run (Dense.Assembly).
func (c *Chain) Append(d *Dense, x, y unsafe.Pointer) {
	l := d.layer
	l.x, l.y = x, y
	c.layers = append(c.layers, l)
}

// AppendTable adds a map of n bytes through a table; y may be x.
func (c *Chain) AppendTable(table *[256]uint8, x, y unsafe.Pointer, n int) {
	c.layers = append(c.layers, Layer{x: x, y: y, w: unsafe.Pointer(table), out: int64(n), rows: 1, kind: kindTable})
}

// Len is the number of layers.
func (c *Chain) Len() int { return len(c.layers) }

// Run runs the layers in order.
func (c *Chain) Run() {
	if len(c.layers) > 0 {
		denseChain((*byte)(unsafe.Pointer(&c.layers[0])), len(c.layers))
	}
}
