package bundle

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"io"
)

// Version of the container.
const Version = 1

// magic has a byte above 127 and a CR LF, so that text transfers show.
var magic = [8]byte{'S', 'L', 'I', 'P', 0x8b, '\r', '\n', 0x1a}

// sectionNames in the order of the file; the kind in the table is the index plus 1.
var sectionNames = [...]string{"program", "schema", "normalisation", "head", "rule", "envelope", "provenance", "report", "golden"}

const (
	secProgram = iota
	secSchema
	secNorms
	secHead
	secRule
	secEnvelope
	secProvenance
	secReport
	secGolden
	numSections
)

const (
	entrySize = 4 + 8 + 32                 // kind, length, SHA-256
	tableSize = 16 + numSections*entrySize // magic, version, count, entries
	frontSize = tableSize + 32 + sigSize   // and content hash and signature block
	maxJSON   = 1 << 20                    // bytes of a JSON section
)

const _ = uint(len(sectionNames) - numSections) // compile-time proof: every section has a name
const _ = uint(numSections - len(sectionNames))

// front is everything before the sections.
type front struct {
	length [numSections]uint64
	sum    [numSections][32]byte
	id     [32]byte
	sig    [sigSize]byte
}

// table is the bytes under the content hash.
func (f *front) table() []byte {
	b := make([]byte, 0, tableSize)
	b = append(b, magic[:]...)
	b = binary.LittleEndian.AppendUint32(b, Version)
	b = binary.LittleEndian.AppendUint32(b, numSections)
	for i := range numSections {
		b = binary.LittleEndian.AppendUint32(b, uint32(i+1))
		b = binary.LittleEndian.AppendUint64(b, f.length[i])
		b = append(b, f.sum[i][:]...)
	}
	return b
}

// readFront reads and checks the front against itself and the limits.
func readFront(r io.Reader, lim *Limits) (*front, error) {
	var head [16]byte
	if err := readFull(r, head[:], "header"); err != nil {
		return nil, err
	}
	if !bytes.Equal(head[:8], magic[:]) {
		return nil, refuse("header", ErrMagic, "it begins with %q", head[:8])
	}
	if v := binary.LittleEndian.Uint32(head[8:]); v != Version {
		return nil, refuse("header", ErrVersion, "version %d, this build reads version %d: compile the model again", v, Version)
	}
	if n := binary.LittleEndian.Uint32(head[12:]); n != numSections {
		return nil, refuse("header", ErrFormat, "%d sections, version %d has %d", n, Version, numSections)
	}
	var rest [frontSize - 16]byte
	if err := readFull(r, rest[:], "header"); err != nil {
		return nil, err
	}
	f := &front{}
	total := uint64(frontSize)
	for i := range numSections {
		e := rest[i*entrySize:]
		if k := binary.LittleEndian.Uint32(e); k != uint32(i+1) {
			return nil, refuse("header", ErrFormat, "entry %d is of kind %d, want %d (%s)", i, k, i+1, sectionNames[i])
		}
		f.length[i] = binary.LittleEndian.Uint64(e[4:])
		copy(f.sum[i][:], e[12:])
		if i != secProgram && i != secGolden && f.length[i] > maxJSON {
			return nil, refuse(sectionNames[i], ErrLimit, "%d bytes, at most %d", f.length[i], maxJSON)
		}
		if f.length[i] > uint64(lim.Bytes) {
			return nil, refuse(sectionNames[i], ErrLimit, "%d bytes, at most %d in all", f.length[i], lim.Bytes)
		}
		total += f.length[i]
	}
	if total > uint64(lim.Bytes) {
		return nil, refuse("header", ErrLimit, "%d bytes in all, at most %d", total, lim.Bytes)
	}
	copy(f.id[:], rest[numSections*entrySize:])
	copy(f.sig[:], rest[numSections*entrySize+32:])
	if sum := sha256.Sum256(f.table()); sum != f.id {
		return nil, refuse("header", ErrHash, "its hash is %x, it says %x", sum, f.id)
	}
	return f, nil
}

// readSections reads what follows the front. Memory grows with what arrives, not with
// what the table claims.
func readSections(r io.Reader, f *front) (sections [numSections][]byte, err error) {
	for i := range numSections {
		var b bytes.Buffer
		n, err := io.CopyN(&b, r, int64(f.length[i]))
		if err != nil {
			if errors.Is(err, io.EOF) {
				return sections, refuse(sectionNames[i], ErrTruncated, "the file ends after %d of its %d bytes", n, f.length[i])
			}
			return sections, err
		}
		if sum := sha256.Sum256(b.Bytes()); sum != f.sum[i] {
			return sections, refuse(sectionNames[i], ErrHash, "its hash is %x, the table says %x", sum, f.sum[i])
		}
		sections[i] = b.Bytes()
	}
	var one [1]byte
	if n, err := io.ReadFull(r, one[:]); n != 0 {
		return sections, refuse("golden", ErrTrailing, "the file goes on after its last section")
	} else if !errors.Is(err, io.EOF) {
		return sections, err
	}
	return sections, nil
}

func readFull(r io.Reader, b []byte, section string) error {
	n, err := io.ReadFull(r, b)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return refuse(section, ErrTruncated, "the file ends after %d of its %d bytes", n, len(b))
	}
	return err
}

// Sections are the names of a bundle's sections, in the order of the file.
func Sections() []string { return append([]string{}, sectionNames[:]...) }
