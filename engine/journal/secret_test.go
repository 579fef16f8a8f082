package journal

import (
	"strings"
	"testing"
)

func TestALogonIsKeptWithoutItsSecrets(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"a Logon", "8=FIX.4.4|9=85|35=A|34=1|553=me|554=hunter2|925=next|108=10|10=123|", "8=FIX.4.4|9=85|35=A|34=1|553=me|554=*******|925=****|108=10|10=123|"},
		{"raw data", "8=FIXT.1.1|9=85|35=A|34=1|95=4|96=abcd|10=123|", "8=FIXT.1.1|9=85|35=A|34=1|95=4|96=****|10=123|"},
		{"an empty one, and one cut off", "8=FIX.4.2|9=85|35=A|554=|554=abc", "8=FIX.4.2|9=85|35=A|554=|554=***"},
		{"no Logon", "8=FIX.4.4|9=85|35=D|58=x|554=hunter2|", "8=FIX.4.4|9=85|35=D|58=x|554=hunter2|"},
		{"nothing", "", ""},
	} {
		b := []byte(strings.ReplaceAll(c.in, "|", "\x01"))
		if hasLogon(b) {
			blank(b)
		}
		if got := strings.ReplaceAll(string(b), "\x01", "|"); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}
