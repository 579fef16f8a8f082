package treefile

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"

	"slipstream/policy/graph"
)

// section is a run of key=value lines: the header or one tree.
type section map[string]string

// LightGBM reads a model saved as text (booster.save_model, model_to_string).
func LightGBM(r io.Reader, limits Limits) (*graph.Graph, error) {
	lim := limits.filled()
	b, err := slurp(r, lim.FileBytes)
	if err != nil {
		return nil, err
	}
	head, trees, err := sections(b)
	if err != nil {
		return nil, err
	}
	features, err := head.int("max_feature_idx")
	if err != nil {
		return nil, err
	}
	if features++; features <= 0 || features > lim.Features {
		return nil, fmt.Errorf("%w: %d features", ErrMalformed, features)
	}
	per, err := head.int("num_tree_per_iteration")
	if err != nil {
		return nil, err
	}
	if per <= 0 || per > 1<<16 {
		return nil, fmt.Errorf("%w: %d trees per iteration", ErrMalformed, per)
	}
	a := &graph.TreeAttr{Targets: per, Features: features, Double: true}
	if err := lightObjective(a, head["objective"]); err != nil {
		return nil, err
	}
	scale := sigmoidOf(head["objective"])
	if _, ok := head["average_output"]; ok { // random forest: mean over iterations
		if len(trees) == 0 || len(trees)%per != 0 {
			return nil, fmt.Errorf("%w: %d trees for %d per iteration", ErrMalformed, len(trees), per)
		}
		if a.Post != graph.PostNone {
			return nil, fmt.Errorf("%w: random forest of objective %q; train with boosting=gbdt", ErrUnsupported, head["objective"])
		}
		scale = 1 / float64(len(trees)/per)
	}
	w := &grower{a: a, room: lim.Nodes}
	for i, t := range trees {
		if err := t.plant(w, i%per, features); err != nil {
			return nil, fmt.Errorf("tree %d: %w", i, err)
		}
	}
	for i := range a.Leaves {
		a.Leaves[i].Weight *= scale
	}
	return wrap("lightgbm", a, features)
}

// sections splits the file; everything after "end of trees" is statistics.
func sections(b []byte) (section, []section, error) {
	sc := bufio.NewScanner(bytes.NewReader(b))
	sc.Buffer(nil, len(b)+1)
	if !sc.Scan() || strings.TrimSpace(sc.Text()) != "tree" {
		return nil, nil, fmt.Errorf("%w: does not begin with \"tree\"", ErrMalformed)
	}
	head, trees, ended := section{}, []section(nil), false
	cur := head
	for sc.Scan() {
		line := strings.TrimSpace(sc.Text())
		if line == "end of trees" {
			ended = true
			break
		}
		key, val, found := strings.Cut(line, "=")
		if key == "Tree" {
			cur = section{}
			trees = append(trees, cur)
			continue
		}
		if found || key == "average_output" {
			cur[key] = val
		}
	}
	if err := sc.Err(); err != nil {
		return nil, nil, fmt.Errorf("%w: %v", ErrMalformed, err)
	}
	if !ended {
		return nil, nil, fmt.Errorf("%w: truncated, no \"end of trees\"", ErrMalformed)
	}
	return head, trees, nil
}

func (s section) int(key string) (int, error) {
	v, err := strconv.Atoi(strings.TrimSpace(s[key]))
	if err != nil {
		return 0, fmt.Errorf("%w: %s is %q", ErrMalformed, key, clip([]byte(s[key])))
	}
	return v, nil
}

// list parses a space-separated line and wants n elements.
func list[T any](s section, key string, n int, parse func(string) (T, error)) ([]T, error) {
	fields := strings.Fields(s[key])
	if len(fields) != n {
		return nil, fmt.Errorf("%w: %s has %d elements, want %d", ErrMalformed, key, len(fields), n)
	}
	out := make([]T, n)
	for i, f := range fields {
		v, err := parse(f)
		if err != nil {
			return nil, fmt.Errorf("%w: %s: %v", ErrMalformed, key, err)
		}
		out[i] = v
	}
	return out, nil
}

func parseFloat(s string) (float64, error) { return strconv.ParseFloat(s, 64) }

// lightObjective reads lines such as "binary sigmoid:1" and "multiclass num_class:3".
func lightObjective(a *graph.TreeAttr, line string) error {
	words := strings.Fields(line)
	if len(words) == 0 {
		return nil // a custom objective: raw scores
	}
	switch words[0] {
	case "regression", "regression_l1", "regression_l2", "huber", "fair", "quantile", "mape", "lambdarank", "rank_xendcg", "custom":
		for _, w := range words[1:] {
			if w == "sqrt" {
				return fmt.Errorf("%w: reg_sqrt; train on the transformed target", ErrUnsupported)
			}
		}
	case "binary", "cross_entropy":
		a.Post = graph.PostLogistic
	case "multiclass", "softmax":
		a.Post = graph.PostSoftmax
	case "multiclassova":
		a.Post = graph.PostLogistic
	case "poisson", "gamma", "tweedie":
		a.Post = graph.PostExp
	default:
		return fmt.Errorf("%w: objective %q", ErrUnsupported, words[0])
	}
	return nil
}

// sigmoidOf is the factor inside a logistic objective, as in "binary sigmoid:0.7".
func sigmoidOf(line string) float64 {
	for _, w := range strings.Fields(line) {
		if v, ok := strings.CutPrefix(w, "sigmoid:"); ok {
			if f, err := strconv.ParseFloat(v, 64); err == nil && f > 0 {
				return f
			}
		}
	}
	return 1
}

// The decision_type bits.
const (
	lightCategorical = 1
	lightDefaultLeft = 2
	missingZero      = 1 // bits 2 and 3
	missingNaN       = 2
)

// zeroEdge is the largest magnitude that counts as zero where zero means missing:
// LightGBM's 1e-35f.
var zeroEdge = float64(float32(1e-35))

type lightTree struct {
	feature, kind, left, right []int
	threshold, value           []float64
}

func (s section) plant(w *grower, target, features int) error {
	leaves, err := s.int("num_leaves")
	if err != nil {
		return err
	}
	if leaves < 1 || leaves > w.room {
		return fmt.Errorf("%w: %d leaves", ErrMalformed, leaves)
	}
	if v := strings.TrimSpace(s["is_linear"]); v != "" && v != "0" {
		return fmt.Errorf("%w: linear trees; train with linear_tree=false", ErrUnsupported)
	}
	if v := strings.TrimSpace(s["num_cat"]); v != "" && v != "0" {
		return fmt.Errorf("%w: categorical splits; encode the categories as numbers", ErrUnsupported)
	}
	t := &lightTree{}
	if t.value, err = list(s, "leaf_value", leaves, parseFloat); err != nil {
		return err
	}
	if leaves == 1 {
		return w.tree(-1, 1, func(int) ([]slot, error) { return nil, w.leaf(target, t.value[0]) })
	}
	for key, dst := range map[string]*[]int{"split_feature": &t.feature, "decision_type": &t.kind, "left_child": &t.left, "right_child": &t.right} {
		if *dst, err = list(s, key, leaves-1, strconv.Atoi); err != nil {
			return err
		}
	}
	if t.threshold, err = list(s, "threshold", leaves-1, parseFloat); err != nil {
		return err
	}
	return w.tree(0, leaves, func(i int) ([]slot, error) {
		if i < 0 {
			if ^i >= leaves {
				return nil, fmt.Errorf("%w: leaf %d of %d", ErrMalformed, ^i, leaves)
			}
			return nil, w.leaf(target, t.value[^i])
		}
		if i >= leaves-1 || t.feature[i] < 0 || t.feature[i] >= features || t.threshold[i] != t.threshold[i] {
			return nil, fmt.Errorf("%w: branch %d", ErrMalformed, i)
		}
		return t.branch(w, i)
	})
}

// branch writes x <= threshold with the meaning of its missing type:
//   - None: NaN is taken as zero;
//   - NaN: NaN goes the default way;
//   - Zero: NaN and zeros go the default way, which takes two branches more where zero
//     would go the other way by its value.
func (t *lightTree) branch(w *grower, i int) ([]slot, error) {
	kind, thr := t.kind[i], floor32(t.threshold[i])
	if kind&lightCategorical != 0 {
		return nil, fmt.Errorf("%w: categorical splits; encode the categories as numbers", ErrUnsupported)
	}
	left := kind&lightDefaultLeft != 0
	node := graph.TreeNode{Mode: graph.BranchLEQ, Threshold: thr, Feature: int32(t.feature[i]), Missing: left}
	switch kind >> 2 & 3 {
	case missingNaN:
	case missingZero:
		if left && thr < zeroEdge || !left && thr >= -zeroEdge {
			return t.zeroBranch(w, i, node, left)
		}
	default:
		node.Missing = 0 <= thr
	}
	id, err := w.put(node)
	return []slot{{t.right[i], []int32{id}, []bool{false}}, {t.left[i], []int32{id}, []bool{true}}}, err
}

// zeroBranch sends zeros and NaN the other way than their value would go: first what lies
// beyond zero on the threshold's far side, then zero itself, then the threshold.
func (t *lightTree) zeroBranch(w *grower, i int, node graph.TreeNode, left bool) ([]slot, error) {
	beyond, zero := node, node
	beyond.Mode, beyond.Threshold, beyond.Missing = graph.BranchLT, -zeroEdge, false
	zero.Threshold, zero.Missing = zeroEdge, true
	if left { // the threshold is not above zero
		beyond.Mode, beyond.Threshold = graph.BranchGT, zeroEdge
		zero.Mode, zero.Threshold = graph.BranchGTE, -zeroEdge
	}
	first := int32(len(w.a.Nodes))
	for k, n := range []graph.TreeNode{beyond, zero, node} {
		if k < 2 {
			n.False = first + int32(k) + 1
		}
		if _, err := w.put(n); err != nil {
			return nil, err
		}
	}
	l := slot{t.left[i], []int32{first + 2}, []bool{true}}
	r := slot{t.right[i], []int32{first + 2}, []bool{false}}
	far, near := &l, &r // where what is beyond zero goes, and where zero goes
	if left {
		far, near = &r, &l
	}
	far.parents, far.left = append(far.parents, first), append(far.left, true)
	near.parents, near.left = append(near.parents, first+1), append(near.left, true)
	return []slot{r, l}, nil
}
