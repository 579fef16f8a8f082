package chaos

import (
	"crypto/tls"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/quickfixgo/quickfix"
)

// book is what quickfixgo's application knows of one session: as venue or as desk.
type book struct {
	mu      sync.Mutex
	orders  map[string]int // ClOrdID -> how often it came (venue)
	fills   map[string]int // ExecID -> how often it came (desk), or 1 when it happened (venue)
	started bool           // the desk has sent its orders
	faults  []string
	execs   int
}

func newBook() *book { return &book{orders: map[string]int{}, fills: map[string]int{}} }

func (b *book) fault(format string, args ...any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.faults = append(b.faults, fmt.Sprintf(format, args...))
}

// qfApp is the application of all sessions of one quickfixgo engine; books by the other side's name.
type qfApp struct {
	books map[string]*book
	name  func(quickfix.SessionID) string
	app   func(*book, *quickfix.Message, quickfix.SessionID)
	logon func(*book, quickfix.SessionID)
}

func (a *qfApp) OnCreate(quickfix.SessionID) {}
func (a *qfApp) OnLogon(id quickfix.SessionID) {
	if a.logon != nil {
		a.logon(a.books[a.name(id)], id)
	}
}
func (a *qfApp) OnLogout(quickfix.SessionID) {}
func (a *qfApp) ToAdmin(m *quickfix.Message, id quickfix.SessionID) {
	if typ, _ := m.Header.GetString(35); typ == "3" {
		a.books[a.name(id)].fault("quickfixgo rejects: %s", bars([]byte(m.String())))
	}
}
func (a *qfApp) ToApp(*quickfix.Message, quickfix.SessionID) error { return nil }
func (a *qfApp) FromAdmin(m *quickfix.Message, id quickfix.SessionID) quickfix.MessageRejectError {
	if typ, _ := m.Header.GetString(35); typ == "3" {
		a.books[a.name(id)].fault("we reject: %s", bars([]byte(m.String())))
	}
	return nil
}
func (a *qfApp) FromApp(m *quickfix.Message, id quickfix.SessionID) quickfix.MessageRejectError {
	a.app(a.books[a.name(id)], m, id)
	return nil
}

// sender sends messages of one book outside quickfixgo's locks.
func sender(b *book, id quickfix.SessionID, messages ...*quickfix.Message) {
	go func() {
		for _, m := range messages {
			if err := quickfix.SendToTarget(m, id); err != nil {
				b.fault("SendToTarget: %v", err)
			}
		}
	}()
}

type qfVenue struct {
	addr  string
	acc   *quickfix.Acceptor
	books map[string]*book
}

// startVenue is a quickfixgo acceptor that acknowledges and fills.
func startVenue(t *testing.T, names []string) *qfVenue {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	v := &qfVenue{addr: listener.Addr().String(), books: map[string]*book{}}
	text := fmt.Sprintf("[DEFAULT]\nConnectionType=acceptor\nSocketAcceptPort=%d\nSenderCompID=VENUE\n",
		listener.Addr().(*net.TCPAddr).Port)
	for i, name := range names {
		text += "[SESSION]\nTargetCompID=" + name + "\n" + liveVersions[i%len(liveVersions)].settings
		v.books[name] = newBook()
	}
	settings, err := quickfix.ParseSettings(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	app := &qfApp{books: v.books, name: func(id quickfix.SessionID) string { return id.TargetCompID }, app: v.take}
	if v.acc, err = quickfix.NewAcceptor(app, quickfix.NewMemoryStoreFactory(), settings, quickfix.NewNullLogFactory()); err != nil {
		t.Fatal(err)
	}
	v.acc.SetNewListenerCallback(func(string, *tls.Config) (net.Listener, error) { return listener, nil })
	if err := v.acc.Start(); err != nil {
		t.Fatal(err)
	}
	return v
}

func (v *qfVenue) take(b *book, m *quickfix.Message, id quickfix.SessionID) {
	clOrdID, _ := m.Body.GetString(11)
	typ, _ := m.Header.GetString(35)
	b.mu.Lock()
	defer b.mu.Unlock()
	report := func(kind, status string) *quickfix.Message {
		b.execs++
		exec := fmt.Sprintf("E%d", b.execs)
		if kind == "F" {
			b.fills[exec] = 1
		}
		r := quickfix.NewMessage()
		r.Header.SetString(35, "8")
		for tag, value := range map[quickfix.Tag]string{37: "1", 11: clOrdID, 17: exec, 150: kind, 39: status} {
			r.Body.SetString(tag, value)
		}
		return r
	}
	switch typ {
	case "D":
		if b.orders[clOrdID]++; b.orders[clOrdID] > 1 {
			b.faults = append(b.faults, "order "+clOrdID+" came twice")
		}
		sender(b, id, report("0", "0"), report("F", "1"), report("F", "1"))
	case "H":
		status := "8"
		if b.orders[clOrdID] > 0 {
			status = "1"
		}
		sender(b, id, report("I", status))
	}
}

// delivered says that the client has all fills of the venue.
func (b *book) delivered(fills map[string]int) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	for exec := range b.fills {
		if fills[exec] == 0 {
			return false
		}
	}
	return true
}

// verdict compares a quickfixgo venue with our client.
func (b *book) verdict(t *testing.T, c *client, crash bool) {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, fault := range b.faults {
		t.Error(fault)
	}
	for id, state := range c.state {
		if (b.orders[id] > 0) != (state == 'v') {
			t.Errorf("order %s: the venue has it %d times, the client thinks %c", id, b.orders[id], state)
		}
	}
	for exec, n := range c.fills {
		if b.fills[exec] != 1 || n > 1 && !crash {
			t.Errorf("fill %s was delivered %d times and happened %d times", exec, n, b.fills[exec])
		}
	}
}

type qfDesks struct {
	init  *quickfix.Initiator
	desks map[string]*desk
}

// desk is a quickfixgo initiator's book, compared with our venue.
type desk struct{ *book }

// startDesks is a quickfixgo initiator whose sessions each send the day's orders.
func startDesks(t *testing.T, addr *net.TCPAddr, names []string) *qfDesks {
	t.Helper()
	d := &qfDesks{desks: map[string]*desk{}}
	books := map[string]*book{}
	text := fmt.Sprintf("[DEFAULT]\nConnectionType=initiator\nSocketConnectHost=%s\nSocketConnectPort=%d\nReconnectInterval=1\n"+
		"HeartBtInt=5\nTargetCompID=VENUE\n", addr.IP, addr.Port)
	for i, name := range names {
		text += "[SESSION]\nSenderCompID=" + name + "\n" + liveVersions[i%len(liveVersions)].settings
		books[name] = newBook()
		d.desks[name] = &desk{books[name]}
	}
	settings, err := quickfix.ParseSettings(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	app := &qfApp{books: books, name: func(id quickfix.SessionID) string { return id.SenderCompID },
		app: func(b *book, m *quickfix.Message, _ quickfix.SessionID) {
			exec, _ := m.Body.GetString(17)
			if kind, _ := m.Body.GetString(150); kind == "F" {
				b.mu.Lock()
				b.fills[exec]++
				b.mu.Unlock()
			}
		},
		logon: func(b *book, id quickfix.SessionID) {
			b.mu.Lock()
			defer b.mu.Unlock()
			if b.started {
				return
			}
			b.started = true
			var orders []*quickfix.Message
			for i := range liveOrders {
				m := quickfix.NewMessage()
				m.Header.SetString(35, "D")
				for tag, value := range map[quickfix.Tag]string{11: clOrdID(i), 55: "AMZN", 54: "1", 38: "100", 40: "2", 44: "187.25"} {
					m.Body.SetString(tag, value)
				}
				orders = append(orders, m)
			}
			sender(b, id, orders...)
		}}
	if d.init, err = quickfix.NewInitiator(app, quickfix.NewMemoryStoreFactory(), settings, quickfix.NewNullLogFactory()); err != nil {
		t.Fatal(err)
	}
	if err := d.init.Start(); err != nil {
		t.Fatal(err)
	}
	return d
}

// delivered says that the desk has all fills of our venue.
func (d *desk) delivered(fills map[string]bool) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	for exec := range fills {
		if d.fills[exec] == 0 {
			return false
		}
	}
	return true
}

// verdict compares a quickfixgo desk with our venue.
func (d *desk) verdict(t *testing.T, v *venue) {
	t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, fault := range d.faults {
		t.Error(fault)
	}
	for exec, n := range d.fills {
		if n != 1 || !v.fills[exec] {
			t.Errorf("fill %s was delivered %d times; it happened: %v", exec, n, v.fills[exec])
		}
	}
	if len(v.fills) != fillsPerOrder*liveOrders {
		t.Errorf("%d fills for %d orders", len(v.fills), liveOrders)
	}
}
