package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"

	"slipstream/policy/graph"
)

// maxCaseFile bounds a file of cases, in bytes.
const maxCaseFile = 256 << 20

// rawTensor is a tensor as a case file has it, not yet of any type.
type rawTensor struct {
	Dims []int           `json:"dims"`
	Data json.RawMessage `json:"data"`
}

// rawCase is the inputs of one case, by name.
type rawCase map[string]rawTensor

// caseFile is a file of inputs in one of three shapes:
//
//	{"cases":[{"in":{NAME:{"dims":[1,2],"data":[0.5,null]}}}]}   tensors by name
//	{"X":[[0.5,null]]}                                           rows of a model with one input
//	{"features":[[500000,...]]}                                  the engine's integers, for a policy
//
// null is NaN; other keys are left alone.
type caseFile struct {
	Format   string // cases, rows or features
	Cases    []rawCase
	Rows     []json.RawMessage
	Features [][]int32
	Bytes    []byte // the whole file, for its hash
}

// Len is the number of cases.
func (f *caseFile) Len() int { return len(f.Cases) + len(f.Rows) + len(f.Features) }

func readCaseFile(path string) (*caseFile, error) {
	b, err := readBounded(path, maxCaseFile)
	if err != nil {
		return nil, err
	}
	return parseCaseFile(path, b)
}

func parseCaseFile(path string, b []byte) (*caseFile, error) {
	var file struct {
		Cases []struct {
			In rawCase `json:"in"`
		} `json:"cases"`
		X        []json.RawMessage `json:"X"`
		Features [][]int32         `json:"features"`
	}
	if err := json.Unmarshal(b, &file); err != nil {
		return nil, fmt.Errorf("%s: not a file of cases: %w", path, err)
	}
	f := &caseFile{Bytes: b, Rows: file.X, Features: file.Features}
	for i := range file.Cases {
		if file.Cases[i].In == nil {
			return nil, fmt.Errorf("%s: case %d has no \"in\"", path, i)
		}
		f.Cases = append(f.Cases, file.Cases[i].In)
	}
	kinds := 0
	for _, k := range []struct {
		name string
		n    int
	}{{"cases", len(f.Cases)}, {"rows", len(f.Rows)}, {"features", len(f.Features)}} {
		if k.n > 0 {
			kinds++
			f.Format = k.name
		}
	}
	if kinds != 1 {
		return nil, fmt.Errorf(`%s: want one of "cases", "X" and "features", not empty, and found %d of them`, path, kinds)
	}
	return f, nil
}

// readBounded reads a file of at most limit bytes.
func readBounded(path string, limit int64) ([]byte, error) {
	in, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	b, err := io.ReadAll(io.LimitReader(in, limit+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if int64(len(b)) > limit {
		return nil, fmt.Errorf("%s: more than %d bytes", path, limit)
	}
	return b, nil
}

// port is an end of a model: what a case must give or an answer has.
type port struct {
	Name  string
	DType graph.DType
	Dims  []int
}

// tensors are the inputs of case i of f, as ports want them. A name among optional may
// be missing.
func (f *caseFile) tensors(i int, ports []port, optional map[string]bool) (map[string]graph.Tensor, error) {
	in := map[string]graph.Tensor{}
	switch f.Format {
	case "rows":
		var only *port
		for k := range ports {
			if !optional[ports[k].Name] {
				if only != nil {
					return nil, fmt.Errorf(`"X" has rows for one input, the model has %q and %q: use "cases"`, only.Name, ports[k].Name)
				}
				only = &ports[k]
			}
		}
		if only == nil {
			return nil, fmt.Errorf("the model has no input")
		}
		t, err := parseTensor(&rawTensor{Dims: only.Dims, Data: f.Rows[i]}, only.DType)
		if err != nil {
			return nil, fmt.Errorf("row %d: %w", i, err)
		}
		in[only.Name] = *t
	case "cases":
		for k := range ports {
			p := &ports[k]
			raw, ok := f.Cases[i][p.Name]
			if !ok {
				if optional[p.Name] {
					continue
				}
				return nil, fmt.Errorf("case %d: input %q is missing", i, p.Name)
			}
			t, err := parseTensor(&raw, p.DType)
			if err != nil {
				return nil, fmt.Errorf("case %d: input %q: %w", i, p.Name, err)
			}
			in[p.Name] = *t
		}
		for name := range f.Cases[i] {
			if !hasPort(ports, name) {
				return nil, fmt.Errorf("case %d: the model has no input %q", i, name)
			}
		}
	default:
		return nil, fmt.Errorf(`"features" are for a policy, this is a bare model: give "cases" or "X"`)
	}
	return in, nil
}

func hasPort(ports []port, name string) bool {
	for i := range ports {
		if ports[i].Name == name {
			return true
		}
	}
	return false
}

// parseTensor gives raw data a type.
func parseTensor(raw *rawTensor, d graph.DType) (*graph.Tensor, error) {
	for _, n := range raw.Dims {
		if n < 0 {
			return nil, fmt.Errorf("negative dimension in %v", raw.Dims)
		}
	}
	t := &graph.Tensor{DType: d, Dims: append([]int{}, raw.Dims...)}
	e := json.NewDecoder(bytes.NewReader(raw.Data))
	e.UseNumber()
	if open, err := e.Token(); err != nil || open != json.Delim('[') {
		return nil, fmt.Errorf("data is not a list")
	}
	for k := 0; e.More(); k++ {
		tok, err := e.Token()
		if err == nil {
			err = push(t, tok)
		}
		if err != nil {
			return nil, fmt.Errorf("element %d: %w", k, err)
		}
	}
	if n := len(t.F) + len(t.D) + len(t.I) + len(t.S); n != graph.Count(raw.Dims) {
		return nil, fmt.Errorf("%d elements, dims %v say %d", n, raw.Dims, graph.Count(raw.Dims))
	}
	return t, nil
}

// push appends one JSON token to a tensor.
func push(t *graph.Tensor, tok json.Token) error {
	switch {
	case t.DType == graph.String:
		s, ok := tok.(string)
		if !ok {
			return fmt.Errorf("%v is not a string", tok)
		}
		t.S = append(t.S, s)
	case t.DType == graph.Float64:
		v, err := number(tok, 64)
		if err != nil {
			return err
		}
		t.D = append(t.D, v)
	case t.DType.IsFloat():
		v, err := number(tok, 32)
		if err != nil {
			return err
		}
		t.F = append(t.F, float32(v))
	default:
		v, err := integer(tok)
		if err != nil {
			return err
		}
		if lo, hi := t.DType.Range(); v < lo || v > hi {
			return fmt.Errorf("%d is not a %s", v, t.DType)
		}
		t.I = append(t.I, v)
	}
	return nil
}

// number reads a float; null is NaN, and JSON has no infinity, so that is a string.
func number(tok json.Token, bits int) (float64, error) {
	switch v := tok.(type) {
	case nil:
		return math.NaN(), nil
	case json.Number:
		f, err := strconv.ParseFloat(string(v), bits)
		if err != nil {
			return 0, fmt.Errorf("%s is out of range of float%d", v, bits)
		}
		return f, nil
	case string:
		switch v {
		case "NaN":
			return math.NaN(), nil
		case "Infinity":
			return math.Inf(1), nil
		case "-Infinity":
			return math.Inf(-1), nil
		}
	}
	return 0, fmt.Errorf("%v is not a number", tok)
}

func integer(tok json.Token) (int64, error) {
	switch v := tok.(type) {
	case bool:
		if v {
			return 1, nil
		}
		return 0, nil
	case json.Number:
		if i, err := strconv.ParseInt(string(v), 10, 64); err == nil {
			return i, nil
		}
		if f, err := strconv.ParseFloat(string(v), 64); err == nil && f == math.Trunc(f) && math.Abs(f) < 1<<53 {
			return int64(f), nil
		}
	}
	return 0, fmt.Errorf("%v is not an integer", tok)
}

// outTensor prints a tensor as case files have it.
type outTensor struct{ t *graph.Tensor }

// MarshalJSON gives {"dims":[],"data":[]}: floats as the exact decimal of float64 that
// rounds back, NaN as null.
func (o outTensor) MarshalJSON() ([]byte, error) {
	t := o.t
	dims, err := json.Marshal(append([]int{}, t.Dims...))
	if err != nil {
		return nil, err
	}
	b := append([]byte(`{"dims":`), dims...)
	b = append(b, `,"data":[`...)
	for i := range t.Len() {
		if i > 0 {
			b = append(b, ',')
		}
		switch {
		case t.DType == graph.String:
			s, err := json.Marshal(t.S[i])
			if err != nil {
				return nil, err
			}
			b = append(b, s...)
		case t.DType.IsFloat():
			b = appendNumber(b, t.At(i))
		case t.DType == graph.Uint64:
			b = strconv.AppendUint(b, uint64(t.I[i]), 10)
		default:
			b = strconv.AppendInt(b, t.I[i], 10)
		}
	}
	return append(b, "]}"...), nil
}

func appendNumber(b []byte, v float64) []byte {
	switch {
	case math.IsNaN(v):
		return append(b, "null"...)
	case math.IsInf(v, 1):
		return append(b, `"Infinity"`...)
	case math.IsInf(v, -1):
		return append(b, `"-Infinity"`...)
	case v == 0 && math.Signbit(v):
		return append(b, "-0"...)
	}
	return strconv.AppendFloat(b, v, 'g', -1, 64)
}
