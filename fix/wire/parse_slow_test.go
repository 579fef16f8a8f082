package wire

import (
	"strconv"
	"strings"
)

// slowField is a field as the reference finds it.
type slowField struct {
	tag   int
	value string
}

// slowParse is the reference of Frame and Parse together: strings, no cleverness.
// It judges exactly one whole message.
func slowParse(msg string) ([]slowField, bool) {
	if !slowFramed(msg) || len(msg) > MaxMessage {
		return nil, false
	}
	var fields []slowField
	for rest := msg; rest != ""; {
		tagText, after, ok := strings.Cut(rest, "=")
		if !ok || tagText == "" || len(tagText) > 6 || strings.Trim(tagText, "0123456789") != "" || tagText[0] == '0' {
			return nil, false
		}
		tag, _ := strconv.Atoi(tagText)
		n := strings.IndexByte(after, SOH)
		if len(fields) > 0 {
			prev := fields[len(fields)-1]
			for _, p := range dataPairs {
				if prev.tag != int(p[0]) {
					continue
				}
				length, err := strconv.Atoi(prev.value)
				if err != nil || prev.value[0] == '-' || prev.value[0] == '+' || tag != int(p[1]) || length >= len(after) || after[length] != SOH {
					return nil, false
				}
				n = length
			}
		}
		if n <= 0 {
			return nil, false
		}
		fields = append(fields, slowField{tag, after[:n]})
		rest = after[n+1:]
	}
	if len(fields) < 4 || len(fields) > MaxFields {
		return nil, false
	}
	for i, f := range fields {
		first := map[int]int{8: 0, 9: 1, 35: 2, 10: len(fields) - 1}
		at, fixed := first[f.tag]
		if fixed && at != i || !fixed && (i < 3 || i == len(fields)-1) {
			return nil, false
		}
	}
	return fields, true
}

// slowFramed checks BeginString, BodyLength and CheckSum.
func slowFramed(msg string) bool {
	parts := strings.SplitN(msg, "\x01", 3)
	if len(parts) < 3 || !strings.HasPrefix(parts[0], "8=FIX") || len(parts[0]) >= beginMax || !strings.HasPrefix(parts[1], "9=") {
		return false
	}
	digits := parts[1][2:]
	if digits == "" || len(digits) > lengthMax || strings.Trim(digits, "0123456789") != "" {
		return false
	}
	body, _ := strconv.Atoi(digits)
	tail := parts[2]
	if len(tail) != body+trailerLen {
		return false
	}
	at := len(msg) - trailerLen
	sum := 0
	for i := range at {
		sum += int(msg[i])
	}
	return msg[at-1] == SOH && msg[at:] == "10="+pad3(sum%256)+"\x01"
}

func pad3(n int) string {
	s := strconv.Itoa(n)
	return strings.Repeat("0", 3-len(s)) + s
}

// frame makes a message of a body written with '|' for SOH, with BodyLength and CheckSum.
func frame(body string) []byte {
	body = strings.ReplaceAll(body, "|", "\x01")
	msg := []byte("8=FIX.4.4\x019=" + strconv.Itoa(len(body)) + "\x01" + body)
	return AppendTrailer(msg, 0)
}
