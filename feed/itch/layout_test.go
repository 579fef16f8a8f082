package itch

import (
	"encoding/hex"
	"strings"
	"testing"

	"slipstream/internal/market"

	"github.com/google/go-cmp/cmp"
)

var (
	head  = Header{StockLocate: 0x0102, TrackingNumber: 0x0304, Timestamp: 0x05060708090a}
	stock = market.MakeSymbol("AMZN")
)

const (
	headHex  = "0102 0304 05060708090a"
	stockHex = "414d5a4e20202020"
)

// codec is what every message's pointer offers.
type codec interface {
	Decode([]byte) bool
	Append([]byte) []byte
}

// layouts gives, for each type, a message and its bytes written out by hand from the
// specification's offset tables.
var layouts = []struct {
	name string
	typ  byte
	size int
	msg  codec
	zero codec
	hex  string // after the type
}{
	{"system event", 'S', 12, &SystemEvent{head, 'O'}, &SystemEvent{}, headHex + "4f"},
	{"stock directory", 'R', 39, &StockDirectory{head, stock, 'Q', 'N', 100, 'N', 'C', [2]byte{'Z', ' '}, 'P', 'Y', 'N', '1', 'N', 3, 'N'}, &StockDirectory{},
		headHex + stockHex + "51 4e 00000064 4e 43 5a20 50 59 4e 31 4e 00000003 4e"},
	{"trading action", 'H', 25, &TradingAction{head, stock, 'T', ' ', [4]byte{'L', 'U', 'D', 'P'}}, &TradingAction{}, headHex + stockHex + "54 20 4c554450"},
	{"short sale restriction", 'Y', 20, &RegSHO{head, stock, '1'}, &RegSHO{}, headHex + stockHex + "31"},
	{"market participant position", 'L', 26, &MarketParticipantPosition{head, [4]byte{'G', 'S', 'C', 'O'}, stock, 'Y', 'N', 'A'}, &MarketParticipantPosition{},
		headHex + "4753434f" + stockHex + "59 4e 41"},
	{"circuit breaker levels", 'V', 35, &MWCBDeclineLevel{head, 1, 2, 3}, &MWCBDeclineLevel{}, headHex + "0000000000000001 0000000000000002 0000000000000003"},
	{"circuit breaker status", 'W', 12, &MWCBStatus{head, '2'}, &MWCBStatus{}, headHex + "32"},
	{"IPO quoting period", 'K', 28, &IPOQuotingPeriod{head, stock, 34200, 'A', 0x01020304}, &IPOQuotingPeriod{}, headHex + stockHex + "00008598 41 01020304"},
	{"auction collar", 'J', 35, &LULDAuctionCollar{head, stock, 1, 2, 3, 4}, &LULDAuctionCollar{}, headHex + stockHex + "00000001 00000002 00000003 00000004"},
	{"operational halt", 'h', 21, &OperationalHalt{head, stock, 'Q', 'H'}, &OperationalHalt{}, headHex + stockHex + "51 48"},
	{"add", 'A', 36, &AddOrder{head, 0x1112131415161718, 'B', 100, stock, 2238100}, &AddOrder{}, headHex + "1112131415161718 42 00000064" + stockHex + "00222694"},
	{"add with attribution", 'F', 40, &AddOrderMPID{AddOrder{head, 1, 'S', 100, stock, 2238100}, [4]byte{'S', 'Y', 'N', 'T'}}, &AddOrderMPID{},
		headHex + "0000000000000001 53 00000064" + stockHex + "00222694 53594e54"},
	{"execution", 'E', 31, &OrderExecuted{head, 1, 2, 3}, &OrderExecuted{}, headHex + "0000000000000001 00000002 0000000000000003"},
	{"execution with price", 'C', 36, &OrderExecutedWithPrice{OrderExecuted{head, 1, 2, 3}, 'Y', 4}, &OrderExecutedWithPrice{},
		headHex + "0000000000000001 00000002 0000000000000003 59 00000004"},
	{"cancel", 'X', 23, &OrderCancel{head, 1, 2}, &OrderCancel{}, headHex + "0000000000000001 00000002"},
	{"delete", 'D', 19, &OrderDelete{head, 1}, &OrderDelete{}, headHex + "0000000000000001"},
	{"replace", 'U', 35, &OrderReplace{head, 1, 2, 3, 4}, &OrderReplace{}, headHex + "0000000000000001 0000000000000002 00000003 00000004"},
	{"trade", 'P', 44, &Trade{head, 1, 'B', 2, stock, 3, 4}, &Trade{}, headHex + "0000000000000001 42 00000002" + stockHex + "00000003 0000000000000004"},
	{"cross", 'Q', 40, &CrossTrade{head, 1, stock, 2, 3, 'O'}, &CrossTrade{}, headHex + "0000000000000001" + stockHex + "00000002 0000000000000003 4f"},
	{"broken trade", 'B', 19, &BrokenTrade{head, 1}, &BrokenTrade{}, headHex + "0000000000000001"},
	{"imbalance", 'I', 50, &NOII{head, 1, 2, 'B', stock, 3, 4, 5, 'O', 'L'}, &NOII{},
		headHex + "0000000000000001 0000000000000002 42" + stockHex + "00000003 00000004 00000005 4f 4c"},
	{"retail interest", 'N', 20, &RPII{head, stock, 'A'}, &RPII{}, headHex + stockHex + "41"},
	{"direct listing", 'O', 48, &DirectListing{head, stock, 'Y', 1, 2, 3, 4, 5, 6}, &DirectListing{},
		headHex + stockHex + "59 00000001 00000002 00000003 0000000000000004 00000005 00000006"},
}

func TestLayoutOfEveryType(t *testing.T) {
	seen := ""
	for _, l := range layouts {
		seen += string(l.typ)
		t.Run(l.name, func(t *testing.T) {
			want, err := hex.DecodeString(strings.ReplaceAll(l.hex, " ", ""))
			if err != nil {
				t.Fatal(err)
			}
			want = append([]byte{l.typ}, want...)
			if Size(l.typ) != l.size || len(want) != l.size {
				t.Fatalf("Size %d, bytes %d, want %d", Size(l.typ), len(want), l.size)
			}
			if diff := cmp.Diff(want, l.msg.Append(nil)); diff != "" {
				t.Errorf("encoded bytes (-want +got):\n%s", diff)
			}
			if !l.zero.Decode(want) {
				t.Fatal("Decode refuses the message")
			}
			if diff := cmp.Diff(l.msg, l.zero); diff != "" {
				t.Errorf("decoded message (-want +got):\n%s", diff)
			}
			if l.zero.Decode(want[:l.size-1]) || l.zero.Decode(append(want, 0)) || l.zero.Decode(nil) {
				t.Error("Decode takes a message of a wrong length")
			}
			other := append([]byte{}, want...)
			other[0] = '?'
			if l.zero.Decode(other) {
				t.Error("Decode takes another type")
			}
			checkHeader(t, want)
		})
	}
	if seen != Types {
		t.Errorf("layouts cover %q, want every type, %q", seen, Types)
	}
}

func checkHeader(t *testing.T, b []byte) {
	t.Helper()
	if Type(b) != b[0] || Locate(b) != head.StockLocate || Tracking(b) != head.TrackingNumber || Timestamp(b) != head.Timestamp || !Validate(b) {
		t.Errorf("header read in place: type %q locate %x tracking %x timestamp %x", Type(b), Locate(b), Tracking(b), Timestamp(b))
	}
}

func TestHeaderOfShortInputIsZero(t *testing.T) {
	for n := range HeaderSize {
		b := make([]byte, n)
		for i := range b {
			b[i] = 'A'
		}
		if Locate(b) != 0 || Tracking(b) != 0 || Timestamp(b) != 0 || OrderRef(b) != 0 || Validate(b) {
			t.Errorf("%d bytes give a header", n)
		}
	}
}

func TestSizeIsZeroForUnknownTypes(t *testing.T) {
	for typ := range 256 {
		known := strings.IndexByte(Types, byte(typ)) >= 0
		if (Size(byte(typ)) != 0) != known {
			t.Errorf("Size(%q) = %d", byte(typ), Size(byte(typ)))
		}
		if Size(byte(typ)) > MaxSize {
			t.Errorf("Size(%q) exceeds MaxSize", byte(typ))
		}
	}
}

func TestTimestampKeeps48Bits(t *testing.T) {
	m := SystemEvent{Header{Timestamp: MaxTimestamp + 1 + 7}, 'O'}
	if got := Timestamp(m.Append(nil)); got != 7 {
		t.Errorf("timestamp %d, want the low 48 bits, 7", got)
	}
}

func TestNoAllocs(t *testing.T) {
	var all [][]byte
	for _, l := range layouts {
		all = append(all, l.msg.Append(nil))
	}
	dst := make([]byte, 0, MaxSize)
	done := 0
	if n := testing.AllocsPerRun(100, func() {
		done = 0
		for _, b := range all {
			out, ok := Recode(dst[:0], b)
			if ok && len(out) == len(b) {
				done++
			}
		}
	}); n != 0 {
		t.Errorf("%v allocations to decode and encode every type, want 0", n)
	}
	if done != len(layouts) {
		t.Errorf("%d types recoded, want %d", done, len(layouts))
	}
}
