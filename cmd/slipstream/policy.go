package main

import "github.com/spf13/cobra"

// newPolicy is `slipstream policy`.
func newPolicy() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "policy",
		Short: "Compile a model into a bundle that the daemon runs",
		Long: `policy turns a trained model (ONNX, XGBoost JSON, LightGBM text) into a bundle: an integer
program with the meaning of its inputs and outputs, its limits, its provenance and golden
vectors that prove its bits wherever it is loaded.

  slipstream policy import model.onnx --policy-out policy.toml
  slipstream policy compile model.onnx --calibrate cases.json --policy policy.toml --out m.bundle
  slipstream policy sign m.bundle --key desk.pem --out m.signed.bundle`,
	}
	group(cmd)
	cmd.AddCommand(
		newPolicyImport(),
		newPolicyCompile(),
		newPolicyEval(),
		newPolicyInspect(),
		newPolicyVerify(),
		newPolicySign(),
	)
	return cmd
}
