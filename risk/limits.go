package risk

import (
	"errors"
	"fmt"

	"slipstream/internal/market"
)

// Limits are the static limits of one instrument. The zero Limits means not set:
// every order is denied. A struct that is set in part does not validate. Fields()
// has the range of each.
type Limits struct {
	// MaxOrderQty bounds one order, shares. Stops a fat finger in size (C06).
	MaxOrderQty market.Qty
	// MaxOrderNotional bounds one order's value, 1e-9 currency (C07).
	MaxOrderNotional int64
	// CollarBps is how far from the mid an order may pay, basis points of the mid (C10).
	CollarBps uint32
	// CollarTicks is the collar's minimum in ticks, for low prices; 0 = no minimum (C10).
	CollarTicks uint32
	// MaxSpreadBps: a wider market's mid says nothing, basis points of the mid (C12).
	MaxSpreadBps uint32
	// MaxSpreadTicks always allows a spread of so many ticks, for low prices; 0 = no minimum (C12).
	MaxSpreadTicks uint32
	// ReferenceMaxAge: an older reference says nothing, ns (C12, C36).
	ReferenceMaxAge market.Nanos
	// MaxLong bounds the worst-case long position, shares; 0 = never long (C28).
	MaxLong market.Qty
	// MaxShort bounds the worst-case short position, shares, positive; 0 = never short (C28).
	MaxShort market.Qty
	// AllowMarket lets orders without a price pass the collar, which cannot bound
	// them; they are valued at mid + collar.
	AllowMarket bool
}

// Global are the limits of the whole gate. The zero Global means not set.
type Global struct {
	// MaxMessages in any Window, all kinds together (C21). Set it to 80 % of the
	// venue's reject threshold.
	MaxMessages int
	// Window of MaxMessages, ns; the venue's own interval (C21).
	Window market.Nanos
	// CancelReserve messages of every Window are kept for cancels (C23).
	CancelReserve int
	// MaxOpenOrders bounds live and pending orders, and the gate's table.
	MaxOpenOrders int
	// MaxParents bounds open parents, and the gate's table.
	MaxParents int
}

// ParentLimits bound one parent at acceptance (C13): a hard block on the whole
// parent, before any child exists. The zero ParentLimits means not set.
type ParentLimits struct {
	MaxParentQty      market.Qty // shares
	MaxParentNotional int64      // 1e-9 currency
}

// Config is all that New needs. Limits[i] belongs to Instruments[i]; a missing or
// zero one leaves that instrument without trading.
type Config struct {
	Instruments []market.Instrument // ID equals the index
	Limits      []Limits
	Global      Global
	Parent      ParentLimits
}

// Field describes one limit: what docs/risk.md and Validate say of it.
type Field struct {
	Name     string
	Unit     string
	Min, Max int64
	Why      string
}

const maxNotional = 1<<63 - 1

var limitsFields = [...]Field{
	{"MaxOrderQty", "shares", 1, int64(MaxQty), "one order's size; a fat finger (C06)"},
	{"MaxOrderNotional", "1e-9 currency", 1, maxNotional, "one order's value (C07)"},
	{"CollarBps", "bps of mid", 1, 5_000, "how far from the mid an order may pay (C10)"},
	{"CollarTicks", "ticks", 0, 1_000_000, "the collar's minimum, for low prices (C10)"},
	{"MaxSpreadBps", "bps of mid", 1, 10_000, "a wider market's mid says nothing (C12)"},
	{"MaxSpreadTicks", "ticks", 0, 1_000_000, "a spread of so many ticks is always usable (C12)"},
	{"ReferenceMaxAge", "ns", 1, int64(market.Day), "an older book says nothing (C12, C36)"},
	{"MaxLong", "shares", 0, int64(MaxQty), "worst-case long position (C28)"},
	{"MaxShort", "shares", 0, int64(MaxQty), "worst-case short position, positive (C28)"},
}

var globalFields = [...]Field{
	{"MaxMessages", "messages", 2, 1 << 20, "in any Window, all kinds; 80 % of the venue's threshold (C21)"},
	{"Window", "ns", 1, int64(market.Day), "of MaxMessages; the venue's interval (C21)"},
	{"CancelReserve", "messages", 1, 1<<20 - 1, "of every Window kept for cancels; below MaxMessages (C23)"},
	{"MaxOpenOrders", "orders", 1, 1 << 16, "live and pending; the gate's table"},
	{"MaxParents", "parents", 1, 1 << 16, "open; the gate's table"},
}

var parentFields = [...]Field{
	{"MaxParentQty", "shares", 1, int64(MaxQty), "one parent's size, at acceptance (C13)"},
	{"MaxParentNotional", "1e-9 currency", 1, maxNotional, "one parent's value, at acceptance (C13)"},
}

// Fields lists every limit with its unit, range and reason: per instrument,
// global, per parent.
func Fields() (limits, global, parent []Field) {
	return append(limits, limitsFields[:]...), append(global, globalFields[:]...), append(parent, parentFields[:]...)
}

func (l *Limits) values() [len(limitsFields)]int64 {
	return [...]int64{int64(l.MaxOrderQty), l.MaxOrderNotional, int64(l.CollarBps), int64(l.CollarTicks),
		int64(l.MaxSpreadBps), int64(l.MaxSpreadTicks), int64(l.ReferenceMaxAge), int64(l.MaxLong), int64(l.MaxShort)}
}

func (g *Global) values() [len(globalFields)]int64 {
	return [...]int64{int64(g.MaxMessages), int64(g.Window), int64(g.CancelReserve), int64(g.MaxOpenOrders), int64(g.MaxParents)}
}

func (p *ParentLimits) values() [len(parentFields)]int64 {
	return [...]int64{int64(p.MaxParentQty), p.MaxParentNotional}
}

// Validate reports every fault at once, joined; nil when the limits are whole, or
// not set at all.
func (l Limits) Validate() error {
	if l == (Limits{}) {
		return nil
	}
	v := l.values()
	err := judge(limitsFields[:], v[:])
	if l.MaxLong == 0 && l.MaxShort == 0 {
		err = errors.Join(err, errors.New("MaxLong and MaxShort are both 0: no order could ever pass"))
	}
	return err
}

// Validate reports every fault at once, joined; nil when the limits are whole, or
// not set at all.
func (g Global) Validate() error {
	if g == (Global{}) {
		return nil
	}
	v := g.values()
	err := judge(globalFields[:], v[:])
	if g.CancelReserve >= g.MaxMessages {
		err = errors.Join(err, fmt.Errorf("CancelReserve = %d: must be below MaxMessages = %d, or no order could ever pass", g.CancelReserve, g.MaxMessages))
	}
	return err
}

// Validate reports every fault at once, joined; nil when the limits are whole, or
// not set at all.
func (p ParentLimits) Validate() error {
	if p == (ParentLimits{}) {
		return nil
	}
	v := p.values()
	return judge(parentFields[:], v[:])
}

// Validate reports every fault of the whole configuration at once, each with the
// path of its field.
func (c *Config) Validate() error {
	var errs []error
	if len(c.Instruments) >= int(market.NoInstrument) {
		errs = append(errs, fmt.Errorf("risk: %d instruments, at most %d", len(c.Instruments), market.NoInstrument-1))
	}
	if len(c.Limits) > len(c.Instruments) {
		errs = append(errs, fmt.Errorf("risk: limits for %d instruments, but %d are configured", len(c.Limits), len(c.Instruments)))
	}
	for i, in := range c.Instruments {
		if int(in.ID) != i || in.Tick <= 0 || in.Tick > MaxPrice || in.Lot <= 0 || in.Lot > MaxQty {
			errs = append(errs, fmt.Errorf("risk: instrument %d (%s): ID %d, Tick %d, Lot %d: ID must be the index, Tick and Lot above 0", i, in.Symbol, in.ID, in.Tick, in.Lot))
		}
	}
	for i, l := range c.Limits {
		name := fmt.Sprint(i)
		if i < len(c.Instruments) {
			name = c.Instruments[i].Symbol.String()
		}
		errs = append(errs, path("limits."+name, l.Validate()))
	}
	errs = append(errs, path("global", c.Global.Validate()), path("parent", c.Parent.Validate()))
	return errors.Join(errs...)
}

// judge compares each value with its field's range.
func judge(fields []Field, values []int64) error {
	var errs []error
	for i, f := range fields {
		v := values[i]
		if v >= f.Min && v <= f.Max {
			continue
		}
		unset := ""
		if v == 0 {
			unset = " (not set)"
		}
		errs = append(errs, fmt.Errorf("%s = %d%s: want %d to %d %s: %s", f.Name, v, unset, f.Min, f.Max, f.Unit, f.Why))
	}
	return errors.Join(errs...)
}

// path puts where in front of each joined error.
func path(where string, err error) error {
	if err == nil {
		return nil
	}
	var list []error
	var flatten func(error)
	flatten = func(e error) {
		if j, ok := e.(interface{ Unwrap() []error }); ok {
			for _, x := range j.Unwrap() {
				flatten(x)
			}
			return
		}
		list = append(list, fmt.Errorf("risk: %s.%w", where, e))
	}
	flatten(err)
	return errors.Join(list...)
}
