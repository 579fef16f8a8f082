package desk

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/quickfixgo/quickfix"
)

// repairFileStore mends what a kill in the middle of a write leaves in quickfixgo's
// file store, before it is opened:
//
//   - a torn last line of the header file makes every later resend fail, so that the
//     session reconnects for ever: it is cut off;
//   - a message stored without its number being counted would be sent a second time
//     under that number: the number is counted, so the message goes out on a resend,
//     with PossDupFlag(43)=Y, at most once more;
//   - a sequence number file that cannot be read would restart the session at 1 in
//     silence: that is an error, since only a person can know the right number.
func repairFileStore(dir string, id quickfix.SessionID) error {
	base := filepath.Join(dir, strings.Join([]string{id.BeginString, id.SenderCompID, id.TargetCompID}, "-"))
	if _, _, err := readSeqNum(base + ".targetseqnums"); err != nil {
		return err
	}
	next, haveNext, err := readSeqNum(base + ".senderseqnums")
	if err != nil {
		return err
	}
	highest, err := repairHeader(base+".header", base+".body")
	if err != nil || highest < next || highest == 0 {
		return err
	}
	if !haveNext {
		return fmt.Errorf("desk: store %s has messages but no senderseqnums file", base)
	}
	if err := os.WriteFile(base+".senderseqnums", fmt.Appendf(nil, "%019d", highest+1), 0o660); err != nil {
		return fmt.Errorf("desk: store: %w", err)
	}
	return nil
}

// readSeqNum reads a sequence number file; ok is false when there is none. quickfixgo
// creates the file empty for an instant, on the very first start: empty is none, too,
// unless there are messages.
func readSeqNum(path string) (n int, ok bool, err error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(b) == 0 {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, fmt.Errorf("desk: store: %w", err)
	}
	n, err = strconv.Atoi(strings.Trim(string(b), "\r\n"))
	if err != nil || n < 1 {
		return 0, false, fmt.Errorf("desk: store: %s does not hold a sequence number; "+
			"agree on the number with the peer and write it, or remove all files of the session", path)
	}
	return n, true, nil
}

// repairHeader cuts the header file after its last good line and returns the highest
// sequence number in it. A line is good when it is complete and the body has its bytes.
func repairHeader(path, bodyPath string) (highest int, err error) {
	header, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("desk: store: %w", err)
	}
	var bodySize int64
	if st, err := os.Stat(bodyPath); err == nil {
		bodySize = st.Size()
	}
	good := 0
	for good < len(header) {
		end := bytes.IndexByte(header[good:], '\n')
		if end < 0 {
			break
		}
		seq, fits := headerLine(string(header[good:good+end]), bodySize)
		if !fits {
			break
		}
		highest = max(highest, seq)
		good += end + 1
	}
	if good == len(header) {
		return highest, nil
	}
	if err := os.Truncate(path, int64(good)); err != nil {
		return 0, fmt.Errorf("desk: store: %w", err)
	}
	return highest, nil
}

// headerLine reads "seq,offset,length".
func headerLine(line string, bodySize int64) (seq int, ok bool) {
	parts := strings.Split(line, ",")
	if len(parts) != 3 {
		return 0, false
	}
	var v [3]int64
	for i, p := range parts {
		n, err := strconv.ParseInt(p, 10, 64)
		if err != nil || n < 0 {
			return 0, false
		}
		v[i] = n
	}
	return int(v[0]), v[1]+v[2] <= bodySize
}
