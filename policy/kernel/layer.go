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

// Chain is consecutive dense layers: those of one row run in one call of assembly, those of
// several rows in tiles.
type Chain struct{ parts []part }

// part is layers for one call; tiles is one layer.
type part struct {
	layers []Layer
	tiles  bool
}

// Append adds a layer that the assembly can run (Dense.Assembly).
func (c *Chain) Append(d *Dense, x, y unsafe.Pointer) {
	l := d.layer
	l.x, l.y = x, y
	c.add(l, d.tiles)
}

// AppendTable adds a map of n bytes through a table; y may be x.
func (c *Chain) AppendTable(table *[256]uint8, x, y unsafe.Pointer, n int) {
	c.add(Layer{x: x, y: y, w: unsafe.Pointer(table), out: int64(n), rows: 1, kind: kindTable}, false)
}

func (c *Chain) add(l Layer, tiles bool) {
	if n := len(c.parts); n > 0 && !tiles && !c.parts[n-1].tiles {
		c.parts[n-1].layers = append(c.parts[n-1].layers, l)
		return
	}
	c.parts = append(c.parts, part{[]Layer{l}, tiles})
}

// Empty reports that there is nothing to run.
func (c *Chain) Empty() bool { return len(c.parts) == 0 }

// Run runs the layers in order.
func (c *Chain) Run() {
	for i := range c.parts {
		if l := c.parts[i].layers; c.parts[i].tiles {
			denseTiles((*byte)(unsafe.Pointer(&l[0])))
		} else {
			denseChain((*byte)(unsafe.Pointer(&l[0])), len(l))
		}
	}
}
