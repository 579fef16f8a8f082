package desk

import (
	"bytes"
	"embed"
	"fmt"
	"os"
	"path/filepath"

	"github.com/quickfixgo/quickfix"
	"github.com/quickfixgo/quickfix/datadictionary"
)

// dictionaries are the gateway's own, in QuickFIX's XML form: only what it speaks.
//
//go:embed FIX42-desk.xml FIX44-desk.xml FIX50SP2-desk.xml FIXT11-desk.xml
var dictionaries embed.FS

// dictionaryNames are the file of the application messages and that of the session's;
// they are one file up to FIX 4.4.
func (v Version) dictionaryNames() (app, transport string) {
	switch v {
	case FIX42:
		return "FIX42-desk.xml", "FIX42-desk.xml"
	case FIX50SP2:
		return "FIX50SP2-desk.xml", "FIXT11-desk.xml"
	}
	return "FIX44-desk.xml", "FIX44-desk.xml"
}

// Dictionaries gives the XML of the version's application and session messages.
func (v Version) Dictionaries() (app, transport []byte) {
	a, t := v.dictionaryNames()
	app, _ = dictionaries.ReadFile(a) // embedded: a name that is wrong fails every test
	transport, _ = dictionaries.ReadFile(t)
	return app, transport
}

// dictionaryFiles writes all dictionaries to a folder of their own, since quickfixgo
// reads them by name; done removes it once the sessions are made.
func dictionaryFiles() (dir string, done func(), err error) {
	if dir, err = os.MkdirTemp("", "slipstream-desk-"); err != nil {
		return "", nil, fmt.Errorf("desk: dictionary: %w", err)
	}
	done = func() { os.RemoveAll(dir) }
	for v := range versionCount {
		app, transport := v.dictionaryNames()
		appXML, transportXML := v.Dictionaries()
		for _, f := range [...]struct {
			name string
			text []byte
		}{{transport, transportXML}, {app, withOtherTypes(appXML)}} { // up to FIX 4.4 they are one file
			if err := os.WriteFile(filepath.Join(dir, f.name), f.text, 0o600); err != nil {
				done()
				return "", nil, fmt.Errorf("desk: dictionary: %w", err)
			}
		}
	}
	return dir, done, nil
}

// validator judges the messages of a version by its dictionary, as quickfixgo does by
// default. The gateway asks it, and not the session, so that a message of FIX which the
// gateway does not speak is no fault of form, whatever it carries (see withOtherTypes).
func (v Version) validator() (quickfix.Validator, error) {
	appXML, transportXML := v.Dictionaries()
	app, err := datadictionary.ParseSrc(bytes.NewReader(appXML))
	if err != nil {
		return nil, fmt.Errorf("desk: dictionary of %v: %w", v, err)
	}
	var transport *datadictionary.DataDictionary
	if v == FIX50SP2 {
		if transport, err = datadictionary.ParseSrc(bytes.NewReader(transportXML)); err != nil {
			return nil, fmt.Errorf("desk: dictionary of FIXT.1.1: %w", err)
		}
	}
	return quickfix.NewValidator(quickfix.ValidatorSettings{
		CheckFieldsOutOfOrder: true, CheckFieldsHaveValues: true, RejectInvalidMessage: true, CheckUserDefinedFields: true,
	}, app, transport), nil
}

// DictionaryFile writes the dictionary of FIX 4.4 to a temporary file; done removes it.
func DictionaryFile() (path string, done func(), err error) {
	dir, done, err := dictionaryFiles()
	app, _ := FIX44.dictionaryNames()
	return filepath.Join(dir, app), done, err
}
