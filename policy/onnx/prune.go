package onnx

import "slipstream/policy/graph"

// prune removes nodes that no output needs and renumbers the values that are left.
func prune(g *graph.Graph) {
	need := make([]bool, len(g.Values))
	for _, p := range g.Outputs {
		need[p.Value] = true
	}
	keep := make([]bool, len(g.Nodes))
	for i := len(g.Nodes) - 1; i >= 0; i-- {
		for _, o := range g.Nodes[i].Out {
			keep[i] = keep[i] || o != graph.None && need[o]
		}
		if !keep[i] {
			continue
		}
		for _, v := range g.Nodes[i].In {
			if v != graph.None {
				need[v] = true
			}
		}
	}
	for _, p := range g.Inputs {
		need[p.Value] = true
	}
	nodes := g.Nodes[:0]
	for i, n := range g.Nodes {
		if !keep[i] {
			continue
		}
		for k, o := range n.Out {
			if o != graph.None && !need[o] {
				n.Out[k] = graph.None
			}
		}
		for len(n.Out) > 1 && n.Out[len(n.Out)-1] == graph.None && n.Op != graph.Split {
			n.Out = n.Out[:len(n.Out)-1]
		}
		nodes = append(nodes, n)
	}
	g.Nodes = nodes
	renumber(g, need)
}

func renumber(g *graph.Graph, need []bool) {
	to, next := make([]int, len(g.Values)), 0
	for i := range g.Values {
		to[i] = graph.None
		if need[i] {
			g.Values[next] = g.Values[i]
			to[i] = next
			next++
		}
	}
	g.Values = g.Values[:next]
	for i := range g.Nodes {
		for _, ids := range [][]int{g.Nodes[i].In, g.Nodes[i].Out} {
			for k, v := range ids {
				if v != graph.None {
					ids[k] = to[v]
				}
			}
		}
	}
	for _, ports := range [][]graph.Port{g.Inputs, g.Outputs} {
		for k := range ports {
			ports[k].Value = to[ports[k].Value]
		}
	}
}
