// Command gen writes the AVX2 kernels of policy/kernel: asm_amd64.s and its Go stubs. Run
// it by ../generate.sh.
package main

import (
	"github.com/mmcloughlin/avo/build"
)

func main() {
	build.ConstraintExpr("amd64,!purego")
	dense()
	tiles()
	lut16()
	lstm()
	gru()
	quantize()
	softmax()
	distances()
	laneDot()
	denseF()
	norm()
	dequantize()
	columns()
	affine16()
	forest()
	tile()
	keys()
	values()
	build.Generate()
}
