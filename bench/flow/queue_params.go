package flow

import (
	_ "embed"
	"errors"
	"fmt"
)

//go:embed queue_reactive.toml
var queueTOML []byte

// QueueParams are the parameters of QueueReactive; queue_reactive.toml tells what each
// one means and where its value is from.
type QueueParams struct {
	Theta       float64   `toml:"theta"`
	ThetaReinit float64   `toml:"theta_reinit"`
	AES         []float64 `toml:"aes"`
	Largest     int       `toml:"largest"`
	Reference   float64   `toml:"reference"`
	Size        []int     `toml:"size"`
	Queues      []struct {
		Limit  []float64 `toml:"limit"`
		Cancel []float64 `toml:"cancel"`
		Market []float64 `toml:"market"`
	} `toml:"queues"`
	// Activity multiplies all rates; 0 is 1.
	Activity float64 `toml:"activity"`
}

// queueDepth is the number of queues of a side.
const queueDepth = 3

// DefaultQueueParams are those of the embedded queue_reactive.toml.
func DefaultQueueParams() QueueParams {
	p, err := ParseQueueParams(queueTOML)
	if err != nil {
		panic(err) // the file is part of the program, and tested
	}
	return p
}

// ParseQueueParams reads the text of a parameter file; an unknown key or a bad value is
// an error.
func ParseQueueParams(text []byte) (QueueParams, error) {
	var p QueueParams
	if err := decode(text, &p); err != nil {
		return p, err
	}
	return p, p.Validate()
}

// Validate reports every fault at once.
func (p *QueueParams) Validate() error {
	j := &judgeParams{}
	j.within("theta", p.Theta, 0, 1)
	j.within("theta_reinit", p.ThetaReinit, 0, 1)
	j.list("aes", p.AES, queueDepth, 1, 1e6)
	j.within("largest", float64(p.Largest), 2, 1000)
	j.within("reference", p.Reference, 1, 100_000)
	j.within("activity", p.Activity, 0, 1e6)
	n := len(p.Size)
	if n < 2 || p.Size[0] != 0 || p.Size[n-1] < p.Largest {
		j.errs = append(j.errs, fmt.Errorf("flow: size = %v: want it to go from 0 to largest = %d", p.Size, p.Largest))
	}
	for i := 1; i < n; i++ {
		if p.Size[i] <= p.Size[i-1] {
			j.errs = append(j.errs, fmt.Errorf("flow: size[%d] = %d: want rising sizes", i, p.Size[i]))
		}
	}
	if len(p.Queues) != queueDepth {
		j.errs = append(j.errs, fmt.Errorf("flow: %d queues: want %d", len(p.Queues), queueDepth))
	}
	for i := range p.Queues {
		q := &p.Queues[i]
		for _, l := range []struct {
			name string
			v    []float64
		}{{"limit", q.Limit}, {"cancel", q.Cancel}, {"market", q.Market}} {
			j.list(fmt.Sprintf("queues[%d].%s", i, l.name), l.v, n, 0, 1e4)
		}
		for k := 1; k < min(n, len(q.Cancel), len(q.Market)); k++ {
			if q.Cancel[k]+q.Market[k] <= 0 {
				j.errs = append(j.errs, fmt.Errorf("flow: queues[%d]: nothing leaves a queue of %d: it would grow without bound", i, p.Size[k]))
			}
		}
	}
	return errors.Join(j.errs...)
}

// at interpolates a list of figures at a queue size.
func (p *QueueParams) at(list []float64, size int) float64 {
	for i := 1; i < len(p.Size); i++ {
		if size <= p.Size[i] {
			f := float64(size-p.Size[i-1]) / float64(p.Size[i]-p.Size[i-1])
			return list[i-1] + f*(list[i]-list[i-1])
		}
	}
	return list[len(list)-1]
}
