package exchange

import (
	"math/big"
	"sort"

	"slipstream/internal/market"
)

// slowMatcher is the reference: the rules written down plainly, one sorted list of
// resting orders per instrument and side, no bounds, big numbers.
type slowMatcher struct {
	cfg      Config
	resting  map[int]map[market.Side][]*slowOrder
	byRef    map[uint64]*slowOrder // every order ever accepted, by its current reference
	byClient map[uint64]*slowOrder
	halted   map[int]bool
	nextRef  uint64
	arrival  uint64
	match    uint64
	serial   uint64
	now      market.Nanos
	bid, ask market.Price
	inst     int
	execs    []Exec
}

type slowOrder struct {
	q         Request // current terms
	ref       uint64
	arrival   uint64
	leaves    market.Qty
	cum       market.Qty
	paid      big.Int
	status    Status
	selfMatch SelfMatch
}

func newSlowMatcher(cfg Config) *slowMatcher {
	s := &slowMatcher{cfg: cfg.withDefaults(), resting: map[int]map[market.Side][]*slowOrder{},
		byRef: map[uint64]*slowOrder{}, byClient: map[uint64]*slowOrder{}, halted: map[int]bool{}, nextRef: 1, now: cfg.Start}
	for i := range cfg.Instruments {
		s.resting[i] = map[market.Side][]*slowOrder{}
	}
	return s
}

// queue is a side in price-time priority.
func (s *slowMatcher) queue(inst int, side market.Side) []*slowOrder {
	list := s.resting[inst][side]
	sort.SliceStable(list, func(i, j int) bool {
		a, b := list[i], list[j]
		if a.q.Price != b.q.Price {
			return a.q.Price > b.q.Price == (side == market.Buy)
		}
		return a.arrival < b.arrival
	})
	return list
}

func (s *slowMatcher) take(o *slowOrder) {
	list := s.resting[int(o.q.Instrument)][o.q.Side]
	for i := range list {
		if list[i] == o {
			s.resting[int(o.q.Instrument)][o.q.Side] = append(list[:i:i], list[i+1:]...)
			return
		}
	}
}

func (s *slowMatcher) restOrder(o *slowOrder) {
	s.arrival++
	o.arrival = s.arrival
	i := int(o.q.Instrument)
	s.resting[i][o.q.Side] = append(s.resting[i][o.q.Side], o)
}

func (s *slowMatcher) at(inst int) {
	s.inst, s.bid, s.ask = inst, 0, 0
	if inst >= len(s.cfg.Instruments) {
		return
	}
	if l := s.queue(inst, market.Buy); len(l) > 0 {
		s.bid = l[0].q.Price
	}
	if l := s.queue(inst, market.Sell); len(l) > 0 {
		s.ask = l[0].q.Price
	}
}

func (s *slowMatcher) exec(e Exec) {
	if e.Kind != ExecStatus {
		s.serial++
		e.Serial = s.serial
	}
	e.Nanos = s.now
	s.execs = append(s.execs, e)
}

func (s *slowMatcher) describe(kind ExecKind, o *slowOrder) Exec {
	e := Exec{Kind: kind, Status: o.status, Side: o.q.Side, Type: o.q.Type, TIF: o.q.TIF, Instrument: o.q.Instrument,
		Owner: o.q.Owner, OrderID: o.ref, ClientRef: o.q.ClientRef, OrderQty: o.q.Qty, CumQty: o.cum, Token: o.q.Token}
	if !o.status.IsTerminal() {
		e.LeavesQty = o.q.Qty - o.cum
	}
	if o.q.Type == OrdLimit {
		e.Price = o.q.Price
	}
	if o.cum > 0 {
		n := new(big.Int).Mul(&o.paid, big.NewInt(2))
		n.Add(n, big.NewInt(int64(o.cum)))
		e.AvgPx = market.Price(n.Div(n, big.NewInt(2*int64(o.cum))).Int64())
	}
	if int(o.q.Instrument) == s.inst {
		e.Bid, e.Ask = s.bid, s.ask
	}
	return e
}

func (s *slowMatcher) answer(kind ExecKind, o *slowOrder, q *Request, why Reason) {
	e := s.describe(kind, o)
	e.OrigClientRef, e.OrigToken, e.OrigOrderID = e.ClientRef, e.Token, e.OrderID
	e.ClientRef, e.Token, e.RequestOf, e.Reason = q.ClientRef, q.Token, q.Kind, why
	s.exec(e)
}

func (s *slowMatcher) refuse(kind ExecKind, q *Request, why Reason) {
	e := Exec{Kind: kind, Reason: why, Owner: q.Owner, ClientRef: q.ClientRef, Token: q.Token, RequestOf: q.Kind,
		Instrument: q.Instrument, Side: q.Side, Type: q.Type, TIF: q.TIF, OrderQty: q.Qty, Price: q.Price}
	if kind == ExecRejected {
		e.Status = StatusRejected
	} else {
		e.OrigClientRef, e.OrderID = q.OrigClientRef, q.OrderID
	}
	if int(q.Instrument) < len(s.cfg.Instruments) {
		e.Bid, e.Ask = s.bid, s.ask
	}
	s.exec(e)
}

func (s *slowMatcher) do(q *Request) (uint64, Reason) {
	s.at(int(q.Instrument))
	switch q.Kind {
	case KindNew:
		return s.enter(q)
	case KindHalt, KindResume:
		if int(q.Instrument) >= len(s.cfg.Instruments) {
			return 0, ReasonUnknownSymbol
		}
		s.halted[int(q.Instrument)] = q.Kind == KindHalt
		return 0, ReasonNone
	}
	if q.Owner == 0 && q.Kind == KindStatus {
		return 0, ReasonUnsupported
	}
	o := s.byRef[q.OrderID]
	if q.Owner != 0 && q.OrderID == 0 {
		o = s.byClient[q.OrigClientRef]
	}
	if o == nil || o.q.Owner != q.Owner || q.Owner == 0 && o.status.IsTerminal() {
		if q.Owner != 0 && q.Kind == KindStatus {
			s.refuse(ExecStatus, q, ReasonUnknownOrder)
		} else if q.Owner != 0 {
			s.refuse(ExecCancelRejected, q, ReasonUnknownOrder)
		}
		return 0, ReasonUnknownOrder
	}
	s.at(int(o.q.Instrument))
	switch {
	case q.Kind == KindStatus:
		s.answer(ExecStatus, o, q, ReasonNone)
		return o.ref, ReasonNone
	case o.status.IsTerminal():
		s.answer(ExecCancelRejected, o, q, ReasonTooLate)
		return 0, ReasonTooLate
	case q.Kind == KindCancel:
		s.take(o)
		o.status = StatusCanceled
		if q.Owner != 0 {
			s.answer(ExecCanceled, o, q, ReasonRequested)
		}
		return o.ref, ReasonNone
	}
	return s.replace(o, q)
}

func (s *slowMatcher) badTerms(q *Request, inst int) Reason {
	in := s.cfg.Instruments[inst]
	if q.Qty <= 0 || q.Qty > s.cfg.MaxQty || q.Owner != 0 && q.Qty%in.Lot != 0 {
		return ReasonBadQty
	}
	step := market.ITCHUnit
	if q.Owner != 0 {
		step = in.Tick
	}
	if q.Type == OrdLimit && (q.Price <= 0 || q.Price > s.cfg.MaxPrice || q.Price%step != 0) {
		return ReasonBadPrice
	}
	return ReasonNone
}

func better(side market.Side, limit, price market.Price) bool {
	if side == market.Buy {
		return price <= limit
	}
	return price >= limit
}

func (s *slowMatcher) wouldTrade(inst int, side market.Side, price market.Price) bool {
	l := s.queue(inst, side.Opposite())
	return len(l) > 0 && better(side, price, l[0].q.Price)
}

func (s *slowMatcher) enter(q *Request) (uint64, Reason) {
	why := ReasonNone
	inst := int(q.Instrument)
	switch {
	case inst >= len(s.cfg.Instruments):
		why = ReasonUnknownSymbol
	case s.halted[inst]:
		why = ReasonHalted
	case q.Side != market.Buy && q.Side != market.Sell:
		why = ReasonBadSide
	case q.PostOnly && (q.Type == OrdMarket || q.TIF != Day):
		why = ReasonUnsupported
	default:
		why = s.badTerms(q, inst)
		old := s.byClient[q.ClientRef]
		switch {
		case why != ReasonNone:
		case q.PostOnly && s.wouldTrade(inst, q.Side, q.Price):
			why = ReasonPostOnly
		case q.Owner != 0 && (q.ClientRef == 0 || old != nil && !old.status.IsTerminal()):
			why = ReasonDuplicate
		}
	}
	if why != ReasonNone {
		if q.Owner != 0 {
			s.refuse(ExecRejected, q, why)
		}
		return 0, why
	}
	o := &slowOrder{q: *q, ref: s.nextRef, leaves: q.Qty, status: StatusNew, selfMatch: q.SelfMatch}
	if o.selfMatch == SelfMatchDefault {
		o.selfMatch = s.cfg.SelfMatch
	}
	s.nextRef++
	s.byRef[o.ref] = o
	if q.Owner != 0 {
		s.byClient[q.ClientRef] = o
		e := s.describe(ExecAccepted, o)
		e.RequestOf = KindNew
		s.exec(e)
	}
	stopped := false
	if q.TIF != FOK || s.depth(o) >= q.Qty {
		stopped = s.run(o)
	}
	end := ReasonNone
	switch {
	case o.leaves == 0:
		return o.ref, ReasonNone
	case stopped:
		end = ReasonSelfMatch
	case q.TIF == FOK:
		end = ReasonFOK
	case q.Type == OrdMarket:
		end = ReasonNoLiquidity
	case q.TIF == IOC:
		end = ReasonIOC
	}
	s.finish(o, end)
	return o.ref, ReasonNone
}

func (s *slowMatcher) finish(o *slowOrder, end Reason) {
	if end == ReasonNone {
		s.restOrder(o)
		return
	}
	s.drop(o, end)
}

func (s *slowMatcher) drop(o *slowOrder, why Reason) {
	s.take(o)
	o.status = StatusCanceled
	if o.q.Owner != 0 {
		e := s.describe(ExecCanceled, o)
		e.Reason = why
		s.exec(e)
	}
}

// depth is how much a FOK could take.
func (s *slowMatcher) depth(o *slowOrder) (sum market.Qty) {
	for _, r := range s.queue(int(o.q.Instrument), o.q.Side.Opposite()) {
		if o.q.Type == OrdLimit && !better(o.q.Side, o.q.Price, r.q.Price) {
			break
		}
		if o.q.Owner != 0 && r.q.Owner == o.q.Owner {
			if o.selfMatch != CancelResting && sum < o.q.Qty {
				return 0
			}
			continue
		}
		sum += r.leaves
	}
	return sum
}

// run trades o; true when self-match prevention stopped it.
func (s *slowMatcher) run(o *slowOrder) bool {
	for o.leaves > 0 {
		l := s.queue(int(o.q.Instrument), o.q.Side.Opposite())
		if len(l) == 0 || o.q.Type == OrdLimit && !better(o.q.Side, o.q.Price, l[0].q.Price) {
			return false
		}
		r := l[0]
		if o.q.Owner != 0 && r.q.Owner == o.q.Owner {
			if o.selfMatch != CancelIncoming {
				s.drop(r, ReasonSelfMatch)
			}
			if o.selfMatch != CancelResting {
				return true
			}
			continue
		}
		n := min(o.leaves, r.leaves)
		s.match++
		s.fill(r, n, r.q.Price, LiquidityAdded)
		if r.leaves == 0 {
			s.take(r)
		}
		s.fill(o, n, r.q.Price, LiquidityRemoved)
	}
	return false
}

func (s *slowMatcher) fill(o *slowOrder, n market.Qty, px market.Price, liq Liquidity) {
	o.leaves -= n
	o.cum += n
	o.paid.Add(&o.paid, new(big.Int).Mul(big.NewInt(int64(n)), big.NewInt(int64(px))))
	o.status = StatusPartiallyFilled
	if o.leaves == 0 {
		o.status = StatusFilled
	}
	if o.q.Owner != 0 {
		e := s.describe(ExecTrade, o)
		e.Liquidity, e.MatchNumber, e.LastQty, e.LastPx = liq, s.match, n, px
		s.exec(e)
	}
}

func (s *slowMatcher) judgeReplace(o *slowOrder, q *Request) Reason {
	inst := int(o.q.Instrument)
	if s.halted[inst] {
		return ReasonHalted
	}
	if q.Owner != 0 && q.Side != 0 && q.Side != o.q.Side {
		return ReasonBadSide
	}
	if q.Type != OrdLimit || q.TIF != Day {
		return ReasonUnsupported
	}
	if why := s.badTerms(q, inst); why != ReasonNone {
		return why
	}
	if q.Owner != 0 {
		if old := s.byClient[q.ClientRef]; q.ClientRef == 0 || old != nil && old != o && !old.status.IsTerminal() {
			return ReasonDuplicate
		}
		if q.Qty <= o.cum {
			return ReasonNone
		}
	}
	if q.PostOnly && s.wouldTrade(inst, o.q.Side, q.Price) {
		return ReasonPostOnly
	}
	return ReasonNone
}

func (s *slowMatcher) replace(o *slowOrder, q *Request) (uint64, Reason) {
	if why := s.judgeReplace(o, q); why != ReasonNone {
		if q.Owner != 0 {
			s.answer(ExecCancelRejected, o, q, why)
		}
		return 0, why
	}
	open := q.Qty - o.cum // of the new terms
	if q.Owner == 0 {
		open = q.Qty
	} else if open <= 0 {
		s.take(o)
		o.status = StatusCanceled
		s.answer(ExecCanceled, o, q, ReasonBelowExecuted)
		return o.ref, ReasonNone
	}
	keeps := q.Price == o.q.Price && open < o.leaves
	before := s.describe(ExecReplaced, o)
	if !keeps {
		s.take(o)
		delete(s.byRef, o.ref)
		o.ref = s.nextRef
		s.nextRef++
		s.byRef[o.ref] = o
	}
	if q.Owner != 0 {
		delete(s.byClient, o.q.ClientRef)
		s.byClient[q.ClientRef] = o
		o.q.ClientRef, o.q.Token = q.ClientRef, q.Token
	}
	if q.SelfMatch != SelfMatchDefault {
		o.selfMatch = q.SelfMatch
	}
	o.q.Qty, o.q.Price, o.leaves = q.Qty, q.Price, open
	if q.Owner == 0 {
		o.cum = 0
	}
	if q.Owner != 0 {
		e := s.describe(ExecReplaced, o)
		e.RequestOf, e.OrigOrderID, e.OrigClientRef, e.OrigToken = KindReplace, before.OrderID, before.ClientRef, before.Token
		s.exec(e)
	}
	if keeps {
		return o.ref, ReasonNone
	}
	stopped := s.run(o)
	if o.leaves > 0 {
		if stopped {
			s.finish(o, ReasonSelfMatch)
		} else {
			s.finish(o, ReasonNone)
		}
	}
	return o.ref, ReasonNone
}
