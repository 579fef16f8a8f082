package fixgate

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"slipstream/bench/exchange"
	gateway "slipstream/fix/desk"
)

// TestTradesTakenBack holds, for each version, what two members are told of a trade that
// the exchange corrects and then takes back.
func TestTradesTakenBack(t *testing.T) {
	for _, version := range []gateway.Version{gateway.FIX42, gateway.FIX44, gateway.FIX50SP2} {
		t.Run(version.String(), func(t *testing.T) {
			v := startVenue(t, func(c *Config) {
				for i := range c.Sessions {
					c.Sessions[i].Version = version
				}
			})
			a := logonAs(t, v.gate.Addr().String(), "ALFA", version)
			b := logonAs(t, v.gate.Addr().String(), "BETA", version)
			var out strings.Builder
			note := func(who byte, p *peer, n int) {
				for range n {
					fmt.Fprintf(&out, "%c< %s\n", who, fixed(p.recvRaw()))
				}
			}
			handl := "21=1|"
			a.send("D", handl+limit("A1", "1", "100", "10.00", ""))
			note('a', a, 1)
			a.send("G", handl+"41=A1|"+limit("A2", "1", "90", "10.00", ""))
			note('a', a, 1)
			b.send("D", handl+limit("B1", "2", "30", "10.00", ""))
			note('b', b, 2)
			note('a', a, 1)
			const match = 1
			for _, q := range []exchange.Request{
				{Kind: exchange.KindCorrect, OrderID: match, Price: 9_990_000_000},
				{Kind: exchange.KindBust, OrderID: match},
			} {
				if !v.live.Submit(&q) {
					t.Fatal("not taken")
				}
				note('a', a, 1)
				note('b', b, 1)
			}
			a.send("H", "11=A2|55=AMZN|54=1|")
			note('a', a, 1)
			a.send("F", cancel("A3", "NOPE", "1"))
			note('a', a, 1)
			a.send("D", handl+limit("A4", "1", "1.5", "10.00", ""))
			note('a', a, 1)
			path := filepath.Join("testdata", "TestTradesTakenBack", version.String()+".txt")
			if *update {
				if err := os.WriteFile(path, []byte(out.String()), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if out.String() != string(want) {
				t.Errorf("got\n%s\nwant\n%s", out.String(), want)
			}
		})
	}
}

// logonAs is logon in a version.
func logonAs(t *testing.T, addr, name string, v gateway.Version) *peer {
	t.Helper()
	p := dial(t, addr, name, 1)
	p.begin = v.BeginString()
	body := "98=0|108=60|141=Y|"
	if v == gateway.FIX50SP2 {
		body += "1137=9|"
	}
	p.send("A", body)
	if m := p.recv(); m["35"] != "A" || m["8"] != v.BeginString() {
		t.Fatalf("logon of %s was answered by %v", name, m)
	}
	return p
}
