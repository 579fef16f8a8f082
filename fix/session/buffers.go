package session

// input holds stream bytes between Receive and Next.
type input struct {
	buf  []byte
	r, w int // buf[r:w] is unread
}

func newInput(n int) input { return input{buf: make([]byte, n)} }

// put appends b; false if it does not fit.
func (in *input) put(b []byte) bool {
	if len(b) > len(in.buf)-in.w {
		in.w = copy(in.buf, in.buf[in.r:in.w])
		in.r = 0
		if len(b) > len(in.buf)-in.w {
			return false
		}
	}
	in.w += copy(in.buf[in.w:], b)
	return true
}

func (in *input) bytes() []byte { return in.buf[in.r:in.w] }

// skip consumes n bytes. An empty input starts again at the front of its buffer, so
// bytes that were given out stay until the next put.
func (in *input) skip(n int) {
	in.r += n
	if in.r == in.w {
		in.r, in.w = 0, 0
	}
}

func (in *input) clear() { in.r, in.w = 0, 0 }

// output holds encoded messages until the transport takes them.
type output struct {
	buf     []byte
	r, w    int    // buf[r:w] waits for the transport
	seq     uint64 // the number given by Reserve; 0 = nothing reserved
	scratch []byte // body of an admin message under construction
}

func newOutput(n int) output {
	return output{buf: make([]byte, n), scratch: make([]byte, 0, AdminReserveBytes)}
}

// room makes n bytes free behind w; false if they are not.
func (o *output) room(n int) bool {
	if len(o.buf)-o.w >= n {
		return true
	}
	if len(o.buf)-(o.w-o.r) < n {
		return false
	}
	o.w = copy(o.buf, o.buf[o.r:o.w])
	o.r = 0
	return true
}

func (o *output) clear() { o.r, o.w, o.seq = 0, 0, 0 }
