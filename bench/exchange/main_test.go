package exchange

import (
	"os"
	"testing"

	"slipstream/internal/netns"
)

// TestMain keeps the multicast of these tests in a network namespace of their own,
// where the kernel allows it.
func TestMain(m *testing.M) {
	if _, code, done := netns.Reexec(); done {
		os.Exit(code)
	}
	os.Exit(m.Run())
}
