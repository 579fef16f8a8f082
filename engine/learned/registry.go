package learned

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"

	"slipstream/engine"
	"slipstream/fix"
	"slipstream/policy/bundle"
	"slipstream/policy/kernel"
)

// Registry holds the loaded bundles by name, for the engine to find when a SwapPolicy
// command names one: "NAME", or "NAME+NAME" for a champion with a challenger in its
// shadow. Loading is for any goroutine; Find is the engine's, and takes no lock.
//
// With a folder, each bundle is kept in it under its name, so that a replay of the
// journal finds the bytes that traded.
type Registry struct {
	parents int
	use     kernel.Use
	trusted []ed25519.PublicKey
	folder  string
	replay  bool // make pairs when they are asked for

	mu       sync.Mutex
	policies atomic.Pointer[map[string]engine.Policy]
	bundles  map[string]*bundle.Bundle
}

const (
	bundleEnd   = ".bundle"
	bundleBytes = 64 << 20
)

// NewRegistry makes an empty one. trusted empty takes unsigned bundles too.
func NewRegistry(folder string, parents int, use kernel.Use, trusted []ed25519.PublicKey) *Registry {
	r := &Registry{parents: parents, use: use, trusted: trusted, folder: folder, bundles: map[string]*bundle.Bundle{}}
	r.policies.Store(&map[string]engine.Policy{})
	return r
}

// Find implements engine.Config.FindPolicy.
func (r *Registry) Find(name *fix.ClOrdID) engine.Policy {
	if p := (*r.policies.Load())[string(name.Bytes())]; p != nil || !r.replay {
		return p
	}
	champion, challenger, pair := strings.Cut(name.String(), "+")
	if _, err := r.Pair(champion, challenger); !pair || err != nil {
		return nil
	}

	return (*r.policies.Load())[string(name.Bytes())]
}

// Load reads and proves the bundle in a file and returns its name.
func (r *Registry) Load(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("learned: %w", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, bundleBytes+1)) // one more than Read takes
	if err != nil {
		return "", fmt.Errorf("learned: %w", err)
	}
	host := bundle.Engine()
	b, err := bundle.Read(bytes.NewReader(text), bundle.Limits{Bytes: bundleBytes, Kernel: r.use, Host: &host}, r.trusted)
	if err != nil {
		return "", fmt.Errorf("learned: %s: %w", path, err)
	}
	return r.add(b, text)
}

func (r *Registry) add(b *bundle.Bundle, text []byte) (string, error) {
	name := Name(b)
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, there := r.bundles[name]; there {
		return name, nil
	}
	p, err := New(b, r.parents, r.use)
	if err != nil {
		return "", err
	}
	if err := r.keep(name, text); err != nil {
		return "", err
	}
	r.bundles[name] = b
	r.put(name, p)
	return name, nil
}

// Pair makes the champion with the challenger in its shadow findable, and returns their
// common name. Each pair has policies, and so states, of its own.
func (r *Registry) Pair(champion, challenger string) (string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	name := champion + "+" + challenger
	if _, there := (*r.policies.Load())[name]; there {
		return name, nil
	}
	var both [2]*Policy
	for i, n := range []string{champion, challenger} {
		b := r.bundles[n]
		if b == nil {
			return "", fmt.Errorf("learned: no bundle %q is loaded", n)
		}
		var err error
		if both[i], err = New(b, r.parents, r.use); err != nil {
			return "", err
		}
	}
	r.put(name, &Shadow{Champion: both[0], Challenger: both[1]})
	return name, nil
}

// put publishes a copy of the table with one more entry.
func (r *Registry) put(name string, p engine.Policy) {
	next := map[string]engine.Policy{name: p}
	for k, v := range *r.policies.Load() {
		next[k] = v
	}
	r.policies.Store(&next)
}

// keep writes the bundle into the folder under its name, whole or not at all.
func (r *Registry) keep(name string, text []byte) error {
	if r.folder == "" {
		return nil
	}
	if err := os.MkdirAll(r.folder, 0o755); err != nil {
		return fmt.Errorf("learned: %w", err)
	}
	path := filepath.Join(r.folder, name+bundleEnd)
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	if err := os.WriteFile(path+".part", text, 0o644); err != nil {
		return fmt.Errorf("learned: %w", err)
	}
	return os.Rename(path+".part", path)
}

// LoadAll loads every bundle of a folder for a replay, which makes pairs as it meets them. A
// folder that is not there has none. Signatures are not asked for: they were, when the
// bundle traded.
func LoadAll(folder string, parents int) (*Registry, error) {
	r := NewRegistry("", parents, kernel.Auto, nil)
	r.replay = true
	list, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return r, nil
	}
	if err != nil {
		return nil, fmt.Errorf("learned: %w", err)
	}
	for _, e := range list {
		if !strings.HasSuffix(e.Name(), bundleEnd) {
			continue
		}
		if _, err := r.Load(filepath.Join(folder, e.Name())); err != nil {
			return nil, err
		}
	}
	return r, nil
}
