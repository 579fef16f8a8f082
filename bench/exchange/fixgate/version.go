package fixgate

import (
	"strconv"

	"github.com/quickfixgo/quickfix"

	gateway "slipstream/fix/desk"
	"slipstream/fix/wire"
)

const tagExecTransType = 20

// inVersion says a message of the gate, written in the words of 4.4, in those of another
// version. Only 4.2 differs: a fill is 150=1 or 2, a bust 20=1, a correction 20=2 and a
// status 20=3, with ExecType the state of the order; there is no 851 and no 790, and reason
// codes end earlier.
func inVersion(v gateway.Version, m *quickfix.Message) {
	if v != gateway.FIX42 {
		return
	}
	b := &m.Body
	str := func(tag quickfix.Tag) string { s, _ := b.GetString(tag); return s } // "" = not there
	if kind, _ := m.Header.GetString(wire.TagMsgType); kind == "8" {
		status := str(wire.TagOrdStatus)
		execType := str(wire.TagExecType)
		trans := "0"
		switch execType {
		case "F":
			execType = "1"
			if status == "2" {
				execType = "2"
			}
		case "H":
			execType, trans = status, "1"
		case "G":
			execType, trans = status, "2"
		case "I":
			execType, trans = status, "3"
		case "5":
			if str(wire.TagCumQty) == "0" {
				status = "5"
			}
		}
		b.SetString(wire.TagOrdStatus, status)
		b.SetString(wire.TagExecType, execType)
		b.SetString(tagExecTransType, trans)
	}
	if at := str(wire.TagTransactTime); len(at) > len("20060102-15:04:05.000") {
		b.SetString(wire.TagTransactTime, at[:len("20060102-15:04:05.000")]) // the most that FIX 4.2 knows
	}
	b.Remove(wire.TagLastLiquidityInd)
	b.Remove(tagOrdStatusReqID)
	for _, most := range [...]struct {
		tag       quickfix.Tag
		last, say int
	}{{wire.TagOrdRejReason, 8, 0}, {wire.TagCxlRejReason, 3, 2}, {wire.TagExecRestatementReason, 5, 4}} {
		if n, err := strconv.Atoi(str(most.tag)); err == nil && n > most.last {
			b.SetInt(most.tag, most.say)
		}
	}
}
