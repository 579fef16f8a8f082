package config

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"slipstream/internal/testdata"
)

var update = flag.Bool("update", false, "write docs/config.md and the golden files")

// write puts a file into a folder of the test's own.
func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// small is the shortest file that a daemon starts with.
const small = `[venue]
address = "127.0.0.1:9001"

[[desk.sessions]]
target_comp_id = "DESK1"

[[instruments]]
symbol = "AMZN"
`

// desk1 is small with more lines for its desk.
func desk1(lines string) string { return strings.Replace(small, "\"DESK1\"", "\"DESK1\"\n"+lines, 1) }

func TestTheSmallestFileGetsEveryDefault(t *testing.T) {
	c, err := LoadDaemon(write(t, small))
	if err != nil {
		t.Fatal(err)
	}
	if c.Feed.GapWait != 2000 || c.Feed.GroupB != "239.192.0.2" || c.Process.CPU != -1 || !c.Engine.PostOnly ||
		c.Instruments[0].Tick != 10_000_000 || c.Instruments[0].Lot != 1 || c.Desk.Sessions[0].SenderCompID != "SLIPSTREAM" ||
		c.Engine.Open != Clock(9*3600+30*60)*1e9 {
		t.Errorf("defaults: %+v", c)
	}
	if c.Risk != nil || c.Instruments[0].Limits != nil {
		t.Error("limits appeared that nobody set")
	}
	warnings := strings.Join(c.Warnings(), "\n")
	for _, want := range []string{"no [risk] limits", "no [instruments.limits] for AMZN", "no feed.recovery"} {
		if !strings.Contains(warnings, want) {
			t.Errorf("no warning %q in:\n%s", want, warnings)
		}
	}
}

// venue1 is small with more keys of its venue.
func venue1(keys string) string {
	return strings.Replace(small, "9001\"\n", "9001\"\n"+keys+"\n", 1)
}

// Each fault is named with its line, its column and its key.
func TestFaults(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"an unknown key is named, with the nearest known one", small + "\n[feed]\ngap_wait_ms = 2\n",
			"11:1: feed.gap_wait_ms: unknown key: did you mean gap_wait_us?"},
		{"an unknown table is named", small + "\n[fed]\n", "10:2: fed: unknown key: did you mean feed?"},
		{"an unknown key in an array of tables is named with its element", small + "[[instruments]]\nsymbol = \"AAPL\"\nlots = 1\n",
			"11:1: instruments[1].lots: unknown key"},
		{"a number out of its range", small + "\n[feed]\n  hold_packets = 0\n", "11:3: feed.hold_packets: 0 is out of range: want 1 to 65536"},
		{"a text for a number", small + "\n[feed]\nhold_packets = \"8\"\n", "11:1: feed.hold_packets: is a text: want a whole number"},
		{"a number for a text", small + "\n[daemon]\nname = 8\n", "11:1: daemon.name: is a whole number: want a text"},
		{"a float for a number", small + "\n[feed]\nhold_packets = 8.5\n", "11:1: feed.hold_packets: is a float: want a whole number"},
		{"money as a float", small + "tick_usd = 0.01\n", "9:1: instruments[0].tick_usd: is a float: write money in quotes"},
		{"money that is no amount", small + "tick_usd = \"1e-2\"\n", "9:1: instruments[0].tick_usd: \"1e-2\" is no amount"},
		{"a tick that ITCH cannot write", small + "tick_usd = \"0.00015\"\n", "9:1: instruments[0].tick_usd: \"0.00015\" is no multiple of 0.0001"},
		{"a word that is not one of the choices", small + "\n[daemon]\nidle = \"sleep\"\n", "11:1: daemon.idle: \"sleep\": want one of auto, spin, poll"},
		{"an address without port", strings.Replace(small, ":9001", "", 1), "2:1: venue.address: \"127.0.0.1\" is no address"},
		{"a unicast group", small + "\n[feed]\ngroup_a = \"10.0.0.1\"\n", "11:1: feed.group_a: \"10.0.0.1\" is no IPv4 multicast group"},
		{"a time of day that there is not", small + "\n[engine]\nsession_open = \"24:00:00\"\n", "11:1: engine.session_open: \"24:00:00\" is no time of day"},
		{"a required key that is missing, at its table", strings.Replace(small, "address = \"127.0.0.1:9001\"", "", 1), "1:2: venue.address: is missing"},
		{"limits without a limit", small + "\n[risk]\nmax_messages = 10\n", "10:2: risk.window_ms: is missing"},
		{"a reserve that leaves no room", small + "\n[risk]\nmax_messages = 10\nwindow_ms = 1\ncancel_reserve_messages = 10\nmax_open_orders = 1\nmax_open_parents = 1\nmax_parent_qty = 1\nmax_parent_notional_usd = 1\n",
			"13:1: risk.cancel_reserve_messages: 10: must be below max_messages (10)"},
		{"two instruments of one symbol", small + "[[instruments]]\nsymbol = \"AMZN\"\n", "10:1: instruments[1].symbol: \"AMZN\" is instrument 0 as well"},
		{"no instrument", strings.Split(small, "[[instruments]]")[0], "instruments: none: add a table [[instruments]]"},
		{"no desk", strings.Replace(small, "[[desk.sessions]]\ntarget_comp_id = \"DESK1\"", "", 1), "desk: no desk may log on"},
		{"a desk that may trade what there is not", desk1("symbols = \"AMZN IBM\""), "6:1: desk.sessions[0].symbols: \"IBM\" is none of the instruments"},
		{"a desk with an algorithm that there is not", desk1("algos = \"TWAP MAGIC\""), "6:1: desk.sessions[0].algos: \"MAGIC\" is no algorithm"},
		{"a copy of nobody", desk1("drop_copy = true\ncopy_of = \"X\""), "7:1: desk.sessions[0].copy_of: \"X\" is the target_comp_id of no desk"},
		{"copies for a desk that trades", desk1("copy_of = \"DESK1\""), "6:1: desk.sessions[0].copy_of: is for a drop copy"},
		{"a certificate's name without certificates", desk1("cert_name = \"desk\""), "6:1: desk.sessions[0].cert_name: needs desk.tls.client_ca_file"},
		{"a version that is not spoken", desk1("version = \"FIX.4.3\""), "6:1: desk.sessions[0].version: \"FIX.4.3\": want one of FIX.4.2, FIX.4.4, FIX.5.0SP2"},
		{"both lines the same", small + "\n[feed]\ngroup_b = \"239.192.0.1\"\nport_b = 26400\n", "11:1: feed.group_b: both lines are 239.192.0.1:26400"},
		{"a ring that is no power of two", small + "\n[daemon]\ncommand_ring_records = 1000\n", "11:1: daemon.command_ring_records: 1000 is no power of two"},
		{"a table where a value belongs", small + "\n[feed.port_a]\n", "10:7: feed.port_a: is a table: want a whole number"},
		{"a value where a table belongs", "feed = 1\n" + small, "1:1: feed: is a whole number: want a table"},
		{"an inline table's key", small + "limits = { max_order_qty = 0 }\n", "9:12: instruments[0].limits.max_order_qty: 0 is out of range"},
		{"a dotted key", "feed.port_a = 0\n" + small, "1:6: feed.port_a: 0 is out of range"},
		{"a key given twice", small + "\n[feed]\nport_a = 1\nport_a = 2\n", "12:1: "},
		{"text that is no TOML", small + "\n[feed\n", "10:6: "},
		{"a version of the venue that is not spoken", venue1("version = \"FIX.4.3\""), "3:1: venue.version: \"FIX.4.3\": want one of FIX.4.2, FIX.4.4, FIX.5.0SP2"},
		{"an alternate address without port", venue1("alternates = \"127.0.0.1:9002 127.0.0.1\""), "3:1: venue.alternates: \"127.0.0.1\" is no address"},
		{"a time to cancel without the agreement", venue1("cancel_after_ms = 5"), "3:1: venue.cancel_after_ms: is given without cancel_on_disconnect"},
		{"an agreement about numbers that there is not", venue1("reset_on_logon = \"maybe\""), "3:1: venue.reset_on_logon: \"maybe\": want one of never, ours, venue"},
		{"a certificate without its key", small + "\n[venue.tls]\ncert_file = \"x\"\n", "10:8: venue.tls.key_file: cert_file and key_file go together"},
		{"an authority that is not there", small + "\n[venue.tls]\nca_file = \"/nonexistent/ca\"\n", "10:8: venue.tls: ca_file: open /nonexistent/ca: no such file or directory"},
		{"an authority that is none", small + "\n[venue.tls]\nca_file = \"/dev/null\"\n", "10:8: venue.tls: ca_file: /dev/null holds no certificate"},
		{"a certificate that is not there", small + "\n[venue.tls]\ncert_file = \"/nonexistent/c\"\nkey_file = \"k\"\n", "10:8: venue.tls: cert_file /nonexistent/c, key_file k: open /nonexistent/c"},
		{"a day that there is not", small + "\n[venue.schedule]\ndays = \"mon moon\"\n", "11:1: venue.schedule.days: \"moon\" is no day"},
		{"half of a week", small + "\n[venue.schedule]\nstart_day = \"sun\"\n", "10:8: venue.schedule.end_day: start_day and end_day go together"},
		{"a week with days", small + "\n[venue.schedule]\nstart_day = \"sun\"\nend_day = \"fri\"\ndays = \"mon\"\n", "13:1: venue.schedule.days: a session that lasts from start_day to end_day has no days"},
		{"a zone that there is not", small + "\n[venue.schedule]\ntimezone = \"Mars/Base\"\n", "11:1: venue.schedule.timezone: \"Mars/Base\" is no IANA time zone"},
		{"two agreements about numbers", venue1("reset_on_logon = \"ours\"\n[venue.schedule]\nreset = \"flag\""), "5:1: venue.schedule.reset: \"flag\" says nothing more"},
		{"a password file that is not there", strings.Replace(small, "9001\"\n", "9001\"\npassword_file = \"/nonexistent/p\"\n", 1), "3:1: venue.password_file: /nonexistent/p: no such file or directory"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := write(t, c.text)
			_, err := LoadDaemon(path)
			var faults Faults
			if !errors.As(err, &faults) {
				t.Fatalf("error %v", err)
			}
			want := path + ":" + c.want
			for _, line := range strings.Split(err.Error(), "\n") {
				if strings.HasPrefix(line, want) || strings.HasPrefix(line, path+": "+c.want) {
					return
				}
			}
			t.Errorf("no fault %q in:\n%s", c.want, err)
		})
	}
}

func TestAllFaultsComeAtOnceInOrderOfLine(t *testing.T) {
	path := write(t, "[venue]\naddres = 1\n[feed]\nport_a = 0\ngroup_a = true\n[daemon]\nidle = \"x\"\n")
	_, err := LoadDaemon(path)
	var faults Faults
	if !errors.As(err, &faults) {
		t.Fatal(err)
	}
	var got []string
	for _, f := range faults {
		got = append(got, fmt.Sprintf("%d %s", f.Line, f.Key))
	}
	want := "0 instruments,0 desk,1 venue.address,2 venue.addres,4 feed.port_a,5 feed.group_a,7 daemon.idle"
	if strings.Join(got, ",") != want {
		t.Errorf("got %v, want %s", got, want)
	}
}

func TestAMissingFileSaysSo(t *testing.T) {
	_, err := LoadDaemon(filepath.Join(t.TempDir(), "none.toml"))
	if err == nil || !strings.HasSuffix(err.Error(), "none.toml: cannot be read: no such file or directory") {
		t.Errorf("error %v", err)
	}
}

func TestSecretsAreNeverPrinted(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "p")
	if err := os.WriteFile(secret, []byte("hunter2\nrest\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for key, masked := range map[string]bool{`password = "hunter2"`: true, `password_file = "` + secret + `"`: false} {
		path := write(t, strings.Replace(small, "9001\"\n", "9001\"\n"+key+"\n", 1))
		e, err := Check(path)
		if err != nil {
			t.Fatal(err)
		}
		c := e.Config.(*Daemon)
		if got := c.Venue.SessionConfig().Password; got != "hunter2" {
			t.Errorf("%s: the session gets %q", key, got)
		}
		asJSON, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		for name, text := range map[string]string{"TOML": e.TOML(), "JSON": string(asJSON), "%v": fmt.Sprintf("%v", c), "%#v": fmt.Sprintf("%#v", c.Venue)} {
			if strings.Contains(text, "hunter2") || (masked && !strings.Contains(text, mask)) {
				t.Errorf("%s: %s: %s", key, name, text)
			}
		}
		// A password in a file of its own survives the way through check-config.
		if back, err := ParseDaemon("back", []byte(e.TOML())); err != nil || (!masked && back.Venue.SessionConfig().Password != "hunter2") {
			t.Errorf("%s: read back: %v", key, err)
		}
	}
}

// What check-config prints is a file that gives the same configuration.
func TestTheEffectiveConfigurationReadsBack(t *testing.T) {
	examples := filepath.Join(testdata.Root(t), "examples")
	for _, name := range []string{"daemon.toml", "venue.toml", "venue-lobster.toml", "desk.toml"} {
		t.Run(name, func(t *testing.T) {
			e, err := Check(filepath.Join(examples, name))
			if err != nil {
				t.Fatal(err)
			}
			back, err := Check(write(t, e.TOML()))
			if err != nil {
				t.Fatalf("%v\n%s", err, e.TOML())
			}
			if back.Kind != e.Kind || !reflect.DeepEqual(back.Config, e.Config) {
				t.Errorf("differs:\n%s", e.TOML())
			}
			if c, ok := e.Config.(*Daemon); ok {
				again, err := ParseDaemon("journal", []byte(c.TOML()))
				if err != nil || !reflect.DeepEqual(again, c) {
					t.Errorf("without comments it differs (%v):\n%s", err, c.TOML())
				}
			}
			if strings.Contains(back.TOML(), "# default") {
				t.Error("a key that was given is marked as default")
			}
			if len(e.Warnings) != 0 {
				t.Errorf("an example has warnings: %v", e.Warnings)
			}
		})
	}
}

func TestDocsAreCurrent(t *testing.T) {
	path := filepath.Join(testdata.Root(t), "docs", "config.md")
	want := Describe()
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Error("docs/config.md is not what the tags say: go generate ./cmd/slipstream/internal/config")
	}
}

// Every number has a unit in its key's name, and every default is within its range.
func TestEveryFieldIsDocumentedAndItsDefaultIsValid(t *testing.T) {
	var walk func(path string, rt reflect.Type)
	walk = func(path string, rt reflect.Type) {
		for _, f := range fields(rt) {
			at := join(path, f.key)
			switch f.kind {
			case kindTable:
				walk(at, rt.Field(f.index).Type)
				continue
			case kindMaybe, kindTables:
				walk(at, rt.Field(f.index).Type.Elem())
				continue
			}
			if f.kind == kindInt && f.unit() == "" {
				t.Errorf("%s has no unit in its name", at)
			}
			if (f.kind == kindInt || f.kind == kindUSD) && !f.ranged {
				t.Errorf("%s has no range", at)
			}
			if !strings.HasSuffix(f.doc, ".") {
				t.Errorf("%s: its reason is no sentence: %s", at, f.doc)
			}
			if f.required {
				continue
			}
			v := reflect.New(rt.Field(f.index).Type).Elem()
			if err := f.set(v, f.def); err != nil {
				t.Errorf("%s: %v", at, err)
			}
			if err := f.judge(v); err != nil {
				t.Errorf("%s: its default: %v", at, err)
			}
		}
	}
	walk("", reflect.TypeFor[Daemon]())
	walk("", reflect.TypeFor[VenueFile]())
	walk("", reflect.TypeFor[DeskFile]())
}
