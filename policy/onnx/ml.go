package onnx

import (
	"math"

	"slipstream/policy/graph"
)

func ml() map[string]convert {
	return map[string]convert{
		"TreeEnsembleRegressor": treeRegressor, "TreeEnsembleClassifier": treeClassifier, "TreeEnsemble": treeEnsemble,
		"SVMRegressor": svm, "SVMClassifier": svm, "LinearRegressor": linear, "LinearClassifier": linear,
		"Scaler": scaler, "Normalizer": normalizer, "Imputer": imputer, "LabelEncoder": labelEncoder,
		"Binarizer": binarizer, "ArrayFeatureExtractor": features, "FeatureVectorizer": features, "ZipMap": zipMap,
	}
}

var posts = map[string]graph.Post{"NONE": graph.PostNone, "SOFTMAX": graph.PostSoftmax, "LOGISTIC": graph.PostLogistic,
	"SOFTMAX_ZERO": graph.PostSoftmaxZero, "PROBIT": graph.PostProbit}

func (n *rawNode) post() (graph.Post, error) {
	p, ok := posts[n.str("post_transform", "NONE")]
	if !ok {
		return 0, n.refuse("", "post_transform %q", n.str("post_transform", ""))
	}
	return p, nil
}

func (n *rawNode) labels() graph.Labels {
	ints := n.ints("classlabels_ints")
	if n.has("classlabels_int64s") {
		ints = n.ints("classlabels_int64s")
	}
	return graph.Labels{Ints: ints, Strings: n.strings("classlabels_strings")}
}

// checkLabels wants exactly one kind.
func (n *rawNode) checkLabels(l graph.Labels, least int) error {
	if l.Len() < least || len(l.Ints) > 0 && len(l.Strings) > 0 {
		return n.refuse("", "%d integer and %d string labels", len(l.Ints), len(l.Strings))
	}
	return nil
}

// zipMap hands on the scores as a tensor instead of a map per row.
func zipMap(n *rawNode) error { return pass(n) }

func features(n *rawNode) error {
	least, most := 1, 1<<20
	if n.op == "ArrayFeatureExtractor" {
		least, most = 2, 2
	}
	if err := n.need(least, most); err != nil {
		return err
	}
	for i, v := range n.ids {
		if v == graph.None {
			return n.refuse("", "input %d is missing", i)
		}
	}
	return n.emit(graph.Op(n.op), nil, n.ids...)
}

func binarizer(n *rawNode) error {
	if err := n.need(1, 1); err != nil {
		return err
	}
	return n.emit(graph.Binarizer, graph.AlphaAttr{Alpha: n.float("threshold", 0)}, n.ids...)
}

func scaler(n *rawNode) error {
	if err := n.need(1, 1); err != nil {
		return err
	}
	a := graph.ScalerAttr{Offset: n.floats("offset"), Scale: n.floats("scale")}
	if len(a.Offset) == 0 {
		a.Offset = []float32{0}
	}
	if len(a.Scale) == 0 {
		a.Scale = []float32{1}
	}
	return n.emit(graph.Scaler, a, n.ids...)
}

func normalizer(n *rawNode) error {
	if err := n.need(1, 1); err != nil {
		return err
	}
	kinds := map[string]graph.NormKind{"MAX": graph.NormMax, "L1": graph.NormL1, "L2": graph.NormL2}
	k, ok := kinds[n.str("norm", "MAX")]
	if !ok {
		return n.refuse("", "norm %q", n.str("norm", ""))
	}
	return n.emit(graph.Normalizer, graph.NormalizerAttr{Norm: k}, n.ids...)
}

func imputer(n *rawNode) error {
	if err := n.need(1, 1); err != nil {
		return err
	}
	return n.emit(graph.Imputer, graph.ImputerAttr{
		Values: n.floats("imputed_value_floats"), Replaced: n.float("replaced_value_float", 0),
		Integers: n.ints("imputed_value_int64s"), IntegersReplaced: n.int("replaced_value_int64", 0),
	}, n.ids...)
}

// labelEncoder: v1 maps between strings and their positions, v2 has typed lists, v4 tensors.
func labelEncoder(n *rawNode) error {
	if err := n.need(1, 1); err != nil {
		return err
	}
	a := &graph.LabelEncoderAttr{Keys: n.list("keys"), Values: n.list("values")}
	if names := n.strings("classes_strings"); len(names) > 0 {
		pos := make([]int64, len(names))
		for i := range pos {
			pos[i] = int64(i)
		}
		words, numbers := graph.New(graph.String, len(names)), graph.Ints(pos, len(pos))
		copy(words.S, names)
		a.Keys, a.Values = words, numbers
		if n.dtype(0) != graph.String {
			a.Keys, a.Values = numbers, words
		}
	}
	if a.Keys == nil || a.Values == nil || a.Keys.Len() != a.Values.Len() {
		return n.refuse("", "keys and values are missing or differ in number")
	}
	a.Default = n.fallback(a.Values.DType)
	if a.Default.DType != a.Values.DType || a.Default.Len() != 1 {
		return n.refuse("", "default is %s %v, values are %s", a.Default.DType, a.Default.Dims, a.Values.DType)
	}
	return n.emit(graph.LabelEncoder, a, n.ids...)
}

// list is one of the typed attributes of a label encoder, nil if there is none.
func (n *rawNode) list(what string) *graph.Tensor {
	switch {
	case n.tensor(what+"_tensor") != nil:
		return n.tensor(what + "_tensor")
	case n.has(what + "_strings"):
		t := graph.New(graph.String, len(n.strings(what+"_strings")))
		copy(t.S, n.strings(what+"_strings"))
		return t
	case n.has(what + "_int64s"):
		return graph.Ints(n.ints(what+"_int64s"), len(n.ints(what+"_int64s")))
	case n.has(what + "_floats"):
		return graph.Floats(n.floats(what+"_floats"), len(n.floats(what+"_floats")))
	}
	return nil
}

func (n *rawNode) fallback(d graph.DType) *graph.Tensor {
	if t := n.tensor("default_tensor"); t != nil {
		return t
	}
	t := graph.New(d)
	switch {
	case d == graph.String:
		t.S[0] = n.str("default_string", "_Unused")
	case d == graph.Float64:
		t.D[0] = float64(n.float("default_float", float32(math.Copysign(0, -1))))
	case d.IsFloat():
		t.F[0] = n.float("default_float", float32(math.Copysign(0, -1)))
	default:
		t.I[0] = n.int("default_int64", -1)
	}
	return t
}

func linear(n *rawNode) error {
	if err := n.need(1, 1); err != nil {
		return err
	}
	post, err := n.post()
	if err != nil {
		return err
	}
	a := &graph.LinearAttr{Coef: n.floats("coefficients"), Intercept: n.floats("intercepts"), Post: post}
	if n.op == "LinearRegressor" {
		if a.Targets = n.axis("targets", 1); a.Targets == 1 {
			a.Post = single(a.Post)
		}
		return n.emit(graph.LinearRegressor, a, n.ids...)
	}
	a.Labels = n.labels()
	if err := n.checkLabels(a.Labels, 0); err != nil {
		return err
	}
	if a.Targets = len(a.Intercept); a.Targets == 0 {
		a.Targets = a.Labels.Len()
	}
	if a.Targets > 1 && a.Labels.Len() != a.Targets {
		return n.refuse("", "%d labels for %d classes", a.Labels.Len(), a.Targets)
	}
	return n.emit(graph.LinearClassifier, a, n.ids...)
}

var svmKernels = map[string]graph.Kernel{"LINEAR": graph.KernelLinear, "POLY": graph.KernelPoly,
	"RBF": graph.KernelRBF, "SIGMOID": graph.KernelSigmoid}

func svm(n *rawNode) error {
	if err := n.need(1, 1); err != nil {
		return err
	}
	post, err := n.post()
	if err != nil {
		return err
	}
	k, ok := svmKernels[n.str("kernel_type", "LINEAR")]
	if !ok {
		return n.refuse("", "kernel %q", n.str("kernel_type", ""))
	}
	a := &graph.SVMAttr{Kernel: k, Vectors: n.floats("support_vectors"), Coef: n.floats("coefficients"),
		Rho: n.floats("rho"), ProbA: n.floats("prob_a"), ProbB: n.floats("prob_b"), OneClass: n.flag("one_class", false),
		Post: post, Labels: n.labels()}
	if p := n.floats("kernel_params"); len(p) >= 3 {
		a.Gamma, a.Coef0, a.Degree = p[0], p[1], p[2]
	} else if k != graph.KernelLinear {
		return n.refuse("", "%d kernel parameters, want 3", len(p))
	}
	count := n.int("n_supports", 0)
	if n.op == "SVMRegressor" {
		a.Post = graph.PostNone // ONNX Runtime reads it and leaves it at that
	} else {
		if err := n.checkLabels(a.Labels, 1); err != nil {
			return err
		}
		count = 0
		for _, v := range n.ints("vectors_per_class") {
			if v < 0 || v > int64(len(a.Vectors)) {
				return n.refuse("", "vectors_per_class %v", n.ints("vectors_per_class"))
			}
			count += v
			a.PerClass = append(a.PerClass, int(v))
		}
	}
	return n.finishSVM(a, count)
}

// finishSVM finds the number of features; without vectors the model is linear.
func (n *rawNode) finishSVM(a *graph.SVMAttr, count int64) error {
	switch {
	case count > 0 && int64(len(a.Vectors))%count == 0:
		a.Features = len(a.Vectors) / int(count)
	case count == 0:
		a.Vectors, a.Kernel = nil, graph.KernelLinear
		a.Features = len(a.Coef) / max(a.Labels.Len(), 1)
	}
	if a.Features == 0 || len(a.Rho) == 0 {
		return n.refuse("", "%d vectors of %d values and %d offsets", count, len(a.Vectors), len(a.Rho))
	}
	return n.emit(graph.Op(n.op), a, n.ids...)
}
