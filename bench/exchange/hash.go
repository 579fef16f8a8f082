package exchange

import (
	"encoding/binary"
	"math/bits"
)

const (
	hashSeed  = 0xcbf29ce484222325
	hashPrime = 0x9e3779b97f4a7c15
)

// HashMessage folds one tape message into h: eight bytes at a time, the length
// last. The tape hash is the fold over all messages in order from 0. It tells
// tapes apart; it is no protection against an adversary.
func HashMessage(h uint64, msg []byte) uint64 {
	if h == 0 {
		h = hashSeed
	}
	n := uint64(len(msg))
	for len(msg) >= 8 {
		h = hashWord(h, binary.LittleEndian.Uint64(msg))
		msg = msg[8:]
	}
	var w uint64
	for i, c := range msg {
		w |= uint64(c) << (8 * i)
	}
	return hashWord(h, w^n<<56)
}

func hashWord(h, w uint64) uint64 {
	return bits.RotateLeft64((h^w)*hashPrime, 29)
}
