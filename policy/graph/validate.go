package graph

import "fmt"

// Validate reports the first broken invariant:
//   - ids are in range; inputs and constants are made by no node, every other value that
//     is read is made by exactly one node before it;
//   - a constant's data fits its dimensions, which are those of its value;
//   - every node has a known operator, as many inputs and outputs as it takes and the
//     attribute struct that goes with it; trees are walkable (TreeAttr.check);
//   - port names are unique.
func (g *Graph) Validate() error {
	made := make([]bool, len(g.Values))
	for i := range g.Values {
		if err := g.Values[i].check(); err != nil {
			return &Error{Node: g.Values[i].Name, Reason: err.Error()}
		}
		made[i] = g.Values[i].Const != nil
	}
	if err := g.checkPorts("input", g.Inputs); err != nil {
		return err
	}
	for _, p := range g.Inputs {
		if made[p.Value] {
			return &Error{Node: p.Name, Reason: "graph input is given twice or is a constant"}
		}
		made[p.Value] = true
	}
	for i := range g.Nodes {
		if err := g.checkNode(&g.Nodes[i], made); err != nil {
			return err
		}
	}
	if err := g.checkPorts("output", g.Outputs); err != nil {
		return err
	}
	for _, p := range g.Outputs {
		if !made[p.Value] {
			return &Error{Node: p.Name, Reason: "graph output is made by no node"}
		}
	}
	return nil
}

// Static reports the first value whose shape is known only when the graph runs.
func (g *Graph) Static() error {
	for i := range g.Nodes {
		n := &g.Nodes[i]
		for _, o := range n.Out {
			if o != None && g.Values[o].Dynamic {
				return n.Refuse("export the model with constant shapes, axes and sizes",
					"the shape of output %q depends on the data of an input", g.Values[o].Name)
			}
		}
	}
	return nil
}

func (v *Value) check() error {
	if v.Const != nil {
		if err := v.Const.check(); err != nil {
			return err
		}
		if v.DType != v.Const.DType || v.Dynamic || !sameDims(v.Dims, v.Const.Dims) {
			return fmt.Errorf("value says %s %v, its constant %s %v", v.DType, v.Dims, v.Const.DType, v.Const.Dims)
		}
	}
	for _, d := range v.Dims {
		if d < 0 && !v.Dynamic {
			return fmt.Errorf("negative dimension in %v", v.Dims)
		}
	}
	return nil
}

func (g *Graph) checkPorts(kind string, ports []Port) error {
	seen := make(map[string]bool, len(ports))
	for _, p := range ports {
		if p.Value < 0 || p.Value >= len(g.Values) {
			return &Error{Node: p.Name, Reason: fmt.Sprintf("graph %s has value id %d of %d", kind, p.Value, len(g.Values))}
		}
		if seen[p.Name] {
			return &Error{Node: p.Name, Reason: fmt.Sprintf("two graph %ss of this name", kind)}
		}
		seen[p.Name] = true
	}
	return nil
}

func (g *Graph) checkNode(n *Node, made []bool) error {
	spec, ok := specs[n.Op]
	if !ok {
		return n.Refuse("", "unknown operator")
	}
	if len(n.In) < spec.inMin || len(n.In) > spec.inMax {
		return n.Refuse("", "%d inputs, takes %d to %d", len(n.In), spec.inMin, spec.inMax)
	}
	if len(n.Out) < 1 || len(n.Out) > spec.outMax {
		return n.Refuse("", "%d outputs, has 1 to %d", len(n.Out), spec.outMax)
	}
	for i, v := range n.In {
		switch {
		case v == None && i >= spec.inMin:
		case v < 0 || v >= len(g.Values):
			return n.Refuse("", "input %d is missing", i)
		case !made[v]:
			return n.Refuse("", "input %q is not made before it is read", g.Values[v].Name)
		}
	}
	for i, v := range n.Out {
		switch {
		case v == None:
		case v < 0 || v >= len(g.Values):
			return n.Refuse("", "output %d has value id %d of %d", i, v, len(g.Values))
		case made[v]:
			return n.Refuse("", "output %q is made twice", g.Values[v].Name)
		default:
			made[v] = true
		}
	}
	if !spec.takes(n.Attr) {
		return n.Refuse("", "attributes are %T, want %T", n.Attr, spec.attr)
	}
	if t, ok := n.Attr.(*TreeAttr); ok {
		if err := t.check(); err != nil {
			return n.Refuse("", "%v", err)
		}
	}
	return nil
}

func sameDims(a, b []int) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// check reports trees that could not be walked safely.
func (t *TreeAttr) check() error {
	if t.Targets <= 0 {
		return fmt.Errorf("%d targets", t.Targets)
	}
	if len(t.Base) != 0 && len(t.Base) != t.Targets {
		return fmt.Errorf("%d base values for %d targets", len(t.Base), t.Targets)
	}
	for _, r := range t.Roots {
		if r < 0 || int(r) >= len(t.Nodes) {
			return fmt.Errorf("root %d of %d nodes", r, len(t.Nodes))
		}
	}
	for i := range t.Nodes {
		if err := t.checkNode(i); err != nil {
			return err
		}
	}
	for i, l := range t.Leaves {
		if l.Target < 0 || int(l.Target) >= t.Targets {
			return fmt.Errorf("leaf weight %d: target %d of %d", i, l.Target, t.Targets)
		}
	}
	return nil
}

func (t *TreeAttr) checkNode(i int) error {
	n := &t.Nodes[i]
	switch {
	case n.Mode == Leaf:
		if n.First < 0 || n.Num < 0 || int64(n.First)+int64(n.Num) > int64(len(t.Leaves)) {
			return fmt.Errorf("leaf %d: weights %d+%d of %d", i, n.First, n.Num, len(t.Leaves))
		}
	case n.Mode > BranchNEQ:
		return fmt.Errorf("branch %d: mode %d", i, n.Mode)
	case n.Feature < 0 || int(n.Feature) >= t.Features:
		return fmt.Errorf("branch %d: feature %d of %d", i, n.Feature, t.Features)
	case int(n.True) <= i || int(n.True) >= len(t.Nodes) || int(n.False) <= i || int(n.False) >= len(t.Nodes):
		return fmt.Errorf("branch %d: children %d and %d are not after it", i, n.True, n.False)
	}
	return nil
}
