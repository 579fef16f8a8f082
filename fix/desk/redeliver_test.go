package desk

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"slipstream/fix"
)

// dayOfReports is every kind of report, of two desks, with the same ClOrdIDs.
func dayOfReports() (day []fix.Report) {
	id := func(s string) fix.ClOrdID { c, _ := fix.MakeClOrdID(s); return c }
	for n := range 12 {
		r := sampleReport()
		r.Serial, r.Desk = 1<<40+uint64(n)+1, uint8(n%3%2)
		r.ClOrdID, r.OrigClOrdID = id(fmt.Sprintf("ORDER-%d", n%4)), fix.ClOrdID{}
		switch n % 4 {
		case 2:
			r.Kind, r.Reason, r.ResponseTo, r.OrigClOrdID = fix.CancelReject, fix.ReasonPending, '1', id("ORDER-0")
		case 3:
			r.Kind, r.ClOrdID = fix.MassCancelReport, id(fmt.Sprintf("MASS-%d", n))
		}
		day = append(day, r)
	}
	return day
}

// openDay opens a gateway of two desks and a drop copy of both.
func openDay(t *testing.T, dir, us string) *Gateway {
	t.Helper()
	cfg := testConfig()
	cfg.StoreDir, cfg.StoreSync = dir, false
	cfg.Sessions = []Session{
		{SenderCompID: us, TargetCompID: "ONE"}, {SenderCompID: us, TargetCompID: "TWO", Version: FIX50SP2},
		{SenderCompID: us, TargetCompID: "COPY", DropCopy: true},
	}
	cfg.Submit = func(*fix.Command) bool { return true }
	g, err := Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// contents lists what a peer's store holds: MsgType, ExecID, ClOrdID, Account.
func contents(t *testing.T, g *Gateway, peer uint8) (list []string) {
	t.Helper()
	s := g.stores.of(g.desks[peer].id)
	err := s.IterateMessages(1, s.NextSenderMsgSeqNum()-1, func(b []byte) error {
		m := parseFields(b)
		if kind := m.get(tagMsgType); kind != "5" && kind != "A" {
			list = append(list, strings.TrimSpace(fmt.Sprint(kind, " ", m.get(tagExecID), " ", m.get(tagClOrdID), " ", m.get(tagAccount))))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// Whatever part of the day's reports is in the stores when the daemon dies, in each another
// one, the next start makes every store whole: each report once, in order, with what it
// repeats of the order.
func TestReportsThatNoStoreHasComeOnce(t *testing.T) {
	const first = 1 << 40
	exec := func(n, order int) string { return fmt.Sprintf("8 %d ORDER-%d", first+n, order) }
	whole := [3][]string{
		{exec(1, 0), "9  ORDER-2", "r  MASS-3", exec(6, 1), "9  ORDER-2", exec(9, 0), exec(10, 1), "r  MASS-11"},
		{exec(2, 1), exec(5, 0), "r  MASS-7", "9  ORDER-2"},
		{exec(1, 0), exec(2, 1), "9  ORDER-2", exec(5, 0), exec(6, 1), "9  ORDER-2", exec(9, 0), exec(10, 1), "9  ORDER-2"},
	}
	day := dayOfReports()
	for _, c := range []struct {
		cut, copied int    // reports in the stores, and messages in the drop copy's
		account     string // of the last report of ORDER-1 of the first desk
	}{
		{0, 0, ""}, {1, 0, ""}, {4, 3, ""}, {7, 3, "ACC-7"}, {11, 9, "ACC-7"},
	} {
		t.Run(fmt.Sprintf("cut after %d, the copy after %d", c.cut, c.copied), func(t *testing.T) {
			t.Parallel()
			dir, us := t.TempDir(), fmt.Sprintf("GATE%d", c.cut) // a session's name is the process's
			g := openDay(t, dir, us)
			for i := range day[:c.cut] {
				g.desks[day[i].Desk].known.add(day[i].ClOrdID, fix.ClOrdID{}, echoOf(fields{{tagAccount, "ACC-7"}}), 0)
				g.Deliver(&day[i])
			}
			if err := g.Close(); err != nil {
				t.Fatal(err)
			}
			s, err := openFileStore(filepath.Join(dir, "FIX.4.4-"+us+"-COPY.store"), false, storeMessages)
			if err == nil {
				err = errors.Join(s.SetNextSenderMsgSeqNum(c.copied+1), s.Close())
			}
			if err != nil {
				t.Fatal(err)
			}
			g = openDay(t, dir, us)
			_, err = g.Redeliver(day)
			if err = errors.Join(err, g.Close()); err != nil {
				t.Fatal(err)
			}
			g = openDay(t, dir, us)
			defer g.Close()
			if queued, err := g.Redeliver(day); err != nil || queued != 0 {
				t.Errorf("at the second start %d reports were queued again (%v)", queued, err)
			}
			for peer, want := range whole {
				got := contents(t, g, uint8(peer))
				if peer == 0 && len(got) == 8 && !strings.HasSuffix(got[6], c.account) {
					t.Errorf("the last report of ORDER-1 is %q, want it with %q", got[6], c.account)
				}
				for i := range got {
					got[i] = strings.TrimSuffix(got[i], " ACC-7")
				}
				if !slices.Equal(got, want) {
					t.Errorf("store %d holds\n%q, want\n%q", peer, got, want)
				}
			}
		})
	}
}

// A desk that has reset its numbers since may have had the day's reports: they come with
// PossResend(97)=Y. What no store had after one that is there was never sent.
func TestReportsThatAPeerMayHaveHadSaySo(t *testing.T) {
	for _, c := range []struct {
		name  string
		reset bool
		want  string // PossResend of the reports in the store
	}{{"numbers kept", false, "NNNN"}, {"numbers reset", true, "YYYY"}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir, us := t.TempDir(), "AGAIN"+c.want
			day := dayOfReports()[:7]
			g := openDay(t, dir, us)
			for i := range day[:1] {
				g.Deliver(&day[i])
			}
			if err := g.Close(); err != nil {
				t.Fatal(err)
			}
			g = openDay(t, dir, us)
			s := g.stores.of(g.desks[0].id)
			if c.reset {
				if err := s.Reset(); err != nil {
					t.Fatal(err)
				}
			}
			_, err := g.Redeliver(day)
			if err = errors.Join(err, g.Close()); err != nil {
				t.Fatal(err)
			}
			g = openDay(t, dir, us)
			defer g.Close()
			s = g.stores.of(g.desks[0].id)
			got := ""
			err = s.IterateMessages(1, s.NextSenderMsgSeqNum()-1, func(b []byte) error {
				if m := parseFields(b); m.get(tagMsgType) == "8" || m.get(tagMsgType) == "9" {
					got += map[bool]string{true: "Y", false: "N"}[m.get(tagPossResend) == "Y"]
				}
				return nil
			})
			if err != nil || got != c.want {
				t.Errorf("PossResend of the reports: %s (%v), want %s", got, err, c.want)
			}
		})
	}
}
