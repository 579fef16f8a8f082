package journal

import (
	"encoding/binary"

	"slipstream/engine"
	"slipstream/fix"
	"slipstream/internal/market"
)

// Sizes of the fixed layouts, in bytes. docs/journal.md lists the offsets.
const (
	CommandSize  = 216
	ReportSize   = 264
	DecisionSize = 112
	EventSize    = 40
	MarkSize     = 40
	idSize       = 1 + fix.ClOrdIDMax
)

var le = binary.LittleEndian

func bit(on bool) byte {
	if on {
		return 1
	}
	return 0
}

// PutCommand writes c into b, which has at least CommandSize bytes.
func PutCommand(b []byte, c *fix.Command) {
	_ = b[CommandSize-1]
	b[0] = byte(c.Kind)
	b[1] = c.Desk
	b[2] = byte(c.Algo)
	b[3] = byte(c.Tactic)
	b[4] = byte(c.Side)
	b[5] = c.OrdType
	b[6], b[7] = bit(c.PossResend), bit(c.HasTactic)
	le.PutUint32(b[8:], uint32(c.Instrument))
	le.PutUint32(b[12:], c.ParticipationPpm)
	le.PutUint32(b[16:], c.UrgencyMilli)
	le.PutUint32(b[20:], c.SeqNum)
	le.PutUint64(b[24:], uint64(c.OrderQty))
	le.PutUint64(b[32:], uint64(c.Price))
	le.PutUint64(b[40:], uint64(c.StartNanos))
	le.PutUint64(b[48:], uint64(c.EndNanos))
	le.PutUint64(b[56:], uint64(c.TransactNanos))
	le.PutUint64(b[64:], c.OrderID)
	putID(b[72:], &c.ClOrdID)
	putID(b[72+idSize:], &c.OrigClOrdID)
	putID(b[72+2*idSize:], &c.ReqID)
}

// GetCommand reads c from b; false when b is not exactly one command.
func GetCommand(b []byte, c *fix.Command) bool {
	if len(b) != CommandSize || b[6] > 1 || b[7] > 1 || le.Uint32(b[8:]) > 1<<16-1 {
		return false
	}
	*c = fix.Command{
		Kind:             fix.CommandKind(b[0]),
		Desk:             b[1],
		Algo:             market.Algo(b[2]),
		Tactic:           market.Tactic(b[3]),
		Side:             market.Side(b[4]),
		OrdType:          b[5],
		PossResend:       b[6] == 1,
		HasTactic:        b[7] == 1,
		Instrument:       market.InstrumentID(le.Uint32(b[8:])),
		ParticipationPpm: le.Uint32(b[12:]),
		UrgencyMilli:     le.Uint32(b[16:]),
		SeqNum:           le.Uint32(b[20:]),
		OrderQty:         market.Qty(le.Uint64(b[24:])),
		Price:            market.Price(le.Uint64(b[32:])),
		StartNanos:       market.Nanos(le.Uint64(b[40:])),
		EndNanos:         market.Nanos(le.Uint64(b[48:])),
		TransactNanos:    market.Nanos(le.Uint64(b[56:])),
		OrderID:          le.Uint64(b[64:]),
	}
	return getID(b[72:], &c.ClOrdID) && getID(b[72+idSize:], &c.OrigClOrdID) && getID(b[72+2*idSize:], &c.ReqID)
}

// PutReport writes r into b, which has at least ReportSize bytes.
func PutReport(b []byte, r *fix.Report) {
	_ = b[ReportSize-1]
	b[0] = byte(r.Kind)
	b[1] = r.Desk
	b[2] = byte(r.ExecType)
	b[3] = byte(r.OrdStatus)
	b[4] = byte(r.Reason)
	b[5] = r.ResponseTo
	b[6] = r.OrdType
	b[7] = r.LastLiq
	b[8] = byte(r.Algo)
	b[9] = byte(r.Side)
	le.PutUint16(b[10:], uint16(r.Instrument))
	le.PutUint32(b[12:], 0)
	if r.Replaced {
		b[12] = 1
	}
	le.PutUint64(b[16:], r.Serial)
	le.PutUint64(b[24:], r.ParentID)
	le.PutUint64(b[32:], uint64(r.OrderQty))
	le.PutUint64(b[40:], uint64(r.CumQty))
	le.PutUint64(b[48:], uint64(r.LeavesQty))
	le.PutUint64(b[56:], uint64(r.LastQty))
	le.PutUint64(b[64:], uint64(r.Price))
	le.PutUint64(b[72:], uint64(r.LastPx))
	le.PutUint64(b[80:], uint64(r.AvgPx))
	le.PutUint64(b[88:], uint64(r.Nanos))
	putID(b[96:], &r.ClOrdID)
	putID(b[96+idSize:], &r.OrigClOrdID)
	putID(b[96+2*idSize:], &r.ReqID)
	le.PutUint32(b[240:], r.Count)
	le.PutUint32(b[244:], r.Left)
	le.PutUint32(b[248:], r.RefSeqNum)
	le.PutUint32(b[252:], 0)
	le.PutUint64(b[256:], r.ExecRef)
}

// GetReport reads r from b; false when b is not exactly one report.
func GetReport(b []byte, r *fix.Report) bool {
	if len(b) != ReportSize || b[12] > 1 {
		return false
	}
	*r = fix.Report{
		Kind:       fix.ReportKind(b[0]),
		Desk:       b[1],
		ExecType:   fix.ExecType(b[2]),
		OrdStatus:  fix.OrdStatus(b[3]),
		Reason:     fix.Reason(b[4]),
		ResponseTo: b[5],
		OrdType:    b[6],
		LastLiq:    b[7],
		Algo:       market.Algo(b[8]),
		Side:       market.Side(b[9]),
		Instrument: market.InstrumentID(le.Uint16(b[10:])),
		Serial:     le.Uint64(b[16:]),
		ParentID:   le.Uint64(b[24:]),
		OrderQty:   market.Qty(le.Uint64(b[32:])),
		CumQty:     market.Qty(le.Uint64(b[40:])),
		LeavesQty:  market.Qty(le.Uint64(b[48:])),
		LastQty:    market.Qty(le.Uint64(b[56:])),
		Price:      market.Price(le.Uint64(b[64:])),
		LastPx:     market.Price(le.Uint64(b[72:])),
		AvgPx:      market.Price(le.Uint64(b[80:])),
		Nanos:      market.Nanos(le.Uint64(b[88:])),
		Replaced:   b[12] == 1,
		Count:      le.Uint32(b[240:]),
		Left:       le.Uint32(b[244:]),
		RefSeqNum:  le.Uint32(b[248:]),
		ExecRef:    le.Uint64(b[256:]),
	}
	return getID(b[96:], &r.ClOrdID) && getID(b[96+idSize:], &r.OrigClOrdID) && getID(b[96+2*idSize:], &r.ReqID)
}

// PutDecision writes d into b, which has at least DecisionSize bytes.
func PutDecision(b []byte, d *engine.Decision) {
	_ = b[DecisionSize-1]
	le.PutUint64(b[0:], uint64(d.Now))
	le.PutUint64(b[8:], d.Parent)
	le.PutUint64(b[16:], d.Child)
	le.PutUint64(b[24:], d.OrigChild)
	le.PutUint64(b[32:], d.Deny)
	le.PutUint64(b[40:], uint64(d.Qty))
	le.PutUint64(b[48:], uint64(d.Price))
	le.PutUint64(b[56:], uint64(d.Bid))
	le.PutUint64(b[64:], uint64(d.Ask))
	le.PutUint64(b[72:], uint64(d.Target))
	le.PutUint64(b[80:], uint64(d.Cum))
	le.PutUint64(b[88:], uint64(d.Open))
	le.PutUint64(b[96:], d.FeedSeq)
	le.PutUint16(b[104:], uint16(d.Instrument))
	b[106] = byte(d.Side)
	b[107] = byte(d.Action)
	b[108] = byte(d.Cause)
	b[109] = byte(d.Algo)
	b[110], b[111] = 0, 0
}

// GetDecision reads d from b; false when b is not exactly one decision.
func GetDecision(b []byte, d *engine.Decision) bool {
	if len(b) != DecisionSize {
		return false
	}
	*d = engine.Decision{
		Now:        market.Nanos(le.Uint64(b[0:])),
		Parent:     le.Uint64(b[8:]),
		Child:      le.Uint64(b[16:]),
		OrigChild:  le.Uint64(b[24:]),
		Deny:       le.Uint64(b[32:]),
		Qty:        market.Qty(le.Uint64(b[40:])),
		Price:      market.Price(le.Uint64(b[48:])),
		Bid:        market.Price(le.Uint64(b[56:])),
		Ask:        market.Price(le.Uint64(b[64:])),
		Target:     market.Qty(le.Uint64(b[72:])),
		Cum:        market.Qty(le.Uint64(b[80:])),
		Open:       market.Qty(le.Uint64(b[88:])),
		FeedSeq:    le.Uint64(b[96:]),
		Instrument: market.InstrumentID(le.Uint16(b[104:])),
		Side:       market.Side(b[106]),
		Action:     engine.Action(b[107]),
		Cause:      engine.Cause(b[108]),
		Algo:       market.Algo(b[109]),
	}
	return true
}

// PutEvent writes e into b, which has at least EventSize bytes.
func PutEvent(b []byte, e *engine.Event) {
	_ = b[EventSize-1]
	le.PutUint64(b[0:], uint64(e.Now))
	le.PutUint64(b[8:], uint64(e.Code))
	le.PutUint64(b[16:], uint64(e.A))
	le.PutUint64(b[24:], uint64(e.B))
	le.PutUint64(b[32:], uint64(e.C))
}

// GetEvent reads e from b; false when b is not exactly one event.
func GetEvent(b []byte, e *engine.Event) bool {
	if len(b) != EventSize || le.Uint64(b[8:]) > 1<<16-1 {
		return false
	}
	*e = engine.Event{
		Now:  market.Nanos(le.Uint64(b[0:])),
		Code: engine.EventCode(le.Uint64(b[8:])),
		A:    int64(le.Uint64(b[16:])),
		B:    int64(le.Uint64(b[24:])),
		C:    int64(le.Uint64(b[32:])),
	}
	return true
}

// Mark is written now and then, and as the last record of a run. It lets a
// reader prove that nothing in front of it is missing, without a replay.
type Mark struct {
	Inputs      uint64 // Input records so far
	OutputBytes uint64 // bytes of Output records so far
	OutputCRC   uint32 // CRC32C over these bytes, in order
	Lost        uint64 // records lost to a full ring so far
	Events      uint64 // Report, Decision and Event records so far
}

func putMark(b []byte, m *Mark) {
	_ = b[MarkSize-1]
	le.PutUint64(b[0:], m.Inputs)
	le.PutUint64(b[8:], m.OutputBytes)
	le.PutUint64(b[16:], uint64(m.OutputCRC))
	le.PutUint64(b[24:], m.Lost)
	le.PutUint64(b[32:], m.Events)
}

// GetMark reads m from b; false when b is not exactly one mark.
func GetMark(b []byte, m *Mark) bool {
	if len(b) != MarkSize || le.Uint64(b[16:]) > 1<<32-1 {
		return false
	}
	*m = Mark{
		Inputs:      le.Uint64(b[0:]),
		OutputBytes: le.Uint64(b[8:]),
		OutputCRC:   uint32(le.Uint64(b[16:])),
		Lost:        le.Uint64(b[24:]),
		Events:      le.Uint64(b[32:]),
	}
	return true
}

func putID(b []byte, id *fix.ClOrdID) {
	b[0] = id.N
	copy(b[1:idSize], id.B[:])
}

func getID(b []byte, id *fix.ClOrdID) bool {
	id.N = b[0]
	copy(id.B[:], b[1:idSize])
	return id.N <= fix.ClOrdIDMax
}
