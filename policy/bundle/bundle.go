package bundle

import (
	"crypto/ed25519"
	"encoding/json"
	"fmt"

	"slipstream/policy/program"
)

// Bundle is a compiled policy and everything that is known about it.
type Bundle struct {
	Program    *program.Program
	Schema     Schema          // no features: a bare model
	Norms      []Norm          // one per feature
	Head       *Head           // nil in a bare model, as Rule and Envelope
	Rule       *Rule           // when it is asked
	Envelope   *Envelope       // what it may do
	Provenance Provenance      // where it came from
	Report     json.RawMessage // the compiler's report, compact JSON; empty: none
	Golden     []Vector        // in order, one episode

	ID     [32]byte          // content hash; set by Read and Write
	Signer ed25519.PublicKey // nil: not signed; set by Read and Write
	Proved []string          // kernels on which the golden vectors gave the same bits; set by Read
}

// IsPolicy reports whether a daemon may run it.
func (b *Bundle) IsPolicy() bool { return !b.Schema.IsZero() }

// Check reports what is wrong with the bundle's parts and between them. Read and Write
// do it; golden vectors are not run.
func (b *Bundle) Check() error {
	if err := b.CheckParts(); err != nil {
		return err
	}
	return b.checkGolden()
}

// CheckParts is Check of everything but the golden vectors.
func (b *Bundle) CheckParts() error {
	if b.Program == nil {
		return refuse("program", ErrFormat, "there is none")
	}
	for _, c := range []struct {
		section string
		err     error
	}{
		{"schema", b.Schema.check()},
		{"normalisation", b.checkNorms()},
		{"head", checkIf(b.Head)},
		{"rule", checkIf(b.Rule)},
		{"envelope", checkIf(b.Envelope)},
		{"provenance", b.Provenance.check()},
		{"report", checkReport(b.Report)},
	} {
		if c.err != nil {
			return because(c.err, c.section, ErrFormat, "invalid")
		}
	}
	if b.IsPolicy() {
		if b.Head == nil || b.Rule == nil || b.Envelope == nil {
			return refuse("head", ErrFormat, "a policy needs a head, a rule and an envelope")
		}
		if err := b.checkSlots(); err != nil {
			return because(err, "schema", ErrSchema, "does not fit the program")
		}
	} else if b.Head != nil || b.Rule != nil || b.Envelope != nil {
		return refuse("head", ErrFormat, "a bare model has no head, rule or envelope: it has no features to decide by")
	}
	return nil
}

func (b *Bundle) checkNorms() error {
	if len(b.Norms) != len(b.Schema.Features) {
		return fmt.Errorf("%d normalisations for %d features", len(b.Norms), len(b.Schema.Features))
	}
	for i := range b.Norms {
		if err := b.Norms[i].check(); err != nil {
			return fmt.Errorf("feature %s: %w", b.Schema.Features[i].Name, err)
		}
	}
	return nil
}

// checkSlots holds the schema and the head against the program's ends.
func (b *Bundle) checkSlots() error {
	in, ok := b.Program.Input(b.Schema.Input)
	switch {
	case !ok:
		return fmt.Errorf("the program has no input %q, it has %v", b.Schema.Input, names(b.Program.Inputs))
	case in.Buf.Type != program.F32:
		return fmt.Errorf("input %q is %s, features are f32", in.Name, in.Buf.Type)
	case int(in.Buf.N) != len(b.Schema.Features):
		return fmt.Errorf("input %q takes %d elements, there are %d features", in.Name, in.Buf.N, len(b.Schema.Features))
	}
	out, ok := b.Program.Output(b.Head.Output)
	switch {
	case !ok:
		return fmt.Errorf("the program has no output %q, it has %v", b.Head.Output, names(b.Program.Outputs))
	case b.Head.Kind == Argmax && int(out.Buf.N) != len(b.Head.Actions):
		return fmt.Errorf("output %q has %d elements, there are %d actions", out.Name, out.Buf.N, len(b.Head.Actions))
	case b.Head.Kind == Label && (out.Buf.N != 1 || out.Buf.Type != program.I32):
		return fmt.Errorf("output %q is %d elements of %s, a label is one s32", out.Name, out.Buf.N, out.Buf.Type)
	case b.Head.Kind == Bins && (out.Buf.N != 1 || out.Buf.Type != program.F32):
		return fmt.Errorf("output %q is %d elements of %s, bins take one f32", out.Name, out.Buf.N, out.Buf.Type)
	}
	return nil
}

func names(slots []program.Slot) []string {
	s := make([]string, len(slots))
	for i := range slots {
		s[i] = slots[i].Name
	}
	return s
}

// checkIf checks what may be absent.
func checkIf[T any, P interface {
	*T
	check() error
}](p P) error {
	if p == nil {
		return nil
	}
	return p.check()
}
