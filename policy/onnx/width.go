package onnx

import "slipstream/policy/graph"

// width finds the number of features of an input whose last dimension the file leaves
// open, as scikit-learn's converters do with [None, None]: whatever reads it, perhaps
// after operators that keep the features, has weights of that many. 1 if nothing does.
func (im *importer) width(name string) int {
	w := widthSearch{im: im, readers: map[string][]int{}, seen: map[string]bool{}, made: map[string]*graph.Tensor{}}
	nodes := im.m.graph.nodes
	for i := range nodes {
		n := &nodes[i]
		if a := n.attrs["value"]; n.op == "Constant" && len(n.out) == 1 && a != nil {
			w.made[n.out[0]] = a.t
		}
		for _, in := range n.in {
			w.readers[in] = append(w.readers[in], i)
		}
	}
	w.follow(name)
	return max(w.exact, w.least, 1)
}

// widthSearch is a search through the readers of one value.
type widthSearch struct {
	im      *importer
	readers map[string][]int
	seen    map[string]bool
	made    map[string]*graph.Tensor
	exact   int // from weights
	least   int // from the highest feature that trees use
}

// keepers hand on as many features as they take.
var keepers = map[string]bool{"Identity": true, "Cast": true, "Dropout": true, "Flatten": true, "Clip": true,
	"Scaler": true, "Imputer": true, "Normalizer": true, "Binarizer": true, "Sub": true, "Add": true, "Mul": true, "Div": true,
	"BatchNormalization": true, "LayerNormalization": true, "QuantizeLinear": true, "DequantizeLinear": true, "Tanh": true}

func (w *widthSearch) follow(name string) {
	todo := []string{name}
	for len(todo) > 0 && w.exact == 0 {
		v := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if v == "" || w.seen[v] {
			continue
		}
		w.seen[v] = true
		for _, i := range w.readers[v] {
			n := &w.im.m.graph.nodes[i]
			if w.exact == 0 {
				w.exact = w.reads(n, v)
			}
			if keepers[n.op] && len(n.in) > 0 && len(n.out) > 0 {
				todo = append(todo, n.out[0])
			}
		}
	}
}

// dims are those of a constant, nil if the value is not one.
func (w *widthSearch) dims(name string) []int {
	if id, ok := w.im.ids[name]; ok && w.im.g.Const(id) != nil {
		return w.im.g.Const(id).Dims
	}
	if t := w.made[name]; t != nil {
		return t.Dims
	}
	return nil
}

// reads is how many features a node takes from v, 0 if it does not say.
func (w *widthSearch) reads(n *protoNode, v string) int {
	list := func(names ...string) int {
		k := 0
		for _, name := range names {
			if a := n.attrs[name]; a != nil {
				k = max(k, len(a.floats), len(a.ints))
			}
		}
		return k
	}
	switch n.op {
	case "Gemm", "MatMul":
		if len(n.in) < 2 || n.in[0] != v {
			return 0
		}
		d, k := w.dims(n.in[1]), 2
		if a := n.attrs["transB"]; n.op == "Gemm" && a != nil && a.i != 0 {
			k = 1
		}
		if len(d) == 0 {
			return 0
		}
		return d[max(len(d)-k, 0)]
	case "Add", "Sub", "Mul", "Div", "LayerNormalization", "BatchNormalization":
		for _, in := range n.in {
			if d := w.dims(in); len(d) > 0 && d[len(d)-1] > 1 {
				return d[len(d)-1]
			}
		}
	case "Scaler":
		return many(list("offset", "scale"))
	case "Imputer":
		return many(list("imputed_value_floats", "imputed_value_int64s"))
	case "LinearRegressor", "LinearClassifier":
		rows := max(list("intercepts"), 1)
		if a := n.attrs["targets"]; a != nil && a.i > 0 {
			rows = max(rows, int(min(a.i, 1<<20)))
		}
		return list("coefficients") / rows
	case "SVMRegressor", "SVMClassifier":
		return w.vectors(n)
	case "TreeEnsembleRegressor", "TreeEnsembleClassifier", "TreeEnsemble":
		if a := n.attrs["nodes_featureids"]; a != nil {
			for _, f := range a.ints {
				w.least = max(w.least, int(min(max(f, 0), int64(w.im.d.lim.Elements-1)))+1)
			}
		}
	}
	return 0
}

// many is a list's length, unless it holds one number for all features.
func many(n int) int {
	if n == 1 {
		return 0
	}
	return n
}

// vectors is the length of a support vector.
func (w *widthSearch) vectors(n *protoNode) int {
	count := int64(0)
	if a := n.attrs["n_supports"]; a != nil {
		count = a.i
	}
	if a := n.attrs["vectors_per_class"]; a != nil {
		for _, v := range a.ints {
			count += min(max(v, 0), 1<<20)
		}
	}
	if a := n.attrs["support_vectors"]; a != nil && count > 0 && count <= int64(len(a.floats)) {
		return len(a.floats) / int(count)
	}
	return 0
}
