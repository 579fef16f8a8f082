package bundle

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"strings"
	"testing"
)

func TestTrust(t *testing.T) {
	ours, theirs := testKey(1), testKey(2)
	b := tinyPolicy(t)
	plain, signed := write(t, b, nil), write(t, b, ours)
	for name, c := range map[string]struct {
		raw     []byte
		trusted []ed25519.PublicKey
		text    string // "" = taken
	}{
		"unsigned, nobody asked":           {plain, nil, ""},
		"signed, nobody asked":             {signed, nil, ""},
		"signed by the trusted key":        {signed, []ed25519.PublicKey{public(ours)}, ""},
		"signed by one of several":         {signed, []ed25519.PublicKey{public(theirs), public(ours)}, ""},
		"signed by another":                {signed, []ed25519.PublicKey{public(theirs)}, "none of the 1 trusted"},
		"unsigned where a key is demanded": {plain, []ed25519.PublicKey{public(ours)}, "not signed"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := read(c.raw, Limits{}, c.trusted...)
			if c.text != "" {
				wantRefusal(t, err, "signature", ErrSignature, c.text)
			} else if err != nil || got.ID != b.ID {
				t.Errorf("%v, content %x, want %x", err, got.ID, b.ID)
			}
		})
	}
}

// A signature moves with its bundle alone: on other content it does not verify.
func TestASignatureIsOfOneContent(t *testing.T) {
	signed := write(t, tinyPolicy(t), testKey(1))
	other := tinyPolicy(t)
	other.Envelope.FinishPpm++
	raw := write(t, other, nil)
	copy(raw[tableSize+32:frontSize], signed[tableSize+32:frontSize])
	_, err := read(raw, Limits{}, public(testKey(1)))
	wantRefusal(t, err, "signature", ErrSignature, "does not verify")
}

func TestSignKeepsTheContent(t *testing.T) {
	b := tinyPolicy(t)
	raw := write(t, b, testKey(1))
	var w bytes.Buffer
	got, err := Sign(&w, bytes.NewReader(raw), Limits{}, testKey(2))
	if err != nil {
		t.Fatal(err)
	}
	if got.ID != b.ID || !got.Signer.Equal(public(testKey(2))) || !bytes.Equal(w.Bytes(), write(t, b, testKey(2))) {
		t.Errorf("content %x signed by %x", got.ID, got.Signer)
	}
	raw[len(raw)-1] ^= 1
	if _, err := Sign(&w, bytes.NewReader(raw), Limits{}, testKey(2)); err == nil {
		t.Error("a tampered bundle was signed")
	}
	if err := Write(&w, b, testKey(2)[:10]); err == nil {
		t.Error("signed with ten bytes of a key")
	}
}

func TestKeyFiles(t *testing.T) {
	key, err := GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	private, err := EncodePrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	pub, err := EncodePublicKey(public(key))
	if err != nil {
		t.Fatal(err)
	}
	got, err := ReadPrivateKey(bytes.NewReader(private))
	if err != nil || !got.Equal(key) {
		t.Errorf("%v", err)
	}
	keys, err := ReadPublicKeys(strings.NewReader(string(pub) + string(pub)))
	if err != nil || len(keys) != 2 || !keys[1].Equal(public(key)) {
		t.Errorf("%v: %v", keys, err)
	}
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(ec)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"a public key":        string(pub),
		"nothing":             "",
		"no PEM":              "hello",
		"two keys":            string(private) + string(private),
		"a torn key":          strings.Replace(string(private), "M", "", 1),
		"a key of another of": string(pem.EncodeToMemory(&pem.Block{Type: pemPrivate, Bytes: der})),
		"too much":            strings.Repeat("x", maxPEM+1),
	} {
		if _, err := ReadPrivateKey(strings.NewReader(text)); err == nil {
			t.Errorf("%s was taken as a private key", name)
		}
	}
	if _, err := ReadPublicKeys(bytes.NewReader(private)); err == nil {
		t.Error("a private key was taken as a public one")
	}
}
