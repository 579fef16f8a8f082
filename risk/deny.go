package risk

import "strconv"

// Deny says why an order message may not be sent: one bit per control, 0 = it
// may. Bits and names are stable: journals hold the bits, logs the names.
type Deny uint64

// The controls. Controls() has the rule of each; docs/risk.md is made from it.
const (
	DenyMalformed      Deny = 1 << iota // "malformed": kind or side is none of the known ones
	DenyNoLimits                        // "no-limits": decision 2
	DenyKilled                          // "killed": kill switch
	DenyHalted                          // "halted": C26
	DenyLot                             // "lot": C06
	DenyTick                            // "tick": C09
	DenyOrderQty                        // "order-qty": C06
	DenyOrderNotional                   // "order-notional": C07
	DenyReference                       // "reference": C12, C36
	DenyCollar                          // "collar": C10
	DenyUnknownParent                   // "unknown-parent": C16
	DenyParentTerms                     // "parent-terms": C16
	DenyParentQty                       // "parent-qty": C16
	DenyParentPrice                     // "parent-price": C16
	DenyParentWindow                    // "parent-window": C16
	DenyMessageRate                     // "message-rate": C21
	DenyCancelReserve                   // "cancel-reserve": C23
	DenyMaxLong                         // "max-long": C28
	DenyMaxShort                        // "max-short": C28
	DenyUnknownChild                    // "unknown-child": C16
	DenyPendingReplace                  // "pending-replace": C28
	DenyDuplicate                       // "duplicate": C14
	DenyOpenOrders                      // "open-orders": every table has a bound
	DenyParentMaxQty                    // "parent-max-qty": C13
	DenyParentNotional                  // "parent-max-notional": C13
	DenyParentTable                     // "parent-table": every table has a bound
	denyEnd
)

// DenyBits is the number of controls.
const DenyBits = 26

const _ = uint(denyEnd-1<<DenyBits) + uint(1<<DenyBits-denyEnd) // compile-time proof: DenyBits counts the constants

// String lists the names of the bits, joined by "|"; "allow" for 0. It allocates:
// for logs and tools, never for the decision path.
func (d Deny) String() string {
	if d == 0 {
		return "allow"
	}
	s := ""
	for i := range controls {
		c := &controls[i]
		if d&c.Bit != 0 {
			d &^= c.Bit
			if s != "" {
				s += "|"
			}
			s += c.Name
		}
	}
	if d != 0 { // bits of a later version
		if s != "" {
			s += "|"
		}
		s += "unknown:0x" + strconv.FormatUint(uint64(d), 16)
	}
	return s
}
