package scribe

import (
	"fmt"
	"strconv"
	"time"

	"github.com/rs/zerolog"
	"golang.org/x/sys/unix"

	"slipstream/engine"
	"slipstream/engine/journal"
	"slipstream/fix"
	"slipstream/fix/session"
	"slipstream/internal/market"
	"slipstream/risk"
)

// line is one thing to be logged, copied out of the ring.
type line struct {
	kind  journal.Kind // Event, Decision or Report
	seq   uint64       // of the journal record; 0 and own for the scribe's own lines
	own   bool
	event engine.Event
	dec   engine.Decision
	rep   fix.Report
	err   string // of the scribe's own lines
}

// stampLayout has nine decimals always, so that lines sort as text.
const stampLayout = "2006-01-02T15:04:05.000000000Z"

// Stamp is n as every line of the log has it in "ts".
func Stamp(n market.Nanos) string { return time.Unix(0, int64(n)).UTC().Format(stampLayout) }

// render writes one line; it gives nothing below the configured level.
func (s *Scribe) render(log *zerolog.Logger, l *line) {
	switch l.kind {
	case journal.Decision:
		if e := s.open(log, &decisionRow, l.dec.Now, l); e != nil {
			s.decision(e, &l.dec).Send()
		}
	case journal.Report:
		if e := s.open(log, &reportRow, l.rep.Nanos, l); e != nil {
			s.report(e, &l.rep).Send()
		}
	case journal.Event:
		r := rowOf(l.event.Code)
		e := s.open(log, r, l.event.Now, l)
		if e == nil {
			return
		}
		if r == &unknownRow {
			e = e.Int("code", int(l.event.Code))
		}
		e = s.value(e, r.a, l.event.A)
		e = s.value(e, r.b, l.event.B)
		e = s.value(e, r.c, l.event.C)
		if l.err != "" {
			e = e.Str("error", l.err)
		}
		e.Send()
	}
}

// open begins a line with what all have; nil when its level is not wanted.
func (s *Scribe) open(log *zerolog.Logger, r *row, now market.Nanos, l *line) *zerolog.Event {
	e := log.WithLevel(r.level)
	if r.level < s.cfg.Level || !e.Enabled() {
		return nil
	}
	e = e.Str("ts", Stamp(now)).Str("event", r.name)
	if !l.own {
		e = e.Uint64("seq", l.seq)
	}
	return e
}

// value writes one of an event's numbers as its row says.
func (s *Scribe) value(e *zerolog.Event, f field, v int64) *zerolog.Event {
	switch f.as {
	case asNothing:
		return e
	case asInt:
		return e.Int64(f.key, v)
	case asID:
		return e.Uint64(f.key, uint64(v))
	case asBool:
		return e.Bool(f.key, v != 0)
	}
	return e.Str(f.key, s.text(f.as, v))
}

// text is a number as a word.
func (s *Scribe) text(form as, v int64) string {
	switch form {
	case asHex:
		return fmt.Sprintf("%016x", uint64(v))
	case asPrice:
		return price(market.Price(v))
	case asSymbol:
		return s.symbol(v)
	case asAlgo:
		return market.Algo(v).String()
	case asStatus:
		return character(v)
	case asReason:
		return fix.Reason(v).String()
	case asWhy:
		return session.Why(v).String()
	case asSession:
		return session.EventCode(v).String()
	case asPosture:
		return engine.Posture(v).String()
	case asDeny:
		return risk.Deny(v).String()
	case asErrno:
		return errno(v)
	case asLine:
		return pick(v, "A", "B", "recovery")
	case asTable:
		return pick(v, "parents", "children", "exec_ids", "strays")
	case asDisc:
		switch v {
		case 0:
			return "peer"
		case -1:
			return "us"
		}
		return errno(v)
	case asMode:
		return pick(v, "poll", "spin")
	case asCommand:
		return pick(v, "none", "new", "replace", "cancel", "kill", "rearm", "shutdown")
	}
	return strconv.FormatInt(v, 10)
}

// pick names a small number; one beyond the names is written as it is.
func pick(v int64, names ...string) string {
	if v >= 0 && v < int64(len(names)) {
		return names[v]
	}
	return strconv.FormatInt(v, 10)
}

func errno(v int64) string {
	if name := unix.ErrnoName(unix.Errno(v)); name != "" {
		return name
	}
	return strconv.FormatInt(v, 10)
}

// character is a FIX char as a string; one that is not printable as its number.
func character(v int64) string {
	if v > ' ' && v < 0x7f {
		return string(rune(v))
	}
	return strconv.FormatInt(v, 10)
}

func (s *Scribe) symbol(v int64) string {
	if v >= 0 && v < int64(len(s.cfg.Symbols)) {
		return s.cfg.Symbols[v]
	}
	return strconv.FormatInt(v, 10)
}

// price is exact: as many decimals as needed, at least two.
func price(p market.Price) string {
	sign, u := "", uint64(p)
	if p < 0 {
		sign, u = "-", -u
	}
	frac := fmt.Sprintf("%09d", u%uint64(market.PriceUnit))
	for len(frac) > 2 && frac[len(frac)-1] == '0' {
		frac = frac[:len(frac)-1]
	}
	return sign + strconv.FormatUint(u/uint64(market.PriceUnit), 10) + "." + frac
}

var (
	actionNames = []string{"hold", "rest", "improve", "cross", "reprice", "cancel"}
	causeNames  = []string{"timer", "touch", "trade", "fill", "venue", "desk"}
	kindNames   = []string{"none", "execution_report", "cancel_reject", "business_reject"}
)

func (s *Scribe) decision(e *zerolog.Event, d *engine.Decision) *zerolog.Event {
	e = e.Uint64("parent_id", d.Parent)
	if d.Child != 0 {
		e = e.Uint64("child_id", d.Child)
	}
	if d.OrigChild != 0 {
		e = e.Uint64("orig_child_id", d.OrigChild)
	}
	if d.Child != 0 && s.cfg.ChildClOrdID != nil {
		e = e.Bytes("cl_ord_id", s.cfg.ChildClOrdID(nil, d.Child))
	}
	e = e.Str("symbol", s.symbol(int64(d.Instrument))).Str("side", d.Side.String()).Str("algo", d.Algo.String()).
		Str("action", pick(int64(d.Action), actionNames...)).Str("cause", pick(int64(d.Cause), causeNames...)).
		Int64("qty", int64(d.Qty))
	e = priced(e, "px", d.Price)
	e = e.Str("bid", price(d.Bid)).Str("ask", price(d.Ask)).Int64("target_qty", int64(d.Target)).
		Int64("cum_qty", int64(d.Cum)).Int64("open_qty", int64(d.Open)).Uint64("feed_seq", d.FeedSeq)
	if d.Deny != 0 {
		e = e.Str("controls", risk.Deny(d.Deny).String())
	}
	return e
}

func (s *Scribe) report(e *zerolog.Event, r *fix.Report) *zerolog.Event {
	e = e.Str("kind", pick(int64(r.Kind), kindNames...)).Uint8("desk", r.Desk).Uint64("serial", r.Serial)
	if r.ParentID != 0 {
		e = e.Uint64("parent_id", r.ParentID)
	}
	e = e.Str("cl_ord_id", r.ClOrdID.String())
	if r.OrigClOrdID.N != 0 {
		e = e.Str("orig_cl_ord_id", r.OrigClOrdID.String())
	}
	if r.Instrument != market.NoInstrument {
		e = e.Str("symbol", s.symbol(int64(r.Instrument)))
	}
	e = e.Str("side", r.Side.String()).Str("algo", r.Algo.String())
	if r.Kind == fix.ExecReport {
		e = e.Str("exec_type", character(int64(r.ExecType)))
	}
	e = e.Str("ord_status", character(int64(r.OrdStatus))).Int64("qty", int64(r.OrderQty)).
		Int64("cum_qty", int64(r.CumQty)).Int64("leaves_qty", int64(r.LeavesQty))
	if r.LastQty != 0 {
		e = e.Int64("last_qty", int64(r.LastQty))
	}
	e = priced(e, "last_px", r.LastPx)
	e = priced(e, "avg_px", r.AvgPx)
	e = priced(e, "px", r.Price)
	if r.Reason != fix.ReasonNone {
		e = e.Str("reason", r.Reason.String())
	}
	return e
}

// priced writes a price that is not 0.
func priced(e *zerolog.Event, key string, p market.Price) *zerolog.Event {
	if p == 0 {
		return e
	}
	return e.Str(key, price(p))
}
