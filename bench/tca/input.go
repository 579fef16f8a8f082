package tca

import (
	"errors"
	"fmt"

	"slipstream/internal/market"
)

// Liquidity says who was at the price first, as LastLiquidityInd(851).
type Liquidity uint8

const (
	LiqUnknown Liquidity = 0
	Added      Liquidity = 1 // our order was resting: passive
	Removed    Liquidity = 2 // our order took: aggressive
)

// Fill is one execution of a child of the parent.
type Fill struct {
	Nanos market.Nanos // stamped by the exchange
	Qty   market.Qty   // shares, > 0
	Price market.Price
	Fee   market.Price // whole fee of this fill in 1e-9 of the currency unit; + paid, - rebate
	Liq   Liquidity
}

// Parent is what is known of a parent order once it has ended.
type Parent struct {
	ID      uint64
	ClOrdID string
	Symbol  string
	Algo    market.Algo
	Tactic  market.Tactic
	Side    market.Side
	Qty     market.Qty // OrderQty at the end, shares, > 0

	DecisionNanos market.Nanos // when the desk decided; 0 = the same as arrival
	ArrivalNanos  market.Nanos // when the daemon accepted it
	// EndNanos is T, the end of the interval that benchmarks are taken over: the
	// parent's end time, or the time at which the desk canceled it. It is not the last
	// fill, so that a fast and a slow strategy are measured over the same interval.
	EndNanos market.Nanos

	DecisionMid Mid // 0 = the market's mid just before DecisionNanos
	ArrivalMid  Mid // 0 = the market's mid just before ArrivalNanos

	Fills    []Fill // in any order
	Children int    // child orders that reached the venue
	Cancels  int    // cancels and replaces sent for them
	// Forced is what the unfilled rest would have paid, or paid, for completion at
	// EndNanos by a market order; it prices the rest a second way. Empty = not known.
	Forced []Fill
}

var (
	errQty      = errors.New("quantity is not above zero")
	errSide     = errors.New("side is neither buy nor sell")
	errInterval = errors.New("end is before arrival")
	errFill     = errors.New("a fill has no quantity")
	errOverfill = errors.New("filled more than ordered")
	errNoMid    = errors.New("no two-sided market before arrival, so there is no arrival price")
)

// check refuses input that no analysis could make sense of.
func (p *Parent) check() error {
	err := error(nil)
	switch {
	case p.Side != market.Buy && p.Side != market.Sell:
		err = errSide
	case p.Qty <= 0:
		err = errQty
	case p.EndNanos < p.ArrivalNanos:
		err = errInterval
	}
	var sum market.Qty
	for i := range p.Fills {
		if p.Fills[i].Qty <= 0 {
			err = errFill
		}
		sum += p.Fills[i].Qty
	}
	if err == nil && sum > p.Qty {
		err = fmt.Errorf("%w: %d of %d", errOverfill, sum, p.Qty)
	}
	return p.wrap(err)
}

func (p *Parent) wrap(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("tca: parent %d %s: %w", p.ID, p.ClOrdID, err)
}

// Filled is X, the sum of the fills.
func (p *Parent) Filled() market.Qty {
	var x market.Qty
	for i := range p.Fills {
		x += p.Fills[i].Qty
	}
	return x
}
