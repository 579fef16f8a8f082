//go:build !amd64 || purego

package vector

const Has = false

// Without assembly nothing calls these.

func sumBlocks(*byte, int) uint64                { panic("vector: no assembly") }
func indexBlocks(_ *byte, _ int, _, _ *byte) int { panic("vector: no assembly") }
