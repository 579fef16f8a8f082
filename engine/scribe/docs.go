package scribe

import (
	"fmt"
	"strings"
)

// Docs is docs/logs.md: every line that can stand in the log, with its fields.
func Docs() string {
	var b strings.Builder
	b.WriteString(docsHead)
	b.WriteString("## Events of the engine\n\nWhat the core decided or learned. They are in the journal and come out of a replay again.\n\n")
	table(&b, coreRows[1:])
	b.WriteString("\n## Events of the loop and the scribe\n\nThe world around the core: sockets, rings, files, memory. A replay does not compare them.\n\n")
	table(&b, loopRows[:])
	for _, p := range []struct {
		r      *row
		fields [][2]string
	}{{&decisionRow, decisionFields}, {&reportRow, reportFields}} {
		fmt.Fprintf(&b, "\n## `%s` (%s)\n\n%s\n\n| field | value |\n|---|---|\n", p.r.name, p.r.level, p.r.meaning)
		for _, f := range p.fields {
			fmt.Fprintf(&b, "| `%s` | %s |\n", f[0], strings.ReplaceAll(f[1], "|", "\\|"))
		}
	}
	fmt.Fprintf(&b, "\n## `%s` (%s)\n\n%s Fields `code`, `a`, `b`, `c`: report it.\n", unknownRow.name, unknownRow.level, unknownRow.meaning)
	b.WriteString(docsTail)
	return b.String()
}

// docsTail lists the lines that the daemon's wiring writes itself, on the same sink.
const docsTail = `
## Lines of the daemon's wiring

They have ` + "`component`" + ` (` + "`daemon`, `desk` or `venue`" + `) and no ` + "`seq`" + `; their ` + "`ts`" + ` is when they were written.

| event | level | fields | meaning |
|---|---|---|---|
| ` + "`daemon_started`" + ` | info | ` + "`journal`, `run`" + ` | Sockets, journal and session state are open; the loop runs. |
| ` + "`run_taken_over`" + ` | info | ` + "`run`, `clean`, `tail_lost`, `torn_bytes`, `ring_records`, `parents_open`, `runs`, `inputs`, `took_ms`" + ` | The last run of the day was rebuilt from its journal and this one goes on with it. With ` + "`tail_lost`" + ` its end is missing: the kill switch is on. |
| ` + "`run_abandoned`, `run_of_another_day`" + ` | info | ` + "`run`, `clean`, `torn_bytes`, `ring_records`" + ` | The last run was not taken over: so it was asked for, and the kill switch is on; or its orders were day orders. |
| ` + "`reports_redelivered`" + ` | info | ` + "`reports`" + ` | Reports of the run before that no store of a desk or drop copy had; copies count. |
| ` + "`desk_gateway_open`" + ` | info | ` + "`addr`" + ` | The posture was clear for the first time, or the run before had left parents open: desks may log on. |
| ` + "`venue_tls`" + ` | warn | ` + "`message`" + ` | Why a connection by TLS to the venue could not be made, or ended. |
| ` + "`desk_event`, `desk_guard`" + ` | info | ` + "`session`, `message`" + ` | What the desks' session layer, or the guard in front of it, says. |
| ` + "`desk_alert`" + ` | warn | ` + "`session`, `message`" + ` | A desk does not know a trade (DontKnowTrade): a person must look at it with the desk. Nothing was undone. |
| ` + "`desk_in`, `desk_out`" + ` | debug | ` + "`session`, `message`" + ` | A message of a desk's session, secrets blanked. |
| ` + "`policy_loaded`" + ` | info | ` + "`policy`, `bundle`, `challenger`" + ` | A bundle was proved and handed to the engine; ` + "`policy_swapped`" + ` follows. |
| ` + "`policy_refused`" + ` | info | ` + "`error`" + ` | A bundle was refused after SIGHUP; the policy in force stays. |
| ` + "`daemon_stopped`" + ` | info | ` + "`clean`" + ` | Everything is closed. |

The simulated exchange has its own lines ([exchange.md](exchange.md)).
`

const docsHead = `# The log, line by line

<!-- Made by engine/scribe from its table: go test ./engine/scribe -run TestDocs -update -->

One JSON object per line. Names, levels and fields are stable: a change is a breaking change and stands in the changelog.

Every line has

| field | value |
|---|---|
| ` + "`level`" + ` | ` + "`debug`, `info`, `warn` or `error`" + ` |
| ` + "`ts`" + ` | RFC 3339, UTC, nanoseconds: when the trading thread stamped it, not when it was written |
| ` + "`event`" + ` | the name from the tables below |
| ` + "`seq`" + ` | sequence number of the journal record that says the same; absent on the scribe's own lines |

and the fields that the configuration adds (name of the instance and the like). Quantities are shares, prices decimal strings in the
currency unit, and what ends in ` + "`_ns`" + ` is nanoseconds. ` + "`qty`" + ` of a parent is its OrderQty(38).

The log may lose lines when its sink is too slow, and says so (` + "`log_dropped`" + `). The journal (journal.md) has everything.
One line is written for each event below whose level is at least the configured one.

`

func table(b *strings.Builder, rows []row) {
	b.WriteString("| event | level | fields | meaning |\n|---|---|---|---|\n")
	for i := range rows {
		r := &rows[i]
		var fields []string
		for _, f := range []field{r.a, r.b, r.c} {
			if f.as != asNothing {
				fields = append(fields, fmt.Sprintf("`%s` %s", f.key, strings.ReplaceAll(asText[f.as], "|", "\\|")))
			}
		}
		if r.meaning != "" {
			fmt.Fprintf(b, "| `%s` | %s | %s | %s |\n", r.name, r.level, strings.Join(fields, ", "), r.meaning)
		}
	}
}
