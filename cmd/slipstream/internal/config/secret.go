package config

// Secret is a text that is never shown: every way to print it masks it.
type Secret string

const mask = "********"

func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return mask
}

// GoString keeps %#v from showing it.
func (s Secret) GoString() string { return s.String() }

// MarshalText implements encoding.TextMarshaler, masked.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Reveal is the text itself, for the one place that sends it.
func (s Secret) Reveal() string { return string(s) }
