package tables

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/quickfixgo/quickfix"
	"github.com/quickfixgo/quickfix/datadictionary"

	"slipstream/fix/session"
	"slipstream/fix/wire"
	"slipstream/internal/testdata"
)

// TestAgainstQuickfixgo: on mutants of good messages Check and quickfixgo's validator, with
// the whole specification, agree on good or bad, but for the listed kinds of difference.
func TestAgainstQuickfixgo(t *testing.T) {
	module, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/quickfixgo/quickfix").Output()
	if err != nil {
		t.Fatal(err)
	}
	dict := func(name string) *datadictionary.DataDictionary {
		d, err := datadictionary.Parse(filepath.Join(strings.TrimSpace(string(module)), "spec", name))
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	settings := quickfix.ValidatorSettings{CheckFieldsOutOfOrder: true, RejectInvalidMessage: true,
		CheckUserDefinedFields: true, CheckFieldsHaveValues: true}
	seen := map[string]bool{}
	for _, v := range []struct {
		begin          string
		ours           *session.Dictionary
		app, transport *datadictionary.DataDictionary
	}{
		{"FIX.4.2", FIX42(), dict("FIX42.xml"), nil},
		{"FIX.4.4", FIX44(), dict("FIX44.xml"), nil},
		{"FIXT.1.1", FIX50SP2(), dict("FIX50SP2.xml"), dict("FIXT11.xml")},
	} {
		validator := quickfix.NewValidator(settings, v.app, v.transport)
		rnd := rand.New(rand.NewPCG(7, 7))
		agree, differ := 0, map[string]int{}
		for range 20_000 {
			body := mutate(rnd, base[rnd.IntN(len(base))])
			raw := message(v.begin, body)
			var m wire.Message
			if wire.Parse(raw, &m) != wire.FaultNone {
				continue // judged before a Dictionary is asked
			}
			reason, tag, _ := v.ours.Check(&m)
			qf := quickfix.NewMessage()
			transport := v.transport
			if transport == nil {
				transport = v.app
			}
			qfReason, qfTag := session.DictionaryOK, 0
			if err := quickfix.ParseMessageWithDataDictionary(qf, bytes.NewBuffer(raw), transport, v.app); err != nil {
				continue // quickfixgo drops it before its validator
			}
			if err := validator.Validate(qf); err != nil {
				qfReason = err.RejectReason()
				if ref := err.RefTagID(); ref != nil {
					qfTag = int(*ref)
				}
			}
			if (reason == session.DictionaryOK) == (qfReason == session.DictionaryOK) {
				agree++
				continue
			}
			kind := difference(reason, qfReason, body)
			differ[kind]++
			if kind == "" && differ[""] <= 10 {
				t.Errorf("%s: ours %d/%d, quickfixgo %d/%d: %s", v.begin, reason, tag, qfReason, qfTag, body)
			}
		}
		if agree < 15_000 {
			t.Errorf("%s: only %d mutants were judged alike", v.begin, agree)
		}
		for kind := range differ {
			seen[kind] = true
		}
		t.Logf("%s: %d judged alike, differences %v", v.begin, agree, differ)
	}
	listed, err := os.ReadFile(filepath.Join(testdata.Root(t), "docs", "fix-conformance.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range []string{lenientTime, innerGroup} {
		if !seen[kind] {
			t.Errorf("a difference that is listed does not happen any more: %s", kind)
		}
		if !strings.Contains(string(listed), kind) {
			t.Errorf("docs/fix-conformance.md does not list: %s", kind)
		}
	}
}

// Differences that are known; docs/fix-conformance.md lists them by these texts.
const (
	lenientTime = "quickfixgo takes any text for a date, month or clock"
	innerGroup  = "quickfixgo loses the fields that follow a group inside a group"
)

// difference names the kinds of message on which the verdicts may differ.
func difference(ours, qf int, body string) string {
	switch {
	case ours == 6 && qf == session.DictionaryOK:
		return lenientTime
	case ours == session.DictionaryOK && qf == 1 && strings.Contains(body, "|802="):
		return innerGroup
	}
	return ""
}

// base are good messages of all versions.
var base = []string{
	"35=0|34=2|49=TW|52=20261103-14:30:00|56=ISLD|112=x|",
	"35=2|34=2|49=TW|52=20261103-14:30:00|56=ISLD|7=1|16=0|",
	"35=D|34=2|49=TW|52=20261103-14:30:00|56=ISLD|11=a|21=1|55=X|54=1|60=20261103-14:30:00|40=2|44=1.5|38=100|59=0|15=USD|",
	"35=D|34=2|49=TW|52=20261103-14:30:00|56=ISLD|97=Y|11=a|21=1|18=1 6|386=2|336=1|336=2|55=X|54=1|60=20261103-14:30:00|40=1|38=100|",
	"35=D|34=2|49=TW|52=20261103-14:30:00|56=ISLD|11=a|21=1|78=2|79=A|80=5|79=B|80=6|55=X|54=1|60=20261103-14:30:00|40=1|38=100|",
	"35=F|34=2|49=TW|52=20261103-14:30:00|56=ISLD|41=a|11=b|55=X|54=2|60=20261103-14:30:00|38=100|",
	"35=D|34=2|49=TW|52=20261103-14:30:00|56=ISLD|11=a|453=2|448=A|447=D|452=1|802=2|523=a|803=1|523=b|448=B|447=D|452=3|21=1|55=X|54=1|60=20261103-14:30:00|40=1|38=100|",
	"35=G|34=2|49=TW|52=20261103-14:30:00|56=ISLD|41=a|11=b|21=1|55=X|54=2|60=20261103-14:30:00|40=2|44=2|38=100|126=20261103-20:00:00|",
}

// mutate changes a message in one or two places.
func mutate(rnd *rand.Rand, text string) string {
	fields := strings.Split(strings.TrimSuffix(text, "|"), "|")
	values := []string{"Y", "N", "1", "2", "x", "Z", "-5", "1.5", "1.2.3", "+1", "100000", "20261103", "20261332", "20261103-14:30:00",
		"20261103-14:30:00.123", "20261103-25:00:00", "USD", "1 2", "1 ~", "7", "0", "CS", ".", "A"}
	tags := []int{1, 6, 7, 11, 15, 18, 21, 22, 34, 37, 38, 40, 43, 44, 47, 50, 54, 55, 58, 59, 77, 78, 79, 80, 97, 99, 110, 112, 114, 115, 123, 126, 128, 141,
		167, 200, 207, 336, 371, 386, 432, 447, 448, 452, 453, 523, 541, 661, 802, 803, 847, 957, 999, 1028, 1137, 1999, 5001, 9999}
	for range 1 + rnd.IntN(2) {
		i := 1 + rnd.IntN(len(fields)-1) // MsgType stays
		tag, value, _ := strings.Cut(fields[i], "=")
		switch rnd.IntN(6) {
		case 0:
			if len(fields) > 3 {
				fields = slices.Delete(fields, i, i+1)
			}
		case 1:
			fields[i] = tag + "=" + values[rnd.IntN(len(values))]
		case 2:
			fields[i] = fmt.Sprintf("%d=%s", tags[rnd.IntN(len(tags))], value)
		case 3:
			fields = slices.Insert(fields, i, fmt.Sprintf("%d=%s", tags[rnd.IntN(len(tags))], values[rnd.IntN(len(values))]))
		case 4:
			fields = slices.Insert(fields, 1+rnd.IntN(len(fields)-1), fields[i])
		case 5:
			j := 1 + rnd.IntN(len(fields)-1)
			fields[i], fields[j] = fields[j], fields[i]
		}
	}
	return strings.Join(fields, "|") + "|"
}
