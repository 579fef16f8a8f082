package bundle

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"slices"

	"slipstream/policy/kernel"
)

// Write writes b, signed if key is not nil, and sets b.ID and b.Signer. It proves the
// golden vectors on the portable kernel first: what it writes, Read takes.
func Write(w io.Writer, b *Bundle, key ed25519.PrivateKey) error {
	if err := b.Check(); err != nil {
		return err
	}
	if err := b.affordable(Limits{}.withDefaults()); err != nil {
		return err
	}
	if _, err := b.prove(kernel.Portable); err != nil {
		return err
	}
	f := &front{}
	sections, err := b.sections()
	if err != nil {
		return err
	}
	for i, s := range sections {
		if i != secProgram && i != secGolden && len(s) > maxJSON {
			return refuse(sectionNames[i], ErrLimit, "%d bytes, at most %d", len(s), maxJSON)
		}
		f.length[i], f.sum[i] = uint64(len(s)), sha256.Sum256(s)
	}
	f.id = sha256.Sum256(f.table())
	if key != nil {
		if err := f.sign(key); err != nil {
			return err
		}
	}
	if err := writeAll(w, f, sections); err != nil {
		return err
	}
	b.ID, b.Signer = f.id, nil
	if key != nil {
		b.Signer = slices.Clone(key.Public().(ed25519.PublicKey))
	}
	return nil
}

func writeAll(w io.Writer, f *front, sections [numSections][]byte) error {
	for _, part := range append([][]byte{f.table(), f.id[:], f.sig[:]}, sections[:]...) {
		if _, err := w.Write(part); err != nil {
			return err
		}
	}
	return nil
}

// sections encodes everything.
func (b *Bundle) sections() (s [numSections][]byte, err error) {
	s[secProgram] = b.Program.Append(nil)
	s[secGolden] = appendGolden(nil, b.Golden)
	sum := b.Schema.Hash()
	for i, v := range [numSections]any{
		secSchema:     &hashedSchema{b.Schema, hex.EncodeToString(sum[:])},
		secNorms:      b.Norms,
		secHead:       b.Head,
		secRule:       b.Rule,
		secEnvelope:   b.Envelope,
		secProvenance: &b.Provenance,
		secReport:     b.Report,
	} {
		if v == nil {
			continue
		}
		if s[i], err = encode(v); err != nil {
			return s, because(err, sectionNames[i], ErrFormat, "cannot be written")
		}
	}
	return s, nil
}

// checkReport wants compact JSON, which the canonical form then keeps as it is.
func checkReport(r json.RawMessage) error {
	if len(r) == 0 {
		return nil
	}
	var again json.RawMessage
	return decode(r, &again)
}

// Sign copies a bundle with another signature; the content hash stays. The bundle is
// read and proved first. Its signature, if any, is not judged.
func Sign(w io.Writer, r io.Reader, lim Limits, key ed25519.PrivateKey) (*Bundle, error) {
	lim = lim.withDefaults()
	f, err := readFront(r, &lim)
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
	if err := f.sign(key); err != nil {
		return nil, err
	}
	b.Signer = slices.Clone(key.Public().(ed25519.PublicKey))
	return b, writeAll(w, f, sections)
}
