//go:build !amd64 || purego

package kernel

const hasAVX2 = false

// Without assembly nothing calls these: Use.Resolve never gives AVX2.

func denseChain(*byte, int)                                  { panic("kernel: no assembly") }
func lut16(_, _ *int16, _ *uint32, _ int)                    { panic("kernel: no assembly") }
func lstmCell(*byte)                                         { panic("kernel: no assembly") }
func gruCell(*byte)                                          { panic("kernel: no assembly") }
func quantize(*float32, *int16, int, *byte)                  { panic("kernel: no assembly") }
func softmaxRows(*int32, *int16, *uint32, int, int, float32) { panic("kernel: no assembly") }
func distances(_, _, _ *float32, _, _, _ int, _ float32)     { panic("kernel: no assembly") }
func laneDot(_, _ *float32, _ int) float32                   { panic("kernel: no assembly") }
func affine16(_, _, _ *int16, _ int, _ *byte)                { panic("kernel: no assembly") }
func forestWalk(*byte, int, int, int)                        { panic("kernel: no assembly") }
func denseTiles(*byte)                                       { panic("kernel: no assembly") }
func denseTile(*byte)                                        { panic("kernel: no assembly") }
func packKeys(_, _ *byte, _, _, _ int)                       { panic("kernel: no assembly") }
func packValues(_, _ *byte, _, _, _ int)                     { panic("kernel: no assembly") }
func normRows(*byte)                                         { panic("kernel: no assembly") }
func dequantize(*byte, *float32, int, int, int32, float32)   { panic("kernel: no assembly") }
func sumColumns(_, _ *float32, _, _, _ int, _ float32)       { panic("kernel: no assembly") }
func denseF(_, _, _, _ *float32, _, _ int)                   { panic("kernel: no assembly") }
