package desk

import (
	"errors"
	"fmt"
	"time"

	"slipstream/internal/market"
)

// Kind is what a Step sends.
type Kind uint8

const (
	New     Kind = iota + 1 // NewOrderSingle (D)
	Replace                 // OrderCancelReplaceRequest (G)
	Cancel                  // OrderCancelRequest (F)
)

func (k Kind) String() string {
	switch k {
	case New:
		return "new"
	case Replace:
		return "replace"
	case Cancel:
		return "cancel"
	}
	return "no-kind"
}

// OrdType is OrdType(40).
type OrdType byte

const (
	Market OrdType = '1'
	Limit  OrdType = '2'
)

// Step is one message of a script. Replace and Cancel name the order by Orig; symbol
// and side, if empty, are those of the order.
type Step struct {
	At      time.Duration // when to send it, from the Logon's answer
	Kind    Kind
	ClOrdID string // ClOrdID(11), unique in the script
	Orig    string // OrigClOrdID(41) of Replace and Cancel
	Symbol  string
	Side    market.Side
	Qty     market.Qty
	OrdType OrdType
	Price   market.Price // of a Limit
	Algo    market.Algo  // NoAlgo on a Replace: not repeated
	Tactic  market.Tactic
	// ParticipationPpm, UrgencyMilli: 0 = not sent.
	ParticipationPpm uint32
	UrgencyMilli     uint32
	// StartAfter and EndAfter count from At; 0 = not sent.
	StartAfter time.Duration
	EndAfter   time.Duration
}

// Script is what a desk does.
type Script struct{ Steps []Step }

// Validate reports every fault at once. It judges only what the desk itself needs:
// a script may well hold orders that the daemon has to refuse.
func (s *Script) Validate() error {
	var errs []error
	seen := make(map[string]*Step)
	for i := range s.Steps {
		st := &s.Steps[i]
		fault := func(bad bool, format string, args ...any) {
			if bad {
				errs = append(errs, fmt.Errorf("step %d (%s): "+format, append([]any{i + 1, st.ClOrdID}, args...)...))
			}
		}
		fault(st.ClOrdID == "", "no ClOrdID")
		fault(seen[st.ClOrdID] != nil, "ClOrdID is there twice")
		fault(st.At < 0 || st.StartAfter < 0 || st.EndAfter < 0, "a time is negative")
		switch st.Kind {
		case New:
			fault(st.Symbol == "", "no symbol")
			fault(st.Side != market.Buy && st.Side != market.Sell, "no side")
		case Replace, Cancel:
			fault(seen[st.Orig] == nil, "%q is not the ClOrdID of an earlier step", st.Orig)
		default:
			fault(true, "no kind")
		}
		if st.Kind == New || st.Kind == Replace {
			fault(st.OrdType != Market && st.OrdType != Limit, "no order type")
		}
		seen[st.ClOrdID] = st
	}
	if len(s.Steps) == 0 {
		errs = append(errs, errors.New("no steps"))
	}
	return errors.Join(errs...)
}

// order is the step with symbol and side filled in from the order it changes.
func (s *Script) order(i int) Step {
	st := s.Steps[i]
	for k := i - 1; k >= 0 && st.Kind != New && (st.Symbol == "" || st.Side == 0); k-- {
		if s.Steps[k].ClOrdID == st.Orig {
			of := s.order(k)
			if st.Symbol == "" {
				st.Symbol = of.Symbol
			}
			if st.Side == 0 {
				st.Side = of.Side
			}
		}
	}
	return st
}
