package engine

import (
	"slipstream/feed/book"
	"slipstream/internal/market"
)

// FeatureCount is the length of Features.
const FeatureCount = 12

// Features are scale-free integers, signed so that positive favours acting now
// for the parent's side, whatever the side: one policy serves buys and sells.
// Units: parts per million unless said otherwise.
type Features [FeatureCount]int32

const (
	FTimeLeft      = iota // of the window
	FInventoryLeft        // of OrderQty
	FBehind               // (Next - Cum) / OrderQty
	FSpread               // in thousandths of a tick
	FImbalance            // (near - far) / (near + far) at the touch
	FMicro                // microprice - mid, in thousandths of a tick, towards the far side
	FFlow                 // order-flow imbalance of the last second or so / touch size
	FDrift                // mid since arrival, away from us, in 1e-6 of the arrival mid
	FOverdue              // (Due - Cum) / OrderQty, 0 when nothing is
	FSliceLeft            // of the slice's time
	FResting              // of OrderQty, resting now
	FAhead                // shares ahead of our oldest resting child, of its queue up to its end; 1,000,000 when unknown
)

// FeatureNames are stable: a policy bundle carries them, and a bundle whose names or
// order differ is refused.
var FeatureNames = [FeatureCount]string{
	"time_left_ppm", "inventory_left_ppm", "behind_ppm", "spread_milliticks", "imbalance_ppm", "micro_milliticks",
	"flow_ppm", "drift_ppm", "overdue_ppm", "slice_left_ppm", "resting_ppm", "ahead_ppm",
}

// flow follows one instrument's touch between decisions: order-flow imbalance
// (Cont, Kukanov, Stoikov 2014) with an exponential memory of flowMemory.
type flow struct {
	bid, ask book.Level
	ofi      int64 // in 1/256 share
	at       market.Nanos
}

const (
	flowMemory = market.Second
	ofiMax     = 1 << 33 // 33 million shares; times flowMemory it stays inside int64
)

// update takes the touch after a change at time now.
func (f *flow) update(now market.Nanos, bid, ask book.Level) {
	dt := now - f.at
	if dt >= flowMemory || f.at == 0 {
		f.ofi = 0
	} else if dt > 0 {
		f.ofi -= f.ofi * int64(dt) / int64(flowMemory)
	}
	f.at = now
	if f.bid.Qty > 0 && f.ask.Qty > 0 && bid.Qty > 0 && ask.Qty > 0 {
		f.ofi += 256 * (int64(touchFlow(f.bid, bid, 1)) - int64(touchFlow(f.ask, ask, -1)))
		f.ofi = max(-ofiMax, min(ofiMax, f.ofi))
	}
	f.bid, f.ask = bid, ask
}

// touchFlow is the signed change at one side of the touch; dir is +1 for the bid,
// -1 for the ask, whose prices improve downwards.
func touchFlow(was, is book.Level, dir market.Price) market.Qty {
	switch d := (is.Price - was.Price) * dir; {
	case d > 0:
		return is.Qty
	case d < 0:
		return -was.Qty
	}
	return is.Qty - was.Qty
}

// features fills v.Features from the rest of the View.
func (f *flow) features(v *View, arrivalMid2 market.Price) {
	sign := v.Side.Sign()
	near, far := int64(v.BidQty), int64(v.AskQty)
	if v.Side == market.Sell {
		near, far = far, near
	}
	x := &v.Features
	x[FTimeLeft] = ratioPpm(int64(v.End-v.Now), int64(v.End-v.Start))
	x[FInventoryLeft] = ratioPpm(int64(v.Qty-v.Cum), int64(v.Qty))
	x[FBehind] = ratioPpm(int64(v.Next-v.Cum), int64(v.Qty))
	x[FSpread] = ratio(int64(v.Ask-v.Bid), int64(v.Tick), 1000)
	x[FImbalance] = ratioPpm(near-far, near+far)
	if touch := int64(v.BidQty + v.AskQty); touch > 0 {
		// microprice - mid = spread/2 * (bidQty - askQty)/(bidQty + askQty)
		x[FMicro] = clamp32(sign * int64(x[FSpread]) * int64(v.BidQty-v.AskQty) / (2 * touch))
		x[FFlow] = ratioPpm(sign*f.ofi/256, touch)
	}
	x[FOverdue] = ratioPpm(int64(max(0, v.Due-v.Cum)), int64(v.Qty))
	x[FSliceLeft] = ratioPpm(int64(v.SliceEnd-v.Now), int64(v.SliceEnd-v.SliceStart))
	x[FResting] = ratioPpm(int64(v.Resting), int64(v.Qty))
	x[FAhead] = 1_000_000
	if v.Ahead >= 0 && v.Resting > 0 {
		x[FAhead] = ratioPpm(int64(v.Ahead), int64(v.Ahead+v.Resting))
	}
	mid2 := v.Bid + v.Ask
	x[FDrift] = ratioPpm(sign*int64(mid2-arrivalMid2), int64(arrivalMid2))
}

func ratioPpm(a, b int64) int32 { return ratio(a, b, 1_000_000) }

// ratio is a/b in units of 1/scale, cut to int32; 0 when b is 0.
func ratio(a, b, scale int64) int32 {
	if b == 0 {
		return 0
	}
	if a > 1<<40 || a < -1<<40 { // keep a*scale inside int64
		a, b = a>>20, b>>20
		if b == 0 {
			b = 1
		}
	}
	return clamp32(a * scale / b)
}

func clamp32(v int64) int32 { return int32(max(-1<<31, min(1<<31-1, v))) }
