package venue

import (
	"encoding/binary"

	"slipstream/fix/wire"
	"slipstream/internal/market"
)

// clOrdIDLen is 'S', YYMMDD, five base-36 digits, eight decimal digits.
const (
	clOrdIDLen = 20
	prefixLen  = 12 // of one run: 'S', YYMMDD, epoch
)

const base36 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"

// makePrefix is the part of ClOrdID that one run has in common.
func makePrefix(dateNanos market.Nanos, epoch uint64) (p [prefixLen]byte) {
	var buf [17]byte
	date := wire.AppendTime(buf[:0], dateNanos, wire.Seconds)
	p[0] = 'S'
	copy(p[1:7], date[2:8])
	putEpoch(p[7:12], epoch)
	return p
}

func putEpoch(dst []byte, epoch uint64) {
	for i := 4; i >= 0; i-- {
		dst[i] = base36[epoch%36]
		epoch /= 36
	}
}

// appendClOrdID appends id. An id of another run carries this run's date: such an
// order is of this trading day, since orders are day orders.
func (e *Encoder) appendClOrdID(dst []byte, id ChildID) []byte {
	epoch := id / ChildIDsPerRun
	c := uint32(id - epoch*ChildIDsPerRun)
	n := len(dst)
	dst = append(dst, e.prefix[:]...)
	if epoch != e.epoch {
		putEpoch(dst[n+7:n+12], epoch)
	}
	hi, lo := c/1e4, c%1e4
	a, b, x, y := hi/100*2, hi%100*2, lo/100*2, lo%100*2
	return append(dst, pairs[a], pairs[a+1], pairs[b], pairs[b+1], pairs[x], pairs[x+1], pairs[y], pairs[y+1])
}

// pairs is "00" to "99".
const pairs = wire.Pairs

// ParseClOrdID reads a ClOrdID as AppendNew writes it, of any date and run. ok is false
// for anything else: another length, lower case, a counter of 0.
func ParseClOrdID(b []byte) (id ChildID, ok bool) {
	if len(b) != clOrdIDLen || b[0] != 'S' {
		return 0, false
	}
	if _, ok := wire.Digits8(binary.LittleEndian.Uint64(b)&dateMask | dateFill); !ok {
		return 0, false
	}
	var epoch uint64
	for _, c := range b[7:prefixLen] {
		d := uint64(base36Value[c])
		if d >= 36 {
			return 0, false
		}
		epoch = epoch*36 + d
	}
	counter, ok := wire.Digits8(binary.LittleEndian.Uint64(b[prefixLen:]))
	if !ok {
		return 0, false
	}
	if counter == 0 {
		return 0, false
	}
	return epoch*ChildIDsPerRun + uint64(counter), true
}

// dateMask keeps YYMMDD of the first eight bytes; dateFill is '0' in the other two.
const (
	dateMask = 0x00FFFFFFFFFFFF00
	dateFill = 0x3000000000000030
)

// base36Value is the value of a digit, 255 for what is none.
var base36Value = func() (v [256]byte) {
	for i := range v {
		v[i] = 255
	}
	for i := range len(base36) {
		v[base36[i]] = byte(i)
	}
	return v
}()
