package graph

import "fmt"

// Error refuses a node, saying which and what to do about it.
type Error struct {
	Node   string // the node's name; a port's or value's name where no node is at fault
	Op     Op     // empty where no operator is at fault
	Reason string
	Hint   string // what to do; may be empty
}

// Error is one line: node, operator, reason, advice.
func (e *Error) Error() string {
	s := e.Reason
	if e.Op != "" {
		s = fmt.Sprintf("node %q (%s): %s", e.Node, e.Op, e.Reason)
	} else if e.Node != "" {
		s = fmt.Sprintf("%q: %s", e.Node, e.Reason)
	}
	if e.Hint != "" {
		s += "; " + e.Hint
	}
	return s
}

// Refuse makes the error for a node.
func (n *Node) Refuse(hint, format string, args ...any) *Error {
	return &Error{Node: n.Name, Op: n.Op, Reason: fmt.Sprintf(format, args...), Hint: hint}
}
