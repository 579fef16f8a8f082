// Package imitate trains a small network that does what a schedule does, by
// supervised learning on decisions of the schedule in simulated markets. It proves
// the way from a network to a running parent, and nothing about profit: the best it
// can do is as well as its teacher.
//
// Everything follows from the seeds: the same seeds give the same network on one
// machine type. Start reading at Network.
package imitate
