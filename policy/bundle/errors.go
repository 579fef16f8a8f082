package bundle

import (
	"errors"
	"fmt"
)

// What is wrong with a bundle. Read wraps exactly one of them in an *Error.
var (
	ErrMagic     = errors.New("not a policy bundle")
	ErrVersion   = errors.New("unsupported version")
	ErrLimit     = errors.New("larger than allowed")
	ErrTruncated = errors.New("truncated")
	ErrTrailing  = errors.New("bytes after the end")
	ErrHash      = errors.New("content does not match its hash")
	ErrSignature = errors.New("signature")
	ErrFormat    = errors.New("malformed")
	ErrSchema    = errors.New("feature schema")
	ErrGolden    = errors.New("golden vectors")
	ErrProgram   = errors.New("program")
)

// Error says which part of a bundle is wrong, how, and with what detail.
type Error struct {
	Section string // header, signature, or a section's name
	Kind    error  // one of the above
	Detail  string
	Cause   error // may be nil
}

// Error is one line.
func (e *Error) Error() string {
	s := fmt.Sprintf("bundle: section %s: %v: %s", e.Section, e.Kind, e.Detail)
	if e.Cause != nil {
		s += ": " + e.Cause.Error()
	}
	return s
}

// Unwrap gives Kind and Cause to errors.Is.
func (e *Error) Unwrap() []error {
	if e.Cause == nil {
		return []error{e.Kind}
	}
	return []error{e.Kind, e.Cause}
}

func refuse(section string, kind error, format string, args ...any) *Error {
	return &Error{Section: section, Kind: kind, Detail: fmt.Sprintf(format, args...)}
}

// because is refuse with a cause.
func because(cause error, section string, kind error, format string, args ...any) *Error {
	e := refuse(section, kind, format, args...)
	e.Cause = cause
	return e
}
