package quant

import (
	"math"

	"slipstream/policy/graph"
	"slipstream/policy/program"
)

// forest gives the branches and leaves of a tree attribute to the program.
func (l *lowerer) forest(a *graph.TreeAttr, x program.Buf, base []float64, weight func(w float64) float64) program.Buf {
	at := make([]int32, len(a.Nodes)) // node -> branch index, or ^leaf
	var branches []program.FloatNode
	t := program.Trees{LeafFirst: []int32{0}, Aggregate: program.Aggregate(a.Aggregate), Double: a.Double, Base: base}
	for i := range a.Nodes {
		n := &a.Nodes[i]
		if n.Mode != graph.Leaf {
			at[i] = int32(len(branches))
			branches = append(branches, program.FloatNode{})
			continue
		}
		at[i] = ^int32(len(t.LeafFirst) - 1)
		for _, w := range a.Leaves[n.First : n.First+n.Num] {
			t.LeafTarget = append(t.LeafTarget, w.Target)
			t.LeafValue = append(t.LeafValue, weight(w.Weight))
		}
		t.LeafFirst = append(t.LeafFirst, int32(len(t.LeafValue)))
	}
	for i := range a.Nodes {
		if n := &a.Nodes[i]; n.Mode != graph.Leaf {
			branches[at[i]] = program.FloatNode{Threshold: n.Threshold, Feature: n.Feature, True: at[n.True], False: at[n.False],
				Mode: program.TreeMode(n.Mode - graph.BranchLEQ), Missing: n.Missing}
		}
	}
	for _, r := range a.Roots {
		t.Roots = append(t.Roots, at[r])
	}
	return l.b.Trees(x, a.Targets, branches, t)
}

func same(w float64) float64 { return w }

func floatTrees(l *lowerer, n *graph.Node, v int) program.Buf {
	a := n.Attr.(*graph.TreeAttr)
	x, rows, w := l.samples(n.In[0])
	y := l.perRow(x, rows, w, func(row program.Buf) program.Buf { return l.forest(a, row, a.Base, same) })
	l.exact(n, "ranked thresholds compare as the floats do; leaves are summed in the source's order and precision")
	return l.finish(n, y, rows, a.Targets, a.Post, secondNone)
}

// floatTreeClassifier follows the float runner's rules case by case.
func floatTreeClassifier(l *lowerer, n *graph.Node, v int) program.Buf {
	a := n.Attr.(*graph.TreeAttr)
	x, rows, w := l.samples(n.In[0])
	l.exact(n, "ranked thresholds compare as the floats do; labels follow ONNX Runtime's rules")
	run := func(base []float64, weight func(float64) float64, agg graph.Aggregate) program.Buf {
		c := *a
		c.Aggregate = agg
		return l.perRow(x, rows, w, func(row program.Buf) program.Buf { return l.forest(&c, row, base, weight) })
	}
	agg := a.Aggregate
	if agg == graph.AggAverage {
		agg = graph.AggSum // the float runner's classifiers do not average
	}
	zero, half := l.b.ConstF(0), l.b.ConstF(0.5)
	if !a.FirstMax && a.Targets == 2 && a.Binary {
		s := run(nil, same, agg)
		s = l.b.Binary(program.Add, l.column(s, rows, 2, 0), l.column(s, rows, 2, 1))
		add, limit := secondNegative, zero
		if a.AllPositive {
			add, limit = secondComplement, half
		}
		if len(a.Base) == 2 {
			s = l.b.Binary(program.Add, s, l.b.ConstF(float32(a.Base[1])))
		}
		l.label(n, l.b.Trunc(l.b.Binary(program.Greater, s, limit)), &a.Labels)
		if len(a.Base) == 2 {
			both := l.interleave([]program.Buf{l.b.Unary(program.Neg, s, 0, 0), s}, rows)
			return l.result(n, v, l.finish(n, both, rows, 2, a.Post, secondNone))
		}
		return l.result(n, v, l.finish(n, s, rows, 1, a.Post, add))
	}
	s := run(a.Base, same, agg)
	// 1 where a leaf spoke for the class.
	spoke := func() program.Buf { return run(nil, func(float64) float64 { return 1 }, graph.AggMax) }
	switch {
	case a.Targets == 1:
		l.label(n, l.b.Trunc(l.b.Binary(program.Greater, s, zero)), &a.Labels)
	case a.FirstMax || a.Targets != 2 && (len(a.Base) > 0 || everyClassSpeaks(a)):
		l.label(n, l.b.Arg(s, rows, false, false), &a.Labels)
	case a.Targets != 2:
		// A class that no leaf spoke for does not win with its zero.
		l.label(n, l.b.Arg(l.b.Select(spoke(), s, l.b.ConstF(float32(math.Inf(-1)))), rows, false, false), &a.Labels)
	default:
		// The second class if it was spoken for and is above the limit, or was not and the first is.
		limit := zero
		if a.AllPositive {
			limit = half
		}
		s0, s1 := l.column(s, rows, 2, 0), l.column(s, rows, 2, 1)
		l.label(n, l.b.Trunc(l.b.Select(l.column(spoke(), rows, 2, 1), l.b.Binary(program.Greater, s1, limit), l.b.Binary(program.Greater, s0, limit))), &a.Labels)
	}
	return l.result(n, v, l.finish(n, s, rows, a.Targets, a.Post, secondNone))
}

// everyClassSpeaks: each class has a tree all of whose leaves weigh it, as boosted
// ensembles have.
func everyClassSpeaks(a *graph.TreeAttr) bool {
	speaks := make([]bool, a.Targets)
	for t, root := range a.Roots {
		end := len(a.Nodes)
		if t+1 < len(a.Roots) {
			end = int(a.Roots[t+1])
		}
		count, leaves := make([]int, a.Targets), 0
		for i := int(root); i < end; i++ {
			n := &a.Nodes[i]
			if n.Mode != graph.Leaf {
				continue
			}
			leaves++
			has := map[int32]bool{}
			for _, w := range a.Leaves[n.First : n.First+n.Num] {
				if !has[w.Target] {
					has[w.Target] = true
					count[w.Target]++
				}
			}
		}
		for k := range count {
			speaks[k] = speaks[k] || leaves > 0 && count[k] == leaves
		}
	}
	for _, s := range speaks {
		if !s {
			return false
		}
	}
	return true
}
