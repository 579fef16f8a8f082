// Package demo runs the whole system on one machine: the simulated exchange, the
// daemon and a desk, as processes of this same program with configurations like any
// user's, then compares what each of them says and judges the run.
//
// Nothing here knows how to trade; it starts, waits with a bound, stops in order
// (desk, exchange, daemon), and reads the end states. Start reading at Run.
package demo
