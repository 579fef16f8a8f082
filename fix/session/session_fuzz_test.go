package session

import (
	"bytes"
	"testing"

	"slipstream/fix/wire"
	"slipstream/internal/market"
)

// fuzzDictionary is a small table, so that the checks of a Dictionary are on the way.
const fuzzDictionary = `version FIX.4.4
tags 1-956
header 8! 9! 35! 34! 43 49! 52! 56! 97 115 116 122 128 129 369
trailer 93 89 10!
admin 0 112
admin 1 112!
admin 2 7! 16!
admin 3 45! 371 372 373 58
admin 4 123 36!
admin 5 58
admin A 98! 108! 141 553 554 789
message D 11! 55! 54! 38 40! 453(448 447 452)
field 38 f
field 40 c 1 2
`

// FuzzSession: whatever a peer sends, a session of either role does not panic, sends only whole
// messages whose numbers grow, delivers numbers in order, and keeps its own from
// going back but by an agreed reset. setup chooses role and settings. Every line of script
// is one message: framed rightly if it starts with '+', raw bytes if not; "~n" lets n seconds pass.
func FuzzSession(f *testing.F) {
	f.Add(byte(0), []byte("+35=A|34=1|98=0|108=30|\n+35=8|34=2|37=1|\n+35=2|34=3|7=1|16=0|\n~40\n"))
	f.Add(byte(1), []byte("+35=A|34=1|98=0|108=30|\n+35=D|34=5|11=a|\n+35=4|34=2|43=Y|122=20261103-14:30:00|36=5|123=Y|\n+35=5|34=6|\n"))
	f.Add(byte(0xff), []byte("+35=A|34=1|98=0|108=30|141=Y|789=1|\n+35=D|34=2|453=2|448=x|448=y|\n8=FIX.4.4|9=5|junk\n+35=A|34=1|98=0|108=30|141=Y|\n"))
	f.Add(byte(0x35), []byte("+35=A|34=9|98=0|108=30|\n+35=2|34=1|7=1|16=0|\n+35=1|34=2|112=x|\n~3\n+35=0|34=3|\n"))
	dict, err := ParseDictionary(fuzzDictionary)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, setup byte, script []byte) {
		cfg := testConfig()
		bit := func(n int) bool { return setup>>n&1 != 0 }
		if bit(0) {
			cfg.Role = Acceptor
			cfg.AcceptReset = bit(1)
		}
		if bit(2) {
			cfg.Store, cfg.ResendAgeNanos = NewMemory(8, 1<<11), 60*market.Second
		}
		if bit(3) {
			cfg.EarlyBytes = 16 << 10
		}
		if bit(4) {
			cfg.Dictionary = dict
		}
		if bit(5) {
			cfg.ResendChunk = 3
		}
		cfg.NextExpected, cfg.LastProcessed, cfg.TrustLength = bit(6), bit(6), bit(7)
		st := new(State)
		s, err := New(cfg, st)
		if err != nil {
			t.Fatal(err)
		}
		check := &stream{t: t}
		now := t0
		s.Connected(now)
		for line := range bytes.SplitSeq(script, []byte("\n")) {
			line = bytes.ReplaceAll(line, []byte("|"), []byte{1})
			switch {
			case len(line) > 1 && line[0] == '~':
				seconds, _ := wire.ParseUint(line[1:])
				now += market.Nanos(seconds%200) * market.Second
				s.Timer(now)
			case len(line) > 6 && line[0] == '+':
				at := string(wire.AppendTime(nil, now, wire.Millis))
				body := string(line[1:])
				if i := bytes.IndexByte(line, 1); i > 1 {
					body = string(line[1:i+1]) + "49=VENUE\x0152=" + at + "\x0156=SLIP\x01" + string(line[i+1:])
				}
				if len(body) < 4000 {
					s.Receive(now, frame("FIX.4.4", body))
				}
			default:
				s.Receive(now, line)
			}
			check.turn(s, now)
		}
	})
}

// stream judges what a session sends and delivers.
type stream struct {
	t    *testing.T
	out  []byte
	high uint64 // number sent
	m    wire.Message
}

func (c *stream) turn(s *Session, now market.Nanos) {
	last := uint64(0)
	for {
		m, ok := s.Next(now)
		if !ok {
			break
		}
		seq, _ := m.MsgSeqNum()
		if seq == last {
			c.t.Fatalf("number %d was delivered twice", seq)
		}
		last = seq
		if dst, seq, ok := s.Reserve(now); ok {
			s.Commit(now, appendOrder(dst, seq))
		}
		c.read(s)
	}
	c.read(s)
	if _, dropped := s.Dropped(); dropped {
		s.Disconnected(now)
		c.out = c.out[:0]
		s.Connected(now)
		c.read(s)
	}
}

// read takes a part of the output, as a slow transport does.
func (c *stream) read(s *Session) {
	for reset := false; ; {
		for e, ok := s.NextEvent(); ok; e, ok = s.NextEvent() {
			reset = reset || e.Code == EventNumbersReset || e.Code == EventsLost
		}
		if reset {
			c.high = 0
		}
		n := len(s.Output())
		if n == 0 {
			return
		}
		n = (n + 1) / 2
		c.out = append(c.out, s.Output()[:n]...)
		s.Consumed(n)
		for {
			k, fault := wire.Frame(c.out, wire.MaxMessage)
			if fault != wire.FaultNone {
				c.t.Fatalf("sent no message: %v in %q", fault, c.out)
			}
			if k == 0 {
				break
			}
			if fault := wire.Parse(c.out[:k], &c.m); fault != wire.FaultNone {
				c.t.Fatalf("sent a malformed message: %v in %q", fault, c.out[:k])
			}
			seq, _ := c.m.MsgSeqNum()
			if !c.m.PossDup() {
				if seq <= c.high && !reset {
					c.t.Fatalf("sent number %d after %d: %s", seq, c.high, bars(c.out[:k]))
				}
				c.high = seq
			}
			c.out = c.out[:copy(c.out, c.out[k:])]
		}
	}
}
