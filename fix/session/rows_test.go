package session_test

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"slipstream/fix/session"
	"slipstream/fix/session/at"
	"slipstream/fix/session/tables"
	"slipstream/fix/wire"
)

var update = flag.Bool("update", false, "write the golden files of TestRows")

// rowsAt is when every row is played.
var rowsAt = time.Date(2026, 11, 3, 14, 30, 0, 0, time.UTC)

const (
	rowTime  = "20261103-14:30:00.000"
	rowOrder = "11=a|21=1|55=X|54=1|60=" + rowTime + "|40=2|44=1.5|38=100|"
)

// row is a kind of bad input and the verdict on it, as the standard and the acceptance definitions
// of the named case have it. The answers' whole messages are in testdata/TestRows.
type row struct {
	text   string   // the input, and its case
	send   []string // type|number|fields ... ; "!": raw bytes; "2,": on a second connection
	first  bool     // nothing before it: no Logon
	want   []string // of each answer, in turn: type, then fields
	closed bool     // the connection, by us
	in     uint64   // next number expected after it
	set    func(*session.Config)
	only   string // one version, "" = all
}

var rows = []row{
	{text: "a Logon is answered", first: true, send: []string{"A|1|98=0|108=30|"}, want: []string{"A 98=0 108=30"}, in: 2},

	{text: "bad CheckSum (3b): ignored, no number used", send: []string{"!sum"}, in: 2},
	{text: "bad BodyLength (2m): ignored, no number used", send: []string{"!length"}, in: 2},
	{text: "not FIX (2d, 3c): ignored, no number used", send: []string{"!noise", "!half"}, in: 2},
	{text: "first three fields out of order (2t): ignored, no number used", send: []string{"!order"}, in: 2},
	{text: "after garbage the number comes again and is taken", send: []string{"!sum", "0|2|"}, in: 3},
	{text: "garbage as first message (1d): disconnect", first: true, send: []string{"!noise"}, closed: true, in: 1},
	{text: "a bad CheckSum as first message (1d): disconnect", first: true, send: []string{"!sum"}, closed: true, in: 1},

	{text: "first message not Logon (1e): disconnect silently", first: true, send: []string{"0|1|"}, closed: true, in: 1},
	{text: "unknown SenderCompID in the Logon (1c): disconnect silently", first: true, send: []string{"A|1|49=OTHER|98=0|108=30|"}, closed: true, in: 1},
	{text: "unknown TargetCompID in the Logon (1c): disconnect silently", first: true, send: []string{"A|1|56=OTHER|98=0|108=30|"}, closed: true, in: 1},
	{text: "other BeginString in the Logon (1d): disconnect silently", first: true, send: []string{"A|1|8=FIX.4.1|98=0|108=30|"}, closed: true, in: 1},
	{text: "SendingTime of the Logon off by more than 120 s (1d): disconnect silently", first: true, send: []string{"A|1|52=20261103-14:27:59|98=0|108=30|"}, closed: true, in: 1},

	{text: "second Logon for a live session (1b): the new connection is closed, nothing sent", send: []string{"2,A|2|98=0|108=30|", "1|2|112=x|"}, want: []string{"0 112=x"}, in: 3},

	{text: "bad password: Logout with 58 (our number is used, the peer's is not), disconnect", first: true, set: withPassword,
		send: []string{"A|1|98=0|108=30|553=u|554=q|"}, want: []string{"5 58"}, closed: true, in: 1},

	{text: "MsgSeqNum low, no PossDup (2c): Logout 58, disconnect", send: []string{"0|2|", "0|1|"},
		want: []string{"5 58=MsgSeqNum too low, expecting 3 but received 1"}, closed: true, in: 3},
	{text: "MsgSeqNum low with PossDup (2e): ignored", send: []string{"0|2|", "0|2|43=Y|122=20261103-14:29:59|"}, in: 3},
	{text: "MsgSeqNum high (2b): ResendRequest, taken once the gap is filled", send: []string{"1|4|112=x|", "4|2|43=Y|122=" + rowTime + "|36=5|123=Y|", "1|5|112=y|"},
		want: []string{"2 7=2 16=0", "0 112=y"}, in: 6},
	{text: "no MsgSeqNum: Logout, disconnect", send: []string{"0||"}, want: []string{"5 58"}, closed: true, in: 2},

	{text: "wrong BeginString in session (2i): Logout 58, disconnect", send: []string{"0|2|8=FIX.4.1|"}, want: []string{"5 58"}, closed: true, in: 2},
	{text: "SenderCompID wrong in session (2k): 3 373=9, then Logout", send: []string{"0|2|49=OTHER|"}, want: []string{"3 45=2 372=0 373=9", "5"}, closed: true, in: 3},
	{text: "TargetCompID wrong in session (2k): 3 373=9, then Logout", send: []string{"0|2|56=OTHER|"}, want: []string{"3 45=2 372=0 373=9", "5"}, closed: true, in: 3},
	{text: "SendingTime more than 120 s old (2o): 3 373=10, then Logout", send: []string{"0|2|52=20261103-14:27:59|"}, want: []string{"3 45=2 372=0 373=10", "5"}, closed: true, in: 3},
	{text: "SendingTime more than 120 s ahead (2o): 3 373=10, then Logout", send: []string{"0|2|52=20261103-14:32:01|"}, want: []string{"3 45=2 372=0 373=10", "5"}, closed: true, in: 3},
	{text: "OrigSendingTime after SendingTime (2f): 3 373=10, then Logout", send: []string{"0|2|", "0|2|43=Y|122=20261103-14:30:10|"}, want: []string{"3 45=2 372=0 373=10", "5"}, closed: true, in: 3},
	{text: "PossDup without OrigSendingTime (2g): 3 373=1 371=122, no number used", send: []string{"0|2|", "0|2|43=Y|"}, want: []string{"3 45=2 371=122 372=0 373=1"}, in: 3},

	{text: "MsgType not in FIX (2q): 3 373=11", send: []string{"*|2|", "ZZ|3|"}, want: []string{"3 45=2 372=* 373=11", "3 45=3 372=ZZ 373=11"}, in: 4},
	{text: "MsgType not in this version, OrderMassStatusRequest: 3 373=11", only: "fix42", send: []string{"AF|2|584=a|585=7|"}, want: []string{"3 45=2 372=AF 373=11"}, in: 3},
	{text: "MsgType not in this version, OrderMassCancelRequest: 3 373=11", only: "fix42", send: []string{"q|2|11=a|530=7|60=" + rowTime + "|"}, want: []string{"3 45=2 372=q 373=11"}, in: 3},
	{text: "MsgType valid, not supported (2r): j 380=3", send: []string{"6|2|23=a|28=N|55=X|54=1|27=100|"}, want: []string{"j 45=2 372=6 380=3"}, in: 3},
	{text: "MsgType valid, not supported, of two letters (2r): j 380=3", only: "fix44 fix50sp2", send: []string{"AE|2|571=a|"}, want: []string{"j 45=2 372=AE 380=3"}, in: 3},
	{text: "a message of ours from the peer (2r): j 380=3", send: []string{"9|2|37=1|11=a|41=b|39=0|434=1|"}, want: []string{"j 45=2 372=9 380=3"}, in: 3},

	{text: "tag number not in the dictionary (14a): 3 373=0", send: []string{"0|2|1999=x|"}, want: []string{"3 45=2 371=1999 372=0 373=0"}, in: 3},
	{text: "tag number zero (14a): 3 373=0", send: []string{"0|2|0=x|"}, want: []string{"3 45=2 371=0 372=0 373=0"}, in: 3},
	{text: "tag number negative (14a): 3 373=0", send: []string{"0|2|-1=x|"}, want: []string{"3 45=2 371=-1 372=0 373=0"}, in: 3},
	{text: "tag number not a number: 3 373=0", send: []string{"0|2|x=1|"}, want: []string{"3 45=2 371=x 372=0 373=0"}, in: 3},
	{text: "tag number with a leading zero: 3 373=0", send: []string{"0|2|0112=1|"}, want: []string{"3 45=2 371=0112 372=0 373=0"}, in: 3},
	{text: "required tag missing (14b): 3 373=1 371=tag", send: []string{"1|2|", "D|3|" + strings.Replace(rowOrder, "40=2|", "", 1)},
		want: []string{"3 45=2 371=112 372=1 373=1", "3 45=3 371=40 372=D 373=1"}, in: 4},
	{text: "required tag of the header missing (14b): 3 373=1 371=tag", send: []string{"0|2|52=|"}, want: []string{"3 45=2 371=52 372=0 373=1"}, in: 3},
	{text: "tag not defined for this message (14c): 3 373=2", send: []string{"D|2|" + rowOrder + "7=1|"}, want: []string{"3 45=2 371=7 372=D 373=2"}, in: 3},
	{text: "tag without value (14d): 3 373=4", send: []string{"0|2|112=|"}, want: []string{"3 45=2 371=112 372=0 373=4"}, in: 3},
	{text: "enum out of list (14e): 3 373=5", send: []string{"D|2|" + strings.Replace(rowOrder, "54=1", "54=z", 1)}, want: []string{"3 45=2 371=54 372=D 373=5"}, in: 3},
	{text: "wrong data format (14f): 3 373=6", send: []string{"D|2|" + strings.Replace(rowOrder, "38=100", "38=abc", 1)}, want: []string{"3 45=2 371=38 372=D 373=6"}, in: 3},
	{text: "header, body, trailer order (14g): 3 373=14", send: []string{"D|2|" + rowOrder + "50=x|"}, want: []string{"3 45=2 371=50 372=D 373=14"}, in: 3},
	{text: "tag twice (14h): 3 373=13", send: []string{"D|2|" + rowOrder + "55=X|"}, want: []string{"3 45=2 371=55 372=D 373=13"}, in: 3},
	{text: "group count too high (14i): 3 373=16", send: []string{"D|2|" + rowOrder + "386=2|336=1|"}, want: []string{"3 45=2 371=386 372=D 373=16"}, in: 3},
	{text: "group count too low (14i): 3 373=16", send: []string{"D|2|" + rowOrder + "386=1|336=1|336=2|"}, want: []string{"3 45=2 371=386 372=D 373=16"}, in: 3},
	{text: "order in group, the first field is not first: 3 373=15", send: []string{"D|2|" + rowOrder + "78=1|80=5|79=A|"}, want: []string{"3 45=2 371=80 372=D 373=15"}, in: 3},
	{text: "order in group, parties: 3 373=15", only: "fix44 fix50sp2", send: []string{"D|2|" + rowOrder + "453=1|448=A|452=1|447=D|"}, want: []string{"3 45=2 371=447 372=D 373=15"}, in: 3},
	{text: "group count of a group inside another: 3 373=16", only: "fix44 fix50sp2", send: []string{"D|2|" + rowOrder + "453=1|448=A|447=D|452=1|802=2|523=a|803=1|"}, want: []string{"3 45=2 371=802 372=D 373=16"}, in: 3},

	{text: "SequenceReset to lower (11c): 3 373=5, no number used", send: []string{"0|2|", "4|3|36=2|"}, want: []string{"3 45=3 372=4 373=5"}, in: 3},
	{text: "gap fill to lower: 3 373=5", send: []string{"0|2|", "4|3|123=Y|36=3|"}, want: []string{"3 45=3 371=36 372=4 373=5"}, in: 3},
	{text: "SequenceReset without NewSeqNo: 3 373=1", send: []string{"4|2|", "4|3|123=Y|"}, want: []string{"3 45=2 371=36 372=4 373=1", "3 45=3 371=36 372=4 373=1"}, in: 4},
	{text: "a wrong ResendRequest is rejected once, and not answered", send: []string{"2|2|112=x|", "2|3|7=1|16=0|16=0|"},
		want: []string{"3 45=2 371=7 372=2 373=1", "3 45=3 371=16 372=2 373=13"}, in: 4},
	{text: "a ResendRequest beyond what was sent: 3 373=5", send: []string{"2|2|7=9|16=0|"}, want: []string{"3 45=2 371=7 372=2 373=5"}, in: 3},
	{text: "a ResendRequest with MsgSeqNum too high (8): answered, and the gap is asked for", send: []string{"2|4|7=1|16=0|"},
		want: []string{"4 34=1 36=2 123=Y 43=Y", "2 7=2 16=0"}, in: 2},
	{text: "a second Logon in the session: 3, the session goes on", send: []string{"A|2|98=0|108=30|"}, want: []string{"3 45=2 372=A 373=99"}, in: 3},
}

func withPassword(c *session.Config) { c.Username, c.Password = "u", "p" }

// TestRows plays every row in each version, with whole messages as golden text.
func TestRows(t *testing.T) {
	for _, v := range []struct {
		name, begin, appl string
		dictionary        *session.Dictionary
	}{
		{"fix42", "FIX.4.2", "", tables.FIX42()}, {"fix44", "FIX.4.4", "", tables.FIX44()}, {"fix50sp2", "FIXT.1.1", "9", tables.FIX50SP2()},
	} {
		t.Run(v.name, func(t *testing.T) {
			var golden strings.Builder
			for _, r := range rows {
				if r.only != "" && !strings.Contains(r.only, v.name) {
					continue
				}
				cfg := session.Default()
				cfg.Role, cfg.BeginString, cfg.ApplVerID, cfg.Dictionary = session.Acceptor, v.begin, v.appl, v.dictionary
				cfg.SenderCompID, cfg.TargetCompID, cfg.TimePrecision = "SLIP", "DESK", wire.Millis
				if r.set != nil {
					r.set(&cfg)
				}
				fmt.Fprintf(&golden, "# %s\n", r.text)
				if err := r.play(cfg, &golden); err != nil {
					t.Errorf("%s: %v", r.text, err)
				}
				golden.WriteByte('\n')
			}
			path := filepath.Join("testdata", "TestRows", v.name+".txt")
			if *update {
				if err := os.WriteFile(path, []byte(golden.String()), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			got, lines := strings.Split(golden.String(), "\n"), strings.Split(string(want), "\n")
			for i := range max(len(got), len(lines)) {
				if i >= len(got) || i >= len(lines) || got[i] != lines[i] {
					t.Fatalf("%s:%d differs (-update writes it anew):\n got %q\nwant %q", path, i+1, at0(got, i), at0(lines, i))
				}
			}
		})
	}
}

func at0(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return "the end"
}

// play sends the row's messages, writes both sides' to golden, and holds the verdict.
func (r *row) play(cfg session.Config, golden *strings.Builder) error {
	h, err := at.NewPure(cfg, rowsAt)
	if err != nil {
		return err
	}
	if err := h.Connect(1); err != nil {
		return err
	}
	if !r.first {
		if err := h.Send(1, rowMessage(&cfg, "A|1|98=0|108=30|")); err != nil {
			return err
		}
		if _, err := h.Receive(1); err != nil {
			return err
		}
	}
	var faults []error
	want := r.want
	closed := false
	for _, s := range r.send {
		conn, side := 1, ""
		if rest, ok := strings.CutPrefix(s, "2,"); ok {
			conn, s, side = 2, rest, "second connection "
			if err := h.Connect(2); err != nil {
				return err
			}
		}
		msg := rowMessage(&cfg, s)
		fmt.Fprintf(golden, "%s> %s\n", side, strings.NewReplacer("\x01", "|", "\r\n", "\\r\\n").Replace(string(msg)))
		if err := h.Send(conn, msg); err != nil {
			return err
		}
		for {
			got, err := h.Receive(conn)
			if errors.Is(err, at.ErrSilent) {
				break
			}
			if errors.Is(err, io.EOF) {
				fmt.Fprintf(golden, "%sclosed\n", side)
				closed = closed || conn == 1
				break
			}
			if err != nil {
				return err
			}
			text := strings.ReplaceAll(string(got), "\x01", "|")
			fmt.Fprintf(golden, "%s< %s\n", side, text)
			if conn == 2 || len(want) == 0 {
				faults = append(faults, fmt.Errorf("an answer too many: %s", text))
				continue
			}
			faults = append(faults, verdict(&cfg, text, want[0]))
			want = want[1:]
		}
	}
	out, in := h.Numbers()
	fmt.Fprintf(golden, "next %d out, %d in\n", out, in)
	if len(want) > 0 {
		faults = append(faults, fmt.Errorf("not answered: %v", want))
	}
	if closed != r.closed {
		faults = append(faults, fmt.Errorf("closed is %v", closed))
	}
	if in != r.in {
		faults = append(faults, fmt.Errorf("%d is expected next, want %d", in, r.in))
	}
	return errors.Join(faults...)
}

// verdict holds that a message has a type and fields; SessionRejectReason(373) above 11 is
// left out in FIX 4.2, and 58 alone means any text.
func verdict(cfg *session.Config, text, want string) error {
	words := strings.SplitN(want, " 58=", 2)
	fields := strings.Fields(words[0])
	if len(words) == 2 {
		fields = append(fields, "58="+words[1])
	}
	fields[0] = "35=" + fields[0]
	for _, f := range fields {
		reason, isReason := strings.CutPrefix(f, "373=")
		if n, _ := strconv.Atoi(reason); isReason && n > 11 && cfg.BeginString == "FIX.4.2" {
			if strings.Contains(text, "|373=") {
				return fmt.Errorf("FIX 4.2 has no 373=%d: %s", n, text)
			}
			continue
		}
		if f == "58" {
			f = "58="
			if !strings.Contains(text, "|58=") || strings.Contains(text, "|58=|") {
				return fmt.Errorf("no Text(58) in %s", text)
			}
			continue
		}
		if !strings.Contains(text, "|"+f+"|") {
			return fmt.Errorf("no %s in %s", f, text)
		}
	}
	return nil
}

// rowMessage makes the bytes of one of row.send. Fields of the header replace the usual; an
// empty one is left out.
func rowMessage(cfg *session.Config, s string) []byte {
	if what, ok := strings.CutPrefix(s, "!"); ok {
		good := string(rowMessage(cfg, "0|2|112=x|"))
		switch what {
		case "sum":
			return []byte(strings.Replace(good, "112=x", "112=y", 1))
		case "length":
			at := strings.Index(good, "\x019=") + 3
			n, _ := strconv.Atoi(good[at : at+2])
			return wire.AppendTrailer([]byte(good[:at]+strconv.Itoa(n-1)+good[at+2:len(good)-7]), 0)
		case "noise":
			return []byte("GET / HTTP/1.1\r\n\r\n")
		case "half":
			return []byte("8=" + cfg.BeginString + "\x019=5\x01junk")
		case "order":
			head := "8=" + cfg.BeginString + "\x01"
			body := "34=2\x0135=0\x0149=DESK\x0152=" + rowTime + "\x0156=SLIP\x01"
			return wire.AppendTrailer([]byte(head+"9="+strconv.Itoa(len(body))+"\x01"+body), 0)
		}
	}
	parts := strings.SplitN(s, "|", 3)
	head := []struct{ tag, value string }{{"8", cfg.BeginString}, {"35", parts[0]}, {"34", parts[1]}, {"43", ""}, {"49", "DESK"}, {"52", rowTime}, {"56", "SLIP"}, {"122", ""}}
	body := ""
	for _, f := range strings.SplitAfter(parts[2], "|") {
		tag, value, _ := strings.Cut(strings.TrimSuffix(f, "|"), "=")
		if tag == "" {
			continue
		}
		inHead := false
		for i := range head {
			if head[i].tag == tag {
				head[i].value, inHead = value, true
			}
		}
		if !inHead {
			body += tag + "=" + value + "\x01"
		}
	}
	if parts[0] == "A" && cfg.ApplVerID != "" {
		body += "1137=" + cfg.ApplVerID + "\x01"
	}
	front := ""
	for _, f := range head[1:] {
		if f.value != "" {
			front += f.tag + "=" + f.value + "\x01"
		}
	}
	body = front + body
	return wire.AppendTrailer([]byte("8="+head[0].value+"\x019="+strconv.Itoa(len(body))+"\x01"+body), 0)
}
