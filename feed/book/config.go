package book

import (
	"errors"
	"fmt"

	"slipstream/internal/market"
)

// Config sizes the books. Zero fields take the defaults named here.
type Config struct {
	// Instruments are the books to keep; Instruments[i].ID must be i.
	Instruments []market.Instrument
	// Locates presets Stock Locates, parallel to Instruments, 0 = learn it. Without a
	// preset the locate comes from R, or from any message that names the stock.
	Locates []uint16
	// MaxOrders bounds the orders open at once over all instruments; 48 bytes each
	// when a power of two, so no larger than needed. Default 1<<18.
	MaxOrders int
	// MaxLevels bounds the price levels open at once over all instruments and sides;
	// 64 bytes each. Default 1<<16.
	MaxLevels int
	// MaxOwn bounds the orders marked by MarkOwn at once. Default 4096.
	MaxOwn int
}

const (
	defaultMaxOrders = 1 << 18
	defaultMaxLevels = 1 << 16
	defaultMaxOwn    = 4096

	limitOrders      = 1 << 28
	limitLevels      = 1 << 26
	limitOwn         = 1<<16 - 1
	limitInstruments = int(locateOrphan) - 1
)

// filled is the configuration with defaults in place.
func (c Config) filled() Config {
	if c.MaxOrders == 0 {
		c.MaxOrders = defaultMaxOrders
	}
	if c.MaxLevels == 0 {
		c.MaxLevels = defaultMaxLevels
	}
	if c.MaxOwn == 0 {
		c.MaxOwn = defaultMaxOwn
	}
	return c
}

// Validate judges every field and reports all faults at once.
func (c Config) Validate() error {
	c = c.filled()
	var errs []error
	fault := func(format string, args ...any) { errs = append(errs, fmt.Errorf("book: "+format, args...)) }
	if n := len(c.Instruments); n > limitInstruments {
		fault("%d instruments, at most %d", n, limitInstruments)
	}
	seen := map[market.Symbol]int{}
	for i, in := range c.Instruments {
		if int(in.ID) != i {
			fault("instrument %d (%s) has ID %d: IDs are given in order", i, in.Symbol, in.ID)
		}
		if in.Symbol.Len() == 0 {
			fault("instrument %d has no symbol", i)
		}
		if j, dup := seen[in.Symbol]; dup {
			fault("instruments %d and %d are both %s", j, i, in.Symbol)
		}
		seen[in.Symbol] = i
	}
	if n := len(c.Locates); n != 0 && n != len(c.Instruments) {
		fault("%d preset locates for %d instruments", n, len(c.Instruments))
	}
	used := map[uint16]int{}
	for i, loc := range c.Locates {
		if j, dup := used[loc]; dup && loc != 0 {
			fault("instruments %d and %d both preset locate %d", j, i, loc)
		}
		used[loc] = i
	}
	for _, b := range []struct {
		name      string
		have, max int
	}{{"MaxOrders", c.MaxOrders, limitOrders}, {"MaxLevels", c.MaxLevels, limitLevels}, {"MaxOwn", c.MaxOwn, limitOwn}} {
		if b.have < 1 || b.have > b.max {
			fault("%s %d is not in 1..%d", b.name, b.have, b.max)
		}
	}
	return errors.Join(errs...)
}
