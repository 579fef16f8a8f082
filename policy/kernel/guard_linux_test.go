//go:build linux && amd64 && !purego

package kernel

import (
	"math/rand/v2"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// guarded gives n bytes that end, or begin, at a page no one may touch.
func guarded(t *testing.T, n int, atEnd bool) []byte {
	t.Helper()
	page := unix.Getpagesize()
	size := roundUp(n, page)
	all, err := unix.Mmap(-1, 0, size+2*page, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Munmap(all) })
	for _, p := range [][]byte{all[:page], all[page+size:]} {
		if err := unix.Mprotect(p, unix.PROT_NONE); err != nil {
			t.Fatal(err)
		}
	}
	if atEnd {
		return all[page+size-n : page+size : page+size]
	}
	return all[page : page+n : page+n]
}

func at[T any](b []byte) *T { return (*T)(unsafe.Pointer(unsafe.SliceData(b))) }

func copyOf(t *testing.T, from unsafe.Pointer, n int, atEnd bool) unsafe.Pointer {
	b := guarded(t, n, atEnd)
	copy(b, unsafe.Slice((*byte)(from), n))
	return unsafe.Pointer(&b[0])
}

// The assembly reads x up to a multiple of 4 bytes, weights and tables to their end, and
// writes exactly its result: one byte more on either side would kill the test.
func TestDenseTouchesOnlyItsBuffers(t *testing.T) {
	needAVX2(t)
	r := rand.New(rand.NewPCG(1, 1))
	for i := range 260 {
		in, out := 1+i%130, 1+r.IntN(130)
		rows := 1 + i%2
		if i%5 == 0 { // tiles
			out, rows = 32*(1+r.IntN(4)), 1+r.IntN(6)
		}
		s := randomDense(r, in, out, rows, i%3 == 2, Out(i%4), 64+63*(i%2))
		d := NewDense(s, AVX2)
		if !d.asm {
			t.Fatal("the assembly does not take the layer")
		}
		for _, atEnd := range []bool{true, false} {
			step := 4
			if d.name == "madd8" {
				step = 2
			}
			size := (s.Rows-1)*s.XStride + roundUp(in*s.xSize(), step)
			x := guarded(t, size, atEnd)
			for k := range x {
				x[k] = byte(r.IntN(256))
			}
			y := guarded(t, s.Rows*s.YStride, atEnd)
			l := d.layer
			padded := roundUp(out, 8)
			l.w = copyOf(t, l.w, int(l.groups)*padded*4, atEnd)
			l.bias, l.m = copyOf(t, l.bias, 4*padded, atEnd), copyOf(t, l.m, 4*padded, atEnd)
			l.x, l.y = unsafe.Pointer(&x[0]), unsafe.Pointer(&y[0])
			if d.tiles {
				denseTiles((*byte)(unsafe.Pointer(&l)))
			} else {
				denseChain((*byte)(unsafe.Pointer(&l)), 1)
			}
			want := make([]byte, len(y))
			NewDense(s, Portable).Run(l.x, unsafe.Pointer(&want[0]))
			if string(want) != string(y) {
				t.Fatalf("%d x %d, %s: results differ", out, in, d.name)
			}
		}
	}
}

func TestTablesTouchOnlyTheirBuffers(t *testing.T) {
	needAVX2(t)
	r := rand.New(rand.NewPCG(4, 4))
	for n := 1; n <= 130; n++ {
		for _, atEnd := range []bool{true, false} {
			x, y := guarded(t, n, atEnd), guarded(t, n, atEnd)
			table := (*[256]uint8)(guarded(t, 256, atEnd))
			for i := range table {
				table[i] = byte(r.IntN(256))
			}
			for i := range x {
				x[i] = byte(r.IntN(256))
			}
			var c Chain
			c.AppendTable(table, unsafe.Pointer(&x[0]), unsafe.Pointer(&y[0]), n)
			c.Run()
			for i := range x {
				if y[i] != table[x[i]] {
					t.Fatalf("byte %d of %d: %d becomes %d, want %d", i, n, x[i], y[i], table[x[i]])
				}
			}
		}
	}
}

func TestTheOthersTouchOnlyTheirBuffers(t *testing.T) {
	needAVX2(t)
	var tab Table
	args := affineArgs{xm: 1, zm: 1, flo: -9, fhi: 9}
	quant := QuantArgs{scale: 1, hi: 9}
	for _, atEnd := range []bool{true, false} {
		for blocks := 1; blocks <= 5; blocks++ {
			n := 8 * blocks
			x, z, y := guarded(t, 2*n, atEnd), guarded(t, 2*n, atEnd), guarded(t, 2*n, atEnd)
			f, g := guarded(t, 4*n, atEnd), guarded(t, 4*n, atEnd)
			table := (*Table)(copyOf(t, unsafe.Pointer(&tab), int(unsafe.Sizeof(tab)), atEnd))
			lut16(at[int16](x), at[int16](y), &table[0], blocks)
			quantize(at[float32](f), at[int16](y), blocks, (*byte)(unsafe.Pointer(&quant)))
			affine16(at[int16](x), at[int16](z), at[int16](y), blocks, (*byte)(unsafe.Pointer(&args)))
			affine16(at[int16](x), nil, at[int16](y), blocks, (*byte)(unsafe.Pointer(&args)))
			if sum := laneDot(at[float32](f), at[float32](g), blocks); sum != 0 {
				t.Errorf("a sum of zeros is %v", sum)
			}
			table[511] = 1 // exp(0) must not be 0
			scores, w := guarded(t, 4*3*n, atEnd), guarded(t, 2*3*n, atEnd)
			softmaxRows(at[int32](scores), at[int16](w), &table[0], 3, blocks, 1)
			features := 1 + blocks*3
			fx, vs, ys := guarded(t, 4*features, atEnd), guarded(t, 4*features*32*blocks, atEnd), guarded(t, 4*32*blocks, atEnd)
			bias := guarded(t, 4*32*blocks, atEnd)
			denseF(at[float32](fx), at[float32](vs), at[float32](bias), at[float32](ys), features, blocks)
			distances(at[float32](fx), at[float32](vs), at[float32](ys), features, blocks, 0, 0)
			distances(at[float32](fx), at[float32](vs), at[float32](ys), features, blocks, 1, -1)
			if v := *at[float32](ys); v != 1 {
				t.Errorf("exp(0) = %v", v)
			}
		}
	}
}

func TestCellsTouchOnlyTheirBuffers(t *testing.T) {
	needAVX2(t)
	for _, atEnd := range []bool{true, false} {
		for _, hidden := range []int{1, 7, 8, 33} {
			for gates := 3; gates <= 4; gates++ {
				h, c := guarded(t, 2*hidden, atEnd), guarded(t, 2*hidden, atEnd)
				h8 := guarded(t, hidden, atEnd)
				x := guarded(t, 8, atEnd)
				tab := new(Table)
				s := CellSpec{Gates: gates, In: 5, Hidden: hidden, WX8: make([]int8, gates*hidden*5), WH8: make([]int8, gates*hidden*hidden),
					XBias: make([]int32, gates*hidden), HBias: make([]int32, gates*hidden), XM: make([]float32, gates*hidden), HM: make([]float32, gates*hidden),
					XLim: []int64{255, 255, 255, 255, 255}, Tabs: []*Table{tab, tab, tab, tab, tab}, CBits: 12,
					X: unsafe.Pointer(&x[0]), H: unsafe.Pointer(&h[0]), HOut: unsafe.Pointer(&h[0]), C: unsafe.Pointer(&c[0]), COut: unsafe.Pointer(&c[0]), ByteH: unsafe.Pointer(&h8[0])}
				cell := NewCell(s, AVX2)
				if gates == 4 {
					cell.LSTM()
				} else {
					cell.GRU()
				}
				if h8[hidden-1] != 128 {
					t.Errorf("a state of zero is the byte %d", h8[hidden-1])
				}
			}
		}
	}
}
