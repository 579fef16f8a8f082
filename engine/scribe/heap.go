package scribe

import (
	"runtime"
	"runtime/metrics"
	"time"

	"slipstream/engine/journal"
)

// heapMetric is live and dead objects: what grows while the collector is off.
// Reading it stops nothing, unlike runtime.ReadMemStats.
const heapMetric = "/memory/classes/heap/objects:bytes"

func heapBytes() uint64 {
	sample := []metrics.Sample{{Name: heapMetric}}
	metrics.Read(sample)
	if sample[0].Value.Kind() != metrics.KindUint64 {
		return 0
	}
	return sample[0].Value.Uint64()
}

// heap looks at the heap now and then. Beyond the alarm it collects: two short
// stops of the world now, rather than the host's memory killer later.
func (s *Scribe) heap() {
	if s.cfg.HeapAlarmBytes == 0 || time.Since(s.lastHeap) < s.cfg.HeapEvery {
		return
	}
	s.lastHeap = time.Now()
	before := heapBytes()
	s.count.heap.Store(before)
	if before <= s.cfg.HeapAlarmBytes {
		return
	}
	s.count.heapAlarms.Add(1)
	s.say(journal.EvHeapAlarm, int64(before), int64(s.cfg.HeapAlarmBytes), 0, "")
	start := time.Now()
	runtime.GC()
	after := heapBytes()
	s.count.heap.Store(after)
	s.say(journal.EvHeapCollected, int64(before), int64(after), int64(time.Since(start)), "")
}
