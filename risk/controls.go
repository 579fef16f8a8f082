package risk

// Control describes one bit of Deny.
type Control struct {
	Bit  Deny
	Name string // stable
	Ref  string // id in the risk reference
	Rule string // the exact rule under which an order is denied
	On   string // what the control looks at
}

// Controls lists every control in the order of its bit.
func Controls() [DenyBits]Control { return controls }

const (
	onOrders  = "new, replace"
	onAll     = "new, replace, status, cancel"
	onAccept  = "new, replace, parent"
	onParent  = "parent"
	onReplace = "replace"
	onNew     = "new"
)

var controls = [DenyBits]Control{
	{DenyMalformed, "malformed", "C09", "kind or side is not a known one, or a parent's end is not after its start", onAll + ", parent"},
	{DenyNoLimits, "no-limits", "decision 2", "the instrument is not configured, or its limits, the global or the parent limits are not set", onAccept},
	{DenyKilled, "killed", "1.3 level 3", "Kill was called and Rearm was not", onAccept},
	{DenyHalted, "halted", "C26", "a report contradicted the gate's count (unknown fill, overfill, fill worse than the limit, full table) and ClearHalt was not called", onAccept},
	{DenyLot, "lot", "C06", "Qty <= 0, or not a multiple of the lot, or on a replace Qty <= what is filled already", onAccept},
	{DenyTick, "tick", "C09", "Price < 0, Price > MaxPrice, or not a multiple of the tick", onAccept},
	{DenyOrderQty, "order-qty", "C06", "Qty > MaxOrderQty", onOrders},
	{DenyOrderNotional, "order-notional", "C07", "Qty x value price > MaxOrderNotional by 128-bit product; the value price is the limit of a buy, the higher of limit and mid of a sell, mid + collar of a market order; a negative Qty or Price is over any limit", onOrders},
	{DenyReference, "reference", "C12, C36", "no usable reference: not trusted, a side missing, Bid >= Ask, Ask-Bid > max(MaxSpreadTicks, MaxSpreadBps of mid), older than ReferenceMaxAge, or stamped after now; a parent needs one only when it has no limit price", onAccept},
	{DenyCollar, "collar", "C10", "buy Price > mid + b or sell Price < mid - b, b = max(CollarTicks, CollarBps of mid); a market order unless AllowMarket", onOrders},
	{DenyUnknownParent, "unknown-parent", "C16", "the parent is not open", onOrders},
	{DenyParentTerms, "parent-terms", "C16", "instrument or side differ from the parent's, or on a replace from those of the order replaced", onOrders},
	{DenyParentQty, "parent-qty", "C16", "parent CumQty + worst-case leaves of its children + what this order adds > parent Qty", onOrders},
	{DenyParentPrice, "parent-price", "C16", "worse than the parent's limit price, or a market order of a parent with one", onOrders},
	{DenyParentWindow, "parent-window", "C16", "now outside [StartNanos, EndNanos] of the parent; at acceptance, now >= EndNanos", onAccept},
	{DenyMessageRate, "message-rate", "C21", "MaxMessages messages were sent in the last Window: now - (time of the MaxMessages-th last) < Window", onAll},
	{DenyCancelReserve, "cancel-reserve", "C23", "after this message fewer than max(CancelReserve, open orders) messages would be left in the Window", onOrders + ", status"},
	{DenyMaxLong, "max-long", "C28", "buy: position + worst-case open buys + what this order adds > MaxLong", onOrders},
	{DenyMaxShort, "max-short", "C28", "sell: position - worst-case open sells - what this order adds < -MaxShort", onOrders},
	{DenyUnknownChild, "unknown-child", "C16", "the order to be replaced is not open", onReplace},
	{DenyPendingReplace, "pending-replace", "C28", "the order to be replaced has a replace pending already", onReplace},
	{DenyDuplicate, "duplicate", "C14", "Child is not above every Child sent before", onOrders},
	{DenyOpenOrders, "open-orders", "C16", "MaxOpenOrders orders are open", onNew},
	{DenyParentMaxQty, "parent-max-qty", "C13", "parent Qty > MaxParentQty", onParent},
	{DenyParentNotional, "parent-max-notional", "C13", "parent Qty x value price > MaxParentNotional by 128-bit product", onParent},
	{DenyParentTable, "parent-table", "C16", "MaxParents parents are open, or the id is open already", onParent},
}
