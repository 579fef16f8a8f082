package desk

// echo is what one D or G carried that its reports repeat.
type echo struct {
	fields fields
	params []strategyParam
}

// echoTags ride back on the ExecutionReports of an order as they came, as far as the
// session's dialect has them.
var echoTags = [...]int{
	tagAccount, tagCurrency, tagTimeInForce, tagExDestination, tagExpireTime, tagEffectiveTime,
	tagStrategyText, tagParticipationRate, TagTactic, TagUrgency,
}

// dialect is what a session's reports are written in: its version, and whether they may
// hold what the version's own ExecutionReport (8) does not have. A desk that reads by the
// standard's dictionary would answer each such report by a Reject (3), also if the tag is
// one that it sent.
type dialect struct {
	Version
	extended bool
}

func (g *Gateway) dialect(desk uint8) dialect {
	return dialect{g.desks[desk].version, g.cfg.Sessions[desk].EchoAll}
}

// echoes says whether a report may repeat this tag.
func (v dialect) echoes(tag int) bool {
	switch tag {
	case tagAccount, tagCurrency, tagTimeInForce, tagExpireTime, tagEffectiveTime:
		return true
	case tagStrategyText, tagParticipationRate:
		return v.extended || v.Version != FIX42
	case tagNoStrategyParams:
		return v.extended || v.Version == FIX50SP2
	}
	return v.extended
}

// names says whether a report may name this TargetStrategy(847): FIX 4.2 has no such
// tag, and later versions list 1 to 3.
func (v dialect) names(strategy int) bool {
	const standardMax = 3
	return strategy > 0 && (v.extended || strategy <= standardMax && v.Version != FIX42)
}

func echoOf(m fields) *echo {
	e := &echo{params: m.strategyParams()}
	for _, tag := range echoTags {
		if m.has(tag) {
			e.fields = append(e.fields, field{tag, m.get(tag)})
		}
	}
	return e
}

// inherit takes over what a replace leaves out, since it stays in force. Parameters in
// StrategyParametersGrp(957) or TargetStrategyParameters(848) are not taken apart: a replace
// that names any parameter shows those it names.
func (e *echo) inherit(old *echo) {
	if old == nil {
		return
	}
	hasParams := len(e.params) > 0
	for _, tag := range echoTags {
		hasParams = hasParams || isParam(tag) && e.fields.has(tag)
	}
	for _, f := range old.fields {
		blob := f.tag == tagStrategyText || len(e.params) > 0 || len(old.params) > 0 || e.fields.has(tagStrategyText) || old.fields.has(tagStrategyText)
		if !e.fields.has(f.tag) && !(hasParams && isParam(f.tag) && blob) {
			e.fields = append(e.fields, f)
		}
	}
	if !hasParams {
		e.params = old.params
	}
}

// isParam reports whether the tag carries parameters of the algorithm.
func isParam(tag int) bool {
	switch tag {
	case tagExpireTime, tagEffectiveTime, tagStrategyText, tagParticipationRate, TagTactic, TagUrgency:
		return true
	}
	return false
}
