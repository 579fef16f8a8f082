package desk

import (
	"bytes"
	"testing"

	"github.com/quickfixgo/quickfix"
	"github.com/quickfixgo/quickfix/datadictionary"
)

// checker validates messages against the gateway's own dictionary.
type checker struct {
	dict      *datadictionary.DataDictionary
	transport *datadictionary.DataDictionary // nil before FIXT
	validator quickfix.Validator
}

func dictionaryFor(t testing.TB, v Version) checker {
	t.Helper()
	app, transport := v.Dictionaries()
	c := checker{}
	var err error
	if c.dict, err = datadictionary.ParseSrc(bytes.NewReader(app)); err != nil {
		t.Fatal(err)
	}
	if v == FIX50SP2 {
		if c.transport, err = datadictionary.ParseSrc(bytes.NewReader(transport)); err != nil {
			t.Fatal(err)
		}
	}
	c.validator = quickfix.NewValidator(quickfix.ValidatorSettings{
		CheckFieldsOutOfOrder: true, CheckFieldsHaveValues: true, RejectInvalidMessage: true, CheckUserDefinedFields: true,
	}, c.dict, c.transport)
	return c
}

func (c checker) check(t *testing.T, raw string) {
	t.Helper()
	msg := quickfix.NewMessage()
	if err := quickfix.ParseMessageWithDataDictionary(msg, bytes.NewBufferString(raw), c.transport, c.dict); err != nil {
		t.Fatal(err)
	}
	if rej := c.validator.Validate(msg); rej != nil {
		t.Errorf("%v, tag %v, in %s", rej, rej.RefTagID(), show([]byte(raw)))
	}
}

// The stock FIX44.xml refuses TargetStrategy(847) above 3 and knows no 957-960; that of
// FIX 4.2 knows neither.
func TestDictionariesAreOpenForAlgorithms(t *testing.T) {
	for v := range versionCount {
		t.Run(v.String(), func(t *testing.T) {
			c := dictionaryFor(t, v)
			const header = "49=A|56=B|34=1|52=20260302-15:00:00.000|"
			for _, body := range []string{
				goodD, goodD + "957=2|958=Tactic|959=14|960=taker|958=Urgency|959=6|960=1.5|",
				goodD + "848=Urgency=1.5|849=0.1|7001=taker|7002=1.5|",
			} {
				c.check(t, string(encodeAs(v, "D", header, body)))
			}
			c.check(t, string(encodeAs(v, "G", header, goodG+"847=1002|957=1|958=Tactic|959=14|960=passive|")))
			c.check(t, string(encodeAs(v, "F", header, goodF)))
			c.check(t, string(encodeAs(v, "H", header, "11=P1|54=1|"+amzn)))
			c.check(t, string(encodeAs(v, "Q", header, "37=1|17=1|127=A|54=1|58=x|"+amzn)))
			if v == FIX42 {
				return
			}
			c.check(t, string(encodeAs(v, "D", header, goodD+"453=1|448=X|447=D|452=3|")))
			c.check(t, string(encodeAs(v, "H", header, "11=P1|54=1|790=S1|"+amzn)))
			c.check(t, string(encodeAs(v, "AF", header, "584=1|585=7|")))
			c.check(t, string(encodeAs(v, "q", header, "11=C1|530=1|55=AMZN|54=2|60=20260302-15:00:00.000|")))
		})
	}
}
