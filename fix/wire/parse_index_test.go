package wire

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"slipstream/fix/wire/vector"
)

// same holds that the assembly, where it takes a message, gives what index gives.
func same(t testing.TB, raw []byte) (taken bool) {
	t.Helper()
	var fast, plain Message
	n, ok := fast.indexPlain(raw)
	if !ok {
		return false
	}
	k, fault := plain.index(raw)
	if fault != FaultNone || n != k {
		t.Fatalf("assembly takes %d fields, index %d with %v: %q", n, k, fault, raw)
	}
	for i := range n {
		if fast.Fields[i] != plain.Fields[i] {
			t.Fatalf("field %d is %+v, by index %+v: %q", i, fast.Fields[i], plain.Fields[i], raw)
		}
	}
	return true
}

// TestAssemblyIndexesAsGo: on messages of all lengths around its blocks, with any number of
// fields and tags of any width, and on mutants of them.
func TestAssemblyIndexesAsGo(t *testing.T) {
	if !vector.Has {
		t.Skip("no assembly in this build or on this processor")
	}
	rnd := rand.New(rand.NewPCG(5, 5))
	taken, mutants := 0, 0
	for length := range 400 {
		var body strings.Builder
		body.WriteString("35=8|")
		for body.Len() < length+30 {
			tag := []int{11, 58, 151, 1057, 10005, 999999}[rnd.IntN(6)]
			fmt.Fprintf(&body, "%d=%s|", tag, strings.Repeat("a=1", 1+rnd.IntN(8))[:1+rnd.IntN(3)])
		}
		fmt.Fprintf(&body, "58=%s|", strings.Repeat("x", 1+length%64))
		raw := frame(body.String())
		if len(raw) >= vector.BlockBytes+trailerLen && bytes.Count(raw, []byte{SOH}) <= 128 {
			if !same(t, raw) {
				t.Fatalf("a good message of %d bytes is not taken: %q", len(raw), raw)
			}
			taken++
		}
		for range 100 {
			m := bytes.Clone(raw)
			for range 1 + rnd.IntN(3) {
				m[rnd.IntN(len(m))] = "\x01\x01==0129A\x00\xff"[rnd.IntN(11)]
			}
			if same(t, m) {
				mutants++
			}
		}
	}
	for _, tag := range []int{8, 9, 10, 35, 95, 212, 354, 621} { // index has something to say about these
		if same(t, frame(fmt.Sprintf("35=8|%s%d=1|", strings.Repeat("58=abc|", 20), tag))) {
			t.Errorf("tag %d is taken", tag)
		}
	}
	if taken < 300 || mutants < 1000 {
		t.Errorf("only %d messages and %d mutants were taken", taken, mutants)
	}
}

// TestAssemblyTakesAnyNumberOfFields: up to its bound, then index does it.
func TestAssemblyTakesAnyNumberOfFields(t *testing.T) {
	for n := 1; n < MaxFields+10; n++ {
		raw := frame("35=8|" + strings.Repeat("58=x|", n))
		taken := same(t, raw)
		if vector.Has && len(raw) > 100 && n < 150 && !taken {
			t.Errorf("%d fields are not taken", n)
		}
		var m Message
		if fault := Parse(raw, &m); (fault == FaultNone) != (n+4 <= MaxFields) {
			t.Errorf("%d fields: %v", n, fault)
		}
	}
}

// FuzzIndex: bytes with the trailer of a message, so that the assembly looks at them.
func FuzzIndex(f *testing.F) {
	f.Add(frame(execReport))
	f.Add(frame("35=8|1234567=x|" + execReport))
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > MaxMessage-trailerLen {
			return
		}
		same(t, append(bytes.Clone(b), "\x0110=000\x01"...))
	})
}
