package journal

import (
	"reflect"
	"testing"

	"slipstream/engine"
	"slipstream/fix"
)

// fill sets every field of v, blank ones apart, to a value of its own that uses
// the field's whole width, so that a layout that misses or narrows one is caught.
func fill(v reflect.Value, next *uint64) {
	switch v.Kind() {
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[fix.ClOrdID]() {
			id := v.Addr().Interface().(*fix.ClOrdID)
			id.N = uint8(10 + *next%30)
			for i := range id.B {
				*next++
				id.B[i] = byte(*next)
			}
			return
		}
		for i := range v.NumField() {
			if v.Type().Field(i).Name != "_" {
				fill(v.Field(i), next)
			}
		}
	case reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		*next++
		v.SetUint(^(*next * 0x0101010101010101) & (1<<v.Type().Bits() - 1))
	case reflect.Int64:
		*next++
		v.SetInt(-int64(*next * 0x0101010101010101))
	case reflect.Bool:
		v.SetBool(true)
	default:
		panic("a kind of field that this test does not fill: " + v.Kind().String())
	}
}

// eachField calls f with a value of T in which one more leaf differs from zero.
func checkLayout[T any](t *testing.T, size int, put func([]byte, *T), get func([]byte, *T) bool) {
	t.Helper()
	var want, got T
	var next uint64
	fill(reflect.ValueOf(&want).Elem(), &next)
	b := make([]byte, size)
	put(b, &want)
	if !get(b, &got) {
		t.Fatal("a value that was put does not get")
	}
	if !reflect.DeepEqual(want, got) {
		t.Errorf("a field is lost:\nput %+v\ngot %+v", want, got)
	}
	// Put leaves nothing of what stood in the ring before.
	dirty := make([]byte, size)
	for i := range dirty {
		dirty[i] = 0xA5
	}
	put(dirty, &want)
	if !reflect.DeepEqual(b, dirty) {
		t.Error("put leaves bytes as they were: two runs would differ")
	}
	for _, n := range []int{0, size - 1, size + 1} {
		if get(make([]byte, n), &got) {
			t.Errorf("%d bytes pass for a value of %d", n, size)
		}
	}
}

func TestEveryFieldSurvivesItsLayout(t *testing.T) {
	t.Run("fix.Command", func(t *testing.T) { checkLayout(t, CommandSize, PutCommand, GetCommand) })
	t.Run("fix.Report", func(t *testing.T) { checkLayout(t, ReportSize, PutReport, GetReport) })
	t.Run("engine.Decision", func(t *testing.T) { checkLayout(t, DecisionSize, PutDecision, GetDecision) })
	t.Run("engine.Event", func(t *testing.T) { checkLayout(t, EventSize, PutEvent, GetEvent) })
	t.Run("journal.Mark", func(t *testing.T) { checkLayout(t, MarkSize, putMark, GetMark) })
}

func TestMalformedValuesAreRefused(t *testing.T) {
	var c fix.Command
	b := make([]byte, CommandSize)
	b[6] = 2
	if GetCommand(b, &c) {
		t.Error("PossResend of 2 passes for a bool")
	}
	b[6], b[72] = 0, fix.ClOrdIDMax+1
	if GetCommand(b, &c) {
		t.Error("a ClOrdID longer than its array passes")
	}
	var r fix.Report
	b = make([]byte, ReportSize)
	b[96+idSize] = 255
	if GetReport(b, &r) {
		t.Error("an OrigClOrdID longer than its array passes")
	}
	var e engine.Event
	b = make([]byte, EventSize)
	b[10] = 1
	if GetEvent(b, &e) {
		t.Error("an event code beyond 16 bits passes")
	}
}
