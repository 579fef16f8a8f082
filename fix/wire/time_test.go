package wire

import (
	"testing"
	"time"

	"pgregory.net/rapid"
	"slipstream/internal/market"
)

var layouts = map[Precision]string{
	Seconds: "20060102-15:04:05", Millis: "20060102-15:04:05.000",
	Micros: "20060102-15:04:05.000000", Nanos: "20060102-15:04:05.000000000",
}

// yearEnd is the last nanosecond of 2261.
var yearEnd = time.Date(2262, 1, 1, 0, 0, 0, 0, time.UTC).UnixNano() - 1

// TestTimeAgreesWithPackageTime: text and value agree with package time in both
// directions, at every precision, also when the Clock has another second cached.
func TestTimeAgreesWithPackageTime(t *testing.T) {
	var clock Clock
	rapid.Check(t, func(t *rapid.T) {
		ns := rapid.Int64Range(0, yearEnd).Draw(t, "time")
		p := rapid.SampledFrom([]Precision{Seconds, Millis, Micros, Nanos}).Draw(t, "precision")
		for _, at := range []int64{ns, min(ns+999, yearEnd), ns} {
			want := time.Unix(0, at).UTC().Format(layouts[p])
			got := string(clock.Append(nil, market.Nanos(at), p))
			if got != want || len(got) != p.Len() {
				t.Fatalf("%d is written %q, want %q", at, got, want)
			}
			read, ok := ParseTime([]byte(got))
			back, err := time.Parse(layouts[p], want)
			if !ok || err != nil || int64(read) != back.UnixNano() {
				t.Fatalf("%q reads as %d, want %d", got, read, back.UnixNano())
			}
		}
	})
}

func TestParseTimeJudges(t *testing.T) {
	for _, c := range []struct {
		in   string
		want string // RFC 3339; empty = refused
	}{
		{"20260228-23:59:59", "2026-02-28T23:59:59Z"},
		{"20240229-00:00:00.5", "2024-02-29T00:00:00.5Z"},
		{"20241231-23:59:60", "2025-01-01T00:00:00Z"},
		{"20000229-12:00:00.12", "2000-02-29T12:00:00.12Z"},
		{"20260229-00:00:00", ""}, {"21000229-00:00:00", ""}, {"20260431-00:00:00", ""},
		{"20261301-00:00:00", ""}, {"20260001-00:00:00", ""}, {"20260100-00:00:00", ""},
		{"20260101-24:00:00", ""}, {"20260101-00:60:00", ""}, {"20260101-00:00:61", ""},
		{"19691231-23:59:59", ""}, {"22620101-00:00:00", ""},
		{"20260101-00:00:00.", ""}, {"20260101-00:00:00.1234567890", ""}, {"20260101-00:00:00,123", ""},
		{"20260101 00:00:00", ""}, {"2026010-100:00:00", ""}, {"x0260101-00:00:00", ""}, {"20260101-00:00:0x", ""},
		{"2x260101-00:00:00", ""}, {"20260101-00:00:00.12x", ""}, {"", ""},
	} {
		got, ok := ParseTime([]byte(c.in))
		if c.want == "" {
			if ok {
				t.Errorf("%q is accepted as %d", c.in, got)
			}
			continue
		}
		want, err := time.Parse(time.RFC3339Nano, c.want)
		if err != nil {
			t.Fatal(err)
		}
		if !ok || int64(got) != want.UnixNano() {
			t.Errorf("%q is %d, %v; want %d", c.in, got, ok, want.UnixNano())
		}
	}
}

func TestTimeBeforeTheEpochIsWrittenAsTheEpoch(t *testing.T) {
	if got := string(AppendTime(nil, -5, Millis)); got != "19700101-00:00:00.000" {
		t.Errorf("got %q", got)
	}
}
