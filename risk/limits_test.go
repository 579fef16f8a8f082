package risk

import (
	"reflect"
	"strings"
	"testing"

	"slipstream/internal/market"
)

func TestValidateReportsEveryFaultAtOnce(t *testing.T) {
	cfg := testConfig()
	cfg.Instruments[2].Tick = 0
	cfg.Limits[0].MaxOrderQty = 0
	cfg.Limits[0].CollarBps = 5001
	cfg.Limits[0].MaxShort = -1
	cfg.Limits[1].MaxLong, cfg.Limits[1].MaxShort = 0, 0
	cfg.Global.Window = 0
	cfg.Global.CancelReserve = cfg.Global.MaxMessages
	cfg.Parent.MaxParentNotional = -3
	_, err := New(cfg)
	if err == nil {
		t.Fatal("a configuration full of faults was taken")
	}
	want := []string{
		"risk: instrument 2 (CCC)",
		"risk: limits.AAA.MaxOrderQty = 0 (not set): want 1 to 1099511627776 shares",
		"risk: limits.AAA.CollarBps = 5001: want 1 to 5000 bps of mid",
		"risk: limits.AAA.MaxShort = -1: want 0 to",
		"risk: limits.BBB.MaxLong and MaxShort are both 0",
		"risk: global.Window = 0 (not set)",
		"risk: global.CancelReserve = 10: must be below MaxMessages = 10",
		"risk: parent.MaxParentNotional = -3",
	}
	lines := strings.Split(err.Error(), "\n")
	for i, w := range want {
		if i >= len(lines) || !strings.HasPrefix(lines[i], w) {
			t.Errorf("fault %d is not %q:\n%v", i, w, err)
		}
	}
	if len(lines) != len(want) {
		t.Errorf("%d faults, want %d:\n%v", len(lines), len(want), err)
	}
}

func TestMoreLimitsThanInstrumentsAreRefused(t *testing.T) {
	cfg := testConfig()
	cfg.Instruments = cfg.Instruments[:1]
	if err := cfg.Validate(); err == nil || !strings.Contains(err.Error(), "limits for 2 instruments, but 1") {
		t.Errorf("error %v", err)
	}
	cfg.Instruments = make([]market.Instrument, market.NoInstrument)
	if err := cfg.Validate(); err == nil || !strings.Contains(err.Error(), "65535 instruments") {
		t.Errorf("error %v", err)
	}
}

// A whole configuration with one field outside its range is refused, at its bounds
// it is taken, for every field.
func TestEveryFieldIsHeldToItsRange(t *testing.T) {
	limits, global, parent := Fields()
	ok := testConfig()
	check := func(prefix string, fields []Field, whole any, validate func(reflect.Value) error) {
		v := reflect.New(reflect.TypeOf(whole)).Elem()
		if n := v.NumField(); n != len(fields) && (prefix != "limits" || n != len(fields)+1) { // AllowMarket has no range
			t.Errorf("%s: %d fields in the struct, %d described", prefix, n, len(fields))
		}
		for _, f := range fields {
			if f.Unit == "" || f.Why == "" {
				t.Errorf("%s.%s lacks a unit or a reason", prefix, f.Name)
			}
			for _, c := range []struct {
				value int64
				ok    bool
			}{{f.Min, true}, {f.Max, true}, {f.Min - 1, false}, {f.Max + 1, false}} { // the largest int64 + 1 is negative: outside too
				v.Set(reflect.ValueOf(whole))
				field := v.FieldByName(f.Name)
				if !field.IsValid() {
					t.Fatalf("%s.%s is not in the struct", prefix, f.Name)
				}
				if field.CanInt() {
					field.SetInt(c.value)
				} else if c.value < 0 {
					continue
				} else {
					field.SetUint(uint64(c.value))
				}
				err := validate(v)
				if named := err != nil && strings.Contains(err.Error(), f.Name+" = "); named == c.ok {
					t.Errorf("%s.%s = %d: error %v", prefix, f.Name, c.value, err)
				}
			}
		}
	}
	l := ok.Limits[0]
	check("limits", limits, l, func(v reflect.Value) error { return v.Interface().(Limits).Validate() })
	g := ok.Global
	g.MaxMessages, g.CancelReserve = 1<<20, 1 // so that only the field under test is at fault
	check("global", global, g, func(v reflect.Value) error { return v.Interface().(Global).Validate() })
	check("parent", parent, ok.Parent, func(v reflect.Value) error { return v.Interface().(ParentLimits).Validate() })
}
