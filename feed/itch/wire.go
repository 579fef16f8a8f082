package itch

import "encoding/binary"

var be = binary.BigEndian

// HeaderSize is the length of what every message starts with: type, Stock
// Locate, Tracking Number, Timestamp.
const HeaderSize = 11

// MaxTimestamp is the largest Timestamp that 48 bits carry.
const MaxTimestamp = 1<<48 - 1

// Header is what every message starts with, after its type.
type Header struct {
	StockLocate    uint16 // of the day's Stock Directory; 0 on messages of the whole market
	TrackingNumber uint16 // Nasdaq's own
	Timestamp      uint64 // ns since midnight; bits above 48 are not sent
}

func (h *Header) decode(b *[HeaderSize]byte) {
	h.StockLocate = be.Uint16(b[1:3])
	h.TrackingNumber = be.Uint16(b[3:5])
	h.Timestamp = uint48(b)
}

func (h *Header) put(b *[HeaderSize]byte, typ byte) {
	b[0] = typ
	be.PutUint16(b[1:3], h.StockLocate)
	be.PutUint16(b[3:5], h.TrackingNumber)
	be.PutUint16(b[5:7], uint16(h.Timestamp>>32))
	be.PutUint32(b[7:11], uint32(h.Timestamp))
}

// uint48 is one 8-byte load: the six bytes of the Timestamp end the header, so the
// load starts at TrackingNumber and its two bytes are masked off.
func uint48(b *[HeaderSize]byte) uint64 {
	return be.Uint64(b[3:11]) & MaxTimestamp
}

// Type is the message type, 0 for an empty message.
func Type(b []byte) byte {
	if len(b) == 0 {
		return 0
	}
	return b[0]
}

// Locate is the Stock Locate of a message, 0 when b is shorter than a header.
func Locate(b []byte) uint16 {
	if len(b) < HeaderSize {
		return 0
	}
	return be.Uint16(b[1:3])
}

// Tracking is the Tracking Number of a message, 0 when b is shorter than a header.
func Tracking(b []byte) uint16 {
	if len(b) < HeaderSize {
		return 0
	}
	return be.Uint16(b[3:5])
}

// Timestamp is a message's time in ns since midnight, 0 when b is shorter than a header.
func Timestamp(b []byte) uint64 {
	if len(b) < HeaderSize {
		return 0
	}
	return uint48((*[HeaderSize]byte)(b))
}

// OrderRef is the Order Reference Number of an A, F, E, C, X, D, U (the original
// one) or P; they all have it at the same place. b must be valid and of such a type.
func OrderRef(b []byte) uint64 {
	if len(b) < HeaderSize+8 {
		return 0
	}
	return be.Uint64(b[11:19])
}
