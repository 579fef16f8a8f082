package config

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"slipstream/fix/session"
	"slipstream/fix/venue"
	"slipstream/fix/wire"
	"slipstream/internal/market"
	"slipstream/policy/schedule"
	"slipstream/risk"
)

// MarketInstruments gives the instruments their IDs, in the order of the file.
func MarketInstruments(list []Instrument) []market.Instrument {
	out := make([]market.Instrument, len(list))
	for i, in := range list {
		out[i] = market.Instrument{
			ID: market.InstrumentID(i), Symbol: market.MakeSymbol(in.Symbol),
			Tick: in.Tick.Price(), Lot: market.Qty(in.Lot),
		}
	}
	return out
}

// RiskConfig is the gate's configuration. A table that is missing stays the zero value,
// which denies everything.
func (c *Daemon) RiskConfig() risk.Config {
	out := risk.Config{Instruments: MarketInstruments(c.Instruments), Limits: make([]risk.Limits, len(c.Instruments))}
	for i, in := range c.Instruments {
		if l := in.Limits; l != nil {
			out.Limits[i] = risk.Limits{
				MaxOrderQty: market.Qty(l.MaxOrderQty), MaxOrderNotional: int64(l.MaxOrderNotional),
				CollarBps: uint32(l.Collar), CollarTicks: uint32(l.CollarTicks),
				MaxSpreadBps: uint32(l.MaxSpread), MaxSpreadTicks: uint32(l.MaxSpreadTicks),
				ReferenceMaxAge: ms(l.ReferenceMaxAge),
				MaxLong:         market.Qty(l.MaxLong), MaxShort: market.Qty(l.MaxShort),
				AllowMarket: l.AllowMarket,
			}
		}
	}
	if r := c.Risk; r != nil {
		out.Global = risk.Global{
			MaxMessages: int(r.MaxMessages), Window: ms(r.Window), CancelReserve: int(r.CancelReserve),
			MaxOpenOrders: int(r.MaxOpenOrders), MaxParents: int(r.MaxParents),
		}
		out.Parent = risk.ParentLimits{MaxParentQty: market.Qty(r.MaxParentQty), MaxParentNotional: int64(r.MaxParentNotional)}
	}
	return out
}

// SessionConfig is the venue session's configuration.
func (v *Venue) SessionConfig() session.Config {
	c := session.Default()
	c.SenderCompID, c.TargetCompID = v.SenderCompID, v.TargetCompID
	c.Username, c.Password = v.Username, v.Password.Reveal()
	if v.filePassword != nil {
		c.Password = *v.filePassword
	}
	c.HeartBtIntS = uint32(v.Heartbeat)
	c.LogonTimeoutNanos, c.LogoutTimeoutNanos = ms(v.LogonTimeout), ms(v.LogoutWait)
	c.MaxSkewNanos = market.Nanos(v.MaxSkew) * market.Second
	c.BeginString = v.beginString()
	if c.BeginString == fixt {
		c.ApplVerID = "9"
	}
	c.ResetOnLogon, c.AcceptReset = v.Reset == "ours", v.Reset == "venue"
	return c
}

const fixt = "FIXT.1.1"

// beginString is BeginString(8) of the version.
func (v *Venue) beginString() string {
	if v.Version == "FIX.5.0SP2" {
		return fixt
	}
	return v.Version
}

// session is the Schedule of a run that began at start.
func (s *VenueSchedule) session(start time.Time) (out session.Schedule, err error) {
	if s == nil {
		return out, nil
	}
	zone, err := time.LoadLocation(s.Timezone)
	if err != nil {
		return out, fmt.Errorf("venue.schedule.timezone: %w", err)
	}
	_, offset := start.In(zone).Zone()
	out = session.Schedule{
		On: true, StartS: s.Start.seconds(), EndS: s.End.seconds(), OffsetS: int32(offset),
		ResetNumbers: s.Reset != "none", SayReset: s.Reset == "flag",
	}
	if out.StartDay, out.Weekly = weekday(s.StartDay); out.Weekly {
		out.EndDay, _ = weekday(s.EndDay)
	}
	for _, w := range strings.Fields(s.Days) {
		d, _ := weekday(w) // check has refused others
		out.Days |= 1 << d
	}
	return out, nil
}

var weekdays = [...]string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}

func weekday(word string) (session.Weekday, bool) {
	i := slices.Index(weekdays[:], word)
	return session.Weekday(max(i, 0)), i >= 0
}

// TLSConfig reads the files of [venue.tls]; nil without that table.
func (v *Venue) TLSConfig() (*tls.Config, error) {
	t := v.TLS
	if t == nil {
		return nil, nil
	}
	c := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: t.ServerName}
	if t.CAFile != "" {
		pem, err := os.ReadFile(t.CAFile)
		if err != nil {
			return nil, fmt.Errorf("ca_file: %w", err)
		}
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("ca_file: %s holds no certificate", t.CAFile)
		}
	}
	if t.CertFile != "" {
		pair, err := tls.LoadX509KeyPair(t.CertFile, t.KeyFile)
		if err != nil {
			return nil, fmt.Errorf("cert_file %s, key_file %s: %w", t.CertFile, t.KeyFile, err)
		}
		c.Certificates = []tls.Certificate{pair}
	}
	return c, nil
}

// EncoderConfig is what all orders have in common.
func (v *Venue) EncoderConfig() venue.Config {
	return venue.Config{
		BeginString: v.beginString(), SenderCompID: v.SenderCompID, TargetCompID: v.TargetCompID,
		Account: v.Account, TimePrecision: wire.Micros, ZeroPad: v.ZeroPad,
	}
}

// Midnight is when the exchange's day that now lies in began.
func (f *Feed) Midnight(now time.Time) (market.Nanos, error) {
	zone, err := time.LoadLocation(f.Timezone)
	if err != nil {
		return 0, fmt.Errorf("feed.timezone: %w", err)
	}
	y, m, d := now.In(zone).Date()
	return market.Nanos(time.Date(y, m, d, 0, 0, 0, 0, zone).UnixNano()), nil
}

// Profile is the volume curve of the day that began at midnight; nil is flat.
func (e *Engine) Profile(midnight market.Nanos) (*schedule.Profile, error) {
	if e.VolumeCurve == "flat" {
		return nil, nil
	}
	return schedule.UShape(midnight+market.Nanos(e.Open), midnight+market.Nanos(e.Close))
}

func ms(n int64) market.Nanos { return market.Nanos(n) * market.Millisecond }
