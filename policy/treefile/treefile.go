package treefile

import (
	"errors"
	"fmt"
	"io"
	"math"

	"slipstream/policy/graph"
)

// Limits bound a file. Zero fields take the defaults.
type Limits struct {
	FileBytes int64 // default 256 MB
	Nodes     int   // branches and leaves of all trees, default 4 million
	Features  int   // default 65536
}

func (l Limits) filled() Limits {
	if l.FileBytes <= 0 {
		l.FileBytes = 256 << 20
	}
	if l.Nodes <= 0 {
		l.Nodes = 4 << 20
	}
	if l.Features <= 0 {
		l.Features = 1 << 16
	}
	return l
}

// What a file can be refused for.
var (
	ErrTooLarge    = errors.New("treefile: larger than the limit")
	ErrMalformed   = errors.New("treefile: malformed file")
	ErrUnsupported = errors.New("treefile: not supported")
)

func slurp(r io.Reader, most int64) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, most+1))
	if err != nil {
		return nil, fmt.Errorf("treefile: %w", err)
	}
	if int64(len(b)) > most {
		return nil, fmt.Errorf("%w: file of more than %d bytes", ErrTooLarge, most)
	}
	return b, nil
}

// wrap makes the one-node graph.
func wrap(name string, a *graph.TreeAttr, features int) (*graph.Graph, error) {
	g := &graph.Graph{Name: name}
	x := g.AddValue("features", graph.Float32, 1, features)
	y := g.AddValue("scores", graph.Float32, 1, a.Targets)
	g.Nodes = []graph.Node{{Op: graph.TreeEnsemble, Name: name, In: []int{x}, Out: []int{y}, Attr: a}}
	g.Inputs = []graph.Port{{Name: "features", Value: x}}
	g.Outputs = []graph.Port{{Name: "scores", Value: y}}
	if err := g.Validate(); err != nil {
		return nil, fmt.Errorf("treefile: %w", err)
	}
	return g, nil
}

// floor32 is the largest float32 not above v.
func floor32(v float64) float64 {
	f := float32(v)
	if float64(f) > v {
		f = math.Nextafter32(f, float32(math.Inf(-1)))
	}
	return float64(f)
}

// grower writes trees parents first, whatever the order in the file.
type grower struct {
	a    *graph.TreeAttr
	room int
}

// slot is a place in a written branch that waits for a child.
type slot struct {
	child   int
	parents []int32
	left    []bool // parent's True side
}

// put appends a node.
func (w *grower) put(n graph.TreeNode) (int32, error) {
	if w.room--; w.room < 0 {
		return 0, fmt.Errorf("%w: too many nodes", ErrTooLarge)
	}
	w.a.Nodes = append(w.a.Nodes, n)
	return int32(len(w.a.Nodes) - 1), nil
}

// tree walks from child 0; expand writes a node and returns the slots its children fill.
// A node that is reached twice is refused, which also ends every cycle.
func (w *grower) tree(root, count int, expand func(i int) ([]slot, error)) error {
	w.a.Roots = append(w.a.Roots, int32(len(w.a.Nodes)))
	seen := make(map[int]bool, 2*count)
	stack := []slot{{child: root}}
	for len(stack) > 0 {
		s := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if seen[s.child] {
			return fmt.Errorf("%w: node %d has two parents", ErrMalformed, s.child)
		}
		seen[s.child] = true
		id := int32(len(w.a.Nodes))
		for k, p := range s.parents {
			if s.left[k] {
				w.a.Nodes[p].True = id
			} else {
				w.a.Nodes[p].False = id
			}
		}
		next, err := expand(s.child)
		if err != nil {
			return err
		}
		stack = append(stack, next...)
	}
	return nil
}

// leaf writes a leaf with one weight.
func (w *grower) leaf(target int, weight float64) error {
	_, err := w.put(graph.TreeNode{Mode: graph.Leaf, First: int32(len(w.a.Leaves)), Num: 1})
	w.a.Leaves = append(w.a.Leaves, graph.LeafWeight{Target: int32(target), Weight: weight})
	return err
}
