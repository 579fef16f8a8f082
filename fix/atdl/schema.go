package atdl

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"slipstream/internal/market"
)

// Kind is how a parameter is written.
type Kind uint8

const (
	Timestamp Kind = iota // UTCTimestamp, 17 to 27 characters; parsed to Unix nanoseconds
	Fraction              // 0.1 = 10 %, up to six decimals; parsed to parts per million
	Decimal               // up to three decimals; parsed to thousandths
	Choice                // one of Values; parsed to its index
)

// Param is one parameter of an algorithm.
type Param struct {
	Name     string
	Tag      int // 849, 168 and 126 are FIX's, 7001 and up ours
	Kind     Kind
	Min, Max int64    // of Fraction and Decimal, parsed
	Values   []string // of Choice
	Required bool
	Fixed    bool // a replace may not change it
	Doc      string
}

// Strategy is one algorithm.
type Strategy struct {
	Algo   market.Algo
	Wire   int // TargetStrategy(847): 1 and 2 are FIX's, 1000 and up ours
	Name   string
	Doc    string
	Params []Param
}

// StrategyTypeCode is StrategyParameterType(959) of a kind.
func (k Kind) StrategyTypeCode() int {
	return [...]int{Timestamp: 19, Fraction: 11, Decimal: 6, Choice: 14}[k]
}

const (
	TagTactic  = 7001
	TagUrgency = 7002
	million    = 1_000_000
)

func times() []Param {
	return []Param{
		{Name: "StartTime", Tag: 168, Kind: Timestamp, Doc: "No order leaves before; the arrival when not given."},
		{Name: "EndTime", Tag: 126, Kind: Timestamp, Doc: "What is left then expires; a configured horizon after the start when not given."},
	}
}

func capRate(doc string, most int64, required bool) Param {
	return Param{Name: "ParticipationRate", Tag: 849, Kind: Fraction, Min: 1, Max: most, Required: required, Doc: doc}
}

func tactic() Param {
	return Param{Name: "Tactic", Tag: TagTactic, Kind: Choice, Values: []string{"passive", "taker"}, Fixed: true,
		Doc: "passive rests each slice at the near touch and crosses what is left of it at its end; taker crosses at its start."}
}

// Strategies lists the algorithms in the order of their TargetStrategy(847).
func Strategies() []Strategy {
	limit := capRate("Most of the market's volume that we may be; no bound when not given.", million, false)
	urgency := Param{Name: "Urgency", Tag: TagUrgency, Kind: Decimal, Min: 1, Max: 100_000,
		Doc: "kappa*T of Almgren-Chriss: 0.001 is TWAP, 2 has 68 % done by half time; a configured value when not given."}
	with := func(p ...Param) []Param { return append(times(), p...) }
	return []Strategy{
		{market.VWAP, 1, "VWAP", "Follows the volume expected over the day.", with(limit, tactic())},
		{market.POV, 2, "POV", "Follows a share of the volume that trades, ours included.",
			with(capRate("Share of the market's volume, ours included.", million-1, true), tactic())},
		{market.TWAP, 1000, "TWAP", "Equal quantities in equal times.", with(limit, tactic())},
		{market.IS, 1001, "IS", "Implementation shortfall: the Almgren-Chriss trajectory.", with(limit, tactic(), urgency)},
		{market.LEARNED, 1002, "LEARNED", "A learned policy around the TWAP schedule.", with(limit, tactic())},
	}
}

// ByWire is the strategy of a TargetStrategy(847); nil when there is none.
func ByWire(wire int) *Strategy {
	for _, s := range Strategies() {
		if s.Wire == wire {
			return &s
		}
	}
	return nil
}

// ByAlgo is the strategy of an algorithm; nil when there is none.
func ByAlgo(a market.Algo) *Strategy {
	for _, s := range Strategies() {
		if s.Algo == a {
			return &s
		}
	}
	return nil
}

// Param is the parameter of that name; nil when the strategy has none.
func (s *Strategy) Param(name string) *Param {
	for i := range s.Params {
		if s.Params[i].Name == name {
			return &s.Params[i]
		}
	}
	return nil
}

var (
	errForm  = errors.New("is not written as it must be")
	errRange = errors.New("is out of range")

	// ErrMissing is wrapped when a required parameter is not there.
	ErrMissing = errors.New("needs parameter")
	// ErrEnd is returned when the end is not after the start.
	ErrEnd = errors.New("EndTime must be after StartTime")
)

// Parse reads one value and judges it alone.
func (p *Param) Parse(text string) (int64, error) {
	switch p.Kind {
	case Choice:
		for i, v := range p.Values {
			if v == text {
				return int64(i), nil
			}
		}
		return 0, fmt.Errorf("%s=%.40q: want one of %s", p.Name, text, strings.Join(p.Values, ", "))
	case Timestamp:
		t, err := parseTime(text)
		if err != nil {
			return 0, fmt.Errorf("%s=%.40q %w: want YYYYMMDD-HH:MM:SS, UTC", p.Name, text, errForm)
		}
		return t, nil
	}
	v, err := parseDecimal(text, p.decimals())
	if err != nil {
		return 0, fmt.Errorf("%s=%.40q %w: want a number of at most %d decimals", p.Name, text, errForm, p.decimals())
	}
	if v < p.Min || v > p.Max {
		return 0, fmt.Errorf("%s=%.40q %w: want %s to %s", p.Name, text, errRange, p.format(p.Min), p.format(p.Max))
	}
	return v, nil
}

func (p *Param) decimals() int {
	if p.Kind == Fraction {
		return 6
	}
	return 3
}

// format writes a parsed number as it stands on the wire.
func (p *Param) format(v int64) string {
	d := p.decimals()
	s := fmt.Sprintf("%0*d", d+1, v)
	s = s[:len(s)-d] + "." + s[len(s)-d:]
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}

// Judge parses the parameters of one order and judges them together: every required
// one is there, none is another algorithm's, and the end is after the start. Absent
// ones are absent from the answer.
func (s *Strategy) Judge(given map[string]string) (map[string]int64, error) {
	out := make(map[string]int64, len(given))
	for name, text := range given {
		p := s.Param(name)
		if p == nil {
			return nil, s.unknown(name)
		}
		v, err := p.Parse(text)
		if err != nil {
			return nil, err
		}
		out[name] = v
	}
	return out, s.Check(out)
}

func (s *Strategy) unknown(name string) error {
	return fmt.Errorf("%s has no parameter %.40q", s.Name, name)
}

// Check judges parsed parameters together.
func (s *Strategy) Check(values map[string]int64) error {
	for i := range s.Params {
		if _, there := values[s.Params[i].Name]; s.Params[i].Required && !there {
			return fmt.Errorf("%s %w %s", s.Name, ErrMissing, s.Params[i].Name)
		}
	}
	start, started := values["StartTime"]
	end, ended := values["EndTime"]
	if started && ended && end <= start {
		return ErrEnd
	}
	return nil
}

// Find is the parameter of that name in an order of strategy s, or, with s nil (a
// replace that does not repeat the strategy), in any.
func Find(s *Strategy, name string) (*Param, error) {
	if s != nil {
		if p := s.Param(name); p != nil {
			return p, nil
		}
		return nil, s.unknown(name)
	}
	for _, any := range Strategies() {
		if p := any.Param(name); p != nil {
			return p, nil
		}
	}
	return nil, fmt.Errorf("no algorithm has a parameter %.40q", name)
}

func parseDecimal(s string, decimals int) (int64, error) {
	whole, frac, point := strings.Cut(s, ".")
	if (point && frac == "") || len(frac) > decimals || whole == "" || len(whole) > 9 {
		return 0, errForm
	}
	for _, c := range whole + frac {
		if c < '0' || c > '9' {
			return 0, errForm
		}
	}
	return strconv.ParseInt(whole+frac+strings.Repeat("0", decimals-len(frac)), 10, 64)
}

func parseTime(s string) (int64, error) {
	for _, layout := range []string{"20060102-15:04:05", "20060102-15:04:05.000", "20060102-15:04:05.000000", "20060102-15:04:05.000000000"} {
		if len(layout) != len(s) {
			continue
		}
		if t, err := time.Parse(layout, s); err == nil && t.Year() >= 1970 && t.Year() <= 2261 {
			return t.UnixNano(), nil
		}
	}
	return 0, errForm
}
