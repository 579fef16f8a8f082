package accept

import (
	"fmt"
	"io"
	"math"
	"strings"
)

// Verdict is what a test comes to.
type Verdict string

// A test that one day cannot support has figures, but nothing to hold them to.
const (
	Pass        Verdict = "pass"
	Fail        Verdict = "fail"
	Unsupported Verdict = "not supported by one day"
)

// Figure is one number of a test.
type Figure struct {
	Name     string `json:"name"`
	Data     Num    `json:"data"`
	Model    Num    `json:"model"`
	Interval        // 95 %; by half hours where it is a distance, by seeds where it is an impact
	Floor    Num    `json:"floor"` // of a distance: between odd and even half hours of the day
	Limit    string `json:"limit,omitempty"`
	OK       bool   `json:"ok"`
	Judged   bool   `json:"judged"`             // counts for the verdict
	ByFloor  bool   `json:"by_floor,omitempty"` // over the absolute limit, within twice the floor
}

// Test is one of the twenty.
type Test struct {
	N       int      `json:"n"`
	Name    string   `json:"name"`
	Verdict Verdict  `json:"verdict"`
	ByFloor bool     `json:"by_floor,omitempty"`
	Note    string   `json:"note,omitempty"` // what one day can say, and what else to know
	Figures []Figure `json:"figures"`
}

// Report is the whole judgement.
type Report struct {
	Model       string    `json:"model"`
	Fingerprint string    `json:"fingerprint"`
	Symbol      string    `json:"symbol"`
	Day         string    `json:"day"`
	Hours       string    `json:"hours"`
	Sessions    int       `json:"sessions"`
	Seeds       int       `json:"seeds"`
	Passed      int       `json:"passed"`
	PassedFloor int       `json:"passed_by_floor"` // of these, only by the rough floor
	MeanL1      Num       `json:"mean_l1"`
	MeanL1CI    Interval  `json:"mean_l1_ci"`
	MeanW1      Num       `json:"mean_w1"`
	CST         Num       `json:"mean_l1_cst"`
	CSTSizes    Num       `json:"mean_l1_cst_with_sizes"` // drawn from a lognormal distribution in place of one size
	MeanFloor   Num       `json:"mean_l1_floor"`
	Scores      []Score   `json:"scores"`
	Tests       []Test    `json:"tests"`
	Attempts    []Attempt `json:"attempts"`
	TapeSHA256  string    `json:"tape_sha256"`

	plots []plot
}

// judge starts a test.
func (r *Report) judge(n int, name, note string) *Test {
	r.Tests = append(r.Tests, Test{N: n, Name: name, Note: note})
	return &r.Tests[len(r.Tests)-1]
}

var none = Num(math.NaN())

// is adds a figure that counts.
func (t *Test) is(name string, data, model float64, limit string, ok bool) *Figure {
	f := t.tell(name, data, model)
	f.Limit, f.OK, f.Judged = limit, ok, true
	return f
}

// tell adds a figure that does not count.
func (t *Test) tell(name string, data, model float64) *Figure {
	t.Figures = append(t.Figures, Figure{Name: name, Data: Num(data), Model: Num(model), Interval: noInterval, Floor: none, OK: true})
	return &t.Figures[len(t.Figures)-1]
}

// distance adds a distance of the model from the data: it may be as large as the limit,
// or twice the floor. A limit of 0 is none.
func (t *Test) distance(name string, v, floor, limit float64) *Figure {
	f := t.tell(name, math.NaN(), v)
	f.Floor = Num(floor)
	if limit == 0 {
		return f
	}
	f.Limit, f.Judged = fmt.Sprintf("<= %g", limit), true
	f.OK = v <= limit
	if !f.OK && v <= 2*floor {
		f.OK, f.ByFloor = true, true
	}
	return f
}

// within adds a figure that may differ from the data's by a share of it.
func (t *Test) within(name string, data, model, share float64) {
	t.is(name, data, model, fmt.Sprintf("within %.0f %%", 100*share), math.Abs(model-data) <= share*math.Abs(data))
}

// done sets the verdict from the figures.
func (t *Test) done() {
	t.Verdict = Pass
	for _, f := range t.Figures {
		if f.Judged && !f.OK {
			t.Verdict = Fail
		}
		t.ByFloor = t.ByFloor || f.ByFloor
	}
	t.ByFloor = t.ByFloor && t.Verdict == Pass
}

// count sums up.
func (r *Report) count() {
	for i := range r.Tests {
		if r.Tests[i].Verdict == Pass {
			r.Passed++
			if r.Tests[i].ByFloor {
				r.PassedFloor++
			}
		}
	}
}

// Text writes the report for a terminal.
func (r *Report) Text(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s against %s, %s (%s)\n", r.Model, r.Symbol, r.Hours, r.Day)
	fmt.Fprintf(&b, "%d sessions, %d seeds for impact; %d of %d tests pass", r.Sessions, r.Seeds, r.Passed, len(r.Tests))
	if r.PassedFloor > 0 {
		fmt.Fprintf(&b, ", %d of them only by the rough floor of one day", r.PassedFloor)
	}
	fmt.Fprintf(&b, "\nLOB-Bench mean L1 %s [%s, %s] (Cont-Stoikov-Talreja %s, with drawn sizes %s; floor %s)\n", r.MeanL1, r.MeanL1CI.Lo, r.MeanL1CI.Hi, r.CST, r.CSTSizes, r.MeanFloor)
	for i := range r.Tests {
		t := &r.Tests[i]
		verdict := string(t.Verdict)
		if t.ByFloor {
			verdict += " (floor)"
		}
		fmt.Fprintf(&b, "\n%2d  %-62s %s\n", t.N, t.Name, verdict)
		for _, f := range t.Figures {
			mark := " "
			switch {
			case f.Judged && !f.OK:
				mark = "x"
			case f.ByFloor:
				mark = "~"
			}
			fmt.Fprintf(&b, "  %s %-46s data %-10s model %-10s", mark, f.Name, f.Data, f.Model)
			if !math.IsNaN(float64(f.Lo)) {
				fmt.Fprintf(&b, " [%s, %s]", f.Lo, f.Hi)
			}
			if !math.IsNaN(float64(f.Floor)) {
				fmt.Fprintf(&b, " floor %-8s", f.Floor)
			}
			if f.Limit != "" {
				fmt.Fprintf(&b, " %s", f.Limit)
			}
			b.WriteString("\n")
		}
		if t.Note != "" {
			fmt.Fprintf(&b, "    %s\n", t.Note)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
