package bundle

import (
	"encoding/hex"
	"fmt"
	"strings"
	"unicode/utf8"
)

const maxText = 1024 // bytes of a name or a note

// Provenance says where a program came from: enough to make it again.
type Provenance struct {
	Name        string            `json:"name"`
	Compiler    string            `json:"compiler"` // this module's version
	Model       Source            `json:"model"`
	Calibration Source            `json:"calibration"`
	Cases       int               `json:"cases"` // calibration cases used
	Options     map[string]string `json:"options"`
	Training    map[string]string `json:"training"` // what the trainer wants remembered
}

// Source is a file.
type Source struct {
	File   string `json:"file"`   // its name, without folders
	Format string `json:"format"` // onnx, xgboost, lightgbm; of calibrations cases, rows, features
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"` // 64 hex digits
}

func (p *Provenance) check() error {
	for _, s := range []string{p.Name, p.Compiler} {
		if !text(s) {
			return fmt.Errorf("%.40q is not text of at most %d bytes", s, maxText)
		}
	}
	if p.Name == "" {
		return fmt.Errorf("no name")
	}
	if p.Cases < 0 || len(p.Options) > 64 || len(p.Training) > 256 {
		return fmt.Errorf("%d cases, %d options, %d training notes", p.Cases, len(p.Options), len(p.Training))
	}
	for _, m := range []map[string]string{p.Options, p.Training} {
		for k, v := range m {
			if k == "" || !text(k) || !text(v) {
				return fmt.Errorf("note %.40q is empty or not text of at most %d bytes", k, maxText)
			}
		}
	}
	if err := p.Model.check(); err != nil {
		return fmt.Errorf("model: %w", err)
	}
	if err := p.Calibration.check(); err != nil {
		return fmt.Errorf("calibration: %w", err)
	}
	return nil
}

func (s *Source) check() error {
	if *s == (Source{}) {
		return nil
	}
	sum, err := hex.DecodeString(s.SHA256)
	if err != nil || len(sum) != 32 || s.SHA256 != strings.ToLower(s.SHA256) || s.Bytes < 0 || !text(s.File) || !text(s.Format) {
		return fmt.Errorf("file %.40q of format %.40q, %d bytes, hash %.70q", s.File, s.Format, s.Bytes, s.SHA256)
	}
	return nil
}

// text reports printable UTF-8 on one line, of bounded length.
func text(s string) bool {
	return len(s) <= maxText && utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f })
}
