package bundle

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
)

// sigSize: public key, signature. All zero: not signed.
const sigSize = ed25519.PublicKeySize + ed25519.SignatureSize

// message is what is signed: the content hash with a prefix of its own, so that a
// signature of a bundle is a signature of nothing else.
func message(id [32]byte) []byte { return append([]byte("slipstream policy bundle v1\n"), id[:]...) }

// sign fills the block.
func (f *front) sign(key ed25519.PrivateKey) error {
	if len(key) != ed25519.PrivateKeySize {
		return refuse("signature", ErrSignature, "a key of %d bytes is not an Ed25519 private key", len(key))
	}
	copy(f.sig[:], key.Public().(ed25519.PublicKey))
	copy(f.sig[ed25519.PublicKeySize:], ed25519.Sign(key, message(f.id)))
	return nil
}

// verify checks the block and returns the signer, nil if not signed. With trusted keys
// the signer must be one of them.
func (f *front) verify(trusted []ed25519.PublicKey) (ed25519.PublicKey, error) {
	if f.sig == [sigSize]byte{} {
		if len(trusted) > 0 {
			return nil, refuse("signature", ErrSignature, "it is not signed, and only trusted keys may be loaded: 'slipstream policy sign' signs it")
		}
		return nil, nil
	}
	signer := ed25519.PublicKey(bytes.Clone(f.sig[:ed25519.PublicKeySize]))
	if !ed25519.Verify(signer, message(f.id), f.sig[ed25519.PublicKeySize:]) {
		return nil, refuse("signature", ErrSignature, "it does not verify against key %x", []byte(signer))
	}
	if len(trusted) == 0 {
		return signer, nil
	}
	for _, k := range trusted {
		if k.Equal(signer) {
			return signer, nil
		}
	}
	return nil, refuse("signature", ErrSignature, "key %x is none of the %d trusted ones", []byte(signer), len(trusted))
}

// GenerateKey makes a key pair.
func GenerateKey() (ed25519.PrivateKey, error) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	return key, err
}

const (
	pemPrivate = "PRIVATE KEY"
	pemPublic  = "PUBLIC KEY"
	maxPEM     = 1 << 16
)

// EncodePrivateKey is PKCS #8 in PEM, as openssl writes it.
func EncodePrivateKey(key ed25519.PrivateKey) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: pemPrivate, Bytes: der}), nil
}

// EncodePublicKey is PKIX in PEM, as openssl writes it.
func EncodePublicKey(key ed25519.PublicKey) ([]byte, error) {
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: pemPublic, Bytes: der}), nil
}

// ReadPrivateKey reads what EncodePrivateKey writes.
func ReadPrivateKey(r io.Reader) (ed25519.PrivateKey, error) {
	blocks, err := readPEM(r)
	if err != nil {
		return nil, err
	}
	if len(blocks) != 1 || blocks[0].Type != pemPrivate {
		return nil, fmt.Errorf("want one PEM block %q (PKCS #8, Ed25519)", pemPrivate)
	}
	key, err := x509.ParsePKCS8PrivateKey(blocks[0].Bytes)
	if err != nil {
		return nil, errors.New("the PEM block is not a PKCS #8 key") // x509's text may quote the key
	}
	ed, ok := key.(ed25519.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("the key is not Ed25519 but %T", key)
	}
	return ed, nil
}

// ReadPublicKeys reads one or more public keys, as EncodePublicKey writes them.
func ReadPublicKeys(r io.Reader) ([]ed25519.PublicKey, error) {
	blocks, err := readPEM(r)
	if err != nil {
		return nil, err
	}
	var keys []ed25519.PublicKey
	for _, b := range blocks {
		if b.Type != pemPublic {
			return nil, fmt.Errorf("want PEM blocks %q, got %.40q", pemPublic, b.Type)
		}
		key, err := x509.ParsePKIXPublicKey(b.Bytes)
		if err != nil {
			return nil, fmt.Errorf("the PEM block is not a PKIX key: %w", err)
		}
		ed, ok := key.(ed25519.PublicKey)
		if !ok {
			return nil, fmt.Errorf("the key is not Ed25519 but %T", key)
		}
		keys = append(keys, ed)
	}
	return keys, nil
}

func readPEM(r io.Reader) (blocks []*pem.Block, err error) {
	b, err := io.ReadAll(io.LimitReader(r, maxPEM+1))
	if err != nil {
		return nil, err
	}
	if len(b) > maxPEM {
		return nil, fmt.Errorf("more than %d bytes: not a key file", maxPEM)
	}
	for {
		block, rest := pem.Decode(b)
		if block == nil {
			break
		}
		blocks, b = append(blocks, block), rest
	}
	if len(blocks) == 0 {
		return nil, errors.New("no PEM block: not a key file")
	}
	return blocks, nil
}
