package desk

import (
	"sync"
	"time"

	"github.com/quickfixgo/quickfix"
)

// memoryStore is quickfixgo's memory store behind a lock, which it lacks: reports are
// stored by the sender's goroutine while the session's answers a ResendRequest. It
// keeps every message until the numbers are reset: for tests and short runs.
type memoryStore struct {
	mu sync.Mutex
	s  quickfix.MessageStore
}

func newMemoryStore(id quickfix.SessionID) (*memoryStore, error) {
	s, err := quickfix.NewMemoryStoreFactory().Create(id)
	return &memoryStore{s: s}, err
}

func locked[T any](m *memoryStore, f func(quickfix.MessageStore) T) T {
	m.mu.Lock()
	defer m.mu.Unlock()
	return f(m.s)
}

// NextSenderMsgSeqNum is the next number out.
func (m *memoryStore) NextSenderMsgSeqNum() int {
	return locked(m, quickfix.MessageStore.NextSenderMsgSeqNum)
}

// NextTargetMsgSeqNum is the next number in.
func (m *memoryStore) NextTargetMsgSeqNum() int {
	return locked(m, quickfix.MessageStore.NextTargetMsgSeqNum)
}

// IncrNextSenderMsgSeqNum counts one message out.
func (m *memoryStore) IncrNextSenderMsgSeqNum() error {
	return locked(m, quickfix.MessageStore.IncrNextSenderMsgSeqNum)
}

// IncrNextTargetMsgSeqNum counts one message in.
func (m *memoryStore) IncrNextTargetMsgSeqNum() error {
	return locked(m, quickfix.MessageStore.IncrNextTargetMsgSeqNum)
}

// SetNextSenderMsgSeqNum sets the next number out.
func (m *memoryStore) SetNextSenderMsgSeqNum(n int) error {
	return locked(m, func(s quickfix.MessageStore) error { return s.SetNextSenderMsgSeqNum(n) })
}

// SetNextTargetMsgSeqNum sets the next number in.
func (m *memoryStore) SetNextTargetMsgSeqNum(n int) error {
	return locked(m, func(s quickfix.MessageStore) error { return s.SetNextTargetMsgSeqNum(n) })
}

// CreationTime is when the numbers began.
func (m *memoryStore) CreationTime() time.Time {
	letOthersRun()
	return locked(m, quickfix.MessageStore.CreationTime)
}

// SetCreationTime sets when the numbers began.
func (m *memoryStore) SetCreationTime(t time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.s.SetCreationTime(t)
}

// SaveMessage keeps a message.
func (m *memoryStore) SaveMessage(n int, msg []byte) error {
	return locked(m, func(s quickfix.MessageStore) error { return s.SaveMessage(n, msg) })
}

// SaveMessageAndIncrNextSenderMsgSeqNum keeps a message and counts it.
func (m *memoryStore) SaveMessageAndIncrNextSenderMsgSeqNum(n int, msg []byte) error {
	return locked(m, func(s quickfix.MessageStore) error { return s.SaveMessageAndIncrNextSenderMsgSeqNum(n, msg) })
}

// GetMessages gives the messages from begin to end.
func (m *memoryStore) GetMessages(begin, end int) ([][]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.s.GetMessages(begin, end)
}

// IterateMessages hands out the messages from begin to end. cb may use the store.
func (m *memoryStore) IterateMessages(begin, end int, cb func([]byte) error) error {
	list, err := m.GetMessages(begin, end)
	for i := 0; err == nil && i < len(list); i++ {
		err = cb(list[i])
	}
	return err
}

// Refresh has nothing to read.
func (m *memoryStore) Refresh() error { return nil }

// Reset forgets everything: both numbers are 1.
func (m *memoryStore) Reset() error { return locked(m, quickfix.MessageStore.Reset) }

// Close has nothing to close.
func (m *memoryStore) Close() error { return nil }
