package loop

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// Prepare readies the process for a trading day, before Start:
//
//   - one full collection now, and none afterwards (GOGC off), because each one
//     stops the world twice; the heap then only grows, so the scribe watches it
//     (scribe.Config.HeapAlarmBytes) and collects, loudly, when it must;
//   - GOMAXPROCS explicitly, because since Go 1.25 the runtime re-checks an
//     implicit one each second and stops the world when it changes.
//
// procs is GOMAXPROCS; 0 keeps the number in force, made explicit. Set
// GODEBUG=asyncpreemptoff=1 in the unit as well: it spares the hot thread's
// system calls the SIGURGs. GOMEMLIMIT must stay unset: exceeding it with GOGC
// off makes the collector run without pause.
//
// restore puts back what was; a process that runs other work too (demo, tests)
// calls it when the loop has stopped.
func Prepare(procs int) (restore func(), err error) {
	if procs < 0 || procs > 1024 {
		return nil, fmt.Errorf("loop: GOMAXPROCS %d is not in 0..1024", procs)
	}
	if procs == 0 {
		procs = runtime.GOMAXPROCS(0)
	}
	runtime.GC()
	percent := debug.SetGCPercent(-1)
	before := runtime.GOMAXPROCS(procs)
	return func() {
		runtime.GOMAXPROCS(before)
		debug.SetGCPercent(percent)
	}, nil
}
