package bundle

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"strings"
	"testing"

	"slipstream/policy/program"
)

// tinyProgram takes three features and a state that counts: logits = W q + state, for
// three actions.
func tinyProgram(t testing.TB) *program.Program {
	t.Helper()
	b := program.NewBuilder()
	x := b.Input("obs", program.F32, 0, 0, 1, 3)
	memory := b.StateF("memory", nil, 0)
	q := b.Quantize(x, 1.0/64, program.Full(program.U8, 128))
	y := b.Dense(q, 1, program.Weights{
		W8: []int8{127, -127, 3, -60, 60, 1, 5, 7, -128}, Bias: []int32{-384, -128, 14848}, M: []float32{0.01, 0.02, 0.03},
	}, program.Range{Type: program.F32})
	step := b.ConstF(0.125)
	next := b.Binary(program.Add, memory, step)
	out := b.Binary(program.Add, y, next)
	b.Copy(next, memory)
	b.Output("logits", out, 0, 0, 1, 3)
	p, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// tinyPolicy is a policy over tinyProgram with golden vectors.
func tinyPolicy(t testing.TB) *Bundle {
	t.Helper()
	b := tinyModel(t)
	f := EngineSchema().Features
	b.Schema = Schema{Version: FeatureVersion, Input: "obs", Features: []Feature{f[2], f[0], f[3]}}
	for _, x := range b.Schema.Features {
		b.Norms = append(b.Norms, Plain(x.Unit))
	}
	b.Norms[0].Min, b.Norms[0].Max = -500_000, 500_000
	b.Head = &Head{Output: "logits", Kind: Argmax, Actions: []string{"cross-1", "hold", "rest-1"}}
	rule, env := DefaultRule(), DefaultEnvelope()
	b.Rule, b.Envelope = &rule, &env
	b.Golden = nil
	for i, x := range [][]int32{{0, 0, 0}, {400_000, 250_000, 1000}, {-400_000, 900_000, 2000}, {1, -1, 1 << 30}} {
		v := Vector{Start: Continue, Features: x}
		if i%2 == 0 {
			v.Start = Fresh
		}
		b.Golden = append(b.Golden, v)
	}
	if err := b.Complete(b.Golden); err != nil {
		t.Fatal(err)
	}
	return b
}

// tinyModel is a bare model over tinyProgram.
func tinyModel(t testing.TB) *Bundle {
	t.Helper()
	sum := strings.Repeat("ab", 32)
	b := &Bundle{
		Program: tinyProgram(t),
		Provenance: Provenance{Name: "tiny", Compiler: "test", Model: Source{"tiny.onnx", "onnx", 12, sum},
			Calibration: Source{"cases.json", "cases", 34, sum}, Cases: 4, Options: map[string]string{"precision": "auto"}},
		Report: []byte(`{"layers":[]}`),
		Golden: []Vector{
			{Start: Fresh, Inputs: [][]byte{le(0.5, -1, 1)}},
			{Start: Given, Inputs: [][]byte{le(0.5, -1, 1)}, StateIn: [][]byte{le(3)}},
			{Start: Continue, Inputs: [][]byte{le(1, 1, 1)}},
		},
	}
	if err := b.Complete(b.Golden); err != nil {
		t.Fatal(err)
	}
	return b
}

func le(v ...float32) (b []byte) {
	for _, x := range v {
		b = binary.LittleEndian.AppendUint32(b, bits(x))
	}
	return b
}

// testKey is a key pair that is the same in every run.
func testKey(n byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{n}, ed25519.SeedSize))
}

func public(k ed25519.PrivateKey) ed25519.PublicKey { return k.Public().(ed25519.PublicKey) }

func write(t testing.TB, b *Bundle, key ed25519.PrivateKey) []byte {
	t.Helper()
	var w bytes.Buffer
	if err := Write(&w, b, key); err != nil {
		t.Fatal(err)
	}
	return w.Bytes()
}

func read(raw []byte, lim Limits, trusted ...ed25519.PublicKey) (*Bundle, error) {
	return Read(bytes.NewReader(raw), lim, trusted)
}

// wantRefusal fails unless err is an *Error of the section and kind.
func wantRefusal(t *testing.T, err error, section string, kind error, text string) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) || e.Section != section || !errors.Is(err, kind) || !strings.Contains(err.Error(), text) {
		t.Errorf("got %v, want section %s: %v, with %q", err, section, kind, text)
	}
}

// forge replaces sections and makes every hash right again; it is what an attacker can do
// to an unsigned bundle.
func forge(t *testing.T, raw []byte, change func(s *[numSections][]byte)) []byte {
	t.Helper()
	lim := Limits{}.withDefaults()
	r := bytes.NewReader(raw)
	f, err := readFront(r, &lim)
	if err != nil {
		t.Fatal(err)
	}
	s, err := readSections(r, f)
	if err != nil {
		t.Fatal(err)
	}
	change(&s)
	for i := range s {
		f.length[i], f.sum[i] = uint64(len(s[i])), sha256.Sum256(s[i])
	}
	f.id = sha256.Sum256(f.table())
	var w bytes.Buffer
	if err := writeAll(&w, f, s); err != nil {
		t.Fatal(err)
	}
	return w.Bytes()
}

// fixTable sets the hashes in a table, as far as its lengths make sense, and the content
// hash; the signature is taken away.
func fixTable(raw []byte) {
	rest := raw[frontSize:]
	for i := range numSections {
		e := raw[16+i*entrySize:]
		n := binary.LittleEndian.Uint64(e[4:])
		if n > uint64(len(rest)) {
			n = uint64(len(rest))
		}
		if i == numSections-1 {
			n = uint64(len(rest))
		}
		binary.LittleEndian.PutUint64(e[4:], n)
		sum := sha256.Sum256(rest[:n])
		copy(e[12:44], sum[:])
		rest = rest[n:]
	}
	id := sha256.Sum256(raw[:tableSize])
	copy(raw[tableSize:], id[:])
	clear(raw[tableSize+32 : frontSize])
}
