package venue

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"slipstream/fix/wire"
	"slipstream/internal/market"
)

const testEpoch = 37 // "00011" in base 36

var testNow = market.Nanos(time.Date(2026, 11, 3, 14, 30, 0, 123_456_789, time.UTC).UnixNano())

var limitOrder = NewOrder{
	Child: ChildIDBase(testEpoch) + 42, Symbol: market.MakeSymbol("AMZN"), Side: market.Buy,
	Qty: 500, Price: 187_250000000,
}

// execReport is a fill of limitOrder, 23 fields in the body.
const execReport = "35=8|34=1234|49=VENUE|52=20261103-14:30:00.123456|56=SLIP|37=987654321|17=E100200|" +
	"11=S2611030001100000042|150=F|39=1|55=AMZN|54=1|38=500|44=187.25|59=0|32=100|31=187.25|14=300|151=200|" +
	"6=187.2466666667|851=1|60=20261103-14:30:00.123401|"

// newTestEncoder fills what cfg leaves out.
func newTestEncoder(t testing.TB, cfg Config) *Encoder {
	t.Helper()
	cfg.SenderCompID, cfg.TargetCompID = "SLIP", "VENUE"
	if cfg.BeginString == "" {
		cfg.BeginString = "FIX.4.4"
	}
	if cfg.TimePrecision == 0 {
		cfg.TimePrecision = wire.Micros
	}
	e, err := NewEncoder(cfg, testNow, testEpoch)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// frame makes a message of a body written with '|' for SOH.
func frame(body string) []byte {
	body = strings.ReplaceAll(body, "|", "\x01")
	return wire.AppendTrailer([]byte("8=FIX.4.4\x019="+strconv.Itoa(len(body))+"\x01"+body), 0)
}

// parse frames and parses one whole message.
func parse(raw []byte) (*wire.Message, wire.Fault) {
	m := new(wire.Message)
	n, fault := wire.Frame(raw, 4096)
	if fault == wire.FaultNone && n != len(raw) {
		fault = wire.FaultBodyLength
	}
	if fault != wire.FaultNone {
		return m, fault
	}
	return m, wire.Parse(raw, m)
}

// bars writes SOH as '|'.
func bars(b []byte) string { return strings.ReplaceAll(string(b), "\x01", "|") }
