package bundle

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
)

// encode is the canonical JSON of a section: one line, keys as the struct has them, maps
// sorted, numbers in their shortest form.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// decode reads what encode wrote, and nothing else.
func decode(b []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return fmt.Errorf("more than one JSON value")
	}
	again, err := encode(v)
	if err != nil {
		return err
	}
	if !bytes.Equal(again, b) {
		at := 0
		for at < len(b) && at < len(again) && b[at] == again[at] {
			at++
		}
		return fmt.Errorf("not in canonical form from byte %d on", at)
	}
	return nil
}
