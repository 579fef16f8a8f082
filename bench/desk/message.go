package desk

import (
	"sort"
	"strconv"
	"time"

	"github.com/quickfixgo/quickfix"

	gateway "slipstream/fix/desk"
	"slipstream/fix/wire"
	"slipstream/internal/market"
)

const (
	tagExpireTime        = 126
	tagEffectiveTime     = 168
	tagTargetStrategy    = 847
	tagParticipationRate = 849
	tagNoStrategyParams  = 957
	tagStrategyParamName = 958
	tagStrategyParamType = 959
	tagStrategyParamVal  = 960
)

// StrategyParameterType(959) of our parameters.
const (
	typeFloat      = 6
	typePercentage = 11
	typeString     = 14
)

// message builds the FIX message of a step, written at now.
func (c *client) message(st Step, now time.Time) *quickfix.Message {
	m := quickfix.NewMessage()
	m.Header.SetString(wire.TagMsgType, map[Kind]string{New: "D", Replace: "G", Cancel: "F"}[st.Kind])
	b := &m.Body
	b.SetString(wire.TagClOrdID, st.ClOrdID)
	b.SetString(wire.TagSymbol, st.Symbol)
	b.SetInt(wire.TagSide, int(st.Side))
	setTime(b, wire.TagTransactTime, now)
	if st.Kind != New {
		b.SetString(wire.TagOrigClOrdID, st.Orig)
	}
	if st.Kind == Cancel {
		return m
	}
	if c.cfg.Account != "" {
		b.SetString(wire.TagAccount, c.cfg.Account)
	}
	b.SetString(wire.TagOrderQty, strconv.FormatInt(int64(st.Qty), 10))
	b.SetString(wire.TagOrdType, string(rune(st.OrdType)))
	if st.OrdType == Limit {
		b.SetString(wire.TagPrice, decimal(st.Price))
	}
	if s := gateway.StrategyOf(st.Algo); s != 0 {
		b.SetInt(tagTargetStrategy, s)
	}
	if st.StartAfter > 0 {
		setTime(b, tagEffectiveTime, now.Add(st.StartAfter))
	}
	if st.EndAfter > 0 {
		setTime(b, tagExpireTime, now.Add(st.EndAfter))
	}
	c.setParams(b, st)
	return m
}

// param is one algorithm parameter in both transports.
type param struct {
	tag   quickfix.Tag
	name  string
	typ   int
	value string
}

func (c *client) setParams(b *quickfix.Body, st Step) {
	var list []param
	if st.Tactic != market.Passive {
		list = append(list, param{gateway.TagTactic, gateway.ParamTactic, typeString, st.Tactic.String()})
	}
	if st.UrgencyMilli != 0 {
		list = append(list, param{gateway.TagUrgency, gateway.ParamUrgency, typeFloat,
			decimal(market.Price(st.UrgencyMilli) * (market.PriceUnit / 1_000))})
	}
	if st.ParticipationPpm != 0 {
		list = append(list, param{tagParticipationRate, gateway.ParamParticipation, typePercentage,
			decimal(market.Price(st.ParticipationPpm) * (market.PriceUnit / 1_000_000))})
	}
	if !c.cfg.ParamGroup {
		for _, p := range list {
			b.SetString(p.tag, p.value)
		}
		return
	}
	if len(list) == 0 {
		return
	}
	group := quickfix.NewRepeatingGroup(tagNoStrategyParams, quickfix.GroupTemplate{
		quickfix.GroupElement(tagStrategyParamName), quickfix.GroupElement(tagStrategyParamType),
		quickfix.GroupElement(tagStrategyParamVal),
	})
	for _, p := range list {
		g := group.Add()
		g.SetString(tagStrategyParamName, p.name)
		g.SetInt(tagStrategyParamType, p.typ)
		g.SetString(tagStrategyParamVal, p.value)
	}
	b.SetGroup(group)
}

func decimal(p market.Price) string { return string(wire.AppendPrice(nil, p)) }

func setTime(b *quickfix.Body, tag quickfix.Tag, t time.Time) {
	b.SetField(tag, quickfix.FIXUTCTimestamp{Time: t, Precision: quickfix.Millis})
}

// byTime gives the steps in the order of their times, equal ones as written.
func (s *Script) byTime() []int {
	order := make([]int, len(s.Steps))
	for i := range order {
		order[i] = i
	}
	sort.SliceStable(order, func(a, b int) bool { return s.Steps[order[a]].At < s.Steps[order[b]].At })
	return order
}
