package session_test

import (
	"crypto/tls"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/quickfixgo/quickfix"

	"slipstream/fix/session"
	"slipstream/fix/session/tables"
	"slipstream/fix/wire"
	"slipstream/internal/market"
	"slipstream/internal/testdata"
)

// What our session and quickfixgo's answer to the same messages, both as acceptors with
// dictionaries, without an application behind. A case is a script: each line is a message,
// "type|number|fields". After it comes a SequenceReset, which either takes whatever its
// state, and a TestRequest, so that the answer to it ends the answers to the script.

// judgeVersions are the versions a case can be of.
var judgeVersions = []struct {
	begin, appl, spec string
	dictionary        func() *session.Dictionary
}{
	{"FIX.4.2", "", "DataDictionary=@/FIX42.xml\n", tables.FIX42},
	{"FIX.4.4", "", "DataDictionary=@/FIX44.xml\n", tables.FIX44},
	{"FIXT.1.1", "9", "TransportDataDictionary=@/FIXT11.xml\nAppDataDictionary=@/FIX50SP2.xml\nDefaultApplVerID=FIX.5.0SP2\n", tables.FIX50SP2},
}

// judgeDesks are how many sessions quickfixgo has of each version: one that was hung up takes a
// moment until it takes a Logon again.
const judgeDesks = 3

const (
	judgeEnd  = 10_000 // number after the SequenceReset
	judgeTest = "END"
)

// pipeListener hands out ends of pipes; quickfixgo wants TCP addresses.
type pipeListener struct {
	conns chan net.Conn
	done  chan struct{}
}

type pipeConn struct{ net.Conn }

var pipeAddr = &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 9}

func (pipeConn) LocalAddr() net.Addr  { return pipeAddr }
func (pipeConn) RemoteAddr() net.Addr { return pipeAddr }

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}
func (l *pipeListener) Close() error   { return nil }
func (l *pipeListener) Addr() net.Addr { return pipeAddr }

// judgeApp takes orders and refuses other types, as an application of the definitions does.
type judgeApp struct{}

func (judgeApp) OnCreate(quickfix.SessionID)                       {}
func (judgeApp) OnLogon(quickfix.SessionID)                        {}
func (judgeApp) OnLogout(quickfix.SessionID)                       {}
func (judgeApp) ToAdmin(*quickfix.Message, quickfix.SessionID)     {}
func (judgeApp) ToApp(*quickfix.Message, quickfix.SessionID) error { return nil }
func (judgeApp) FromAdmin(*quickfix.Message, quickfix.SessionID) quickfix.MessageRejectError {
	return nil
}
func (judgeApp) FromApp(m *quickfix.Message, _ quickfix.SessionID) quickfix.MessageRejectError {
	if typ, _ := m.Header.GetString(35); typ != "D" {
		return quickfix.UnsupportedMessageType()
	}
	return nil
}

type judge struct {
	listener *pipeListener
	next     [3]int
}

var startJudge = sync.OnceValues(func() (*judge, error) {
	module, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/quickfixgo/quickfix").Output()
	if err != nil {
		return nil, err
	}
	spec := filepath.Join(strings.TrimSpace(string(module)), "spec")
	text := "[DEFAULT]\nConnectionType=acceptor\nSocketAcceptPort=9\nSenderCompID=SLIP\nResetOnLogon=Y\nTimeStampPrecision=MILLIS\n"
	for _, v := range judgeVersions {
		for i := range judgeDesks {
			text += fmt.Sprintf("[SESSION]\nBeginString=%s\nTargetCompID=DESK%d\n", v.begin, i) + strings.ReplaceAll(v.spec, "@", spec)
		}
	}
	settings, err := quickfix.ParseSettings(strings.NewReader(text))
	if err != nil {
		return nil, err
	}
	acc, err := quickfix.NewAcceptor(judgeApp{}, quickfix.NewMemoryStoreFactory(), settings, quickfix.NewNullLogFactory())
	if err != nil {
		return nil, err
	}
	j := &judge{listener: &pipeListener{conns: make(chan net.Conn), done: make(chan struct{})}}
	acc.SetNewListenerCallback(func(string, *tls.Config) (net.Listener, error) { return j.listener, nil })
	return j, acc.Start()
})

// judgeMessage makes one line of a script.
func judgeMessage(begin, desk, line string, now time.Time) []byte {
	typ, rest, _ := strings.Cut(line, "|")
	seq, rest, _ := strings.Cut(rest, "|")
	head := "35=" + typ + "|34=" + seq + "|49=" + desk + "|52=" + now.UTC().Format("20060102-15:04:05.000") + "|56=SLIP|"
	for {
		old := now.Add(-time.Second).UTC().Format("20060102-15:04:05.000")
		field, after, ok := strings.Cut(rest, "|")
		if ok && field == "43=Y" {
			head, rest = head+"43=Y|", after
		} else if ok && field == "122=" {
			head, rest = head+"122="+old+"|", after
		} else if ok && field == "122=+" {
			head, rest = head+"122="+now.Add(time.Minute).UTC().Format("20060102-15:04:05.000")+"|", after
		} else {
			break
		}
	}
	body := strings.ReplaceAll(head+rest, "|", "\x01")
	return wire.AppendTrailer([]byte("8="+begin+"\x019="+strconv.Itoa(len(body))+"\x01"+body), 0)
}

// script is a case's messages, from the Logon to the TestRequest.
func script(version int, desk, text string, now time.Time) (out [][]byte) {
	v := judgeVersions[version]
	logon := "A|1|98=0|108=30|"
	if v.appl != "" {
		logon += "1137=" + v.appl + "|"
	}
	lines := append([]string{logon}, strings.Split(strings.TrimSpace(text), "\n")...)
	lines = append(lines, fmt.Sprintf("4|%d|36=%d|", judgeEnd-1, judgeEnd), fmt.Sprintf("1|%d|112=%s|", judgeEnd, judgeTest))
	for _, line := range lines {
		out = append(out, judgeMessage(v.begin, desk, line, now))
	}
	return out
}

// answer is what counts of one: type and the fields that say why.
func answer(raw []byte) (text string, end bool) {
	var m wire.Message
	if fault := wire.Parse(raw, &m); fault != wire.FaultNone {
		return fmt.Sprintf("malformed: %v", fault), false
	}
	text = string(m.Type())
	missing, _ := m.Get(373)
	for _, tag := range []uint32{7, 16, 34, 36, 45, 112, 123, 371, 372, 373, 380} {
		// Which of several missing fields it names is quickfixgo's map order.
		if v, ok := m.Get(tag); ok && (tag != 34 || m.Type1() == '4') && (tag != 371 || string(missing) != "1") {
			text += fmt.Sprintf(" %d=%s", tag, v)
		}
	}
	id, _ := m.Get(112)
	return text, string(id) == judgeTest
}

// theirs is quickfixgo's answers.
func (j *judge) theirs(version int, text string) ([]string, error) {
	limit := time.Now().Add(bound)
	for time.Now().Before(limit) {
		desk := fmt.Sprintf("DESK%d", j.next[version]%judgeDesks)
		j.next[version]++
		got, err := j.one(version, desk, text)
		if !errors.Is(err, errNoLogon) {
			return got, err
		}
	}
	return nil, errNoLogon
}

var errNoLogon = errors.New("quickfixgo takes no Logon")

func (j *judge) one(version int, desk, text string) (got []string, err error) {
	near, far := net.Pipe()
	defer near.Close()
	if err := near.SetDeadline(time.Now().Add(bound)); err != nil {
		return nil, err
	}
	j.listener.conns <- pipeConn{far}
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		for _, m := range script(version, desk, text, time.Now()) {
			if _, err := near.Write(m); err != nil {
				return // it hung up
			}
		}
	}()
	defer func() { near.Close(); <-sent }()
	var in []byte
	buf := make([]byte, 4096)
	for {
		n, err := near.Read(buf)
		in = append(in, buf[:n]...)
		for {
			k, fault := wire.Frame(in, wire.MaxMessage)
			if fault != wire.FaultNone {
				return nil, fmt.Errorf("quickfixgo sent no message: %v in %q", fault, in)
			}
			if k == 0 {
				break
			}
			text, end := answer(in[:k])
			in = in[k:]
			if got = append(got, text); end {
				return got, nil
			}
		}
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return nil, fmt.Errorf("no end within %v: %v", bound, got)
		}
		if err != nil && len(got) == 0 {
			return nil, errNoLogon
		}
		if err != nil {
			return append(got, "closed"), nil
		}
	}
}

// ours is our session's answers, on a clock that does not move.
func ours(t *testing.T, version int, text string) (got []string) {
	t.Helper()
	v := judgeVersions[version]
	cfg := session.Default()
	cfg.Role, cfg.BeginString, cfg.ApplVerID, cfg.Dictionary = session.Acceptor, v.begin, v.appl, v.dictionary()
	cfg.SenderCompID, cfg.TargetCompID = "SLIP", "DESK"
	cfg.ResetOnLogon, cfg.AcceptReset, cfg.EarlyBytes = true, true, 64<<10
	cfg.Store, cfg.ResendAgeNanos = session.NewMemory(64, 1<<16), market.Nanos(time.Hour)
	s, err := session.New(cfg, new(session.State))
	if err != nil {
		t.Fatal(err)
	}
	now := market.Nanos(rowsAt.UnixNano())
	s.Connected(now)
	for _, msg := range script(version, "DESK", text, rowsAt) {
		s.Receive(now, msg)
		for m, ok := s.Next(now); ok; m, ok = s.Next(now) {
			typ := string(m.Type())
			if typ == "D" || typ == "3" {
				continue
			}
			seq, _ := m.MsgSeqNum()
			dst, number, ok := s.Reserve(now)
			if !ok {
				continue
			}
			body := fmt.Sprintf("35=j\x0134=%d\x0149=SLIP\x0152=%s\x0156=DESK\x0145=%d\x0158=x\x01372=%s\x01380=3\x01", number, "20261103-14:30:00.000", seq, typ)
			s.Commit(now, wire.AppendTrailer(append(dst, "8="+v.begin+"\x019="+strconv.Itoa(len(body))+"\x01"+body...), 0))
		}
	}
	s.Timer(now + cfg.LogoutTimeoutNanos) // a Logout of ours is not answered by the script
	for out := s.Output(); len(out) > 0; {
		k, fault := wire.Frame(out, wire.MaxMessage)
		if k == 0 || fault != wire.FaultNone {
			t.Fatalf("we sent no message: %v in %q", fault, out)
		}
		text, end := answer(out[:k])
		out = out[k:]
		if got = append(got, text); end {
			return got
		}
	}
	if _, dropped := s.Dropped(); dropped {
		got = append(got, "closed")
	}
	return got
}

// The differences that are known; docs/fix-conformance.md lists them by these texts.
const (
	diffLogon   = "a second Logon in a session: quickfixgo logs on anew, and closes when the numbers do not fit; we reject it"
	diffGap     = "a ResendRequest with MsgSeqNum too high: quickfixgo answers it and forgets the gap; we ask for the gap too"
	diffFields  = "a message that no application here takes: quickfixgo judges its fields first; we answer 380=3"
	diffReason  = "a message with several faults: both reject it, each for the fault it finds first"
	diffTag     = "a tag that is no number: quickfixgo drops the message as garbled; we reject it, 373=0"
	diffNumber  = "a wrong ResendRequest, SequenceReset or Logout whose number is not the expected one: quickfixgo rejects it for what is wrong; we go by the number"
	diffEarly   = "messages beyond a gap: we keep the first of a number and take it as soon as its turn comes; quickfixgo keeps the last, and takes them when all it asked for has come"
	diffCounted = "a rejected message with a number too low: quickfixgo counts it as the expected one; we do not"
	diffFault   = "a duplicate (PossDup, old number) with a fault: quickfixgo rejects it; we ignore it as any duplicate"
	diffDup     = "a ResendRequest with PossDup and an old number: quickfixgo answers it again; we ignore it as a duplicate"
	diffHeader  = "a PossDupFlag behind a broken field: quickfixgo finds it; we read a message up to what is broken, so its low number is a sequence loss"
)

var differences = []string{diffLogon, diffGap, diffFields, diffReason, diffTag, diffNumber, diffEarly, diffDup, diffFault, diffCounted, diffHeader}

// known explains a difference; "" = it is not listed.
func known(script string, ours, theirs []string) string {
	types := ""
	for line := range strings.SplitSeq(script, "\n") {
		typ, _, _ := strings.Cut(line, "|")
		types += " " + typ
	}
	at := 0
	for at < len(ours) && at < len(theirs) && ours[at] == theirs[at] {
		at++
	}
	first := func(list []string) string {
		if at < len(list) {
			return list[at]
		}
		return ""
	}
	us, it := first(ours), first(theirs)
	switch {
	case strings.Contains(types, " A"):
		return diffLogon
	case strings.HasPrefix(us, "j ") && strings.HasSuffix(us, " 380=3") && strings.HasPrefix(it, "3 "+strings.Fields(us)[1]):
		return diffFields
	case strings.HasPrefix(us, "3 ") && strings.HasPrefix(it, "3 "+strings.Fields(us)[1]):
		return diffReason
	case strings.Contains(script, "x=1|"):
		return diffTag
	case strings.HasPrefix(it, "3 ") && (strings.Contains(it, " 372=2") || strings.Contains(it, " 372=4") || strings.Contains(it, " 372=5")):
		return diffNumber
	case slices.ContainsFunc(ours[:at], isGap):
		return diffEarly
	case strings.HasPrefix(it, "4 ") && repeats(script):
		return diffDup
	case us == "5" && lateFlag(script):
		return diffHeader
	case strings.HasPrefix(it, "3 ") && strings.Contains(script, "43=Y|"):
		return diffFault
	case slices.ContainsFunc(ours[:at], func(a string) bool { return rejectedDuplicate(a, script) }):
		return diffCounted
	case isGap(us) && strings.Contains(types, " 2") && slices.ContainsFunc(ours[:at], func(a string) bool { return strings.HasPrefix(a, "4 ") }):
		return diffGap
	}
	return ""
}

// rejectedDuplicate says that an answer is the Reject of a message with a PossDupFlag or an
// old number: of one whose number came before, or is that of the Logon.
func rejectedDuplicate(answer, script string) bool {
	if !strings.HasPrefix(answer, "3 45=") {
		return false
	}
	number := strings.Fields(answer)[1][len("45="):]
	seen := 0
	for line := range strings.SplitSeq("A|1|\n"+script, "\n") {
		if parts := strings.SplitN(line, "|", 3); len(parts) == 3 && parts[1] == number {
			seen++
		}
	}
	return seen > 1
}

// repeats says that a ResendRequest has its PossDupFlag.
func repeats(script string) bool {
	for line := range strings.SplitSeq(script, "\n") {
		if strings.HasPrefix(line, "2|") && strings.Contains(line, "|43=Y|") {
			return true
		}
	}
	return false
}

// lateFlag says that a message has its PossDupFlag not in front.
func lateFlag(script string) bool {
	for line := range strings.SplitSeq(script, "\n") {
		if parts := strings.SplitN(line, "|", 3); len(parts) == 3 && strings.Contains(parts[2], "43=Y|") && !strings.HasPrefix(parts[2], "43=Y|") && !strings.HasPrefix(parts[2], "122=") {
			return true
		}
	}
	return false
}

func isGap(answer string) bool { return strings.HasPrefix(answer, "2 7=") }

// upToLogout forgets what follows a Logout: we wait for the peer to close, and answer it
// until then; quickfixgo closes at once. Both are right (FIX 4.4 Vol 2, "Logout").
func upToLogout(answers []string) []string {
	if i := slices.Index(answers, "5"); i >= 0 {
		return answers[:i+1]
	}
	return answers
}

func compareVerdicts(t *testing.T, version int, text string) (difference string) {
	t.Helper()
	j, err := startJudge()
	if err != nil {
		t.Fatal(err)
	}
	want, err := j.theirs(version, text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	got := upToLogout(ours(t, version, text))
	want = upToLogout(want)
	if slices.Equal(got, want) {
		return ""
	}
	why := known(text, got, want)
	if why == "" {
		t.Errorf("%s\n%s ours       %s\n quickfixgo %s", judgeVersions[version].begin, text, strings.Join(got, "; "), strings.Join(want, "; "))
	}
	return why
}

// scripts are cases to start from.
var judgeScripts = []string{
	"0|2|\n1|3|112=x|\n",
	"D|2|" + rowOrder + "\n",
	"6|2|23=a|28=N|55=X|54=1|27=100|\n",
	"2|2|7=1|16=0|\n0|3|\n",
	"0|4|\n4|2|43=Y|122=|36=5|123=Y|\n0|5|\n",
	"0|2|\n0|2|43=Y|122=|\n0|3|\n",
	"4|2|36=7|\n0|7|\n",
	"4|2|36=7|123=Y|\n0|7|\n",
	"5|2|58=bye|\n",
	"3|2|45=1|58=x|\n",
	"2|5|7=1|16=0|\n4|2|43=Y|122=|36=6|123=Y|\n",
	"A|2|98=0|108=30|\n0|3|\n",
	"2|1|43=Y|122=|7=1|16=0|\n0|2|\n",
	"2|1|43=Y|7=1|\n0|2|\n",
	"0|4|\n1|3|112=x|\n1|2|43=Y|122=|112=y|\n",
	"0|2|\n0|2|55=|43=Y|122=|\n",
	"0|1|43=Y|122=|122=|\n0|2|\n",
	"1|3|112=x|\n1|2|43=Y|122=|112=y|\n0|4|\n",
}

// mutateScript changes numbers, flags and fields, as pick chooses below its argument.
func mutateScript(pick func(int) int, text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	fields := []string{"43=Y|122=|", "43=Y|", "43=Y|122=+|", "58=x|", "112=y|", "1999=x|", "55=|", "123=Y|", "123=N|", "7=0|", "16=99|", "36=1|", "36=3|", "x=1|", "50=a|", "97=Y|", "141=Y|", "45=1|"}
	for range 1 + pick(2) {
		i := pick(len(lines))
		parts := strings.SplitN(lines[i], "|", 3)
		switch pick(6) {
		case 0:
			parts[1] = strconv.Itoa(1 + pick(8))
		case 1:
			parts[2] = fields[pick(len(fields))] + parts[2]
		case 2:
			parts[2] += fields[pick(len(fields))]
		case 3:
			if f := strings.SplitAfter(parts[2], "|"); len(f) > 1 {
				k := pick(len(f) - 1)
				parts[2] = strings.Join(slices.Delete(f, k, k+1), "")
			}
		case 4:
			parts[0] = []string{"0", "1", "2", "3", "4", "5", "A", "D", "9", "*", "AE"}[pick(11)]
		case 5:
			lines = slices.Insert(lines, pick(len(lines)+1), lines[i])
			continue
		}
		lines[i] = strings.Join(parts, "|")
	}
	return strings.Join(lines, "\n") + "\n"
}

// TestVerdictsAgainstQuickfixgo: scripts and mutants of them. docs/fix-conformance.md lists the
// differences, all of which happen.
func TestVerdictsAgainstQuickfixgo(t *testing.T) {
	cases := 1200
	if testing.Short() {
		cases = 200
	}
	rnd := rand.New(rand.NewPCG(9, 9))
	differ := map[string]int{}
	for i := range cases {
		text := judgeScripts[i%len(judgeScripts)]
		if i >= 3*len(judgeScripts) {
			text = mutateScript(rnd.IntN, text)
		}
		if why := compareVerdicts(t, i/len(judgeScripts)%3, text); why != "" {
			differ[why]++
		}
	}
	listed, err := os.ReadFile(filepath.Join(testdata.Root(t), "docs", "fix-conformance.md"))
	if err != nil {
		t.Fatal(err)
	}
	same := cases
	for _, why := range differences {
		if !strings.Contains(string(listed), why) {
			t.Errorf("docs/fix-conformance.md does not list: %s", why)
		}
		if differ[why] == 0 && !testing.Short() {
			t.Errorf("a listed difference does not happen any more: %s", why)
		}
		t.Logf("%5d %s", differ[why], why)
		same -= differ[why]
	}
	t.Logf("%5d of %d answered alike", same, cases)
	if same < cases/2 {
		t.Errorf("only %d of %d cases are answered alike", same, cases)
	}
}

// FuzzVerdictsAgainstQuickfixgo: choices say which script, in which version, and what is done to it.
func FuzzVerdictsAgainstQuickfixgo(f *testing.F) {
	for i := range judgeScripts {
		f.Add([]byte{byte(i), byte(i), 1, byte(7 * i), 3, byte(5 * i), 2})
	}
	f.Fuzz(func(t *testing.T, choices []byte) {
		pick := func(n int) int {
			if len(choices) == 0 {
				return 0
			}
			c := int(choices[0])
			choices = choices[1:]
			return c % n
		}
		version, text := pick(3), judgeScripts[pick(len(judgeScripts))]
		for range 3 {
			if len(choices) > 0 {
				text = mutateScript(pick, text)
			}
		}
		compareVerdicts(t, version, text)
	})
}
