package program

import (
	"errors"
	"fmt"
)

// What Decode, Check and NewMachine refuse.
var (
	ErrFormat  = errors.New("program: not a program of this version")
	ErrShort   = errors.New("program: truncated")
	ErrLimit   = errors.New("program: larger than allowed")
	ErrInvalid = errors.New("program: invalid")
)

// InstrError says which instruction is wrong and why. It wraps ErrInvalid.
type InstrError struct {
	Index  int
	Op     Op
	Reason string
}

// Error is one line.
func (e *InstrError) Error() string {
	return fmt.Sprintf("program: instruction %d (%s): %s", e.Index, e.Op, e.Reason)
}

// Unwrap gives ErrInvalid.
func (e *InstrError) Unwrap() error { return ErrInvalid }
