package config

import (
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"slipstream/fix/desk"
	"slipstream/internal/market"
)

// DeskConfig is the gateway's configuration, without Submit and Log. It reads the
// files that [desk.tls] names.
func (c *Daemon) DeskConfig() (desk.Config, error) {
	out := desk.DefaultConfig()
	out.Listen, out.StoreSync = c.Desk.Listen, c.Desk.Sync
	out.StoreDir = filepath.Join(c.Process.StateDir, "desk")
	out.StaleAfter = time.Duration(c.Desk.Stale) * time.Second
	out.Guard.MessagesPerSecond = int(c.Desk.Pace)
	out.Instruments = MarketInstruments(c.Instruments)
	out.DefaultAlgo, _ = algoNamed(c.Desk.Algo) // "none" is none
	for i := range c.Desk.Sessions {
		out.Sessions = append(out.Sessions, c.Desk.Sessions[i].session())
	}
	var err error
	if out.Zone, err = time.LoadLocation(c.Feed.Timezone); err != nil {
		return out, fmt.Errorf("feed.timezone: %w", err)
	}
	if t := c.Desk.TLS; t != nil {
		out.TLS, err = desk.ServerTLS(t.CertFile, t.KeyFile, t.ClientCA)
	}
	return out, err
}

func (s *DeskSession) session() desk.Session {
	out := desk.Session{
		SenderCompID: s.SenderCompID, TargetCompID: s.TargetCompID, Password: s.Password.Reveal(),
		Accounts: strings.Fields(s.Accounts), CertName: s.CertName, EchoAll: s.EchoAll, DropCopy: s.DropCopy, CopyOf: strings.Fields(s.CopyOf),
		Limits: desk.Limits{
			Symbols: strings.Fields(s.Symbols), MaxOrderQty: market.Qty(s.MaxQty), MaxOrderNotional: int64(s.MaxNotional),
			MaxOrdersPerSecond: int(s.MaxRate), MaxOrdersPerDay: s.MaxDay, MaxNotionalPerDay: int64(s.MaxDayValue), CancelOnly: s.CancelOnly,
		},
	}
	out.Version, _ = desk.VersionOf(s.Version) // one of the three, as the reader checks
	switch s.Side {
	case "buy":
		out.Limits.Sides = []market.Side{market.Buy}
	case "sell":
		out.Limits.Sides = []market.Side{market.Sell}
	}
	for _, w := range strings.Fields(s.Algos) {
		a, _ := algoNamed(w) // checkSession has refused others
		out.Limits.Algos = append(out.Limits.Algos, a)
	}
	return out
}

// algoNamed finds an algorithm by its name.
func algoNamed(name string) (market.Algo, bool) {
	for a := market.NoAlgo + 1; a <= market.LEARNED; a++ {
		if a.String() == name {
			return a, true
		}
	}
	return market.NoAlgo, false
}
