package atdl

import (
	"bytes"
	"encoding/xml"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

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
	for _, c := range []struct{ part, from, to string }{
		{"core", `wireValue="1000"`, `wireValue2="1000"`},
		{"a type", `xsi:type="Percentage_t"`, `xsi:type="Percent_t"`},
		{"layout", `xsi:type="lay:Clock_t"`, `xsi:type="lay:Watch_t"`},
		{"layout's attributes", `parameterRef="StartTime"`, `parameter="StartTime"`},
		{"validation", `operator="GT"`, `operator="MORE"`},
	} {
		broken := bytes.Replace(document(t), []byte(c.from), []byte(c.to), 1)
		if err := os.WriteFile(file, broken, 0o644); err != nil {
			t.Fatal(err)
		}
		if exec.Command(lint, "--noout", "--nonet", "--schema", schema, file).Run() == nil {
			t.Errorf("%s: the check takes %s: it cannot fail", c.part, c.to)
		}
	}
}

// The controls fill in every parameter, with the values that it may have: what a desk
// chooses in its OMS is what the gateway reads.
func TestEveryParameterHasAControlWithItsValues(t *testing.T) {
	var doc struct {
		Strategies []struct {
			Name   string `xml:"name,attr"`
			Params []struct {
				Name  string `xml:"name,attr"`
				Enums []struct {
					ID string `xml:"enumID,attr"`
				} `xml:"EnumPair"`
			} `xml:"Parameter"`
			Controls []struct {
				Ref   string `xml:"parameterRef,attr"`
				Init  string `xml:"initValue,attr"`
				Items []struct {
					ID string `xml:"enumID,attr"`
				} `xml:"ListItem"`
			} `xml:"StrategyLayout>StrategyPanel>Control"`
		} `xml:"Strategy"`
	}
	if err := xml.Unmarshal(document(t), &doc); err != nil {
		t.Fatal(err)
	}
	if len(doc.Strategies) != len(Strategies()) {
		t.Fatalf("%d strategies", len(doc.Strategies))
	}
	for _, s := range doc.Strategies {
		if len(s.Controls) != len(s.Params) {
			t.Errorf("%s: %d controls of %d parameters", s.Name, len(s.Controls), len(s.Params))
			continue
		}
		for i, p := range s.Params {
			c := s.Controls[i]
			if c.Ref != p.Name || len(c.Items) != len(p.Enums) || len(p.Enums) > 0 && c.Init != p.Enums[0].ID {
				t.Errorf("%s.%s: the control is %+v", s.Name, p.Name, c)
			}
			for k := range c.Items {
				if c.Items[k].ID != p.Enums[k].ID {
					t.Errorf("%s.%s: %s in the control, %s in the parameter", s.Name, p.Name, c.Items[k].ID, p.Enums[k].ID)
				}
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
