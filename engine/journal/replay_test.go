package journal

import (
	"testing"
)

func TestReplayOfTheSameCoreAgreesBitByBit(t *testing.T) {
	file := fileOf(t, &echoCore{}, 120)
	res, err := Replay(open(t, file), &echoCore{})
	if err != nil || res.Mismatches != 0 || res.FirstMismatch != nil {
		t.Fatalf("%v, %+v, first %v", err, res, res.FirstMismatch)
	}
	if res.Inputs != 120 || res.Marks != 13 || !res.Clean || res.Torn != nil || res.Outputs < 120 || res.OutputBytes == 0 {
		t.Fatalf("%+v", res)
	}
}

func TestReplayOfAnotherCoreNamesTheFirstDifference(t *testing.T) {
	file := fileOf(t, &echoCore{}, 20)
	res, err := Replay(open(t, file), &echoCore{bias: 1})
	if err != nil {
		t.Fatal(err)
	}
	m := res.FirstMismatch
	if res.Mismatches == 0 || m == nil || m.Input != 7 || m.Kind != Report || m.File != "mem" || m.Offset == 0 {
		t.Fatalf("%+v, first %v", res, m)
	}
	if string(m.Recorded) == string(m.Replayed) || m.String() == "" {
		t.Fatal("the difference shows no difference")
	}
}

func TestReplayOfATornDayAgreesUpToTheEnd(t *testing.T) {
	file := fileOf(t, &echoCore{}, 40)
	for cut := len(file) - 1; cut > len(file)-2000; cut -= 7 {
		res, err := Replay(open(t, file[:cut]), &echoCore{})
		if err != nil || res.Mismatches != 0 || res.Clean {
			t.Fatalf("cut at %d: %v, %+v, first %v", cut, err, res, res.FirstMismatch)
		}
	}
}

// dropFrames copies a file without the records for which drop is true, numbered
// anew, as a writer with a bug would leave it.
func dropFrames(file []byte, drop func(r *Record) bool) []byte {
	var head int
	for at := fixedHeader; ; at++ {
		if _, _, ok := frameHead(file[at:]); ok {
			head = at
			break
		}
	}
	out := append([]byte(nil), file[:head]...)
	seq := uint64(0)
	for at := head; at < len(file); {
		n, _, _ := frameHead(file[at:])
		body := append([]byte(nil), file[at+frameSize:at+frameSize+n]...)
		at += frameSize + n
		var r Record
		DecodeRecord(body, &r)
		if drop(&r) {
			continue
		}
		le.PutUint64(body[8:], seq)
		seq++
		out = appendFrame(out, body)
	}
	return out
}

func TestReplayFindsRecordsThatWereNeverWritten(t *testing.T) {
	file := fileOf(t, &echoCore{}, 60)
	for _, kind := range []Kind{Output, FeedRequest, Report, Decision, Event, Input} {
		t.Run(kind.String(), func(t *testing.T) {
			n := 0
			bad := dropFrames(file, func(r *Record) bool {
				if r.Kind != kind {
					return false
				}
				n++
				return n == 2 || n == 3
			})
			res, err := Replay(open(t, bad), &echoCore{})
			if err != nil || res.Mismatches == 0 {
				t.Fatalf("%v, %+v", err, res)
			}
		})
	}
}
