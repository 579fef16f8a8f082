package desk

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"

	"github.com/quickfixgo/quickfix"
	"github.com/quickfixgo/quickfix/config"
	"github.com/quickfixgo/quickfix/store/file"
)

// Stores makes the message stores of a process's sessions: one file each, or memory. It closes them at the end, which quickfixgo does not.
type Stores struct {
	dir      string
	sync     bool
	settings *quickfix.Settings
	mu       sync.Mutex
	made     []quickfix.MessageStore
	byID     map[quickfix.SessionID]quickfix.MessageStore
}

// NewStores keeps the stores in dir, or in memory when dir is empty. sync makes each
// message survive a power cut; without it, a kill of the process. Files of
// quickfixgo's own store in dir are taken over.
func NewStores(dir string, sync bool, settings *quickfix.Settings) *Stores {
	return &Stores{dir: dir, sync: sync, settings: settings, byID: map[quickfix.SessionID]quickfix.MessageStore{}}
}

// Create implements quickfix.MessageStoreFactory.
func (k *Stores) Create(id quickfix.SessionID) (s quickfix.MessageStore, err error) {
	if k.dir == "" {
		s, err = newMemoryStore(id)
	} else {
		s, err = k.open(id)
	}
	if err != nil {
		return nil, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.made = append(k.made, s)
	k.byID[id] = s
	return s, nil
}

// letOthersRun is called where quickfixgo asks for CreationTime, which it does in each turn of
// the loop in which its session spins until its writer takes the next message
// (quickfixgo v0.9.11, SendAppMessages). Where the trading thread has one of two processors
// the writer waits for the spinner's own time slice to end, 10 ms for every message, and all
// sessions with it.
func letOthersRun() { runtime.Gosched() }

// of is the store of a session; nil when none was made.
func (k *Stores) of(id quickfix.SessionID) quickfix.MessageStore {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.byID[id]
}

// storeSuffix ends the name of a store's file.
const storeSuffix = ".store"

func storeBase(dir string, id quickfix.SessionID) string {
	return filepath.Join(dir, strings.Join([]string{id.BeginString, id.SenderCompID, id.TargetCompID}, "-"))
}

func (k *Stores) open(id quickfix.SessionID) (quickfix.MessageStore, error) {
	if err := os.MkdirAll(k.dir, 0o755); err != nil {
		return nil, fmt.Errorf("desk: store: %w", err)
	}
	base := storeBase(k.dir, id)
	if _, err := os.Stat(base + storeSuffix); errors.Is(err, fs.ErrNotExist) {
		if err := k.takeOver(id, base); err != nil {
			return nil, err
		}
	}
	return openFileStore(base+storeSuffix, k.sync, storeMessages)
}

// oldSuffixes are quickfixgo's files of one session.
var oldSuffixes = [...]string{".senderseqnums", ".targetseqnums", ".session", ".header", ".body"}

// takeOver makes our file of quickfixgo's, if there are any, so that an upgrade does
// not send the numbers back to 1. The old ones are renamed only when ours is whole.
func (k *Stores) takeOver(id quickfix.SessionID, base string) error {
	if _, err := os.Stat(base + ".senderseqnums"); err != nil {
		return nil
	}
	if err := repairFileStore(k.dir, id); err != nil {
		return err
	}
	k.settings.GlobalSettings().Set(config.FileStorePath, k.dir)
	old, err := file.NewStoreFactory(k.settings).Create(id)
	if err != nil {
		return err
	}
	defer old.Close()
	const name = ".takeover"
	ours, err := openFileStore(base+name, false, storeMessages)
	if err != nil {
		return err
	}
	if err := errors.Join(copyStore(ours, old), ours.f.Sync(), ours.Close()); err != nil {
		return err
	}
	if err := os.Rename(base+name, base+storeSuffix); err != nil {
		return fmt.Errorf("desk: store: %w", err)
	}
	for _, suffix := range oldSuffixes {
		if err := os.Rename(base+suffix, base+suffix+".old"); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("desk: store: %w", err)
		}
	}
	syncDir(k.dir)
	return nil
}

func copyStore(to, from quickfix.MessageStore) error {
	if err := to.Reset(); err != nil { // a take-over that was cut off left something
		return err
	}
	to.SetCreationTime(from.CreationTime())
	next := from.NextSenderMsgSeqNum()
	err := from.IterateMessages(max(1, next-storeMessages), next-1, func(b []byte) error {
		n, ok := parseDecimal(parseFields(b).get(tagMsgSeqNum), 0)
		if !ok {
			return fmt.Errorf("desk: store: a message without MsgSeqNum: %s", Redact(string(b)))
		}
		return to.SaveMessage(int(n), b)
	})
	return errors.Join(err, to.SetNextTargetMsgSeqNum(from.NextTargetMsgSeqNum()), to.SetNextSenderMsgSeqNum(next))
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
