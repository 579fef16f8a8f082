package tca

import "slipstream/internal/market"

// Result is the analysis of one parent. Every *_bps is a cost when positive. The bases:
// shortfall and its parts over OrderQty times the arrival mid; spreads and markouts
// over the filled shares times the mid before each fill; slippages over the VWAP.
type Result struct {
	ID      uint64 `json:"id"`
	ClOrdID string `json:"cl_ord_id,omitempty"`
	Symbol  string `json:"symbol,omitempty"`
	Algo    string `json:"algo"`
	Tactic  string `json:"tactic"`
	Side    string `json:"side"`

	Qty        market.Qty `json:"qty"`
	FilledQty  market.Qty `json:"filled_qty"`
	Completion float64    `json:"completion"` // filled over ordered, 0 to 1
	ArrivalMid float64    `json:"arrival_mid"`
	EndMid     float64    `json:"end_mid"`
	AvgPx      Number     `json:"avg_px"`

	ISBps          Number `json:"is_bps"` // against the arrival mid: trading + opportunity + fees
	TradingBps     Number `json:"trading_bps"`
	SpreadBps      Number `json:"spread_bps"` // part of trading: fill price against the mid just before it
	DriftBps       Number `json:"drift_bps"`  // part of trading: that mid against arrival; timing and own impact together
	OpportunityBps Number `json:"opportunity_bps"`
	FeesBps        Number `json:"fees_bps"`
	DelayBps       Number `json:"delay_bps"`       // arrival mid against the desk's decision mid
	ISDecisionBps  Number `json:"is_decision_bps"` // delay + is, over the decision mid
	ISForcedBps    Number `json:"is_forced_bps"`   // the rest priced by a forced completion; null when that is unknown
	ISUSD          Number `json:"is_usd"`          // against the arrival mid, in the currency unit

	VWAP                Number     `json:"market_vwap"`                // arrival to end, own trades included
	VWAPSlippageBps     Number     `json:"vwap_slippage_bps"`          // against market_vwap
	VWAPExclSlippageBps Number     `json:"vwap_excl_own_slippage_bps"` // own trades taken out
	VWAPDoneSlippageBps Number     `json:"vwap_to_last_fill_slippage_bps"`
	MarketQty           market.Qty `json:"market_qty"` // arrival to end, own trades included
	Participation       Number     `json:"participation"`
	ParticipationP95    Number     `json:"participation_p95"` // over the buckets of Config.Bucket with market volume
	ParticipationMax    Number     `json:"participation_max"`

	EffectiveSpreadBps Number    `json:"effective_spread_bps"` // twice fill price minus mid before it
	Markouts           []Markout `json:"markouts"`

	PassiveShare     Number  `json:"passive_fill_share"` // of the filled shares whose liquidity is known
	Fills            int     `json:"fills"`
	Children         int     `json:"children"`
	Cancels          int     `json:"cancels"`
	CancelsPerFill   Number  `json:"cancels_per_fill"`
	TimeToLastFill   Number  `json:"time_to_last_fill_seconds"` // null without a fill
	IntervalSeconds  float64 `json:"interval_seconds"`          // arrival to end
	FillsWithoutMid  int     `json:"fills_without_mid"`         // the arrival mid stood in for the mid before them
	OwnTradesMissing bool    `json:"own_trades_missing"`        // the tape shows less volume than was filled: VWAP and participation are suspect

	Split Split `json:"-"`
}

// Markout looks back at the fills from one horizon later. It is no measure of
// impact: the market also moved for reasons of its own.
type Markout struct {
	HorizonMs         int64      `json:"horizon_ms"`
	RealisedSpreadBps Number     `json:"realised_spread_bps"` // twice fill price minus mid at the horizon
	MarkoutBps        Number     `json:"markout_bps"`         // twice mid at the horizon minus mid before the fill
	Qty               market.Qty `json:"qty"`                 // shares whose horizon lies within the data
}

// Split is the shortfall in money, exact: Delay + Trading + Opportunity + Fees is the
// shortfall against the decision mid, and Spread + Drift is Trading.
type Split struct {
	Delay, Trading, Opportunity, Fees Money
	Spread, Drift                     Money
	AtArrival                         Money // OrderQty times the arrival mid: the base of bps
	AtDecision                        Money // OrderQty times the decision mid
}

// Shortfall is against the arrival mid.
func (s *Split) Shortfall() Money { return s.Trading.Add(s.Opportunity).Add(s.Fees) }

// ShortfallFromDecision is against the decision mid.
func (s *Split) ShortfallFromDecision() Money { return s.Delay.Add(s.Shortfall()) }
