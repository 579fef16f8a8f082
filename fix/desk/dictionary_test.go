package desk

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
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
	return cached(t, "own "+v.String(), func() checker {
		app, transport := v.Dictionaries()
		return newChecker(t, v, app, transport)
	})
}

// checkers are made once: the standard's dictionaries are large.
var checkers sync.Map

func cached(t testing.TB, name string, make func() checker) checker {
	t.Helper()
	if c, ok := checkers.Load(name); ok {
		return c.(checker)
	}
	c := make()
	checkers.Store(name, c)
	return c
}

func newChecker(t testing.TB, v Version, app, transport []byte) checker {
	t.Helper()
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

// specs is the folder of the standard's dictionaries, as quickfixgo's module ships them.
var specs = sync.OnceValues(func() (string, error) {
	b, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/quickfixgo/quickfix").Output()
	return filepath.Join(strings.TrimSpace(string(b)), "spec"), err
})

// stockFor validates as a desk does that has the standard's dictionary and every check on.
func stockFor(t testing.TB, v Version) checker {
	t.Helper()
	return cached(t, "stock "+v.String(), func() checker { return readStock(t, v) })
}

func readStock(t testing.TB, v Version) checker {
	t.Helper()
	dir, err := specs()
	if err != nil {
		t.Fatal(err)
	}
	read := func(name string) []byte {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	app := read(map[Version]string{FIX42: "FIX42.xml", FIX44: "FIX44.xml", FIX50SP2: "FIX50SP2.xml"}[v])
	return newChecker(t, v, app, read("FIXT11.xml"))
}

// checkReport holds a message of ours against our own dictionary and the standard's.
func checkReport(t *testing.T, v Version, raw string) {
	t.Helper()
	dictionaryFor(t, v).check(t, raw)
	stockFor(t, v).check(t, raw)
}

// The gateway knows every message of the standard by its type, and says of none that it
// is invalid.
func TestTheGatewayKnowsEveryMessageTypeOfTheStandard(t *testing.T) {
	for v := range versionCount {
		stock := stockFor(t, v)
		app, transport := v.Dictionaries()
		own := newChecker(t, v, withOtherTypes(app), transport)
		for msgType := range stock.dict.Messages {
			if own.dict.Messages[msgType] == nil {
				t.Errorf("%v: MsgType(35)=%s is not in the dictionary", v, msgType)
			}
		}
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
