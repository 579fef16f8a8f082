package desk

import "time"

// pace lets so many through in a second, after a burst of as many. It belongs to one
// goroutine.
type pace struct {
	// due is when the last one would have been due at the allowed pace; it may lie a
	// burst of a second ahead of now.
	due time.Time
}

// ahead counts one more and gives how long it has to wait.
func (p *pace) ahead(perSecond int) time.Duration {
	if perSecond <= 0 {
		return 0
	}
	now := time.Now()
	if p.due.Before(now) {
		p.due = now
	}
	p.due = p.due.Add(time.Second / time.Duration(perSecond))
	return p.due.Sub(now) - time.Second
}

// wait counts one more and waits until it is due; false once closed is.
func (p *pace) wait(perSecond int, closed <-chan struct{}) bool {
	ahead := p.ahead(perSecond)
	return ahead <= 0 || sleep(ahead, closed)
}

// sleep waits; false once closed is.
func sleep(d time.Duration, closed <-chan struct{}) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-closed:
		return false
	}
}
