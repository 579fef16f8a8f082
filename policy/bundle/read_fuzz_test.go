package bundle

import (
	"bytes"
	"testing"
)

// FuzzRead: no input panics, and what is taken is written back as it was.
func FuzzRead(f *testing.F) {
	f.Add(write(f, tinyPolicy(f), testKey(1)), false)
	f.Add(write(f, tinyModel(f), nil), true)
	f.Add([]byte{}, false)
	f.Fuzz(func(t *testing.T, raw []byte, fix bool) {
		if fix {
			raw = rehash(raw)
		}
		b, err := Read(bytes.NewReader(raw), Limits{Bytes: 1 << 20, Work: 1 << 20}, nil)
		if err != nil {
			if _, ok := err.(*Error); !ok {
				t.Fatalf("%T: %v", err, err)
			}
			return
		}
		signed := b.Signer
		var w bytes.Buffer
		if err := Write(&w, b, nil); err != nil {
			t.Fatalf("taken, and cannot be written: %v", err)
		}
		if got := w.Bytes(); !bytes.Equal(got[:tableSize+32], raw[:tableSize+32]) || !bytes.Equal(got[frontSize:], raw[frontSize:]) {
			t.Fatalf("written again it has other bytes (signed by %x)", signed)
		}
	})
}

// rehash makes the hashes of a mutated bundle right, so that the fuzzer gets behind them.
func rehash(raw []byte) []byte {
	if len(raw) < frontSize {
		return raw
	}
	out := bytes.Clone(raw)
	fixTable(out)
	return out
}
