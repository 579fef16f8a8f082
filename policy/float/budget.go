package float

import (
	"errors"

	"slipstream/policy/graph"
)

// Budget bounds what a graph may cost, so that a hostile one gives an error.
type Budget struct {
	Elements int   // most elements in one tensor
	Work     int64 // inner steps left; every tensor costs at least its elements
}

// NewBudget allows tensors of 16 million elements and 4 billion steps.
func NewBudget() *Budget { return &Budget{Elements: 1 << 24, Work: 1 << 32} }

// Errors of the budget.
var (
	ErrTooLarge = errors.New("float: tensor is larger than the limit")
	ErrTooLong  = errors.New("float: the graph needs more work than the limit")
)

// Spend takes the product of dims from the work that is left.
func (b *Budget) Spend(dims ...int) error {
	n := int64(graph.Count(dims))
	if n > b.Work {
		return ErrTooLong
	}
	b.Work -= n
	return nil
}

// room checks a tensor's size before it is made.
func (b *Budget) room(dims []int) error {
	if graph.Count(dims) > b.Elements {
		return ErrTooLarge
	}
	return b.Spend(dims...)
}
