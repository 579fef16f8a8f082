package venue

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/quickfixgo/quickfix"
	"github.com/quickfixgo/quickfix/datadictionary"
	"pgregory.net/rapid"
	"slipstream/fix/wire"
	"slipstream/internal/market"
)

func TestEncodeGolden(t *testing.T) {
	amzn := market.MakeSymbol("AMZN")
	base := ChildIDBase(testEpoch)
	for _, c := range []struct {
		name   string
		cfg    Config
		append func(e *Encoder) []byte
		want   string
	}{
		{"a limit order", Config{Account: "DESK1"}, func(e *Encoder) []byte { return e.AppendNew(nil, 2, testNow, &limitOrder) },
			"8=FIX.4.4|9=160|35=D|34=2|49=SLIP|52=20261103-14:30:00.123456|56=VENUE|11=S2611030001100000042|1=DESK1|21=1|" +
				"55=AMZN|54=1|60=20261103-14:30:00.123456|38=500|40=2|44=187.25|59=0|10=110|"},
		{"a post-only limit order", Config{}, func(e *Encoder) []byte {
			o := limitOrder
			o.PostOnly, o.Price, o.Side = true, 187_250100000, market.Sell
			return e.AppendNew(nil, 2, testNow, &o)
		}, "8=FIX.4.4|9=159|35=D|34=2|49=SLIP|52=20261103-14:30:00.123456|56=VENUE|11=S2611030001100000042|21=1|" +
			"55=AMZN|54=2|60=20261103-14:30:00.123456|38=500|40=2|44=187.2501|59=0|18=6|10=238|"},
		{"a market IOC order in milliseconds", Config{TimePrecision: wire.Millis}, func(e *Encoder) []byte {
			return e.AppendNew(nil, 1234567, testNow, &NewOrder{Child: base + 99999999, Symbol: amzn, Side: market.Buy, Qty: 1, TIF: IOC})
		}, "8=FIX.4.4|9=140|35=D|34=1234567|49=SLIP|52=20261103-14:30:00.123|56=VENUE|11=S2611030001199999999|21=1|" +
			"55=AMZN|54=1|60=20261103-14:30:00.123|38=1|40=1|59=3|10=166|"},
		{"zero padded", Config{ZeroPad: true}, func(e *Encoder) []byte { return e.AppendNew(nil, 2, testNow, &limitOrder) },
			"8=FIX.4.4|9=000166|35=D|34=000000002|49=SLIP|52=20261103-14:30:00.123456|56=VENUE|11=S2611030001100000042|21=1|" +
				"55=AMZN|54=1|60=20261103-14:30:00.123456|38=000000500|40=2|44=187.25|59=0|10=221|"},
		{"a replace of an order of an earlier run", Config{}, func(e *Encoder) []byte {
			return e.AppendReplace(nil, 3, testNow, &Replace{Child: base + 43, Orig: ChildIDBase(35) + 7, Symbol: amzn, Side: market.Buy,
				Qty: 400, Price: 187 * market.PriceUnit, VenueOrderID: 987654321})
		}, "8=FIX.4.4|9=189|35=G|34=3|49=SLIP|52=20261103-14:30:00.123456|56=VENUE|11=S2611030001100000043|41=S2611030000Z00000007|37=987654321|21=1|" +
			"55=AMZN|54=1|60=20261103-14:30:00.123456|38=400|40=2|44=187.00|59=0|10=248|"},
		{"a cancel", Config{}, func(e *Encoder) []byte {
			return e.AppendCancel(nil, 4, testNow, &Cancel{Child: base + 44, Orig: base + 42, Symbol: amzn, Side: market.Sell, Qty: 500})
		}, "8=FIX.4.4|9=151|35=F|34=4|49=SLIP|52=20261103-14:30:00.123456|56=VENUE|11=S2611030001100000044|41=S2611030001100000042|" +
			"55=AMZN|54=2|60=20261103-14:30:00.123456|38=500|10=236|"},
		{"a status request", Config{}, func(e *Encoder) []byte {
			return e.AppendStatus(nil, 5, testNow, &Status{Child: base + 42, Symbol: amzn, Side: market.Buy, VenueOrderID: 9})
		}, "8=FIX.4.4|9=97|35=H|34=5|49=SLIP|52=20261103-14:30:00.123456|56=VENUE|11=S2611030001100000042|37=9|" +
			"55=AMZN|54=1|10=110|"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := c.append(newTestEncoder(t, c.cfg))
			if text := bars(got); text != c.want {
				t.Errorf("encoded\n%s\nwant\n%s", text, c.want)
			}
			if _, fault := parse(got); fault != wire.FaultNone {
				t.Errorf("our own parser finds %v", fault)
			}
		})
	}
}

// drawOrder is any order the engine could send.
func drawOrder(t *rapid.T) NewOrder {
	symbol := rapid.StringMatching(`[A-Z]{1,8}`).Draw(t, "symbol")
	return NewOrder{
		Child:    ChildIDBase(rapid.Uint64Range(0, epochs-1).Draw(t, "epoch")) + rapid.Uint64Range(1, ChildIDsPerRun-1).Draw(t, "counter"),
		Symbol:   market.MakeSymbol(symbol),
		Side:     rapid.SampledFrom([]market.Side{market.Buy, market.Sell}).Draw(t, "side"),
		TIF:      rapid.SampledFrom([]TimeInForce{0, Day, IOC, FOK}).Draw(t, "tif"),
		PostOnly: rapid.Bool().Draw(t, "post only"),
		Qty:      market.Qty(rapid.Int64Range(1, 999_999_999).Draw(t, "qty")),
		Price:    market.Price(rapid.Int64Range(0, 1<<62).Draw(t, "price")),
	}
}

// TestQuickfixgoAcceptsWhatWeEncode: an independent engine with a dictionary finds every
// message valid, whatever the values, and reads the values we wrote.
func TestQuickfixgoAcceptsWhatWeEncode(t *testing.T) {
	dict, err := datadictionary.Parse("testdata/FIX44-orders.xml")
	if err != nil {
		t.Fatal(err)
	}
	judge := quickfix.NewValidator(quickfix.ValidatorSettings{CheckFieldsOutOfOrder: true, RejectInvalidMessage: true,
		CheckFieldsHaveValues: true, CheckUserDefinedFields: true}, dict, nil)
	rapid.Check(t, func(t *rapid.T) {
		e, err := NewEncoder(Config{
			BeginString: "FIX.4.4", SenderCompID: "SLIP", TargetCompID: "VENUE",
			Account:       rapid.SampledFrom([]string{"", "DESK1"}).Draw(t, "account"),
			TimePrecision: rapid.SampledFrom([]wire.Precision{wire.Millis, wire.Micros, wire.Nanos}).Draw(t, "precision"),
			ZeroPad:       rapid.Bool().Draw(t, "pad"),
		}, testNow, testEpoch)
		if err != nil {
			t.Fatal(err)
		}
		o := drawOrder(t)
		seq := rapid.Uint64Range(1, 999_999_999).Draw(t, "seq")
		now := testNow + market.Nanos(rapid.Int64Range(0, int64(market.Day)).Draw(t, "now"))
		ref := rapid.Uint64Max(1<<40).Draw(t, "OrderID")
		prefix := []byte("kept")
		for typ, b := range map[string][]byte{
			"D": e.AppendNew(prefix, seq, now, &o),
			"G": e.AppendReplace(prefix, seq, now, &Replace{o.Child, limitOrder.Child, o.Symbol, o.Side, o.TIF, o.PostOnly, o.Qty, o.Price, ref}),
			"F": e.AppendCancel(prefix, seq, now, &Cancel{o.Child, limitOrder.Child, o.Symbol, o.Side, o.Qty % 2 * o.Qty, ref}),
			"H": e.AppendStatus(prefix, seq, now, &Status{o.Child, o.Symbol, o.Side, ref}),
		} {
			if !bytes.HasPrefix(b, prefix) || len(b) > len(prefix)+MessageBytesMax {
				t.Fatalf("%s: %d bytes, prefix %q", typ, len(b), b[:4])
			}
			b = b[len(prefix):]
			if _, fault := parse(b); fault != wire.FaultNone {
				t.Fatalf("%s: our own parser finds %v in %s", typ, fault, bars(b))
			}
			m := quickfix.NewMessage()
			if err := quickfix.ParseMessageWithDataDictionary(m, bytes.NewBuffer(b), dict, dict); err != nil {
				t.Fatalf("%s: quickfixgo cannot parse %s: %v", typ, bars(b), err)
			}
			if err := judge.Validate(m); err != nil {
				t.Fatalf("%s: quickfixgo refuses %s: %v", typ, bars(b), err)
			}
			checkRead(t, m, typ, seq, now, e.time, &o)
		}
	})
}

// checkRead compares what quickfixgo read with what was encoded.
func checkRead(t *rapid.T, m *quickfix.Message, typ string, seq uint64, now market.Nanos, p wire.Precision, o *NewOrder) {
	var sent quickfix.FIXUTCTimestamp
	if err := m.Header.GetField(52, &sent); err != nil {
		t.Fatalf("%s: SendingTime: %v", typ, err)
	}
	unit := map[wire.Precision]time.Duration{wire.Millis: time.Millisecond, wire.Micros: time.Microsecond, wire.Nanos: time.Nanosecond}[p]
	if want := time.Unix(0, int64(now)).UTC().Truncate(unit); !sent.Time.Equal(want) {
		t.Fatalf("%s: SendingTime %v, want %v", typ, sent.Time, want)
	}
	if n, err := m.Header.GetInt(34); err != nil || uint64(n) != seq {
		t.Fatalf("%s: MsgSeqNum %d, want %d: %v", typ, n, seq, err)
	}
	id, err := m.Body.GetBytes(11)
	if got, ok := ParseClOrdID(id); err != nil || !ok || got != o.Child {
		t.Fatalf("%s: ClOrdID %s is %d, want %d", typ, id, got, o.Child)
	}
	if symbol, err := m.Body.GetString(55); err != nil || symbol != o.Symbol.String() {
		t.Fatalf("%s: Symbol %q, want %q", typ, symbol, o.Symbol)
	}
	if typ != "D" && typ != "G" {
		return
	}
	if n, err := m.Body.GetInt(38); err != nil || market.Qty(n) != o.Qty {
		t.Fatalf("%s: OrderQty %d, want %d", typ, n, o.Qty)
	}
	if o.Price != 0 {
		b, _ := m.Body.GetBytes(44)
		if px, ok := wire.ParsePrice(b); !ok || px != o.Price {
			t.Fatalf("%s: Price %q, want %d", typ, b, o.Price)
		}
	} else if typ, _ := m.Body.GetString(40); typ != "1" || m.Body.Has(44) {
		t.Fatalf("a market order has OrdType %q", typ)
	}
}

func TestClOrdIDIsOursAloneAndUniqueOverRuns(t *testing.T) {
	e := newTestEncoder(t, Config{})
	later, err := NewEncoder(Config{BeginString: "FIX.4.4", SenderCompID: "SLIP", TargetCompID: "VENUE", TimePrecision: wire.Micros}, testNow, testEpoch+1)
	if err != nil {
		t.Fatal(err)
	}
	one := e.appendClOrdID(nil, ChildIDBase(testEpoch)+1)
	two := later.appendClOrdID(nil, ChildIDBase(testEpoch+1)+1)
	a, okA := ParseClOrdID(one)
	b, okB := ParseClOrdID(two)
	if bytes.Equal(one, two) || a == b || !okA || !okB {
		t.Errorf("two runs share the identifier %s", one)
	}
	for _, foreign := range []string{"", "S261103000110000004", "S26110300011000000422", "X2611030001100000042", "S2611030001a00000042",
		"S26110x0001100000042", "S2611030001100000000", "S261103000110000004x", "S2611030 01100000042", "NONE"} {
		if id, ok := ParseClOrdID([]byte(foreign)); ok {
			t.Errorf("%q is taken for ours: %d", foreign, id)
		}
	}
}

func TestConfigIsValidated(t *testing.T) {
	_, err := NewEncoder(Config{BeginString: "FIX.4.1", SenderCompID: "a\x01", Account: strings.Repeat("x", 33), TimePrecision: 5}, testNow, 1)
	for _, word := range []string{"BeginString", "SenderCompID", "TargetCompID", "Account", "TimePrecision"} {
		if err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("the error does not name %s: %v", word, err)
		}
	}
	cfg := Default()
	cfg.SenderCompID, cfg.TargetCompID = "A", "B"
	if err := cfg.Validate(); err != nil {
		t.Errorf("the defaults are refused: %v", err)
	}
}

// TestVenueNoAllocs: a trading sequence of encodes and decodes.
func TestVenueNoAllocs(t *testing.T) {
	e := newTestEncoder(t, Config{Account: "DESK1"})
	dst := make([]byte, 0, MessageBytesMax)
	raw, rejected := frame(execReport), frame("35=9|34=5|37=NONE|11=S2611030001100000043|41=S2611030001100000042|39=0|434=1|102=3|")
	now := testNow
	var m wire.Message
	var r ExecReport
	var cr CancelReject
	o := limitOrder
	n := testing.AllocsPerRun(200, func() {
		now += 700 * market.Millisecond
		o.Child++
		for _, b := range [2][]byte{raw, rejected} {
			if n, fault := wire.Frame(b, 4096); n != len(b) || fault != wire.FaultNone {
				t.Fatal(fault)
			}
			if wire.Parse(b, &m) != wire.FaultNone {
				t.Fatal("parse")
			}
			if m.Type1() == '8' && DecodeExecReport(&m, &r) != wire.FaultNone ||
				m.Type1() == '9' && DecodeCancelReject(&m, &cr) != wire.FaultNone {
				t.Fatal("decode")
			}
		}
		dst = e.AppendNew(dst[:0], 1, now, &o)
		dst = e.AppendReplace(dst[:0], 2, now, &Replace{Child: o.Child, Orig: r.ChildID, Symbol: o.Symbol, Side: o.Side, Qty: 5, Price: o.Price})
		dst = e.AppendCancel(dst[:0], 3, now, &Cancel{Child: o.Child, Orig: r.ChildID, Symbol: o.Symbol, Side: o.Side})
		dst = e.AppendStatus(dst[:0], 4, now, &Status{Child: r.ChildID, Symbol: o.Symbol, Side: o.Side})
	})
	if n != 0 {
		t.Errorf("%v allocations", n)
	}
	if !r.Known || !cr.Known {
		t.Error("the reports were not decoded")
	}
}

func TestAppendBusinessReject(t *testing.T) {
	for _, c := range []struct {
		name, msgType, want string
	}{
		{"of a type of one character", "B", "8=FIX.4.4|9=73|35=j|34=9|49=SLIP|52=20261103-14:30:00.123456|56=VENUE|45=17|372=B|380=3|"},
		{"of a type of two", "AE", "8=FIX.4.4|9=74|35=j|34=9|49=SLIP|52=20261103-14:30:00.123456|56=VENUE|45=17|372=AE|380=3|"},
		{"of one that is too long", "ABCDEFGHIJ", "8=FIX.4.4|9=80|35=j|34=9|49=SLIP|52=20261103-14:30:00.123456|56=VENUE|45=17|372=ABCDEFGH|380=3|"},
	} {
		raw := newTestEncoder(t, Config{}).AppendBusinessReject(nil, 9, testNow, 17, []byte(c.msgType), RejectUnsupported)
		_, fault := parse(raw)
		if got := bars(raw); fault != wire.FaultNone || got[:len(got)-7] != c.want {
			t.Errorf("%s: %v\n got %s\nwant %s", c.name, fault, got, c.want)
		}
	}
}
