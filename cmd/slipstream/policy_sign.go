package main

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"slipstream/policy/bundle"
)

// signAnswer is what `slipstream policy sign --json` prints.
type signAnswer struct {
	Out    string `json:"out,omitempty"`
	SHA256 string `json:"sha256,omitempty"`
	Key    string `json:"key,omitempty"`        // private key file that was made
	Public string `json:"public_key,omitempty"` // public key file that was made
	Signer string `json:"signer"`               // public key, hex
}

// newPolicySign is `slipstream policy sign BUNDLE --key KEY [--out FILE]` and
// `slipstream policy sign --keygen KEY`.
func newPolicySign() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "sign [BUNDLE]",
		Short: "Sign a bundle with an Ed25519 key, or make such a key",
		Long: `policy sign checks a bundle, proves its golden vectors and writes it with a signature over its
content hash; a signature that is there is replaced. Without --out the bundle itself is replaced.

--keygen FILE makes a key pair: FILE with the private key (PKCS #8 PEM, readable by its owner alone)
and FILE.pub with the public one, for 'policy verify --trusted' and the daemon. Keys made by
'openssl genpkey -algorithm ed25519' serve as well.`,
		Example: "  slipstream policy sign --keygen desk.pem\n  slipstream policy sign m.bundle --key desk.pem",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return fmt.Errorf("one BUNDLE, not %d", len(args))
			}
			return nil
		},
	}
	key := cmd.Flags().String("key", "", "Ed25519 private key (PEM)")
	out := cmd.Flags().String("out", "", "bundle to write (default: in place)")
	keygen := cmd.Flags().String("keygen", "", "make a key pair: this file and this file with .pub")
	force := cmd.Flags().Bool("force", false, "replace --out if it is there")
	asJSON := jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		var answer *signAnswer
		var err error
		switch {
		case *keygen != "" && (len(args) > 0 || *key != "" || *out != ""):
			return usageError{errors.New("--keygen stands alone")}
		case *keygen != "":
			answer, err = makeKey(*keygen)
		case len(args) == 0:
			return usageError{errors.New("which BUNDLE? None was given")}
		case *key == "":
			return usageError{errors.New("sign with which --key? None was given; --keygen FILE makes one")}
		default:
			answer, err = signFile(args[0], *key, *out, *force)
		}
		if err != nil {
			return err
		}
		if *asJSON {
			return printJSON(cmd.OutOrStdout(), answer)
		}
		if answer.Key != "" {
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "private key  %s  (keep it)\npublic key   %s  (give it to the daemon)\n", answer.Key, answer.Public)
		} else {
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s: sha256 %s, signed by %s\n", answer.Out, answer.SHA256, answer.Signer)
		}
		return err
	}
	return cmd
}

func signFile(path, keyFile, out string, force bool) (*signAnswer, error) {
	key, err := readKey(keyFile)
	if err != nil {
		return nil, err
	}
	raw, err := readBounded(path, maxModelFile)
	if err != nil {
		return nil, err
	}
	if out == "" || out == path {
		out, force = path, true
	}
	var b *bundle.Bundle
	err = writeFile(out, force, func(w io.Writer) (err error) {
		b, err = bundle.Sign(w, bytes.NewReader(raw), bundle.Limits{Bytes: maxModelFile}, key)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return &signAnswer{Out: out, SHA256: fmt.Sprintf("%x", b.ID), Signer: signer(b)}, nil
}

// readKey reads a private key; none without a file.
func readKey(path string) (ed25519.PrivateKey, error) {
	if path == "" {
		return nil, nil
	}
	in, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	key, err := bundle.ReadPrivateKey(in)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return key, nil
}

// makeKey writes a new key pair. It replaces nothing.
func makeKey(path string) (*signAnswer, error) {
	key, err := bundle.GenerateKey()
	if err != nil {
		return nil, err
	}
	public := key.Public().(ed25519.PublicKey)
	private, err := bundle.EncodePrivateKey(key)
	if err != nil {
		return nil, err
	}
	shown, err := bundle.EncodePublicKey(public)
	if err != nil {
		return nil, err
	}
	if err := writeNew(path, private, 0o600); err != nil {
		return nil, err
	}
	if err := writeNew(path+".pub", shown, 0o644); err != nil {
		return nil, errors.Join(err, os.Remove(path))
	}
	return &signAnswer{Key: path, Public: path + ".pub", Signer: fmt.Sprintf("%x", []byte(public))}, nil
}

// writeNew writes a file that is not there yet.
func writeNew(path string, b []byte, mode os.FileMode) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	return errors.Join(err, f.Sync(), f.Close())
}
