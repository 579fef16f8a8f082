package desk

import (
	"bytes"
	"testing"

	"github.com/quickfixgo/quickfix"

	"slipstream/fix/wire"
)

// FuzzHarmful says what the guard promises: what it lets through, the library can
// parse and validate without a panic.
func FuzzHarmful(f *testing.F) {
	dict := dictionaryFor(f, FIX44).dict
	validator := quickfix.NewValidator(quickfix.ValidatorSettings{
		CheckFieldsOutOfOrder: true, CheckFieldsHaveValues: true, RejectInvalidMessage: true, CheckUserDefinedFields: true,
	}, dict, nil)
	const header = "49=A|56=B|34=1|52=20260302-15:00:00.000|"
	for _, c := range formCases {
		f.Add(c.msgType, c.body)
	}
	f.Add("D", goodD+"212=99999|213=a|")
	f.Add("D", goodD+"957=2|958=a|959=1|960=b|nonsense|958=c|959=1|960=d|")
	f.Add("D", goodD+"453=1|957=1|958=a|448=x|")
	f.Fuzz(func(t *testing.T, msgType, body string) {
		raw := encode(msgType, header, body)
		n, fault := wire.Frame(raw, 64<<10)
		if fault != wire.FaultNone || n != len(raw) || isHarmful(raw) {
			return
		}
		msg := quickfix.NewMessage()
		if err := quickfix.ParseMessageWithDataDictionary(msg, bytes.NewBuffer(raw), nil, dict); err != nil {
			return
		}
		if validator.Validate(msg) != nil {
			return
		}
		_, _ = msg.Header.GetInt(tagMsgSeqNum)
		m := parseFields(raw)
		g := testGateway()
		switch msgType {
		case "D":
			_, _ = g.readNew(m)
		case "G":
			_, _ = g.readReplace(m)
		case "F":
			_, _ = g.readCancel(m)
		}
	})
}
