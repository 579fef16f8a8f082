// Package at runs the acceptance definitions of QuickFIX, which ship inside quickfixgo's
// module (_test/definitions), against a session engine in the acceptor's role: a Host.
// Two hosts are here: Pure, our own session behind an echo application, in a pipe with a
// clock that the run moves; and Socket, any acceptor behind a TCP address.
//
// A definition is a list of lines. "I" sends a message, "E" expects one, iCONNECT and
// iDISCONNECT open and close the connection, eDISCONNECT expects the engine to close
// it within ten seconds, iSET_SESSION sets a number; a digit and a comma name one of several
// connections. Messages are compared field by field: 52, 60 and the like by their
// pattern, the others by value; the order of different tags is free (FIX fixes
// it only for the first three, the last, and inside groups), BodyLength(9) and CheckSum(10) are
// judged by framing. An I line's 9 and 10 are computed rightly unless it writes them out.
//
// Start reading at Run.
package at

import (
	"bytes"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// action is what a line does.
type action byte

const (
	send action = iota
	expect
	connect
	hangUp
	expectHangUp
	setNumber
)

// step is one line of a definition.
type step struct {
	line int
	do   action
	conn int
	body string // message with SOH; or the arguments of setNumber
}

// Definition is one .def file.
type Definition struct {
	Path  string
	steps []step
}

// Load reads a definition.
func Load(path string) (*Definition, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	d := &Definition{Path: path}
	for i, line := range strings.Split(string(b), "\n") {
		line = strings.TrimRight(line, "\r \t")
		if line == "" || line[0] == '#' {
			continue
		}
		s, err := parseLine(line)
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", path, i+1, err)
		}
		s.line = i + 1
		d.steps = append(d.steps, s)
	}
	return d, nil
}

func parseLine(line string) (step, error) {
	s := step{conn: 1, body: line[1:]}
	if len(line) > 2 && line[1] >= '0' && line[1] <= '9' && line[2] == ',' {
		s.conn, s.body = int(line[1]-'0'), line[3:]
	}
	switch {
	case line[0] == 'I':
		s.do = send
	case line[0] == 'E':
		s.do = expect
	case line[0] == 'i' && s.body == "CONNECT":
		s.do = connect
	case line[0] == 'i' && s.body == "DISCONNECT":
		s.do = hangUp
	case line[0] == 'e' && s.body == "DISCONNECT":
		s.do = expectHangUp
	case line[0] == 'i' && strings.HasPrefix(s.body, "SET_SESSION "):
		s.do = setNumber
	default:
		return s, fmt.Errorf("unknown line %q", line)
	}
	return s, nil
}

var (
	timeMark  = regexp.MustCompile(`<TIME([+-]\d+)?>`)
	ownLength = regexp.MustCompile("\x019=.*?\x01")
	ownSum    = regexp.MustCompile("\x0110=[^\x01]*\x01$")
)

// message makes the bytes of an I line at a time.
func (s *step) message(now time.Time) []byte {
	text := timeMark.ReplaceAllStringFunc(s.body, func(mark string) string {
		shift, _ := strconv.Atoi(strings.Trim(mark, "<TIME>")) // an empty one is 0
		return now.Add(time.Duration(shift) * time.Second).UTC().Format("20060102-15:04:05")
	})
	head, rest, _ := strings.Cut(text, "\x01")
	sum := ""
	if at := ownSum.FindStringIndex("\x01" + rest); at != nil {
		sum = rest[at[0]:]
		rest = rest[:at[0]]
	}
	if !ownLength.MatchString("\x01" + rest) {
		rest = "9=" + strconv.Itoa(len(rest)) + "\x01" + rest
	}
	msg := head + "\x01" + rest
	if sum == "" {
		total := 0
		for _, c := range []byte(msg) {
			total += int(c)
		}
		sum = fmt.Sprintf("10=%03d\x01", total%256)
	}
	return []byte(msg + sum)
}

var (
	anyTime  = regexp.MustCompile(`^\d{8}-\d{2}:\d{2}:\d{2}(\.\d+)?$`)
	patterns = map[string]*regexp.Regexp{"42": anyTime, "52": anyTime, "60": anyTime, "122": anyTime}
)

// compare gives the first difference between an E line and a message.
func (s *step) compare(got []byte) error {
	want, rest := split([]byte(s.body)), split(got)
	for _, w := range want {
		i := -1
		for k, g := range rest {
			if g[0] == w[0] {
				i = k
				break
			}
		}
		switch {
		case i < 0:
			return fmt.Errorf("field %s=%s is missing", w[0], w[1])
		case patterns[w[0]] != nil:
			if !patterns[w[0]].MatchString(rest[i][1]) {
				return fmt.Errorf("field %s=%s is no time", w[0], rest[i][1])
			}
		case rest[i][1] != w[1]:
			return fmt.Errorf("field %s is %s, want %s", w[0], rest[i][1], w[1])
		}
		rest = append(rest[:i:i], rest[i+1:]...)
	}
	if len(rest) != 0 {
		return fmt.Errorf("field %s=%s is not expected", rest[0][0], rest[0][1])
	}
	return nil
}

// split gives the fields of a message but 9 and 10, as tag and value.
func split(b []byte) (fields [][2]string) {
	for f := range bytes.SplitSeq(b, []byte{1}) {
		tag, value, _ := strings.Cut(string(f), "=")
		if tag != "" && tag != "9" && tag != "10" {
			fields = append(fields, [2]string{tag, value})
		}
	}
	return fields
}
