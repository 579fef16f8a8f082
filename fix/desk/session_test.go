package desk

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/quickfixgo/quickfix"

	"slipstream/fix"
)

func TestLogonThatIsRefusedIsAnsweredByLogout(t *testing.T) {
	g := sharedGateway(t)
	for _, c := range []struct{ name, desk, body, text string }{
		{"a wrong password", "SECRET", "98=0|108=30|141=Y|553=me|554=sesame|", "wrong Password(554)"},
		{"no password", "SECRET", "98=0|108=30|141=Y|", "wrong Password(554)"},
		{"a heartbeat interval of zero would spin", "CRASH", "98=0|108=0|141=Y|", "HeartBtInt(108) must be 1 to 300"},
		{"a heartbeat interval below zero", "CRASH", "98=0|108=-1|141=Y|", "HeartBtInt(108) must be 1 to 300"},
		{"a heartbeat interval that overflows", "CRASH", "98=0|108=9223372037|141=Y|", "HeartBtInt(108) must be 1 to 300"},
	} {
		p := dial(t, g, c.desk)
		p.send("A", c.body)
		if m := p.recv(); m.get(tagMsgType) != "5" || m.get(tagText) != c.text {
			t.Errorf("%s: answered by %v", c.name, m)
		}
		if _, ok := p.next(); ok {
			t.Errorf("%s: the connection stays open", c.name)
		}
	}
	p := dial(t, g, "SECRET")
	p.send("A", "98=0|108=30|141=Y|553=me|554=open sesame|")
	if m := p.recv(); m.get(tagMsgType) != "A" {
		t.Errorf("the right password is answered by %v", m)
	}
	if shared.logs.contains("sesame") {
		t.Error("a password is in the log")
	}
	if !shared.logs.contains("554=***") {
		t.Error("the log has no redacted Logon")
	}
}

func TestSecondLogonOfALiveSessionIsClosed(t *testing.T) {
	g := sharedGateway(t)
	p := logon(t, g, deskNames[deskDuplicate])
	q := dial(t, g, deskNames[deskDuplicate])
	q.send("A", "98=0|108=60|")
	if raw, ok := q.next(); ok {
		t.Errorf("the second logon is answered by %s", show(raw))
	}
	p.alive("after the second logon")
}

func TestResendRequestBelowOneIsRejected(t *testing.T) {
	g := sharedGateway(t)
	p := logon(t, g, deskNames[deskDuplicate])
	p.send("2", "7=-999999999|16=0|")
	if m := p.recv(); m.get(tagMsgType) != "3" || m.get(373) != "5" || m.get(371) != "7" {
		t.Errorf("answered by %v", m)
	}
	p.alive("after the ResendRequest")
}

// openSolo opens a gateway with one desk and a file store in dir.
func openSolo(t *testing.T, dir, name string) *Gateway {
	t.Helper()
	cfg := testConfig()
	cfg.StoreDir = dir
	cfg.StoreSync = false
	cfg.Sessions = []Session{{SenderCompID: "GATE", TargetCompID: name}}
	cfg.Submit = func(*fix.Command) bool { return true }
	g, err := Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// Reports made while the desk is away are stored, survive a restart of the gateway
// and a kill in the middle of a write, and come by a resend.
func TestReportsForAnAbsentDeskComeOnResend(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	g := openSolo(t, dir, "AWAY")
	r := sampleReport()
	for serial := uint64(1); serial <= 3; serial++ {
		r.Serial = serial
		g.Deliver(&r)
	}
	if err := g.Close(); err != nil {
		t.Fatal(err)
	}
	if st := g.Stats(); st.Reports != 3 || st.Undelivered != 0 {
		t.Errorf("%+v", st)
	}
	// The kill: a fourth record is torn.
	torn := (&frame{kind: frameSent, value: 4, msg: []byte("8=FIX.4.4")}).append(nil)
	appendTo(t, filepath.Join(dir, "FIX.4.4-GATE-AWAY.store"), string(torn[:len(torn)-1]))

	g = openSolo(t, dir, "AWAY")
	defer func() {
		if err := g.Close(); err != nil {
			t.Error(err)
		}
	}()
	p := dial(t, g, "AWAY")
	p.send("A", "98=0|108=60|")
	if m := p.recv(); m.get(tagMsgType) != "A" || m.get(tagMsgSeqNum) != "4" {
		t.Fatalf("logon answered by %v", m)
	}
	p.send("2", "7=1|16=0|")
	for want := 1; want <= 3; want++ {
		m := p.recv()
		if m.get(tagMsgType) != "8" || m.get(tagExecID) != itoa(want) || m.get(tagPossDupFlag) != "Y" {
			t.Fatalf("report %d came as %v", want, m)
		}
	}
	p.alive("after the resend")
}

func appendTo(t *testing.T, path, text string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.WriteString(text)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestStoreIsRepairedAfterAKill(t *testing.T) {
	t.Parallel()
	id := quickfix.SessionID{BeginString: "FIX.4.4", SenderCompID: "A", TargetCompID: "B"}
	for _, c := range []struct {
		name, header, body, sender string
		wantHeader, wantSender     string
		wantErr                    string
	}{
		{"an empty directory", "", "", "", "", "", ""},
		{"a clean store", "1,0,3\n2,3,3\n", "aaabbb", seq(3), "1,0,3\n2,3,3\n", seq(3), ""},
		{"a torn header line", "1,0,3\n2,3", "aaabbb", seq(2), "1,0,3\n", seq(2), ""},
		{"a header line whose body is torn", "1,0,3\n2,3,3\n", "aaab", seq(2), "1,0,3\n", seq(2), ""},
		{"a header line of garbage", "1,0,3\nx,y,z\n", "aaa", seq(2), "1,0,3\n", seq(2), ""},
		{"a stored message that is not counted", "1,0,3\n2,3,3\n", "aaabbb", seq(2), "1,0,3\n2,3,3\n", seq(3), ""},
		{"a sequence number that is empty with messages stored", "1,0,3\n", "aaa", "", "", "", "no senderseqnums"},
		{"a sequence number of garbage", "1,0,3\n", "aaa", "\x00\x00", "", "", "does not hold a sequence number"},
	} {
		t.Run(c.name, func(t *testing.T) {
			base := filepath.Join(t.TempDir(), "FIX.4.4-A-B")
			for ext, text := range map[string]string{".header": c.header, ".body": c.body, ".senderseqnums": c.sender} {
				if text == "" {
					continue
				}
				if err := os.WriteFile(base+ext, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			err := repairFileStore(filepath.Dir(base), id)
			if c.wantErr != "" {
				if err == nil || !strings.Contains(err.Error(), c.wantErr) {
					t.Errorf("error %v, want one with %q", err, c.wantErr)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			for ext, want := range map[string]string{".header": c.wantHeader, ".senderseqnums": c.wantSender} {
				got, err := os.ReadFile(base + ext)
				if want == "" && os.IsNotExist(err) {
					continue
				}
				if string(got) != want {
					t.Errorf("%s is %q, want %q", ext, got, want)
				}
			}
		})
	}
}

func seq(n int) string { return fmt.Sprintf("%019d", n) }

func TestOpenSaysWhatIsWrong(t *testing.T) {
	cfg := testConfig()
	cfg.Sessions = []Session{{SenderCompID: "A", TargetCompID: "B"}, {SenderCompID: "A", TargetCompID: "B"}, {SenderCompID: "../A", TargetCompID: ""}}
	cfg.Instruments = nil
	cfg.TimePrecision = "PICOS"
	cfg.StaleAfter = 0
	cfg.CloseTimeout = time.Hour
	_, err := Open(cfg)
	if err == nil {
		t.Fatal("opened")
	}
	for _, want := range []string{"twice", "CompIDs", "no instruments", "PICOS", "StaleAfter", "CloseTimeout", "Submit"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in %v", want, err)
		}
	}
}

func TestFailedOpenLeavesNothingBehind(t *testing.T) {
	g := sharedGateway(t)
	cfg := testConfig()
	cfg.Sessions = []Session{{SenderCompID: "GATE", TargetCompID: "FRESH"}}
	cfg.Submit = func(*fix.Command) bool { return true }
	cfg.Listen = g.Addr().String()
	if _, err := Open(cfg); err == nil || !strings.Contains(err.Error(), "address already in use") {
		t.Errorf("a port in use gives %v", err)
	}
	cfg.Listen = "127.0.0.1:0"
	cfg.Sessions = append(cfg.Sessions, Session{SenderCompID: "GATE", TargetCompID: "FORM"})
	if _, err := Open(cfg); err == nil {
		t.Error("a session that is open in this process was opened again")
	}
	cfg.Sessions = cfg.Sessions[:1]
	again, err := Open(cfg)
	if err != nil {
		t.Fatalf("the session of a failed Open stays taken: %v", err)
	}
	if err := again.Close(); err != nil {
		t.Error(err)
	}
}

// What was delivered before Close reaches a desk that reads, and the Logout after it.
func TestCloseSendsWhatWasDelivered(t *testing.T) {
	t.Parallel()
	cfg := testConfig()
	cfg.Sessions = []Session{{SenderCompID: "GATE", TargetCompID: "LAST"}}
	cfg.Submit = func(*fix.Command) bool { return true }
	cfg.CloseTimeout, cfg.Guard.WriteWait = 20*time.Second, 20*time.Second
	g, err := Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	p := logon(t, g, "LAST")
	const reports = 4000 // a megabyte: more than the kernel holds of it
	for n := range uint64(reports) {
		r := sampleReport()
		r.Desk, r.Serial = 0, n+1
		g.Deliver(&r)
	}
	closed := make(chan error, 1)
	go func() { closed <- g.Close() }()
	wait(t, "the session to end", func() bool { return !g.IsLoggedOn(0) })
	for n := range uint64(reports) {
		if m := p.recv(); m.get(tagExecID) != itoa(int(n+1)) {
			t.Fatalf("after %d reports the desk got %v", n, m)
		}
	}
	if m := p.recv(); m.get(tagMsgType) != "5" {
		t.Errorf("after the reports the desk got %v", m)
	}
	if raw, ok := p.next(); ok {
		t.Errorf("after the Logout the desk got %s", show(raw))
	}
	if err := <-closed; err != nil {
		t.Error(err)
	}
}

// A desk that logs on and then neither reads nor answers must not hold Close up.
func TestCloseIsBounded(t *testing.T) {
	t.Parallel()
	g := openSolo(t, "", "DEAF")
	logon(t, g, "DEAF")
	idle := dial(t, g, "DEAF")
	start := time.Now()
	if err := g.Close(); err != nil {
		t.Error(err)
	}
	if took := time.Since(start); took > 12*time.Second {
		t.Errorf("Close took %v", took)
	}
	if _, ok := idle.next(); ok {
		t.Error("an idle connection stays open after Close")
	}
	if err := g.Close(); err != nil {
		t.Errorf("a second Close: %v", err)
	}
	r := sampleReport()
	g.Deliver(&r)
	if st := g.Stats(); st.Undelivered != 1 {
		t.Errorf("a report after Close is not counted: %+v", st)
	}
}

func TestRedactBlanksSecrets(t *testing.T) {
	for in, want := range map[string]string{
		"35=A\x01553=me\x01554=pass|word\x0196=raw\x0110=1\x01": "35=A|553=***|554=***|96=***|10=1|",
		`Invalid Message: "8=F\x01554=sec\ret\x0110=1"`:         `Invalid Message: "8=F|554=***|10=1"`,
		"1554=kept\x01":  "1554=kept|",
		"925=new\x01x=1": "925=***|x=1",
	} {
		if got := Redact(in); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}
