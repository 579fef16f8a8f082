package desk

import (
	"strings"

	"slipstream/fix"
	"slipstream/internal/market"
)

const (
	ppmScale         = 6
	ppmOne           = 1_000_000 // ParticipationRate(849) 1.0 = 100 %
	urgencyScale     = 3
	urgencyMilliMost = 100_000 // kappa*T of 100
)

// params reads the algorithm parameters of one D or G into its Command. A parameter
// may come as a tag of its own, in StrategyParametersGrp(957) or as "Name=value;..."
// in TargetStrategyParameters(848); twice is fine if the values agree.
type params struct {
	cmd  *fix.Command
	seen map[string]int64 // parameter name to its value, in the Command's unit
}

func readParams(m fields, cmd *fix.Command) *refusal {
	p := params{cmd: cmd, seen: make(map[string]int64, 5)}
	for _, t := range [...]struct {
		tag  int
		name string
	}{
		{tagParticipationRate, ParamParticipation}, {TagTactic, ParamTactic},
		{TagUrgency, ParamUrgency}, {tagEffectiveTime, ParamStartTime}, {tagExpireTime, ParamEndTime},
	} {
		if m.has(t.tag) {
			if r := p.set(t.name, m.get(t.tag)); r != nil {
				return r
			}
		}
	}
	for _, sp := range m.strategyParams() {
		if r := p.set(sp.name, sp.value); r != nil {
			return r
		}
	}
	for _, item := range strings.Split(m.get(tagStrategyText), ";") {
		if item = strings.TrimSpace(item); item == "" {
			continue
		}
		name, value, _ := strings.Cut(item, "=")
		if r := p.set(strings.TrimSpace(name), strings.TrimSpace(value)); r != nil {
			return r
		}
	}
	return nil
}

// set reads one parameter and stores it, if it does not contradict an earlier one.
func (p *params) set(name, value string) *refusal {
	v, ok := int64(0), false
	switch name {
	case ParamTactic:
		switch value {
		case market.Passive.String():
			v, ok = int64(market.Passive), true
		case market.Taker.String():
			v, ok = int64(market.Taker), true
		}
	case ParamUrgency:
		v, ok = parseDecimal(value, urgencyScale)
		ok = ok && v > 0 && v <= urgencyMilliMost
	case ParamParticipation:
		v, ok = parseDecimal(value, ppmScale)
		ok = ok && v > 0 && v <= ppmOne
	case ParamStartTime, ParamEndTime:
		var n market.Nanos
		n, ok = parseTime(value)
		v = int64(n)
	default:
		return refuse(fix.ReasonUnsupported, "parameter %s is not known", printable(name))
	}
	if !ok {
		return refuse(fix.ReasonUnsupported, "parameter %s=%s is out of range", name, printable(value))
	}
	if before, twice := p.seen[name]; twice && before != v {
		return refuse(fix.ReasonUnsupported, "parameter %s is given twice with different values", name)
	}
	p.seen[name] = v
	p.store(name, v)
	return nil
}

func (p *params) store(name string, v int64) {
	switch name {
	case ParamTactic:
		p.cmd.Tactic = market.Tactic(v)
	case ParamUrgency:
		p.cmd.UrgencyMilli = uint32(v)
	case ParamParticipation:
		p.cmd.ParticipationPpm = uint32(v)
	case ParamStartTime:
		p.cmd.StartNanos = market.Nanos(v)
	case ParamEndTime:
		p.cmd.EndNanos = market.Nanos(v)
	}
}

// algoOf maps TargetStrategy(847).
func algoOf(s string) (market.Algo, bool) {
	v, ok := parseDecimal(s, 0)
	if !ok {
		return market.NoAlgo, false
	}
	switch v {
	case StrategyVWAP:
		return market.VWAP, true
	case StrategyPOV:
		return market.POV, true
	case StrategyTWAP:
		return market.TWAP, true
	case StrategyIS:
		return market.IS, true
	case StrategyLearned:
		return market.LEARNED, true
	}
	return market.NoAlgo, false
}

// StrategyOf is the TargetStrategy(847) of an algorithm, 0 for market.NoAlgo.
func StrategyOf(a market.Algo) int {
	switch a {
	case market.VWAP:
		return StrategyVWAP
	case market.POV:
		return StrategyPOV
	case market.TWAP:
		return StrategyTWAP
	case market.IS:
		return StrategyIS
	case market.LEARNED:
		return StrategyLearned
	}
	return 0
}
