package program

// The bounds of any program, held by Decode, Build and NewMachine.
const (
	MaxArena  = 1 << 23 // bytes
	MaxInstrs = 1 << 16
	MaxSlots  = 1 << 10
	MaxName   = 1 << 10 // bytes of a slot's name
	MaxRank   = 8
	MaxWork   = 1 << 27 // elementary steps of one evaluation, as Work counts them
)

// Program is a compiled model. Its arena is [state | constants | scratch].
type Program struct {
	Arena   int32   // bytes in all
	Init    []byte  // the first len(Init) bytes before the first evaluation: state, then constants
	State   int32   // bytes of state: Init[:State] is what Reset restores
	Instrs  []Instr // run in order
	Inputs  []Slot
	Outputs []Slot
	States  []Slot // named parts of the state
}

// Slot is a named buffer. For integer types real = (q - Zero) * Scale.
type Slot struct {
	Name  string
	Buf   Buf
	Dims  []int32 // product is Buf.N
	Scale float32 // 0 for F32, and for integers that count (labels)
	Zero  int32
}

// Input is the input slot of a name.
func (p *Program) Input(name string) (Slot, bool) { return find(p.Inputs, name) }

// Output is the output slot of a name.
func (p *Program) Output(name string) (Slot, bool) { return find(p.Outputs, name) }

func find(slots []Slot, name string) (Slot, bool) {
	for i := range slots {
		if slots[i].Name == name {
			return slots[i], true
		}
	}
	return Slot{}, false
}
