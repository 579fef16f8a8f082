package onnx

import (
	"errors"
	"fmt"
	"io"
)

// Limits bound what a file may cost. Zero fields take the defaults.
type Limits struct {
	FileBytes int64 // size of the file
	Nodes     int   // operators
	Elements  int   // sum over all constants and attribute lists, the same over what they fold to, and of one intermediate
	Rank      int   // dimensions of a tensor
	Work      int64 // inner steps for folding and shape inference
}

// Default allows 64 MB files, 16384 nodes, 16 million elements and 268 million steps
// (a few seconds).
func Default() Limits {
	return Limits{FileBytes: 64 << 20, Nodes: 1 << 14, Elements: 1 << 24, Rank: 16, Work: 1 << 28}
}

func (l Limits) filled() Limits {
	d := Default()
	if l.FileBytes <= 0 {
		l.FileBytes = d.FileBytes
	}
	if l.Nodes <= 0 {
		l.Nodes = d.Nodes
	}
	if l.Elements <= 0 {
		l.Elements = d.Elements
	}
	if l.Rank <= 0 {
		l.Rank = d.Rank
	}
	if l.Work <= 0 {
		l.Work = d.Work
	}
	return l
}

// What a file can be refused for; errors wrap these where no node is at fault.
var (
	ErrTooLarge    = errors.New("onnx: larger than the limit")
	ErrMalformed   = errors.New("onnx: malformed file")
	ErrUnsupported = errors.New("onnx: not supported")
	ErrCycle       = errors.New("onnx: the nodes form a cycle")
	ErrMissing     = errors.New("onnx: a value is used that nothing makes")
)

// slurp reads at most the limit.
func slurp(r io.Reader, most int64) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, most+1))
	if err != nil {
		return nil, fmt.Errorf("onnx: %w", err)
	}
	if int64(len(b)) > most {
		return nil, fmt.Errorf("%w: file of more than %d bytes", ErrTooLarge, most)
	}
	return b, nil
}
