package itch

import (
	"bytes"
	"testing"
)

// FuzzRoundTrip: whatever Recode takes comes back byte for byte, it takes exactly
// what Validate takes, and it neither reads past b nor writes over dst.
func FuzzRoundTrip(f *testing.F) {
	for _, l := range layouts {
		f.Add(l.msg.Append(nil))
	}
	f.Add([]byte{})
	f.Add([]byte("A"))
	f.Fuzz(func(t *testing.T, b []byte) {
		b = b[:len(b):len(b)]
		out, ok := Recode([]byte("before"), b)
		if ok != Validate(b) {
			t.Fatalf("Recode %v, Validate %v", ok, Validate(b))
		}
		want := []byte("before")
		if ok {
			want = append(want, b...)
		}
		if !bytes.Equal(out, want) {
			t.Fatalf("got %x, want %x", out, want)
		}
	})
}
