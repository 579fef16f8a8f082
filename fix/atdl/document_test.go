package atdl

import (
	"bytes"
	"encoding/xml"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"slipstream/internal/testdata"
)

func document(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, "SLIP"); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// The official schemas stand beside the real data.
func TestTheDocumentIsValidFIXatdl(t *testing.T) {
	schemas := filepath.Join(testdata.Dir(t), "..", "fixatdl")
	lint, err := exec.LookPath("xmllint")
	if err != nil {
		t.Fatal("xmllint is needed: install Debian's libxml2-utils")
	}
	file := filepath.Join(t.TempDir(), "slipstream.xml")
	if err := os.WriteFile(file, document(t), 0o644); err != nil {
		t.Fatal(err)
	}
	schema := filepath.Join(schemas, "fixatdl-core-1-1.xsd")
	if out, err := exec.Command(lint, "--noout", "--nonet", "--schema", schema, file).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s\n%s", err, out, document(t))
	}
	broken := bytes.Replace(document(t), []byte(`wireValue="1000"`), []byte(`wireValue2="1000"`), 1)
	if err := os.WriteFile(file, broken, 0o644); err != nil {
		t.Fatal(err)
	}
	if exec.Command(lint, "--noout", "--nonet", "--schema", schema, file).Run() == nil {
		t.Fatal("the check takes an invalid document: it cannot fail")
	}
}

// What a desk's OMS does with the document, written anew from FIXatdl's text: bounds,
// enumerations, required parameters and StrategyEdits decide whether an order may go.
type atdlEdit struct {
	Field    string     `xml:"field,attr"`
	Field2   string     `xml:"field2,attr"`
	Operator string     `xml:"operator,attr"`
	Logic    string     `xml:"logicOperator,attr"`
	Edits    []atdlEdit `xml:"Edit"`
}

type atdlDocument struct {
	Strategies []struct {
		Name   string `xml:"name,attr"`
		Wire   int    `xml:"wireValue,attr"`
		Params []struct {
			Name      string `xml:"name,attr"`
			Type      string `xml:"type,attr"`
			Use       string `xml:"use,attr"`
			Min       string `xml:"minValue,attr"`
			Max       string `xml:"maxValue,attr"`
			Precision int    `xml:"precision,attr"`
			Mutable   bool   `xml:"mutableOnCxlRpl,attr"`
			Enums     []struct {
				Wire string `xml:"wireValue,attr"`
			} `xml:"EnumPair"`
		} `xml:"Parameter"`
		Edits []struct {
			Message string     `xml:"errorMessage,attr"`
			Edits   []atdlEdit `xml:"Edit"`
		} `xml:"StrategyEdit"`
	} `xml:"Strategy"`
}

func (e *atdlEdit) holds(v map[string]string) bool {
	if e.Logic == "OR" {
		for i := range e.Edits {
			if e.Edits[i].holds(v) {
				return true
			}
		}
		return false
	}
	_, there := v[e.Field]
	switch e.Operator {
	case "NX":
		return !there
	case "GT": // timestamps of one precision compare as text; the test writes one
		return v[e.Field] > v[e.Field2]
	}
	panic("operator " + e.Operator + " is not in this reader")
}

func decimalOK(text, lo, hi string, precision int) bool {
	parse := func(s string) (v int64, ok bool) {
		whole, frac, _ := strings.Cut(s, ".")
		if whole == "" || len(frac) > precision || strings.HasSuffix(s, ".") {
			return 0, false
		}
		for _, c := range whole + frac + strings.Repeat("0", precision-len(frac)) {
			if c < '0' || c > '9' {
				return 0, false
			}
			v = v*10 + int64(c-'0')
		}
		return v, true
	}
	v, ok := parse(text)
	a, _ := parse(lo)
	b, _ := parse(hi)
	return ok && v >= a && v <= b
}

// TestTheDocumentAndTheGatewayGiveTheSameVerdict is the point of the one schema.
func TestTheDocumentAndTheGatewayGiveTheSameVerdict(t *testing.T) {
	var doc atdlDocument
	if err := xml.Unmarshal(document(t), &doc); err != nil {
		t.Fatal(err)
	}
	if len(doc.Strategies) != len(Strategies()) {
		t.Fatalf("%d strategies in the document", len(doc.Strategies))
	}
	verdicts := map[bool]int{}
	rapid.Check(t, func(rt *rapid.T) {
		s := doc.Strategies[rapid.IntRange(0, len(doc.Strategies)-1).Draw(rt, "strategy")]
		given := map[string]string{}
		allowed := true
		for _, p := range s.Params {
			if !rapid.Bool().Draw(rt, p.Name) {
				allowed = allowed && p.Use != "required"
				continue
			}
			var v string
			ok := true
			switch p.Type {
			case "UTCTimestamp_t":
				at := time.Unix(1_767_571_200+rapid.Int64Range(0, 3).Draw(rt, "t"), 0).UTC()
				v = at.Format("20060102-15:04:05")
			case "String_t":
				v = rapid.SampledFrom([]string{"passive", "taker", "Passive", "other"}).Draw(rt, "choice")
				ok = false
				for _, e := range p.Enums {
					ok = ok || e.Wire == v
				}
			default:
				v = rapid.SampledFrom([]string{"0", "0.000001", "0.0000001", "0.1", "0.999999", "1", "1.000001", "0.001", "0.0009", "2", "2.5555", "100", "100.001", "10", "-1", "abc", "1."}).Draw(rt, "number")
				ok = decimalOK(v, p.Min, p.Max, p.Precision)
			}
			given[p.Name], allowed = v, allowed && ok
		}
		for _, e := range s.Edits {
			for i := range e.Edits {
				allowed = allowed && e.Edits[i].holds(given)
			}
		}
		_, err := ByWire(s.Wire).Judge(given)
		if (err == nil) != allowed {
			rt.Fatalf("%s %v: the document allows it: %v; the gateway: %v", s.Name, given, allowed, err)
		}
		verdicts[allowed]++
	})
	if !testing.Short() && (verdicts[true] == 0 || verdicts[false] == 0) {
		t.Errorf("only one verdict was seen: %v", verdicts)
	}
	for _, s := range doc.Strategies {
		for _, p := range s.Params {
			if want := !ByWire(s.Wire).Param(p.Name).Fixed; p.Mutable != want {
				t.Errorf("%s.%s: mutableOnCxlRpl %v, the gateway lets it change: %v", s.Name, p.Name, p.Mutable, want)
			}
		}
	}
}

func TestEachFaultOfAParameterIsNamed(t *testing.T) {
	pov := ByWire(2)
	for _, c := range []struct {
		given map[string]string
		want  string
	}{
		{map[string]string{}, "POV needs parameter ParticipationRate"},
		{map[string]string{"ParticipationRate": "1"}, "ParticipationRate=\"1\" is out of range: want 0.000001 to 0.999999"},
		{map[string]string{"ParticipationRate": "10%"}, "ParticipationRate=\"10%\" is not written as it must be: want a number of at most 6 decimals"},
		{map[string]string{"ParticipationRate": "0.1", "Urgency": "2"}, "POV has no parameter \"Urgency\""},
		{map[string]string{"ParticipationRate": "0.1", "Tactic": "fast"}, "Tactic=\"fast\": want one of passive, taker"},
		{map[string]string{"ParticipationRate": "0.1", "StartTime": "20260105"}, "StartTime=\"20260105\" is not written as it must be: want YYYYMMDD-HH:MM:SS, UTC"},
		{map[string]string{"ParticipationRate": "0.1", "StartTime": "20260105-10:00:00", "EndTime": "20260105-10:00:00"}, "EndTime must be after StartTime"},
	} {
		if _, err := pov.Judge(c.given); err == nil || err.Error() != c.want {
			t.Errorf("%v: %v, want %s", c.given, err, c.want)
		}
	}
	got, err := pov.Judge(map[string]string{"ParticipationRate": "0.15", "Tactic": "taker", "EndTime": "20260105-10:00:00.250"})
	if err != nil || got["ParticipationRate"] != 150_000 || got["Tactic"] != 1 || got["EndTime"] != 1_767_607_200_250_000_000 {
		t.Errorf("%v, %v", got, err)
	}
}
