package main

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"slipstream/policy/bundle"
	"slipstream/policy/kernel"
)

// verifyAnswer is what `slipstream policy verify --json` prints.
type verifyAnswer struct {
	OK      bool     `json:"ok"`
	File    string   `json:"file"`
	Section string   `json:"section,omitempty"` // that is wrong
	Problem string   `json:"problem,omitempty"`
	SHA256  string   `json:"sha256,omitempty"`
	Name    string   `json:"name,omitempty"`
	Policy  bool     `json:"policy"`
	Signer  string   `json:"signer,omitempty"`
	Trusted bool     `json:"trusted"`
	Golden  int      `json:"golden"`
	Kernels []string `json:"kernels,omitempty"` // the golden vectors were proved on
}

// newPolicyVerify is `slipstream policy verify BUNDLE [--trusted KEYS] [--host]`.
func newPolicyVerify() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "verify BUNDLE",
		Short: "Check a bundle as the daemon would, and prove its golden vectors here",
		Long: `policy verify reads a bundle and checks everything: hashes, signature, program, schema, limits;
then it runs the golden vectors on the chosen kernel and on the portable one and wants the same
bits. What is wrong is named, with exit code 1.

With --trusted the bundle must be signed by one of the keys in the file; with --host its features
and actions must be ones that this build's engine has.`,
		Example: "  slipstream policy verify m.bundle --host --trusted desk.pem.pub",
		Args:    oneFile,
	}
	trusted := cmd.Flags().String("trusted", "", "PEM file of Ed25519 public keys, one of which must have signed")
	host := cmd.Flags().Bool("host", false, "want a policy that this build's engine can run")
	kernel := kernelFlag(cmd)
	asJSON := jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		k, err := kernel()
		if err != nil {
			return err
		}
		keys, err := readTrusted(*trusted)
		if err != nil {
			return err
		}
		lim := bundle.Limits{Kernel: k}
		if *host {
			engine := bundle.Engine()
			lim.Host = &engine
		}
		b, err := readBundle(args[0], lim, keys)
		if !*asJSON {
			if err != nil {
				return err
			}
			return showVerified(cmd, args[0], b, len(keys) > 0)
		}
		answer := verifyAnswer{File: args[0], OK: err == nil}
		if err != nil {
			answer.Problem = err.Error()
			var fault *bundle.Error
			if errors.As(err, &fault) {
				answer.Section = fault.Section
			}
			return errors.Join(printJSON(cmd.OutOrStdout(), &answer), shown(err))
		}
		answer.SHA256, answer.Name, answer.Policy = fmt.Sprintf("%x", b.ID), b.Provenance.Name, b.IsPolicy()
		answer.Signer, answer.Trusted = signer(b), len(keys) > 0
		answer.Golden, answer.Kernels = len(b.Golden), b.Proved
		return printJSON(cmd.OutOrStdout(), &answer)
	}
	return cmd
}

func showVerified(cmd *cobra.Command, path string, b *bundle.Bundle, trusted bool) error {
	by := "not signed"
	if b.Signer != nil {
		by = "signed by " + signer(b)
		if trusted {
			by += ", which is trusted"
		}
	}
	_, err := fmt.Fprintf(cmd.OutOrStdout(), `%s: good
name     %s
sha256   %x
%s
golden   %d vectors, the same bits on: %v
`, path, b.Provenance.Name, b.ID, by, len(b.Golden), b.Proved)
	return err
}

func signer(b *bundle.Bundle) string {
	if b.Signer == nil {
		return ""
	}
	return fmt.Sprintf("%x", []byte(b.Signer))
}

// readBundle reads a bundle from a file.
func readBundle(path string, lim bundle.Limits, trusted []ed25519.PublicKey) (*bundle.Bundle, error) {
	in, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	if lim.Bytes == 0 {
		lim.Bytes = maxModelFile
	}
	b, err := bundle.Read(in, lim, trusted)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return b, nil
}

// readTrusted reads public keys; none without a file.
func readTrusted(path string) ([]ed25519.PublicKey, error) {
	if path == "" {
		return nil, nil
	}
	in, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	keys, err := bundle.ReadPublicKeys(in)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return keys, nil
}

// kernelFlag adds --kernel to a command.
func kernelFlag(cmd *cobra.Command) func() (kernel.Use, error) {
	name := cmd.Flags().String("kernel", "auto", "auto, portable or avx2")
	return func() (kernel.Use, error) {
		if k, ok := kernel.ParseUse(*name); ok {
			return k, nil
		}
		return 0, usageError{fmt.Errorf("--kernel %q is none of auto, portable, avx2", *name)}
	}
}
