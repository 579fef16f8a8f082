package desk

import (
	_ "embed"
	"fmt"
	"os"
)

// Dictionary is the FIX 4.4 data dictionary of the gateway, in QuickFIX's XML form.
//
//go:embed FIX44-desk.xml
var Dictionary []byte

// DictionaryFile writes Dictionary to a temporary file, since quickfixgo reads
// dictionaries by name; done removes it once the sessions are made.
func DictionaryFile() (path string, done func(), err error) {
	f, err := os.CreateTemp("", "FIX44-desk-*.xml")
	if err != nil {
		return "", nil, fmt.Errorf("desk: dictionary: %w", err)
	}
	done = func() { os.Remove(f.Name()) }
	_, err = f.Write(Dictionary)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		done()
		return "", nil, fmt.Errorf("desk: dictionary: %w", err)
	}
	return f.Name(), done, nil
}
