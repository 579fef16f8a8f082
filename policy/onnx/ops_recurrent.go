package onnx

import (
	"strings"

	"slipstream/policy/graph"
)

var directions = map[string]graph.Direction{"forward": graph.Forward, "reverse": graph.Reverse, "bidirectional": graph.Bidirectional}

// gateDefaults are the activations of one direction.
var gateDefaults = map[string][]string{
	"LSTM": {"Sigmoid", "Tanh", "Tanh"}, "GRU": {"Sigmoid", "Tanh"}, "RNN": {"Tanh"},
}

// gateParam says which parameters an activation takes and what they are if not given.
type gateParam struct {
	op          graph.Op
	alpha, beta float32
	takes       int
}

var gateParams = map[string]gateParam{
	"relu": {op: graph.Relu}, "tanh": {op: graph.Tanh}, "sigmoid": {op: graph.Sigmoid},
	"softsign": {op: graph.Softsign}, "softplus": {op: graph.Softplus},
	"leakyrelu": {graph.LeakyRelu, 0.01, 0, 1}, "thresholdedrelu": {graph.ThresholdedRelu, 1, 0, 1},
	"elu": {graph.Elu, 1, 0, 1}, "affine": {graph.Affine, 1, 0, 2}, "scaledtanh": {graph.ScaledTanh, 1, 1, 2},
	"hardsigmoid": {graph.HardSigmoid, 0.2, 0.5, 2},
}

func recurrent(n *rawNode) error {
	most := 6
	if n.op == "LSTM" {
		most = 8
	}
	if err := n.need(3, most); err != nil {
		return err
	}
	dir, ok := directions[n.str("direction", "forward")]
	if !ok {
		return n.refuse("", "direction %q", n.str("direction", ""))
	}
	a := &graph.RecurrentAttr{
		Hidden: n.axis("hidden_size", 0), Direction: dir, Clip: n.float("clip", 0),
		InputForget: n.flag("input_forget", false), LinearBeforeReset: n.flag("linear_before_reset", false),
		BatchFirst: n.flag("layout", false),
	}
	if r := &n.im.g.Values[n.ids[2]]; a.Hidden == 0 && !r.Dynamic && len(r.Dims) == 3 {
		a.Hidden = r.Dims[2]
	}
	if err := n.gates(a); err != nil {
		return err
	}
	return n.emit(graph.Op(n.op), a, n.ids...)
}

// gates reads the activations; alphas and betas go in order to those that take them.
func (n *rawNode) gates(a *graph.RecurrentAttr) error {
	names := n.strings("activations")
	if len(names) == 0 {
		for range a.Directions() {
			names = append(names, gateDefaults[n.op]...)
		}
	}
	if len(names) != a.Directions()*len(gateDefaults[n.op]) {
		return n.refuse("", "%d activations", len(names))
	}
	alpha, beta := n.floats("activation_alpha"), n.floats("activation_beta")
	for _, name := range names {
		p, ok := gateParams[strings.ToLower(name)]
		if !ok {
			return n.refuse("", "activation %q", name)
		}
		if p.takes > 0 && len(alpha) > 0 {
			p.alpha, alpha = alpha[0], alpha[1:]
		}
		if p.takes > 1 && len(beta) > 0 {
			p.beta, beta = beta[0], beta[1:]
		}
		a.Activations = append(a.Activations, graph.Activation{Kind: p.op, Alpha: p.alpha, Beta: p.beta})
	}
	return nil
}
