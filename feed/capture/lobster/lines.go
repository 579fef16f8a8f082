package lobster

import (
	"archive/zip"
	"bufio"
	"bytes"
	"fmt"
	"io"
)

// lineSize bounds a row; MaxLevels levels take at most 9,600 bytes.
const lineSize = 64 << 10

// lines reads the rows of one file of the zip.
type lines struct {
	name string
	row  int // of the row read last
	in   io.ReadCloser
	buf  *bufio.Reader
}

func openLines(zipPath string, f *zip.File) (*lines, error) {
	name := zipPath + ": " + f.Name
	in, err := f.Open()
	if err != nil {
		return nil, fmt.Errorf("lobster: %s: %w", name, err)
	}
	return &lines{name: name, in: in, buf: bufio.NewReaderSize(in, lineSize)}, nil
}

func (l *lines) close() error { return l.in.Close() }

// next gives the next row without its line end, valid until the following call;
// io.EOF after the last one, an *Error for one that cannot be read. The zip's
// checksum is checked at the end.
func (l *lines) next() ([]byte, error) {
	b, err := l.buf.ReadSlice('\n')
	if err == io.EOF && len(b) == 0 {
		return nil, io.EOF
	}
	l.row++
	switch {
	case err == io.EOF:
		return nil, l.fail(fmt.Errorf("%w: the file ends inside the row", ErrTruncated))
	case err == bufio.ErrBufferFull:
		return nil, l.fail(badRow("longer than %d bytes", lineSize))
	case err != nil:
		return nil, l.fail(readError(err))
	}
	return bytes.TrimSuffix(b[:len(b)-1], []byte{'\r'}), nil
}

// fail names the row read last.
func (l *lines) fail(err error) error { return &Error{l.name, l.row, err} }

// field cuts the next column off b.
func field(b []byte) (col, rest []byte) {
	if i := bytes.IndexByte(b, ','); i >= 0 {
		return b[:i], b[i+1:]
	}
	return b, nil
}

// number reads a column of decimal digits with an optional minus sign.
func number(b []byte) (int64, bool) {
	neg := len(b) > 0 && b[0] == '-'
	if neg {
		b = b[1:]
	}
	if len(b) == 0 || len(b) > 18 {
		return 0, false
	}
	v := int64(0)
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		v = v*10 + int64(c-'0')
	}
	if neg {
		return -v, true
	}
	return v, true
}
