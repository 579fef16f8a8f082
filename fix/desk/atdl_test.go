package desk

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"slipstream/fix/atdl"
)

// What a desk's OMS does with our FIXatdl document, written from FIXatdl 1.1 and not from
// our schema: the XML's bounds, enumerations, required parameters and StrategyEdits decide
// whether an order may go. The gateway must say the same of every order.

type atdlEdit struct {
	Field    string     `xml:"field,attr"`
	Field2   string     `xml:"field2,attr"`
	Value    string     `xml:"value,attr"`
	Operator string     `xml:"operator,attr"`
	Logic    string     `xml:"logicOperator,attr"`
	Edits    []atdlEdit `xml:"Edit"`
}

type atdlParam struct {
	Name      string `xml:"name,attr"`
	Tag       int    `xml:"fixTag,attr"`
	Type      string `xml:"type,attr"`
	Use       string `xml:"use,attr"`
	Min       string `xml:"minValue,attr"`
	Max       string `xml:"maxValue,attr"`
	Precision int    `xml:"precision,attr"`
	Mutable   bool   `xml:"mutableOnCxlRpl,attr"`
	Enums     []struct {
		Wire string `xml:"wireValue,attr"`
	} `xml:"EnumPair"`
}

type atdlStrategy struct {
	Name   string      `xml:"name,attr"`
	Wire   string      `xml:"wireValue,attr"`
	Params []atdlParam `xml:"Parameter"`
	Edits  []struct {
		Message string   `xml:"errorMessage,attr"`
		Edit    atdlEdit `xml:"Edit"`
	} `xml:"StrategyEdit"`
}

type atdlDocument struct {
	StrategyTag int            `xml:"strategyIdentifierTag,attr"`
	Strategies  []atdlStrategy `xml:"Strategy"`
}

func readATDL(t testing.TB, text []byte) *atdlDocument {
	t.Helper()
	doc := &atdlDocument{}
	if err := xml.Unmarshal(text, doc); err != nil {
		t.Fatal(err)
	}
	return doc
}

func ourATDL(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := atdl.Write(&b, "SLIP"); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// value is a parameter's value as a number: decimals as they are, times in nanoseconds.
func (p *atdlParam) value(text string) (*big.Rat, bool) {
	switch p.Type {
	case "UTCTimestamp_t":
		for _, layout := range []string{"20060102-15:04:05", "20060102-15:04:05.000"} {
			if at, err := time.Parse(layout, text); err == nil && len(layout) == len(text) {
				return new(big.Rat).SetInt64(at.UnixNano()), true
			}
		}
	case "Percentage_t", "Float_t":
		whole, frac, point := strings.Cut(text, ".")
		if whole == "" || strings.Trim(whole+frac, "0123456789") != "" || len(frac) > p.Precision || point && frac == "" {
			return nil, false
		}
		return new(big.Rat).SetString(text)
	}
	return nil, false
}

// allows judges one parameter alone.
func (p *atdlParam) allows(text string) bool {
	if p.Type == "String_t" {
		for _, e := range p.Enums {
			if e.Wire == text {
				return true
			}
		}
		return len(p.Enums) == 0
	}
	v, ok := p.value(text)
	for _, bound := range []struct {
		text string
		sign int
	}{{p.Min, 1}, {p.Max, -1}} {
		if b, is := new(big.Rat).SetString(bound.text); ok && is && v.Cmp(b)*bound.sign < 0 {
			ok = false
		}
	}
	return ok
}

// holds evaluates an edit. A comparison with a field that is not there is false.
func (e *atdlEdit) holds(s *atdlStrategy, given map[string]string) bool {
	if e.Logic != "" {
		n := 0
		for i := range e.Edits {
			if e.Edits[i].holds(s, given) {
				n++
			}
		}
		switch e.Logic {
		case "AND":
			return n == len(e.Edits)
		case "OR":
			return n > 0
		case "XOR":
			return n == 1
		case "NOT":
			return n == 0
		}
		panic("logicOperator " + e.Logic)
	}
	text, there := given[e.Field]
	switch e.Operator {
	case "EX":
		return there
	case "NX":
		return !there
	}
	other, otherThere := e.Value, true
	if e.Field2 != "" {
		other, otherThere = given[e.Field2]
	}
	if !there || !otherThere {
		return false
	}
	for i := range s.Params {
		p := &s.Params[i]
		if p.Name != e.Field {
			continue
		}
		a, okA := p.value(text)
		b, okB := p.value(other)
		cmp := strings.Compare(text, other)
		if okA && okB {
			cmp = a.Cmp(b)
		}
		switch e.Operator {
		case "EQ":
			return cmp == 0
		case "NE":
			return cmp != 0
		case "LT":
			return cmp < 0
		case "GT":
			return cmp > 0
		case "LE":
			return cmp <= 0
		case "GE":
			return cmp >= 0
		}
	}
	panic(fmt.Sprintf("edit %+v", *e))
}

// allows judges an order's parameters as an OMS does before it sends.
func (s *atdlStrategy) allows(given map[string]string) bool {
	for i := range s.Params {
		p := &s.Params[i]
		text, there := given[p.Name]
		if there && !p.allows(text) || !there && p.Use == "required" {
			return false
		}
	}
	for i := range s.Edits {
		if !s.Edits[i].Edit.holds(s, given) {
			return false
		}
	}
	return true
}

// Transports of a parameter.
const (
	byTag = iota
	byGroup
	byText
	transports
)

// gatewayAllows sends the parameters as an order, each by its transport, through the
// gateway's own reading.
func gatewayAllows(g *Gateway, doc *atdlDocument, s *atdlStrategy, given map[string]string, by func(name string) int) (bool, string) {
	m := parseFields([]byte(strings.ReplaceAll(base+amzn+limit+hundr, "|", "\x01")))
	m = append(m, field{doc.StrategyTag, s.Wire})
	var text []string
	var group fields
	for _, p := range s.Params { // in the document's order, not a map's
		v, there := given[p.Name]
		if !there {
			continue
		}
		switch by(p.Name) {
		case byTag:
			m = append(m, field{p.Tag, v})
		case byGroup:
			group = append(group, field{tagStrategyParamName, p.Name}, field{tagStrategyParamType, "14"}, field{tagStrategyParamVal, v})
		default:
			text = append(text, p.Name+"="+v)
		}
	}
	if len(text) > 0 {
		m = append(m, field{tagStrategyText, strings.Join(text, ";")})
	}
	if len(group) > 0 {
		m = append(append(m, field{tagNoStrategyParams, strconv.Itoa(len(group) / 3)}), group...)
	}
	if _, r := g.readNew(m); r != nil {
		return false, r.text
	}
	return true, ""
}

// samples are values around every bound that there is.
func (p *atdlParam) samples() []string {
	switch p.Type {
	case "UTCTimestamp_t":
		return []string{"20260302-15:00:01", "20260302-15:00:02", "20260302-15:00:02.000", "20260302-15:00:03.001", "20260302", "soon", "20260302-15:00:61"}
	case "String_t":
		return []string{"passive", "taker", "Passive", "other"}
	}
	return []string{"0", "0.000001", "0.0000001", "0.1", "0.1000001", "0.5", "0.999999", "1", "1.000001", "0.001", "0.0009", "0.002", "2", "2.5555", "99.999", "100", "100.001", "10", "-1", "abc", "1.", "1e2", ".5"}
}

// orders are parameters of a strategy that meet each bound alone, and each pair of times.
func (s *atdlStrategy) orders() (list []map[string]string) {
	base := map[string]string{}
	for i := range s.Params {
		if p := &s.Params[i]; p.Use == "required" {
			base[p.Name] = "0.1"
		}
	}
	with := func(pairs ...string) {
		m := map[string]string{}
		for k, v := range base {
			m[k] = v
		}
		for i := 0; i+1 < len(pairs); i += 2 {
			m[pairs[i]] = pairs[i+1]
		}
		list = append(list, m)
	}
	list = append(list, map[string]string{})
	for i := range s.Params {
		p := &s.Params[i]
		for _, v := range p.samples() {
			with(p.Name, v)
			for k := range s.Params[:i] {
				if q := &s.Params[k]; p.Type == "UTCTimestamp_t" && q.Type == p.Type {
					for _, w := range q.samples() {
						with(p.Name, v, q.Name, w)
					}
				}
			}
		}
	}
	return list
}

// disagreement is the first order of which document and gateway do not say the same.
func disagreement(g *Gateway, doc *atdlDocument) string {
	for i := range doc.Strategies {
		s := &doc.Strategies[i]
		for _, given := range s.orders() {
			for by := range transports {
				want := s.allows(given)
				if got, why := gatewayAllows(g, doc, s, given, func(string) int { return by }); got != want {
					return fmt.Sprintf("%s %v by transport %d: the document allows it: %v; the gateway says %q", s.Name, given, by, want, why)
				}
			}
		}
	}
	return ""
}

// TestTheDocumentAndTheGatewayGiveTheSameVerdict is the point of the one schema: on every
// bound, and on random orders whose parameters come by random transports.
func TestTheDocumentAndTheGatewayGiveTheSameVerdict(t *testing.T) {
	g, doc := testGateway(), readATDL(t, ourATDL(t))
	if len(doc.Strategies) != len(atdl.Strategies()) {
		t.Fatalf("%d strategies in the document", len(doc.Strategies))
	}
	if d := disagreement(g, doc); d != "" {
		t.Error(d)
	}
	verdicts := map[bool]int{}
	rapid.Check(t, func(rt *rapid.T) {
		s := &doc.Strategies[rapid.IntRange(0, len(doc.Strategies)-1).Draw(rt, "strategy")]
		given, by := map[string]string{}, map[string]int{}
		for i := range s.Params {
			p := &s.Params[i]
			if rapid.Bool().Draw(rt, p.Name) {
				given[p.Name] = rapid.SampledFrom(p.samples()).Draw(rt, "value")
				by[p.Name] = rapid.IntRange(0, transports-1).Draw(rt, "transport")
			}
		}
		want := s.allows(given)
		if got, why := gatewayAllows(g, doc, s, given, func(name string) int { return by[name] }); got != want {
			rt.Fatalf("%s %v by %v: the document allows it: %v; the gateway says %q", s.Name, given, by, want, why)
		}
		verdicts[want]++
	})
	if !testing.Short() && (verdicts[true] == 0 || verdicts[false] == 0) {
		t.Errorf("only one verdict was seen: %v", verdicts)
	}
	for _, s := range doc.Strategies {
		wire, _ := strconv.Atoi(s.Wire)
		for _, p := range s.Params {
			if want := !atdl.ByWire(wire).Param(p.Name).Fixed; p.Mutable != want {
				t.Errorf("%s.%s: mutableOnCxlRpl %v, the engine lets it change: %v", s.Name, p.Name, p.Mutable, want)
			}
		}
	}
}

// TestAChangedBoundIsSeen: each part of the document that judges, changed, makes it differ
// from the gateway, and the comparison finds it.
func TestAChangedBoundIsSeen(t *testing.T) {
	g, text := testGateway(), ourATDL(t)
	for _, c := range []struct{ name, from, to string }{
		{"a lower bound", `minValue="0.000001"`, `minValue="0.1"`},
		{"a lower bound that is less", `minValue="0.001"`, `minValue="0"`},
		{"an upper bound that excludes", `maxValue="0.999999"`, `maxValue="0.5"`},
		{"an upper bound that includes", `maxValue="0.999999"`, `maxValue="1"`},
		{"another upper bound", `maxValue="100"`, `maxValue="100.001"`},
		{"a precision", `precision="6"`, `precision="7"`},
		{"a wire value", `wireValue="taker"`, `wireValue="other"`},
		{"a required parameter", `use="required"`, `use="optional"`},
		{"an optional parameter", `use="optional"`, `use="required"`},
		{"an operator of the edit", `operator="GT"`, `operator="GE"`},
		{"the field of an edit", `field="EndTime" operator="GT" field2="StartTime"`, `field="StartTime" operator="GT" field2="EndTime"`},
		{"the logic of the edit", `logicOperator="OR"`, `logicOperator="AND"`},
		{"an edit's existence", `field="EndTime" operator="NX"`, `field="EndTime" operator="EX"`},
		{"the tag of a parameter", `fixTag="7001"`, `fixTag="7002"`},
		{"the number of a strategy", `wireValue="1001"`, `wireValue="1003"`},
	} {
		changed := bytes.Replace(text, []byte(c.from), []byte(c.to), 1)
		if bytes.Equal(changed, text) {
			t.Errorf("%s: the document has no %s", c.name, c.from)
			continue
		}
		if disagreement(g, readATDL(t, changed)) == "" {
			t.Errorf("%s: %s instead of %s goes unseen", c.name, c.to, c.from)
		}
	}
}
