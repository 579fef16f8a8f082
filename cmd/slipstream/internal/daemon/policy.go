package daemon

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"slipstream/bench/review"
	"slipstream/cmd/slipstream/internal/config"
	"slipstream/engine"
	"slipstream/engine/journal"
	"slipstream/engine/learned"
	"slipstream/engine/takeup"
	"slipstream/fix"
	"slipstream/policy/bundle"
	"slipstream/policy/kernel"
)

// PoliciesFolder is where the bundles that traded are kept, below a state folder.
const PoliciesFolder = "policies"

// openPolicies makes the registry, and loads what the configuration names, so that a bad
// bundle refuses to start.
func openPolicies(cfg *config.Daemon) (*learned.Registry, error) {
	use, _ := kernel.ParseUse(cfg.Policy.Kernel) // one of the names: config
	if _, err := use.Resolve(); err != nil {
		return nil, fmt.Errorf("policy.kernel: %w", err)
	}
	var trusted []ed25519.PublicKey
	if path := cfg.Policy.TrustedKey; path != "" {
		f, err := os.Open(path)
		if err != nil {
			return nil, fmt.Errorf("policy.trusted_keys_file: %w", err)
		}
		defer f.Close()
		if trusted, err = bundle.ReadPublicKeys(f); err != nil {
			return nil, fmt.Errorf("policy.trusted_keys_file: %s: %w", path, err)
		}
	}
	r := learned.NewRegistry(filepath.Join(cfg.Process.StateDir, PoliciesFolder), int(cfg.Engine.MaxParents), use, trusted)
	_, err := loadPolicies(r, &cfg.Policy)
	return r, err
}

// loadPolicies loads the bundles of a configuration and returns the name to swap to,
// empty for none.
func loadPolicies(r *learned.Registry, p *config.Policy) (string, error) {
	if p.Bundle == "" {
		return "", nil
	}
	name, err := r.Load(p.Bundle)
	if err != nil {
		return "", fmt.Errorf("policy.bundle: %w", err)
	}
	if p.Challenger == "" {
		return name, nil
	}
	challenger, err := r.Load(p.Challenger)
	if err != nil {
		return "", fmt.Errorf("policy.challenger: %w", err)
	}
	return r.Pair(name, challenger)
}

// LoadPolicy loads the bundles that p names and swaps to them between two decisions. An
// error leaves the policy in force. Keys and kernel are those of the start.
func (d *Daemon) LoadPolicy(p *config.Policy) error {
	name, err := loadPolicies(d.policies, p)
	if err != nil || name == "" {
		return err
	}
	c := fix.Command{Kind: fix.SwapPolicy}
	c.ClOrdID, _ = fix.MakeClOrdID(name)
	if !d.loop.Submit(&c) {
		return fmt.Errorf("policy %s: the command ring is full: try again", name)
	}
	d.event("policy_loaded").Str("policy", name).Str("bundle", p.Bundle).Str("challenger", p.Challenger).Send()
	return nil
}

// PolicyRefused logs why a policy was not swapped to.
func (d *Daemon) PolicyRefused(err error) { d.event("policy_refused").Err(err).Send() }

// Review replays the run of the folder's journal that r reads, on what the run before it left,
// with the bundles kept in the folder policies. Where an earlier run differs is that run's
// own finding.
func Review(folder string, r *journal.Reader, policies string) (*review.Result, error) {
	of := func(h *journal.Header) (engine.Config, error) { return configure(h, policies, nil) }
	var before *engine.Engine
	if run := journal.PreviousRun(r.Header()); run != "" {
		last, err := takeup.Rebuild(folder, run, of)
		if err != nil && !errors.Is(err, takeup.ErrDiffers) {
			return nil, err
		}
		before = last.Engine
	}
	return review.Day(r, before, func([]byte) (engine.Config, error) { return of(r.Header()) })
}
