package config

import (
	"fmt"
	"net/netip"
	"path/filepath"
	"time"

	"slipstream/bench/exchange"
	"slipstream/bench/exchange/fixgate"
	"slipstream/fix/desk"
	"slipstream/internal/market"
)

// MarketConfig is the exchange's market on the day that began at midnight, with its
// background flow; nil is none.
func (c *VenueFile) MarketConfig(midnight market.Nanos, flow exchange.Flow) exchange.Config {
	return exchange.Config{
		Instruments: MarketInstruments(c.Instruments),
		Flow:        flow,
		Midnight:    midnight,
		Start:       midnight + market.Nanos(c.Exchange.From),
		Session:     c.Line.SessionID(),
		SelfMatch: map[string]exchange.SelfMatch{
			"cancel_resting": exchange.CancelResting, "cancel_incoming": exchange.CancelIncoming, "cancel_both": exchange.CancelBothMatched,
		}[c.Exchange.SelfMatch],
	}
}

// LiveConfig is the running exchange around a market, without OnExecs.
func (c *VenueFile) LiveConfig(m exchange.Config) (exchange.LiveConfig, error) {
	l := &c.Line
	out := exchange.LiveConfig{
		Market: m, StateDir: filepath.Join(c.Exchange.StateDir, "exchange"),
		Speed: float64(c.Exchange.Speed), SpeedFromOrder: c.Exchange.SpeedFrom == "first_order", Duration: time.Duration(c.Exchange.Seconds) * time.Second,
		Heartbeat: time.Duration(l.Heartbeat) * time.Millisecond,
		FaultSeed: uint64(c.Exchange.Seed),
	}
	var err error
	if out.Interface, err = netip.ParseAddr(l.Interface); err != nil {
		return out, fmt.Errorf("lines.interface: %w", err)
	}
	if out.Retransmit, err = netip.ParseAddrPort(l.Recovery); err != nil {
		return out, fmt.Errorf("lines.recovery_listen %q: want a numeric address and a port, as in \"127.0.0.1:26410\"", l.Recovery)
	}
	for i, line := range []struct {
		group string
		port  int64
		loss  int64
	}{{l.GroupA, l.PortA, l.LossA}, {l.GroupB, l.PortB, l.LossB}} {
		group, err := netip.ParseAddr(line.group)
		if err != nil {
			return out, fmt.Errorf("lines: group of line %c: %w", 'A'+i, err)
		}
		out.Lines[i] = exchange.LineConfig{
			Group:  netip.AddrPortFrom(group, uint16(line.port)),
			Faults: exchange.Faults{LossPpm: uint32(line.loss), DupPpm: uint32(l.Duplicate), ReorderPpm: uint32(l.Reorder)},
		}
	}
	return out, out.Validate()
}

// GateConfig is the exchange's FIX acceptor, without its log. It reads the files that
// [fix.tls] names.
func (c *VenueFile) GateConfig() (fixgate.Config, error) {
	out := fixgate.DefaultConfig()
	out.Listen = c.FIX.Listen
	out.StateDir = filepath.Join(c.Exchange.StateDir, "fix")
	out.CancelOnDisconnect = c.FIX.CancelOnDisc
	version, _ := desk.VersionOf(c.FIX.Version) // one of the three, as the reader checks
	out.Sessions = []fixgate.Session{{SenderCompID: c.FIX.SenderCompID, TargetCompID: c.FIX.TargetCompID, Version: version}}
	var err error
	if t := c.FIX.TLS; t != nil {
		if out.TLS, err = desk.ServerTLS(t.CertFile, t.KeyFile, t.ClientCA); err != nil {
			err = fmt.Errorf("fix.tls: %w", err)
		}
	}
	return out, err
}
