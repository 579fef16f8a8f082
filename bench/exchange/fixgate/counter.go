package fixgate

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// counter is the serial of the last Exec that was handed to the session, kept in a
// file of two slots {serial, ^serial}, written in turn: a torn write costs the newer
// slot only, and the Exec it counted goes out once more.
type counter struct {
	f    *os.File // nil: memory
	sync bool
	last uint64
}

const slotSize = 16

func openCounter(dir string, sync bool) (*counter, error) {
	c := &counter{sync: sync}
	if dir == "" {
		return c, nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("fixgate: %w", err)
	}
	var err error
	if c.f, err = os.OpenFile(filepath.Join(dir, "execs-sent"), os.O_RDWR|os.O_CREATE, 0o644); err != nil {
		return nil, fmt.Errorf("fixgate: %w", err)
	}
	var b [2 * slotSize]byte
	if _, err := c.f.ReadAt(b[:], 0); err != nil && !errors.Is(err, io.EOF) {
		c.f.Close()
		return nil, fmt.Errorf("fixgate: %w", err)
	}
	for slot := range 2 {
		serial := binary.LittleEndian.Uint64(b[slot*slotSize:])
		if binary.LittleEndian.Uint64(b[slot*slotSize+8:]) == ^serial {
			c.last = max(c.last, serial)
		}
	}
	return c, nil
}

// set counts a serial, which must be above the last one.
func (c *counter) set(serial uint64) error {
	c.last = serial
	if c.f == nil {
		return nil
	}
	var b [slotSize]byte
	binary.LittleEndian.PutUint64(b[:], serial)
	binary.LittleEndian.PutUint64(b[8:], ^serial)
	if _, err := c.f.WriteAt(b[:], int64(serial%2)*slotSize); err != nil {
		return fmt.Errorf("fixgate: count of Execs: %w", err)
	}
	if c.sync {
		if err := c.f.Sync(); err != nil {
			return fmt.Errorf("fixgate: count of Execs: %w", err)
		}
	}
	return nil
}

func (c *counter) close() error {
	if c.f == nil {
		return nil
	}
	return c.f.Close()
}
