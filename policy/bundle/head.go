package bundle

import (
	"fmt"
	"slices"
)

// MaxActions bounds a head.
const MaxActions = 256

// HeadKind is how an output becomes the index of an action.
type HeadKind string

// The heads. Argmax takes the largest element, of equals the first; NaN loses. Label
// takes the one integer as it is. Bins counts the edges that are at most the one number:
// len(Edges)+1 actions. A label outside of the menu and nothing but NaN are no action.
const (
	Argmax HeadKind = "argmax"
	Label  HeadKind = "label"
	Bins   HeadKind = "bins"
)

// EngineActions is the engine's menu (engine/learned): what a policy may propose. Sizes
// are multiples of the slice, the quantity that the schedule wants done by its next
// boundary and that is not done yet; cross-all takes all that is left of the parent.
func EngineActions() []string {
	return []string{"hold", "rest-1", "rest-2", "improve-1", "cross-1/2", "cross-1", "cross-2", "cross-4", "cross-all"}
}

// Head turns one output of the program into an action.
type Head struct {
	Output  string    `json:"output"`
	Kind    HeadKind  `json:"kind"`
	Edges   []float32 `json:"edges,omitempty"` // of Bins, ascending
	Actions []string  `json:"actions"`         // of the host's menu, by index; a name may come twice
}

// Columns maps each action to its place in the host's menu.
func (h *Head) Columns(menu []string) ([]int, error) {
	cols := make([]int, len(h.Actions))
	for i, a := range h.Actions {
		if cols[i] = slices.Index(menu, a); cols[i] < 0 {
			return nil, refuse("head", ErrSchema, "action %d is %q, which this build does not have (%v)", i, a, menu)
		}
	}
	return cols, nil
}

func (h *Head) check() error {
	switch {
	case len(h.Output) > maxText:
		return fmt.Errorf("output %.40q", h.Output)
	case len(h.Actions) < 1 || len(h.Actions) > MaxActions:
		return fmt.Errorf("%d actions, want 1 to %d", len(h.Actions), MaxActions)
	case h.Kind == Bins && len(h.Edges) != len(h.Actions)-1:
		return fmt.Errorf("%d edges part %d bins, there are %d actions", len(h.Edges), len(h.Edges)+1, len(h.Actions))
	case h.Kind != Bins && len(h.Edges) != 0:
		return fmt.Errorf("edges are for %s, the head is %.40q", Bins, h.Kind)
	case h.Kind != Argmax && h.Kind != Label && h.Kind != Bins:
		return fmt.Errorf("kind %.40q is none of %s, %s, %s", h.Kind, Argmax, Label, Bins)
	}
	for i, e := range h.Edges {
		if !finite(e) || i > 0 && e <= h.Edges[i-1] {
			return fmt.Errorf("edges %v do not ascend", h.Edges)
		}
	}
	for i, a := range h.Actions {
		if a == "" || len(a) > 64 || !text(a) {
			return fmt.Errorf("action %d is %.40q", i, a)
		}
	}
	return nil
}
