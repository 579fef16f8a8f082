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
	validator quickfix.Validator
}

func dictionaryFor(t *testing.T) checker {
	t.Helper()
	dict, err := datadictionary.ParseSrc(bytes.NewReader(Dictionary))
	if err != nil {
		t.Fatal(err)
	}
	return checker{dict, quickfix.NewValidator(quickfix.ValidatorSettings{
		CheckFieldsOutOfOrder: true, CheckFieldsHaveValues: true, RejectInvalidMessage: true, CheckUserDefinedFields: true,
	}, dict, nil)}
}

func (c checker) check(t *testing.T, raw string) {
	t.Helper()
	msg := quickfix.NewMessage()
	if err := quickfix.ParseMessageWithDataDictionary(msg, bytes.NewBufferString(raw), nil, c.dict); err != nil {
		t.Fatal(err)
	}
	if rej := c.validator.Validate(msg); rej != nil {
		t.Errorf("%v, tag %v, in %s", rej, rej.RefTagID(), show([]byte(raw)))
	}
}

// The stock FIX44.xml refuses TargetStrategy(847) above 3 and knows no 957-960.
func TestDictionaryIsOpenForAlgorithms(t *testing.T) {
	c := dictionaryFor(t)
	const header = "49=A|56=B|34=1|52=20260302-15:00:00.000|"
	for _, body := range []string{
		goodD, goodD + "957=2|958=Tactic|959=14|960=taker|958=Urgency|959=6|960=1.5|",
		goodD + "848=Urgency=1.5|849=0.1|7001=taker|7002=1.5|", goodD + "453=1|448=X|447=D|452=3|",
	} {
		c.check(t, string(encode("D", header, body)))
	}
	c.check(t, string(encode("G", header, goodG+"847=1002|957=1|958=Tactic|959=14|960=passive|")))
	c.check(t, string(encode("F", header, goodF)))
}
