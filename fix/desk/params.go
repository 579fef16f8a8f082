package desk

import (
	"errors"
	"strings"

	"slipstream/fix"
	"slipstream/fix/atdl"
	"slipstream/internal/market"
)

// params reads the algorithm parameters of one D or G into its Command. A parameter
// may come as a tag of its own, in StrategyParametersGrp(957) or as "Name=value;..."
// in TargetStrategyParameters(848); twice is fine if the values agree.
//
// Names, tags and bounds are those of fix/atdl, so that the document a desk loads
// gives the gateway's own verdict.
type params struct {
	strategy *atdl.Strategy // nil: a replace that does not repeat it
	cmd      *fix.Command
	seen     map[string]int64 // parameter name to its value, in the Command's unit
}

func readParams(m fields, cmd *fix.Command) *refusal {
	p := params{strategy: atdl.ByAlgo(cmd.Algo), cmd: cmd, seen: make(map[string]int64, 5)}
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
	if cmd.Kind == fix.NewParent && p.strategy != nil {
		if err := p.strategy.Check(p.seen); err != nil {
			why := fix.ReasonUnsupported
			switch {
			case errors.Is(err, atdl.ErrMissing):
				why = fix.ReasonMissingField
			case errors.Is(err, atdl.ErrEnd):
				why = fix.ReasonBadTime
			}
			return refuse(why, "%s", err.Error())
		}
	}
	return nil
}

// set reads one parameter and stores it, if it does not contradict an earlier one.
func (p *params) set(name, value string) *refusal {
	param, err := atdl.Find(p.strategy, name)
	if err != nil {
		return refuse(fix.ReasonUnsupported, "%s", err.Error()) // values in it are quoted and cut
	}
	v, err := param.Parse(value)
	if err != nil {
		return refuse(fix.ReasonUnsupported, "%s", err.Error()) // values in it are quoted and cut
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
		p.cmd.Tactic, p.cmd.HasTactic = market.Tactic(v), true
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
func algoOf(text string) (market.Algo, bool) {
	wire, ok := parseDecimal(text, 0)
	if s := atdl.ByWire(int(wire)); ok && s != nil {
		return s.Algo, true
	}
	return market.NoAlgo, false
}

// StrategyOf is the TargetStrategy(847) of an algorithm, 0 for market.NoAlgo.
func StrategyOf(a market.Algo) int {
	if s := atdl.ByAlgo(a); s != nil {
		return s.Wire
	}
	return 0
}
