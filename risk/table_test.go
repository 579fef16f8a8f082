package risk

import (
	"testing"

	"pgregory.net/rapid"
)

func TestTableIsAMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 20).Draw(t, "room")
		tb, model := newTable(n), map[uint64]int32{}
		for range rapid.IntRange(1, 300).Draw(t, "steps") {
			// Few distinct keys, among them ones with the same home.
			key := rapid.OneOf(rapid.Uint64Range(0, 40), rapid.Uint64()).Draw(t, "key")
			_, in := model[key]
			if rapid.Bool().Draw(t, "put") && !in && key != 0 && len(model) < n {
				slot := rapid.Int32Range(0, 1000).Draw(t, "slot")
				tb.put(key, slot)
				model[key] = slot
			} else {
				tb.del(key)
				delete(model, key)
			}
			for k, want := range model {
				if got := tb.get(k); got != want {
					t.Fatalf("get(%d) = %d, want %d", k, got, want)
				}
			}
			if _, in := model[key]; !in && tb.get(key) != -1 {
				t.Fatalf("key %d is still there", key)
			}
		}
	})
}
