package desk

import (
	"errors"
	"sync"

	"github.com/quickfixgo/quickfix"
	"github.com/quickfixgo/quickfix/config"
	"github.com/quickfixgo/quickfix/store/file"
)

// Stores makes the message stores of a process's sessions: quickfixgo's file store,
// repaired before it is opened, or its memory store. It closes them at the end,
// which quickfixgo does not.
type Stores struct {
	factory quickfix.MessageStoreFactory
	dir     string
	mu      sync.Mutex
	made    []quickfix.MessageStore
}

// NewStores keeps the stores in dir, or in memory when dir is empty. sync makes each
// message survive a power cut; without it, a kill of the process. It completes settings.
func NewStores(dir string, sync bool, settings *quickfix.Settings) *Stores {
	if dir == "" {
		return &Stores{factory: quickfix.NewMemoryStoreFactory()}
	}
	settings.GlobalSettings().Set(config.FileStorePath, dir)
	settings.GlobalSettings().Set(config.FileStoreSync, map[bool]string{true: "Y", false: "N"}[sync])
	return &Stores{factory: file.NewStoreFactory(settings), dir: dir}
}

// Create implements quickfix.MessageStoreFactory.
func (k *Stores) Create(id quickfix.SessionID) (quickfix.MessageStore, error) {
	if k.dir != "" {
		if err := repairFileStore(k.dir, id); err != nil {
			return nil, err
		}
	}
	s, err := k.factory.Create(id)
	if err != nil {
		return nil, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.made = append(k.made, s)
	return s, nil
}

// Close closes every store made. The sessions must have ended.
func (k *Stores) Close() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	var errs []error
	for _, s := range k.made {
		errs = append(errs, s.Close())
	}
	k.made = nil
	return errors.Join(errs...)
}
