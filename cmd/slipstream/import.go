package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"slipstream/cmd/slipstream/internal/term"
	"slipstream/feed/capture/lobster"
)

// newImport is `slipstream import`.
func newImport() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "import",
		Short: "Turn market data of other formats into ITCH 5.0",
	}
	group(cmd)
	cmd.AddCommand(newImportLobster())
	return cmd
}

// newImportLobster is `slipstream import lobster ZIP [--out FILE] [--force] [--json]`.
func newImportLobster() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "lobster ZIP",
		Short: "Turn a LOBSTER day into an ITCH 5.0 file",
		Long: `import lobster reads the zip of one LOBSTER day (message and order book file) and writes
it as TotalView-ITCH 5.0 with two-byte length framing. Changes that the book file shows and
the message file does not become adds, cancels and deletes marked synthetic, so that the
book is right after every row; 'slipstream verify book' proves that.`,
		Example: "  slipstream import lobster LOBSTER_SampleFile_AMZN_2012-06-21_5.zip --out amzn.itch",
		Args:    oneFile,
	}
	out := cmd.Flags().String("out", "", "file to write (default: the name of the zip with .itch, in this folder)")
	force := cmd.Flags().Bool("force", false, "replace the file if it is there")
	asJSON := jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		path := *out
		if path == "" {
			path = strings.TrimSuffix(filepath.Base(args[0]), filepath.Ext(args[0])) + ".itch"
		}
		progress := term.NewProgress(cmd.ErrOrStderr())
		defer progress.Done()
		var stats lobster.Stats
		var size int64
		err := writeFile(path, *force, func(w io.Writer) (err error) {
			counter := &countWriter{w: w, seen: func(n int64) {
				size = n
				progress.Update(0, 0, "importing %s: %.1f MB written", filepath.Base(args[0]), float64(n)/1e6)
			}}
			stats, err = lobster.Import(args[0], counter)
			return err
		})
		progress.Done()
		if err != nil {
			return err
		}
		if *asJSON {
			return printJSON(cmd.OutOrStdout(), struct {
				Out   string `json:"out"`
				Bytes int64  `json:"bytes"`
				lobster.Stats
			}{path, size, stats})
		}
		_, err = fmt.Fprintf(cmd.OutOrStdout(), `%s: %d bytes
rows              %10d
messages          %10d
  synthetic       %10d
level changes     %10d  (levels that the messages alone left wrong)
shares, visible   %10d
shares, hidden    %10d
shares, crossed   %10d
Prove it: slipstream verify book --itch %s --lobster %s
`, path, size, stats.Rows, stats.Messages, stats.Synthetic, stats.LevelChanges,
			stats.VisibleShares, stats.HiddenShares, stats.CrossShares, path, args[0])
		return err
	}
	return cmd
}

// countWriter tells how many bytes went through it.
type countWriter struct {
	w    io.Writer
	n    int64
	seen func(n int64)
}

func (c *countWriter) Write(b []byte) (int, error) {
	n, err := c.w.Write(b)
	c.n += int64(n)
	c.seen(c.n)
	return n, err
}

// writeFile lets fill write a new file at path. The file appears whole or not at all.
func writeFile(path string, replace bool, fill func(io.Writer) error) (err error) {
	if _, err := os.Lstat(path); err == nil && !replace {
		return fmt.Errorf("%s is there already: give another --out, or --force to replace it", path)
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("cannot write %s: %w", path, err)
	}
	defer func() {
		if err != nil {
			tmp.Close()
			os.Remove(tmp.Name())
		}
	}()
	buffer := bufio.NewWriterSize(tmp, 1<<20)
	if err := fill(buffer); err != nil {
		return err
	}
	if err := errors.Join(buffer.Flush(), tmp.Chmod(0o644), tmp.Sync(), tmp.Close()); err != nil {
		return fmt.Errorf("cannot write %s: %w", path, err)
	}
	return os.Rename(tmp.Name(), path)
}
