package desk

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"

	"slipstream/fix/wire"
	"slipstream/internal/market"
)

// fileStep is a [[step]] of a script file.
type fileStep struct {
	AtMs             int64  `toml:"at_ms"`
	Kind             string `toml:"kind"`
	ClOrdID          string `toml:"cl_ord_id"`
	OrigClOrdID      string `toml:"orig_cl_ord_id"`
	Symbol           string `toml:"symbol"`
	Side             string `toml:"side"`
	QtyShares        int64  `toml:"qty_shares"`
	OrdType          string `toml:"ord_type"`
	Price            string `toml:"price_decimal"`
	Algo             string `toml:"algo"`
	Tactic           string `toml:"tactic"`
	ParticipationPpm uint32 `toml:"participation_ppm"`
	UrgencyMilli     uint32 `toml:"urgency_milli"`
	StartAfterMs     int64  `toml:"start_after_ms"`
	EndAfterMs       int64  `toml:"end_after_ms"`
}

// Load reads a script file. Errors name the file, and line and key where TOML knows them.
func Load(path string) (*Script, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("desk script: %w", err)
	}
	s, err := Parse(b)
	if err != nil {
		return nil, fmt.Errorf("desk script %s: %w", path, err)
	}
	return s, nil
}

// Parse reads a script: one [[step]] per message. Unknown keys are an error.
func Parse(b []byte) (*Script, error) {
	var file struct {
		Step []fileStep `toml:"step"`
	}
	d := toml.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&file); err != nil {
		return nil, explain(err)
	}
	s := &Script{}
	var errs []error
	for i := range file.Step {
		st, err := file.Step[i].step()
		if err != nil {
			errs = append(errs, fmt.Errorf("step %d (%s): %w", i+1, file.Step[i].ClOrdID, err))
		}
		s.Steps = append(s.Steps, st)
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return s, s.Validate()
}

// explain adds line and key to a TOML error.
func explain(err error) error {
	var strict *toml.StrictMissingError
	if errors.As(err, &strict) {
		var lines []string
		for _, e := range strict.Errors {
			row, _ := e.Position()
			lines = append(lines, fmt.Sprintf("line %d: unknown key %s", row, strings.Join(e.Key(), ".")))
		}
		return errors.New(strings.Join(lines, "; "))
	}
	var decode *toml.DecodeError
	if errors.As(err, &decode) {
		row, _ := decode.Position()
		return fmt.Errorf("line %d: key %s: %w", row, strings.Join(decode.Key(), "."), err)
	}
	return err
}

// word maps one of a few words to a value; an empty word is the zero value.
func word[T any](errs *[]error, key, v string, words map[string]T) (t T) {
	if v == "" {
		return t
	}
	t, ok := words[v]
	if !ok {
		*errs = append(*errs, fmt.Errorf("%s = %q is not known", key, v))
	}
	return t
}

func (f *fileStep) step() (Step, error) {
	var errs []error
	ms := func(v int64) time.Duration { return time.Duration(v) * time.Millisecond }
	st := Step{
		At: ms(f.AtMs), ClOrdID: f.ClOrdID, Orig: f.OrigClOrdID, Symbol: f.Symbol, Qty: market.Qty(f.QtyShares),
		ParticipationPpm: f.ParticipationPpm, UrgencyMilli: f.UrgencyMilli,
		StartAfter: ms(f.StartAfterMs), EndAfter: ms(f.EndAfterMs),
		Kind:    word(&errs, "kind", f.Kind, map[string]Kind{"new": New, "replace": Replace, "cancel": Cancel}),
		Side:    word(&errs, "side", f.Side, map[string]market.Side{"buy": market.Buy, "sell": market.Sell}),
		OrdType: word(&errs, "ord_type", f.OrdType, map[string]OrdType{"market": Market, "limit": Limit}),
		Tactic:  word(&errs, "tactic", f.Tactic, map[string]market.Tactic{"passive": market.Passive, "taker": market.Taker}),
		Algo: word(&errs, "algo", f.Algo, map[string]market.Algo{"twap": market.TWAP, "vwap": market.VWAP,
			"pov": market.POV, "is": market.IS, "learned": market.LEARNED}),
	}
	if f.Price != "" {
		p, ok := wire.ParsePrice([]byte(f.Price))
		if !ok {
			errs = append(errs, fmt.Errorf("price_decimal = %q is not a price", f.Price))
		}
		st.Price = p
	}
	return st, errors.Join(errs...)
}
