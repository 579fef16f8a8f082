package config

import "path/filepath"

// DeskFile is the file of `slipstream desk`, the scripted desk.
type DeskFile struct {
	Client Client `toml:"client" doc:"The scripted desk: a FIX 4.4 initiator that sends parent orders and checks the answers."`
}

// Client is [client].
type Client struct {
	Address      string `toml:"address" default:"127.0.0.1:9101" form:"host:port" doc:"The daemon's desk gateway."`
	SenderCompID string `toml:"sender_comp_id" form:"compid" doc:"SenderCompID(49): the desk's own."`
	TargetCompID string `toml:"target_comp_id" default:"SLIPSTREAM" form:"compid" doc:"TargetCompID(56): the daemon's."`
	Username     string `toml:"username" default:"" doc:"Username(553) of the Logon; empty = not sent."`
	Password     Secret `toml:"password" default:"" doc:"Password(554) of the Logon; empty = not sent."`
	Account      string `toml:"account" default:"" doc:"Account(1) on every order; empty = not sent."`
	StateDir     string `toml:"state_dir" default:"" doc:"Folder of the session's numbers; empty = memory, and the Logon asks for a reset of the sequence numbers."`
	Heartbeat    int64  `toml:"heartbeat_seconds" default:"10" range:"1..3600" doc:"HeartBtInt(108)."`
	LogonWait    int64  `toml:"logon_wait_seconds" default:"15" range:"1..600" doc:"Longest wait for the daemon's Logon."`
	ResendAge    int64  `toml:"resend_age_seconds" default:"5" range:"1..3600" doc:"Oldest order or replace that goes out again after a reconnect: the market has moved on. Cancels always go."`
	Bound        int64  `toml:"bound_seconds" default:"300" range:"1..86400" doc:"Longest run, from the Logon; what has not ended by then is a failure."`
	Script       string `toml:"script" doc:"File with the orders, one [[step]] each; a relative one is taken from this file's folder."`
}

// LoadDesk reads and judges the desk's file. The error is Faults.
func LoadDesk(path string) (*DeskFile, error) {
	c := &DeskFile{}
	if _, err := load(path, c); err != nil {
		return nil, err
	}
	if !filepath.IsAbs(c.Client.Script) {
		c.Client.Script = filepath.Join(filepath.Dir(path), c.Client.Script)
	}
	return c, nil
}

func (c *DeskFile) check(j *judge) {
	if c.Client.Script == "" && j.given("client.script") {
		j.cross("client.script", "is empty: name the file with the orders")
	}
	if c.Client.SenderCompID == c.Client.TargetCompID && c.Client.SenderCompID != "" {
		j.cross("client.target_comp_id", "%q is our sender_comp_id as well", c.Client.TargetCompID)
	}
}

// Warnings says what is allowed and probably not meant.
func (c *DeskFile) Warnings() []string { return nil }
