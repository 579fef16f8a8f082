package scribe

import (
	"bufio"
	"slices"
	"time"

	"github.com/rs/zerolog"

	"slipstream/engine"
	"slipstream/engine/journal"
	"slipstream/internal/market"
)

// log is the goroutine that renders and writes lines. zerolog writes once per
// line, so a buffer stands behind it; it is flushed whenever the queue is empty.
func (s *Scribe) log() {
	defer close(s.written)
	out := bufio.NewWriterSize(s.cfg.Log, 64<<10)
	ctx := zerolog.New(out).With()
	for _, k := range sortedKeys(s.cfg.Static) {
		ctx = ctx.Str(k, s.cfg.Static[k])
	}
	logger := ctx.Logger()
	said := uint64(0)
	for l := range s.lines {
		s.render(&logger, &l)
		s.count.lines.Add(1)
		if len(s.lines) > 0 {
			continue
		}
		said = s.sayDropped(&logger, said)
		if err := out.Flush(); err != nil {
			s.count.logErrors.Add(1)
			out.Reset(s.cfg.Log) // bufio keeps its first error for ever
		}
	}
	s.sayDropped(&logger, said)
	if out.Flush() != nil {
		s.count.logErrors.Add(1)
	}
}

// sayDropped says how many lines had no place since it was said last.
func (s *Scribe) sayDropped(logger *zerolog.Logger, said uint64) uint64 {
	dropped := s.count.dropped.Load()
	if dropped != said {
		l := line{kind: journal.Event, own: true}
		l.event = engine.Event{Now: market.Nanos(time.Now().UnixNano()), Code: journal.EvLogDropped, A: int64(dropped - said)}
		s.render(logger, &l)
	}
	return dropped
}

func sortedKeys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
