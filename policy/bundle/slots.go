package bundle

import "slipstream/policy/program"

// FedInputs are the inputs that a caller writes before each evaluation: those outside of
// the state.
func FedInputs(p *program.Program) (fed []program.Slot) {
	for i := range p.Inputs {
		if p.Inputs[i].Buf.Off >= p.State {
			fed = append(fed, p.Inputs[i])
		}
	}
	return fed
}

// StateSlots are the named parts of the state, which an episode carries on: the
// program's states, and inputs that lie in the state under a name of their own.
func StateSlots(p *program.Program) []program.Slot {
	all := append([]program.Slot{}, p.States...)
	for i := range p.Inputs {
		in := &p.Inputs[i]
		if in.Buf.Off >= p.State {
			continue
		}
		known := false
		for k := range all {
			known = known || all[k].Buf == in.Buf
		}
		if !known {
			all = append(all, *in)
		}
	}
	return all
}
