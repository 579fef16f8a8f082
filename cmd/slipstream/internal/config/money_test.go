package config

import (
	"testing"

	"pgregory.net/rapid"
)

func TestParseUSD(t *testing.T) {
	for _, c := range []struct {
		text string
		want USD
		ok   bool
	}{
		{"0.01", 10_000_000, true},
		{"25000000", 25_000_000_000_000_000, true},
		{"0.123456789", 123_456_789, true},
		{"9223372036.854775807", 1<<63 - 1, true},
		{"9223372036.854775808", 0, false},
		{"99999999999999999999", 0, false},
		{"0.1234567890", 0, false},
		{"1.", 0, false}, {".5", 0, false}, {"", 0, false}, {"-1", 0, false}, {"+1", 0, false},
		{"1e3", 0, false}, {"1,000", 0, false}, {" 1", 0, false}, {"1.2.3", 0, false}, {"٣", 0, false},
	} {
		got, err := ParseUSD(c.text)
		if got != c.want || (err == nil) != c.ok {
			t.Errorf("%q is %d (%v), want %d", c.text, got, err, c.want)
		}
	}
}

func TestParseClock(t *testing.T) {
	for _, c := range []struct {
		text string
		want Clock
		ok   bool
	}{
		{"00:00:00", 0, true},
		{"09:30:00", 34_200e9, true},
		{"23:59:59.999999999", 86_400e9 - 1, true},
		{"09:30:00.5", 34_200_500_000_000, true},
		{"24:00:00", 0, false}, {"09:60:00", 0, false}, {"9:30:00", 0, false}, {"09:30", 0, false},
		{"09:30:00.", 0, false}, {"09:30:00.1234567890", 0, false}, {"-9:30:00", 0, false}, {"09-30-00", 0, false},
	} {
		got, err := ParseClock(c.text)
		if got != c.want || (err == nil) != c.ok {
			t.Errorf("%q is %d (%v), want %d", c.text, got, err, c.want)
		}
	}
}

// What is printed reads back as itself.
func TestMoneyAndClockRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		u := USD(rapid.Int64Range(0, 1<<63-1).Draw(t, "usd"))
		if back, err := ParseUSD(u.String()); err != nil || back != u {
			t.Fatalf("%s is %d (%v), want %d", u, back, err, u)
		}
		c := Clock(rapid.Int64Range(0, 86_400e9-1).Draw(t, "clock"))
		if back, err := ParseClock(c.String()); err != nil || back != c {
			t.Fatalf("%s is %d (%v), want %d", c, back, err, c)
		}
	})
}

// No file, however broken, does more than fail.
func FuzzParse(f *testing.F) {
	f.Add([]byte(small))
	f.Add([]byte("[venue]\n[[instruments]]\n[instruments.limits]\nx = [{a=1},{b.c=2}]\n"))
	f.Add([]byte("a = 09:30:00\nb = 2020-01-01\n[feed]\nport_a = 0x10\n"))
	f.Fuzz(func(t *testing.T, doc []byte) {
		c := &Daemon{}
		_, err := parse("fuzz.toml", doc, c)
		if err == nil && len(c.Instruments) == 0 {
			t.Error("accepted without an instrument")
		}
	})
}
