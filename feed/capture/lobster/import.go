package lobster

import (
	"fmt"
	"io"

	"slipstream/feed/capture/itchfile"
)

// Import writes a day as an ITCH file. On an error w has a part of it.
func Import(zipPath string, w io.Writer) (Stats, error) {
	t, err := Stream(zipPath)
	if err != nil {
		return Stats{}, err
	}
	defer t.Close()
	out := itchfile.NewWriter(w)
	for m, ok := t.Next(); ok; m, ok = t.Next() {
		if err := out.Write(m.Bytes); err != nil {
			return t.Stats(), fmt.Errorf("lobster: %s: %w", zipPath, err)
		}
	}
	if err := t.Err(); err != nil {
		return t.Stats(), err
	}
	return t.Stats(), out.Flush()
}
