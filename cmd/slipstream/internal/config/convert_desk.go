package config

import (
	"time"

	"slipstream/bench/desk"
)

// ClientConfig is the scripted desk's configuration, without Log.
func (c *DeskFile) ClientConfig() desk.Config {
	f := &c.Client
	out := desk.DefaultConfig()
	out.Addr, out.SenderCompID, out.TargetCompID = f.Address, f.SenderCompID, f.TargetCompID
	out.Username, out.Password, out.Account, out.StoreDir = f.Username, f.Password.Reveal(), f.Account, f.StateDir
	out.HeartBt = time.Duration(f.Heartbeat) * time.Second
	out.LogonWait, out.Bound = time.Duration(f.LogonWait)*time.Second, time.Duration(f.Bound)*time.Second
	out.ResendAge = time.Duration(f.ResendAge) * time.Second
	return out
}
