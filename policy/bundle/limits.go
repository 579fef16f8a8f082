package bundle

import "slipstream/policy/kernel"

// Limits bound what Read takes and say what the host can feed. The zero value of a field
// means its default.
type Limits struct {
	Bytes int64  // of the whole file; default 64 MiB
	Work  uint64 // elementary steps of all golden vectors together, as Program.Work counts them; default 1<<29
	// Kernel the bundle will run on; the portable one is always proved as well.
	Kernel kernel.Use
	// Host is who will run it; nil takes any schema and any action, and bare models.
	Host *Host
}

func (l Limits) withDefaults() Limits {
	if l.Bytes <= 0 {
		l.Bytes = 64 << 20
	}
	if l.Work == 0 {
		l.Work = 1 << 29
	}
	return l
}
