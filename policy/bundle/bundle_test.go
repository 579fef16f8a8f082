package bundle

import (
	"bytes"
	"encoding/binary"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"slipstream/policy/kernel"
)

func TestWhatIsWrittenIsRead(t *testing.T) {
	for name, b := range map[string]*Bundle{"a policy": tinyPolicy(t), "a bare model": tinyModel(t)} {
		t.Run(name, func(t *testing.T) {
			raw := write(t, b, testKey(1))
			got, err := Read(iotest.OneByteReader(bytes.NewReader(raw)), Limits{}, nil)
			if err != nil {
				t.Fatal(err)
			}
			if len(got.Proved) == 0 || got.Proved[len(got.Proved)-1] != "portable" {
				t.Errorf("proved on %v, want at least portable", got.Proved)
			}
			got.Proved = nil
			if d := cmp.Diff(b, got); d != "" {
				t.Error(d)
			}
			if again := write(t, got, testKey(1)); !bytes.Equal(again, raw) {
				t.Error("written again it has other bytes")
			}
		})
	}
}

// Flipping any byte of a section, of the table or of the signature is noticed, and the
// refusal names the place.
func TestEveryFlippedByteIsNamed(t *testing.T) {
	raw := write(t, tinyPolicy(t), testKey(1))
	f, err := readFront(bytes.NewReader(raw), &Limits{Bytes: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	flip := func(at int) error {
		bad := bytes.Clone(raw)
		bad[at] ^= 0x10
		_, err := read(bad, Limits{})
		return err
	}
	for at := range magic {
		wantRefusal(t, flip(at), "header", ErrMagic, "")
	}
	wantRefusal(t, flip(8), "header", ErrVersion, "version 17")
	wantRefusal(t, flip(12), "header", ErrFormat, "25 sections")
	for at := 16; at < tableSize; at += 5 {
		if err := flip(at); err == nil {
			t.Errorf("byte %d of the table: no refusal", at)
		}
	}
	for at := tableSize; at < tableSize+32; at++ {
		wantRefusal(t, flip(at), "header", ErrHash, "it says")
	}
	for at := tableSize + 32; at < frontSize; at++ {
		wantRefusal(t, flip(at), "signature", ErrSignature, "does not verify")
	}
	at := frontSize
	for i, name := range sectionNames {
		for k := 0; k < int(f.length[i]); k += 1 + int(f.length[i])/7 {
			wantRefusal(t, flip(at+k), name, ErrHash, "the table says")
		}
		at += int(f.length[i])
	}
	if at != len(raw) {
		t.Errorf("sections end at %d of %d bytes", at, len(raw))
	}
}

// With every hash made right again, what a section says is still judged.
func TestForgedSectionsAreRefused(t *testing.T) {
	raw := write(t, tinyPolicy(t), nil)
	swap := func(i int, from, to string) func(*[numSections][]byte) {
		return func(s *[numSections][]byte) {
			if !bytes.Contains(s[i], []byte(from)) {
				t.Fatalf("section %s is %s, without %s", sectionNames[i], s[i], from)
			}
			s[i] = bytes.Replace(s[i], []byte(from), []byte(to), 1)
		}
	}
	patch := func(i, at int, v byte) func(*[numSections][]byte) {
		return func(s *[numSections][]byte) {
			s[i] = bytes.Clone(s[i])
			if at < 0 {
				at += len(s[i])
			}
			s[i][at] = v
		}
	}
	for name, c := range map[string]struct {
		change  func(*[numSections][]byte)
		section string
		kind    error
		text    string
	}{
		"a weight":                     {patch(secProgram, weightAt(t, raw), 100), "golden", ErrGolden, "logits"},
		"a program of another version": {patch(secProgram, 7, 9), "program", ErrProgram, "version"},
		"a truncated program":          {func(s *[numSections][]byte) { s[secProgram] = s[secProgram][:40] }, "program", ErrProgram, ""},
		"a feature's name":             {swap(secSchema, "behind_ppm", "ahead_ppm"), "schema", ErrSchema, "its hash is"},
		"a feature's unit":             {swap(secSchema, `"milliticks"`, `"ppm"`), "schema", ErrSchema, "its hash is"},
		"the order of features":        {swap(secSchema, `{"name":"behind_ppm","unit":"ppm"},{"name":"time_left_ppm","unit":"ppm"}`, `{"name":"time_left_ppm","unit":"ppm"},{"name":"behind_ppm","unit":"ppm"}`), "schema", ErrSchema, "its hash is"},
		"the input's name":             {swap(secSchema, `"obs"`, `"o"`), "schema", ErrSchema, "no input"},
		"an unknown key":               {swap(secRule, `{"interval_ns"`, `{"x":1,"interval_ns"`), "rule", ErrFormat, "unknown field"},
		"a key twice":                  {swap(secRule, `{"interval_ns":500000000`, `{"interval_ns":1,"interval_ns":500000000`), "rule", ErrFormat, "canonical"},
		"white space":                  {swap(secRule, `{"`, `{ "`), "rule", ErrFormat, "canonical"},
		"two values":                   {func(s *[numSections][]byte) { s[secRule] = append(bytes.Clone(s[secRule]), "{}"...) }, "rule", ErrFormat, "more than one"},
		"an interval of nothing":       {swap(secRule, "500000000", "5"), "rule", ErrFormat, "interval_ns 5"},
		"a scale that changes inputs":  {swap(secNorms, `"scale":0.000001`, `"scale":0.000002`), "golden", ErrGolden, "normalised input"},
		"a normalisation too few":      {func(s *[numSections][]byte) { s[secNorms] = []byte("[]") }, "normalisation", ErrFormat, "0 normalisations for 3"},
		"another action":               {swap(secHead, `"cross-1","hold"`, `"hold"`), "schema", ErrSchema, "2 actions"},
		"no head":                      {func(s *[numSections][]byte) { s[secHead] = []byte("null") }, "head", ErrFormat, "needs a head"},
		"an envelope above 1":          {swap(secEnvelope, `"max_child_ppm":1000000`, `"max_child_ppm":1000001`), "envelope", ErrFormat, "max_child_ppm 1000001"},
		"a hash that is none":          {swap(secProvenance, "abab", "ABab"), "provenance", ErrFormat, "hash"},
		"a name of two lines":          {swap(secProvenance, `"tiny"`, `"ti\ny"`), "provenance", ErrFormat, "text"},
		"a report that is no JSON":     {func(s *[numSections][]byte) { s[secReport] = []byte("{") }, "report", ErrFormat, ""},
		"a golden output's last bit":   {flipGolden(t, raw), "golden", ErrGolden, `output "logits" element`},
		"a golden action":              {patch(secGolden, -4, 2), "golden", ErrGolden, "action"},
		"an action outside":            {patch(secGolden, -4, 3), "golden", ErrFormat, "action 3"},
		"a first vector that goes on":  {patch(secGolden, 4, byte(Continue)), "golden", ErrFormat, "start 0"},
		"a golden vector too few":      {patch(secGolden, 0, 3), "golden", ErrFormat, "after its 3 vectors"},
		"a golden vector too many":     {patch(secGolden, 0, 5), "golden", ErrFormat, "ends in number 4"},
		"no golden vectors":            {func(s *[numSections][]byte) { s[secGolden] = make([]byte, 4) }, "golden", ErrFormat, "0 vectors"},
		"millions of golden vectors":   {patch(secGolden, 3, 255), "golden", ErrLimit, ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := read(forge(t, raw, c.change), Limits{})
			wantRefusal(t, err, c.section, c.kind, c.text)
		})
	}
}

// weightAt finds the dense layer's first weights in the program section.
func weightAt(t *testing.T, raw []byte) int {
	t.Helper()
	at := bytes.Index(raw[frontSize:], []byte{127, 129, 3})
	if at < 0 {
		t.Fatal("the weights are not in the program")
	}
	return at + 2
}

// flipGolden flips the last mantissa bit of the first output of the first vector.
func flipGolden(t *testing.T, raw []byte) func(*[numSections][]byte) {
	t.Helper()
	return func(s *[numSections][]byte) {
		g := bytes.Clone(s[secGolden])
		g[4+1+3*4+3*4] ^= 1 // count, start, features, inputs
		s[secGolden] = g
	}
}

func TestTruncatedAtEveryByteAndTooLong(t *testing.T) {
	raw := write(t, tinyPolicy(t), nil)
	for n := range raw {
		_, err := read(raw[:n], Limits{})
		e, ok := err.(*Error)
		if !ok || e.Kind != ErrTruncated {
			t.Fatalf("%d of %d bytes: %v", n, len(raw), err)
		}
	}
	_, err := read(append(bytes.Clone(raw), 0), Limits{})
	wantRefusal(t, err, "golden", ErrTrailing, "")
}

func TestLimits(t *testing.T) {
	b := tinyPolicy(t)
	raw := write(t, b, nil)
	_, err := read(raw, Limits{Bytes: int64(len(raw)) - 1})
	wantRefusal(t, err, "header", ErrLimit, "in all")
	if _, err = read(raw, Limits{Bytes: int64(len(raw))}); err != nil {
		t.Error(err)
	}
	work := b.Program.Work() * uint64(len(b.Golden))
	_, err = read(raw, Limits{Work: work - 1})
	wantRefusal(t, err, "golden", ErrLimit, "steps")
	if _, err = read(raw, Limits{Work: work}); err != nil {
		t.Error(err)
	}
	// A table that claims a lot is refused before anything of that size is made.
	huge := bytes.Clone(raw)
	binary.LittleEndian.PutUint64(huge[16+4:], 1<<40)
	_, err = read(huge, Limits{})
	wantRefusal(t, err, "program", ErrLimit, "1099511627776 bytes")
	binary.LittleEndian.PutUint64(huge[16+4:], 1<<63)
	_, err = read(huge, Limits{})
	wantRefusal(t, err, "program", ErrLimit, "")
	bad := bytes.Clone(raw)
	binary.LittleEndian.PutUint64(bad[16+secRule*entrySize+4:], maxJSON+1)
	_, err = read(bad, Limits{})
	wantRefusal(t, err, "rule", ErrLimit, "")
}

// A table that claims 60 MB in a file of a kilobyte costs memory for the kilobyte.
func TestClaimsCostNoMemory(t *testing.T) {
	raw := write(t, tinyPolicy(t), nil)
	f, err := readFront(bytes.NewReader(raw), &Limits{Bytes: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	f.length[secProgram] = 60 << 20
	bytesPer := testing.Benchmark(func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			if _, err := readSections(bytes.NewReader(raw[frontSize:]), f); err == nil {
				b.Fatal("no refusal")
			}
		}
	}).AllocedBytesPerOp()
	if bytesPer > 1<<20 {
		t.Errorf("%d bytes allocated", bytesPer)
	}
}

func TestKernels(t *testing.T) {
	raw := write(t, tinyPolicy(t), nil)
	b, err := read(raw, Limits{Kernel: kernel.Portable})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"portable"}, b.Proved); d != "" {
		t.Error(d)
	}
	if _, err := kernel.AVX2.Resolve(); err != nil {
		_, err := read(raw, Limits{Kernel: kernel.AVX2})
		wantRefusal(t, err, "program", ErrProgram, "avx2")
		return
	}
	if b, err = read(raw, Limits{Kernel: kernel.AVX2}); err != nil || b.Proved[0] != "avx2" {
		t.Errorf("%v on %v", err, b)
	}
}

func TestWriteRefusesWhatReadWould(t *testing.T) {
	for name, c := range map[string]struct {
		change  func(*Bundle)
		section string
		kind    error
		text    string
	}{
		"no program":                  {func(b *Bundle) { b.Program = nil }, "program", ErrFormat, ""},
		"no golden vectors":           {func(b *Bundle) { b.Golden = nil }, "golden", ErrFormat, "0 vectors"},
		"a wrong golden output":       {func(b *Bundle) { b.Golden[0].Outputs[0][0] ^= 1 }, "golden", ErrGolden, "element 0"},
		"a wrong golden state":        {func(b *Bundle) { b.Golden[1].States[0][0] ^= 1 }, "golden", ErrGolden, `state "memory"`},
		"a head without a policy":     {func(b *Bundle) { b.Schema, b.Norms = Schema{}, nil }, "head", ErrFormat, "bare model"},
		"an unknown event":            {func(b *Bundle) { b.Rule.Events = []string{"moon"} }, "rule", ErrFormat, "moon"},
		"events out of order":         {func(b *Bundle) { b.Rule.Events = []string{"touch", "ack"} }, "rule", ErrFormat, "sorted"},
		"a feature twice":             {func(b *Bundle) { b.Schema.Features[1] = b.Schema.Features[0] }, "schema", ErrFormat, "twice"},
		"a feature named with a tab":  {func(b *Bundle) { b.Schema.Features[0].Name = "a\tb" }, "schema", ErrFormat, "names and units"},
		"a scale of 0":                {func(b *Bundle) { b.Norms[0].Scale = 0 }, "normalisation", ErrFormat, "behind_ppm"},
		"a range upside down":         {func(b *Bundle) { b.Norms[0].Min, b.Norms[0].Max = 1, 0 }, "normalisation", ErrFormat, "trained from 1 to 0"},
		"an unknown head":             {func(b *Bundle) { b.Head.Kind = "dice" }, "head", ErrFormat, "dice"},
		"edges that do not ascend":    {func(b *Bundle) { b.Head.Kind, b.Head.Edges = Bins, []float32{1, 1} }, "head", ErrFormat, "ascend"},
		"an edge too few":             {func(b *Bundle) { b.Head.Kind, b.Head.Edges = Bins, []float32{1} }, "head", ErrFormat, "1 edges part 2 bins"},
		"bins of three numbers":       {func(b *Bundle) { b.Head.Kind, b.Head.Edges = Bins, []float32{1, 2} }, "schema", ErrSchema, "bins take one f32"},
		"a label that is no integer":  {func(b *Bundle) { b.Head.Kind = Label }, "schema", ErrSchema, "a label is one s32"},
		"an output that is not there": {func(b *Bundle) { b.Head.Output = "y" }, "schema", ErrSchema, "no output"},
		"no name":                     {func(b *Bundle) { b.Provenance.Name = "" }, "provenance", ErrFormat, "no name"},
		"a report with line breaks":   {func(b *Bundle) { b.Report = []byte("{\n}") }, "report", ErrFormat, "canonical"},
	} {
		t.Run(name, func(t *testing.T) {
			b := tinyPolicy(t)
			c.change(b)
			var w bytes.Buffer
			wantRefusal(t, Write(&w, b, nil), c.section, c.kind, c.text)
			if w.Len() != 0 {
				t.Errorf("%d bytes were written", w.Len())
			}
		})
	}
}
