package desk

import (
	"fmt"
	"strings"

	"slipstream/fix"
	"slipstream/internal/market"
)

// refusal is a fault of form: the reason, which each version maps to its codes, and
// a text for the trader.
type refusal struct {
	reason fix.Reason
	text   string
}

func refuse(r fix.Reason, format string, args ...any) *refusal {
	return &refusal{r, r.String() + ": " + fmt.Sprintf(format, args...)}
}

// printable bounds what is echoed in Text(58) of a refusal, and keeps it ASCII.
func printable(s string) string {
	const most = 32
	if len(s) > most {
		s = s[:most] + "..."
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, s)
}

// qtyMost bounds OrderQty(38), so that sums of many orders stay far from overflow.
const qtyMost = 1 << 40

// readNew makes a Command of NewOrderSingle (D).
func (g *Gateway) readNew(m fields) (cmd fix.Command, r *refusal) {
	cmd.Kind = fix.NewParent
	for _, step := range []func(fields, *fix.Command) *refusal{
		g.readIDs, g.readInstrument, readSide, g.readTerms, readAlgo, g.defaultAlgo, readParams, g.checkAge, g.checkTimes,
	} {
		if r = step(m, &cmd); r != nil {
			return cmd, r
		}
	}
	return cmd, nil
}

// defaultAlgo is the algorithm of an order that names none.
func (g *Gateway) defaultAlgo(_ fields, cmd *fix.Command) *refusal {
	if cmd.Algo == market.NoAlgo {
		cmd.Algo = g.cfg.DefaultAlgo
	}
	if cmd.Algo == market.NoAlgo {
		return refuse(fix.ReasonMissingField, "TargetStrategy(847)")
	}
	return nil
}

// readReplace makes a Command of OrderCancelReplaceRequest (G). OrderQty(38),
// OrdType(40) and Price(44) are the new terms; algorithm, tactic, urgency,
// participation and times that are not repeated are zero, which means unchanged.
func (g *Gateway) readReplace(m fields) (cmd fix.Command, r *refusal) {
	cmd.Kind = fix.ReplaceParent
	for _, step := range []func(fields, *fix.Command) *refusal{
		g.readIDs, g.readInstrument, readSide, g.readTerms, readAlgo, readParams, g.checkAge, g.checkTimes,
	} {
		if r = step(m, &cmd); r != nil {
			return cmd, r
		}
	}
	return cmd, nil
}

// readCancel makes a Command of OrderCancelRequest (F). Its age is not judged: a
// late cancel still lowers the risk.
func (g *Gateway) readCancel(m fields) (cmd fix.Command, r *refusal) {
	cmd.Kind = fix.CancelParent
	for _, step := range []func(fields, *fix.Command) *refusal{g.readIDs, g.readInstrument, readSide} {
		if r = step(m, &cmd); r != nil {
			return cmd, r
		}
	}
	return cmd, nil
}

func (g *Gateway) readIDs(m fields, cmd *fix.Command) *refusal {
	var ok bool
	if cmd.ClOrdID, ok = fix.MakeClOrdID(m.get(tagClOrdID)); !ok {
		return refuse(fix.ReasonUnsupported, "ClOrdID(11) is longer than %d bytes", fix.ClOrdIDMax)
	}
	if cmd.Kind != fix.NewParent {
		// An OrigClOrdID that does not fit cannot be one that was accepted.
		if cmd.OrigClOrdID, ok = fix.MakeClOrdID(m.get(tagOrigClOrdID)); !ok {
			return refuse(fix.ReasonUnknownOrder, "OrigClOrdID(41)")
		}
	}
	// A message that the session layer recovered may have been handled just before
	// a crash: the engine must treat it as it treats PossResend(97).
	cmd.PossResend = m.get(tagPossResend) == "Y" || m.get(tagPossDupFlag) == "Y"
	cmd.TransactNanos, ok = parseTime(m.get(tagTransactTime))
	if !ok {
		return refuse(fix.ReasonBadTime, "TransactTime(60)")
	}
	return nil
}

func (g *Gateway) readInstrument(m fields, cmd *fix.Command) *refusal {
	in, ok := g.instruments[m.get(tagSymbol)]
	if !ok {
		cmd.Instrument = market.NoInstrument
		return refuse(fix.ReasonUnknownSymbol, "%s", printable(m.get(tagSymbol)))
	}
	cmd.Instrument = in.ID
	return nil
}

func readSide(m fields, cmd *fix.Command) *refusal {
	switch m.get(tagSide) {
	case "1":
		cmd.Side = market.Buy
	case "2":
		cmd.Side = market.Sell
	default:
		return refuse(fix.ReasonUnsupported, "Side(54)=%s", m.get(tagSide))
	}
	return nil
}

// readTerms reads quantity, type, price and time in force, and refuses what would
// change the order's meaning if it were ignored.
func (g *Gateway) readTerms(m fields, cmd *fix.Command) *refusal {
	in := g.instruments[m.get(tagSymbol)]
	if r := readQty(m, cmd, in.Lot); r != nil {
		return r
	}
	if r := readPrice(m, cmd, in.Tick); r != nil {
		return r
	}
	switch tif := m.get(tagTimeInForce); {
	case tif == "6" && m.has(tagExpireDate):
		return refuse(fix.ReasonUnsupported, "ExpireDate(432)")
	case tif == "6" && !m.has(tagExpireTime):
		return refuse(fix.ReasonMissingField, "ExpireTime(126) of a good-till-date order")
	case tif != "" && tif != "0" && tif != "6":
		return refuse(fix.ReasonUnsupported, "TimeInForce(59)=%s", tif)
	}
	for _, tag := range [...]int{
		tagStopPx, tagMinQty, tagMaxFloor, tagMaxShow, tagCashOrderQty, tagPegOffsetValue, tagDiscretionInst, tagDisplayQty,
	} {
		if m.has(tag) {
			return refuse(fix.ReasonUnsupported, "tag %d", tag)
		}
	}
	if m.get(tagHandlInst) == "3" {
		return refuse(fix.ReasonUnsupported, "HandlInst(21)=3: no manual handling")
	}
	for _, inst := range strings.Fields(m.get(tagExecInst)) {
		if inst != "1" { // not held: what every parent order is
			return refuse(fix.ReasonUnsupported, "ExecInst(18)=%s", inst)
		}
	}
	return nil
}

func readQty(m fields, cmd *fix.Command, lot market.Qty) *refusal {
	q, ok := parseDecimal(m.get(tagOrderQty), 0)
	cmd.OrderQty = market.Qty(q)
	switch {
	case !ok || q <= 0 || q > qtyMost:
		return refuse(fix.ReasonBadQty, "%s", printable(m.get(tagOrderQty)))
	case cmd.OrderQty%lot != 0:
		return refuse(fix.ReasonBadQty, "%d is not a multiple of the lot %d", q, lot)
	}
	return nil
}

func readPrice(m fields, cmd *fix.Command, tick market.Price) *refusal {
	text := m.get(tagPrice)
	v, ok := parseDecimal(text, priceScale)
	switch t := m.get(tagOrdType); {
	case t == "1":
		cmd.OrdType = '1'
		if text != "" && !(ok && v == 0) {
			return refuse(fix.ReasonBadPrice, "Price(44) on a market order")
		}
		return nil
	case t != "2":
		return refuse(fix.ReasonUnsupported, "OrdType(40)=%s", t)
	case text == "":
		return refuse(fix.ReasonMissingField, "Price(44) of a limit order")
	case !ok || v <= 0:
		return refuse(fix.ReasonBadPrice, "%s", printable(text))
	case market.Price(v)%tick != 0:
		return refuse(fix.ReasonBadPrice, "%s is not a multiple of the tick %s", printable(text), formatPrice(tick))
	}
	cmd.OrdType, cmd.Price = '2', market.Price(v)
	return nil
}

func readAlgo(m fields, cmd *fix.Command) *refusal {
	if !m.has(tagTargetStrategy) {
		return nil
	}
	var ok bool
	if cmd.Algo, ok = algoOf(m.get(tagTargetStrategy)); !ok {
		return refuse(fix.ReasonUnsupported, "TargetStrategy(847)=%s", printable(m.get(tagTargetStrategy)))
	}
	return nil
}

// checkAge refuses orders that were written too long ago, by TransactTime(60) or,
// on a resend, OrigSendingTime(122).
func (g *Gateway) checkAge(m fields, cmd *fix.Command) *refusal {
	now := market.Nanos(g.cfg.Now().UnixNano())
	written := cmd.TransactNanos
	if t, ok := parseTime(m.get(tagOrigSendingTime)); ok {
		written = min(written, t)
	}
	most := market.Nanos(g.cfg.StaleAfter)
	switch {
	case now-written > most:
		return refuse(fix.ReasonStale, "%d s old", int64((now-written)/market.Second))
	case written-now > most:
		return refuse(fix.ReasonBadTime, "TransactTime(60) is %d s ahead", int64((written-now)/market.Second))
	}
	return nil
}

func (g *Gateway) checkTimes(_ fields, cmd *fix.Command) *refusal {
	now := market.Nanos(g.cfg.Now().UnixNano())
	switch start, end := cmd.StartNanos, cmd.EndNanos; {
	case end != 0 && start != 0 && end <= start:
		return refuse(fix.ReasonBadTime, "ExpireTime(126) is not after EffectiveTime(168)")
	case end != 0 && end <= now:
		return refuse(fix.ReasonTooLate, "ExpireTime(126) has passed")
	case cmd.Kind == fix.NewParent && start != 0 && now-start > market.Nanos(g.cfg.StartGrace):
		return refuse(fix.ReasonTooLate, "EffectiveTime(168) passed %d s ago", int64((now-start)/market.Second))
	}
	return nil
}
