// Package peers tries the daemon against programs of another FIX engine, QuickFIX C++: a
// desk and a venue in cpp, a desk for each version against `slipstream run` and `slipstream
// venue`, and the daemon against the venue. Both are set up as anybody would: QuickFIX's
// defaults, a file store, the standard's dictionaries.
//
// Nothing here is used by another package; start reading at peers_test.go.
package peers
