package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"slipstream/cmd/slipstream/internal/config"
	"slipstream/engine"
	"slipstream/engine/journal"
	"slipstream/engine/ring"
	"slipstream/feed/itch"
	"slipstream/feed/moldudp64"
	"slipstream/fix"
	"slipstream/fix/session"
	"slipstream/internal/market"
)

// journalDay runs a real engine on a few packets and commands, journals it as the loop
// does, and returns the journal's folder. configure may change what is journaled as the configuration.
func journalDay(t *testing.T, configure func(text string) string) string {
	t.Helper()
	cfg, err := config.LoadDaemon(example(t, "daemon.toml"))
	if err != nil {
		t.Fatal(err)
	}
	start := 1_772_000_000 * market.Second
	engineConfig, err := cfg.EngineConfig(start)
	if err != nil {
		t.Fatal(err)
	}
	state := &session.State{}
	dir := filepath.Join(t.TempDir(), "journal")
	segments, err := journal.CreateSegments(journal.SegmentsConfig{
		Dir: dir, SegmentBytes: journal.SegmentBytesMin,
		Header: journal.Header{Start: start, Config: []byte(configure(cfg.TOML())), State: journal.EncodeState(state)},
	})
	if err != nil {
		t.Fatal(err)
	}
	core, err := engine.New(engineConfig, state)
	if err != nil {
		t.Fatal(err)
	}
	bytes, err := ring.NewBytes(1 << 20)
	if err != nil {
		t.Fatal(err)
	}
	w := journal.NewWriter(bytes)
	now := start
	step := func(in engine.Input) {
		now += market.Millisecond
		in.Now = now
		if !w.PutInput(&in) || !w.PutEffects(now, core.Step(&in)) {
			t.Fatal("the ring is full")
		}
	}
	step(engine.Input{Kind: engine.InVenueUp}) // a Logon goes out
	for _, packet := range packets(t, engineConfig.Arbiter.Session) {
		step(engine.Input{Kind: engine.InPacket, Bytes: packet})
		step(engine.Input{Kind: engine.InPacket, Line: 1, Bytes: packet})
	}
	id, _ := fix.MakeClOrdID("P1")
	step(engine.Input{Kind: engine.InCommand, Command: &fix.Command{
		Kind: fix.NewParent, Algo: market.TWAP, Side: market.Buy, OrdType: '1', OrderQty: 100, ClOrdID: id, TransactNanos: now,
	}})
	step(engine.Input{Kind: engine.InTimer})
	if !w.PutMark(now, true) {
		t.Fatal("no room for the mark")
	}
	for b, ok := bytes.Read(); ok; b, ok = bytes.Read() {
		if err := segments.Append(b); err != nil {
			t.Fatal(err)
		}
		bytes.Release()
	}
	if err := segments.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

// packets are a directory entry and a touch, as the exchange would send them.
func packets(t *testing.T, id moldudp64.SessionID) [][]byte {
	t.Helper()
	symbol := market.MakeSymbol("AMZN")
	var out [][]byte
	for i, msg := range [][]byte{
		(&itch.StockDirectory{Header: itch.Header{StockLocate: 1}, Stock: symbol, RoundLotSize: 100}).Append(nil),
		(&itch.AddOrder{Header: itch.Header{StockLocate: 1}, OrderRef: 1, Side: 'B', Shares: 100, Stock: symbol, Price: 1_000_000}).Append(nil),
		(&itch.AddOrder{Header: itch.Header{StockLocate: 1}, OrderRef: 2, Side: 'S', Shares: 100, Stock: symbol, Price: 1_000_200}).Append(nil),
	} {
		b := moldudp64.NewBuilder(id, uint64(i+1), moldudp64.MaxPayload)
		if !b.Add(msg) {
			t.Fatal("a message has no room in an empty packet")
		}
		out = append(out, append([]byte(nil), b.Flush()...))
	}
	return out
}

func TestReplay(t *testing.T) {
	same := func(text string) string { return text }
	for _, c := range []struct {
		name      string
		configure func(string) string
		damage    func(t *testing.T, file string)
		code      int
		stdout    string
		stderr    string
	}{
		{"a journaled day replays to the same bytes", same, nil, 0, "the same to the last byte", ""},
		{"another comp ID gives another Logon, and the first difference is named", func(text string) string {
			return strings.Replace(text, `sender_comp_id = "SLIPSTREAM"`, `sender_comp_id = "OTHER"`, 1)
		}, nil, 1, "first difference: ", ""},
		{"a configuration that is broken is a fault of it", func(text string) string { return text + "\n[x]\n" }, nil, 2, "", "x: unknown key"},
		{"a torn end is no difference", same, func(t *testing.T, file string) {
			st, err := os.Stat(file)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.Truncate(file, st.Size()-5); err != nil {
				t.Fatal(err)
			}
		}, 0, "without a closing mark", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := journalDay(t, c.configure)
			if c.damage != nil {
				files, err := filepath.Glob(filepath.Join(dir, "*.journal"))
				if err != nil || len(files) != 1 {
					t.Fatal(files, err)
				}
				c.damage(t, files[0])
			}
			code, stdout, stderr := runHere(t, "replay", dir)
			if code != c.code || !strings.Contains(stdout, c.stdout) || !strings.Contains(stderr, c.stderr) {
				t.Errorf("exit code %d, want %d\n%s%s", code, c.code, stdout, stderr)
			}
		})
	}
}

func TestReplayJSON(t *testing.T) {
	dir := journalDay(t, func(text string) string { return text })
	code, stdout, stderr := runHere(t, "replay", filepath.Dir(dir), "--json") // the state folder, above the journal
	var a replayAnswer
	if err := json.Unmarshal([]byte(stdout), &a); err != nil {
		t.Fatalf("%v in %s%s", err, stdout, stderr)
	}
	if code != 0 || !a.OK || a.Inputs != 9 || a.OutputBytes == 0 || a.Outputs == 0 || !a.Clean || a.Mismatches != 0 || len(a.ConfigSHA256) != 64 {
		t.Errorf("exit code %d: %s", code, stdout)
	}
	if code, _, stderr := runHere(t, "replay", t.TempDir()); code != 1 || !strings.Contains(stderr, "holds no journal") {
		t.Errorf("an empty folder: exit code %d: %s", code, stderr)
	}
}
