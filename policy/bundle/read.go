package bundle

import (
	"crypto/ed25519"
	"io"

	"slipstream/policy/kernel"
	"slipstream/policy/program"
)

// Read reads a bundle, checks all of it and proves its golden vectors, on the kernel of
// lim and on the portable one. What it refuses is an *Error that says which part is wrong.
//
// With trusted keys the bundle must be signed by one of them; without, a signature must
// still be right if there is one. With lim.Host the bundle must be a policy whose
// features the host computes.
func Read(r io.Reader, lim Limits, trusted []ed25519.PublicKey) (*Bundle, error) {
	lim = lim.withDefaults()
	f, err := readFront(r, &lim)
	if err != nil {
		return nil, err
	}
	signer, err := f.verify(trusted)
	if err != nil {
		return nil, err
	}
	sections, err := readSections(r, f)
	if err != nil {
		return nil, err
	}
	b, err := build(f, sections, lim)
	if err != nil {
		return nil, err
	}
	b.Signer = signer
	return b, nil
}

// build decodes, checks and proves.
func build(f *front, s [numSections][]byte, lim Limits) (*Bundle, error) {
	b := &Bundle{ID: f.id}
	var err error
	if b.Program, err = program.Decode(s[secProgram]); err != nil {
		return nil, because(err, "program", ErrProgram, "refused")
	}
	var schema hashedSchema
	for i, v := range [numSections]any{
		secSchema:     &schema,
		secNorms:      &b.Norms,
		secHead:       &b.Head,
		secRule:       &b.Rule,
		secEnvelope:   &b.Envelope,
		secProvenance: &b.Provenance,
		secReport:     &b.Report,
	} {
		if v == nil {
			continue
		}
		if err := decode(s[i], v); err != nil {
			return nil, because(err, sectionNames[i], ErrFormat, "cannot be read")
		}
	}
	if string(b.Report) == "null" {
		b.Report = nil
	}
	if err := schema.check(); err != nil {
		return nil, because(err, "schema", ErrSchema, "refused")
	}
	b.Schema = schema.Schema
	if lim.Host != nil {
		if !b.IsPolicy() {
			return nil, refuse("schema", ErrSchema, "it is a bare model without features: compile it with a policy file (--policy) to run it")
		}
		if _, err := b.Schema.Columns(lim.Host.Schema); err != nil {
			return nil, err
		}
		if b.Head != nil {
			if _, err := b.Head.Columns(lim.Host.Actions); err != nil {
				return nil, err
			}
		}
	}
	if err := b.decodeGolden(s[secGolden]); err != nil {
		return nil, err
	}
	if err := b.Check(); err != nil {
		return nil, err
	}
	if err := b.affordable(lim); err != nil {
		return nil, err
	}
	kernels := []kernel.Use{lim.Kernel}
	if lim.Kernel != kernel.Portable {
		kernels = append(kernels, kernel.Portable)
	}
	for _, k := range kernels {
		name, err := b.prove(k)
		if err != nil {
			return nil, err
		}
		if len(b.Proved) == 0 || b.Proved[0] != name {
			b.Proved = append(b.Proved, name)
		}
	}
	return b, nil
}

// affordable bounds the time that proving takes.
func (b *Bundle) affordable(lim Limits) error {
	if work := b.Program.Work(); work > lim.Work/uint64(len(b.Golden)) {
		return refuse("golden", ErrLimit, "%d vectors of %d steps each, at most %d steps in all", len(b.Golden), work, lim.Work)
	}
	return nil
}
