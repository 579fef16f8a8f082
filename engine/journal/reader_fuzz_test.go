package journal

import (
	"bytes"
	"io"
	"testing"
)

// FuzzReader feeds the reader and the replay with damaged files: whatever the
// bytes are, they end, do not panic, and give no record twice.
func FuzzReader(f *testing.F) {
	file := fileOf(f, &echoCore{}, 3)
	f.Add(file)
	f.Add(file[:len(file)-5])
	f.Add(append(bytes.Clone(file), make([]byte, 64)...))
	hole := dropFrames(file, func(r *Record) bool { return false })
	f.Add(append(hole, file[len(file)-frameSize-headSize-MarkSize:]...))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := NewReader(Source{"fuzz", bytes.NewReader(b)})
		if err != nil {
			return
		}
		var rec Record
		next := r.Header().FirstSeq
		for range len(b) + 2 {
			err := r.Next(&rec)
			if err == io.EOF {
				if _, err := Replay(openFuzz(b), &echoCore{}); err != nil {
					_ = err.Error() // a malformed input inside a sound frame
				}
				return
			}
			if h, ok := err.(*HoleError); ok {
				if h.Got <= h.Want {
					t.Fatalf("a hole from %d to %d", h.Want, h.Got)
				}
				continue
			}
			if err != nil {
				if again := r.Next(&rec); again != err {
					t.Fatalf("damage does not repeat: %v, then %v", err, again)
				}
				return
			}
			if rec.Seq < next || len(rec.Payload) > MaxPayload {
				t.Fatalf("record %d of %d bytes, expected %d or later", rec.Seq, len(rec.Payload), next)
			}
			next = rec.Seq + 1
		}
		t.Fatal("reading does not end")
	})
}

func openFuzz(b []byte) *Reader {
	r, err := NewReader(Source{"fuzz", bytes.NewReader(b)})
	if err != nil {
		panic(err) // it opened a moment ago
	}
	return r
}

// FuzzReplay wraps any bytes in sound frames, so that what is inside them is what
// is tried: malformed records, inputs, commands and marks.
func FuzzReplay(f *testing.F) {
	file := fileOf(f, &echoCore{}, 6)
	var bodies []byte
	for at := len(file) - len(file)/2; at+headSize < len(file); at += 40 {
		bodies = append(bodies, file[at:at+headSize]...)
	}
	f.Add(bodies)
	live(f, &echoCore{}, script(3), func(rec []byte) {
		f.Add(append([]byte{byte(len(rec))}, rec...))
	})
	f.Fuzz(func(t *testing.T, b []byte) {
		h := Header{}
		file, _ := h.append(nil)
		seq := uint64(0)
		for len(b) > 0 {
			n := min(max(int(b[0]), headSize), len(b)-1)
			body := append(make([]byte, 0, headSize+n), b[1:1+n]...)
			b = b[1+n:]
			if len(body) >= headSize {
				le.PutUint64(body[8:], seq)
				seq++
			}
			file = appendFrame(file, body)
		}
		res, err := Replay(openFuzz(file), &echoCore{})
		if err == nil && res.Inputs > seq {
			t.Fatalf("%d inputs from %d records", res.Inputs, seq)
		}
	})
}
