package main

import (
	"os"

	"github.com/spf13/cobra"

	"slipstream/fix/atdl"
)

// newATDL is `slipstream atdl [--provider ID] [--out FILE]`.
func newATDL() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "atdl",
		Short: "Print the FIXatdl 1.1 document of the algorithms, for a desk's OMS",
		Long: `atdl prints the document that an order management system loads to draw the tickets of our
algorithms. It is made from the schema that the gateway judges orders by, so what the ticket
allows the gateway takes, and the other way round.`,
		Example: "  slipstream atdl --provider SLIP > slipstream-atdl.xml",
		Args:    cobra.NoArgs,
	}
	provider := cmd.Flags().String("provider", "SLIP", "providerID, as the OMS shows it")
	out := cmd.Flags().String("out", "", "file to write (default: standard output)")
	cmd.RunE = func(cmd *cobra.Command, _ []string) (err error) {
		if *out == "" {
			return atdl.Write(cmd.OutOrStdout(), *provider)
		}
		f, err := os.Create(*out)
		if err != nil {
			return err
		}
		if err := atdl.Write(f, *provider); err != nil {
			f.Close()
			return err
		}
		return f.Close()
	}
	return cmd
}
