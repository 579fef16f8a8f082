package treefile

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"slipstream/policy/graph"
)

// number is a number that XGBoost may write as a string, or in brackets.
type number float64

// UnmarshalJSON takes 0.5, "5E-1", "[5E-1]" and [0.5].
func (n *number) UnmarshalJSON(b []byte) error {
	v, err := parseNumbers(b)
	if err != nil || len(v) != 1 {
		return fmt.Errorf("%w: %q is not a number", ErrMalformed, clip(b))
	}
	*n = number(v[0])
	return nil
}

// numbers is one number or a list of them in any of these forms.
type numbers []float64

// UnmarshalJSON takes what number takes and lists of several.
func (n *numbers) UnmarshalJSON(b []byte) error {
	v, err := parseNumbers(b)
	*n = v
	return err
}

func parseNumbers(b []byte) ([]float64, error) {
	s := strings.Trim(string(b), " \t\r\n\"[]")
	if s == "" {
		return nil, nil
	}
	var out []float64
	for _, part := range strings.Split(s, ",") {
		v, err := strconv.ParseFloat(strings.Trim(part, " \t\r\n\""), 64)
		if err != nil {
			return nil, fmt.Errorf("%w: %q is not a number", ErrMalformed, clip(b))
		}
		out = append(out, v)
	}
	return out, nil
}

func clip(b []byte) []byte { return b[:min(len(b), 40)] }

// flags are 0/1 or false/true.
type flags []bool

// UnmarshalJSON takes numbers and booleans.
func (f *flags) UnmarshalJSON(b []byte) error {
	var raw []json.RawMessage
	if err := json.Unmarshal(b, &raw); err != nil {
		return err
	}
	*f = make(flags, len(raw))
	for i, r := range raw {
		(*f)[i] = string(r) == "true" || string(r) == "1"
	}
	return nil
}

type xgbFile struct {
	Learner struct {
		Booster struct {
			Name  string    `json:"name"`
			Model *xgbModel `json:"model"`
		} `json:"gradient_booster"`
		Param struct {
			BaseScore numbers `json:"base_score"`
			Classes   number  `json:"num_class"`
			Features  number  `json:"num_feature"`
			Targets   *number `json:"num_target"`
		} `json:"learner_model_param"`
		Objective struct {
			Name string `json:"name"`
		} `json:"objective"`
	} `json:"learner"`
}

type xgbModel struct {
	Param struct {
		Leaf     *number `json:"size_leaf_vector"`
		Parallel *number `json:"num_parallel_tree"`
	} `json:"gbtree_model_param"`
	Info  []int     `json:"tree_info"`
	Trees []xgbTree `json:"trees"`
}

type xgbTree struct {
	Left       []int     `json:"left_children"`
	Right      []int     `json:"right_children"`
	Feature    []int     `json:"split_indices"`
	Condition  []float32 `json:"split_conditions"`
	Default    flags     `json:"default_left"`
	SplitType  []int     `json:"split_type"`
	Categories []int     `json:"categories_nodes"`
}

// XGBoost reads a model saved as JSON (save_model("x.json"), versions 1.0 to 3).
func XGBoost(r io.Reader, limits Limits) (*graph.Graph, error) {
	lim := limits.filled()
	b, err := slurp(r, lim.FileBytes)
	if err != nil {
		return nil, err
	}
	var f xgbFile
	if err := json.Unmarshal(bytes.TrimSpace(b), &f); err != nil {
		return nil, fmt.Errorf("%w: %v", ErrMalformed, err)
	}
	l := &f.Learner
	if l.Booster.Name != "gbtree" || l.Booster.Model == nil {
		return nil, fmt.Errorf("%w: booster %q; train with booster=gbtree", ErrUnsupported, l.Booster.Name)
	}
	features := int(l.Param.Features)
	if features <= 0 || features > lim.Features || l.Param.Classes < 0 || l.Param.Classes > 1<<16 {
		return nil, fmt.Errorf("%w: %v features, %v classes", ErrMalformed, float64(l.Param.Features), float64(l.Param.Classes))
	}
	m := l.Booster.Model
	if p := m.Param.Leaf; p != nil && *p > 1 {
		return nil, fmt.Errorf("%w: leaves with vectors; train with multi_strategy=one_output_per_tree", ErrUnsupported)
	}
	a := &graph.TreeAttr{Targets: max(1, int(l.Param.Classes)), Features: features}
	if t := l.Param.Targets; t != nil && *t > 1 && *t < 1<<16 {
		a.Targets = max(a.Targets, int(*t))
	}
	if err := objective(a, l.Objective.Name, l.Param.BaseScore); err != nil {
		return nil, err
	}
	w := &grower{a: a, room: lim.Nodes}
	for i := range m.Trees {
		target := 0
		if i < len(m.Info) {
			target = m.Info[i]
		}
		if target < 0 || target >= a.Targets {
			return nil, fmt.Errorf("%w: tree %d is for class %d of %d", ErrMalformed, i, target, a.Targets)
		}
		if err := m.Trees[i].plant(w, target, features); err != nil {
			return nil, fmt.Errorf("tree %d: %w", i, err)
		}
	}
	return wrap("xgboost", a, features)
}

// objective sets the transform, and the base score in margin space.
func objective(a *graph.TreeAttr, name string, base []float64) error {
	toMargin := func(p float64) (float64, error) { return p, nil }
	switch name {
	case "reg:squarederror", "reg:linear", "reg:squaredlogerror", "reg:pseudohubererror", "reg:absoluteerror",
		"reg:quantileerror", "rank:pairwise", "rank:ndcg", "rank:map":
	case "binary:logistic", "reg:logistic":
		a.Post, toMargin = graph.PostLogistic, logit
	case "binary:logitraw":
		toMargin = logit
	case "count:poisson", "reg:gamma", "reg:tweedie", "survival:cox", "survival:aft":
		a.Post = graph.PostExp
		toMargin = func(p float64) (float64, error) {
			if p <= 0 {
				return 0, fmt.Errorf("%w: base_score %v", ErrMalformed, p)
			}
			return float64(float32(math.Log(p))), nil
		}
	case "multi:softprob", "multi:softmax":
		a.Post = graph.PostSoftmax
	default:
		return fmt.Errorf("%w: objective %q; use binary:logistic, multi:softprob or reg:squarederror", ErrUnsupported, name)
	}
	if len(base) == 0 {
		base = []float64{0.5}
	}
	if len(base) != 1 && len(base) != a.Targets {
		return fmt.Errorf("%w: %d base scores for %d outputs", ErrMalformed, len(base), a.Targets)
	}
	for k := range a.Targets {
		v, err := toMargin(float64(float32(base[min(k, len(base)-1)])))
		if err != nil {
			return err
		}
		a.Base = append(a.Base, v)
	}
	return nil
}

func logit(p float64) (float64, error) {
	if p <= 0 || p >= 1 {
		return 0, fmt.Errorf("%w: base_score %v of a logistic objective", ErrMalformed, p)
	}
	return float64(float32(-math.Log(1/p - 1))), nil
}

// plant writes the tree. A deleted node is never reached, and a leaf has no left child.
func (t *xgbTree) plant(w *grower, target, features int) error {
	n := len(t.Left)
	if n == 0 || len(t.Right) != n || len(t.Feature) != n || len(t.Condition) != n || len(t.Default) != n {
		return fmt.Errorf("%w: lists are empty or differ in length", ErrMalformed)
	}
	if len(t.Categories) > 0 {
		return fmt.Errorf("%w: categorical splits; encode the categories as numbers", ErrUnsupported)
	}
	for _, s := range t.SplitType {
		if s != 0 {
			return fmt.Errorf("%w: categorical splits; encode the categories as numbers", ErrUnsupported)
		}
	}
	return w.tree(0, n, func(i int) ([]slot, error) {
		if t.Left[i] < 0 {
			return nil, w.leaf(target, float64(t.Condition[i]))
		}
		l, r, f := t.Left[i], t.Right[i], t.Feature[i]
		if l >= n || r < 0 || r >= n || f < 0 || f >= features {
			return nil, fmt.Errorf("%w: node %d has children %d and %d and feature %d", ErrMalformed, i, l, r, f)
		}
		id, err := w.put(graph.TreeNode{Mode: graph.BranchLT, Threshold: float64(t.Condition[i]), Feature: int32(f), Missing: t.Default[i]})
		return []slot{{r, []int32{id}, []bool{false}}, {l, []int32{id}, []bool{true}}}, err
	})
}
