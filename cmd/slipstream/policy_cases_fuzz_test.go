package main

import (
	"encoding/json"
	"testing"

	"slipstream/policy/graph"
)

// FuzzPolicyCases: no file panics, and what is read prints as what reads again.
func FuzzPolicyCases(f *testing.F) {
	f.Add([]byte(`{"cases":[{"in":{"a":{"dims":[1,3],"data":[0.5,null,"Infinity"]},"b":{"dims":[2],"data":[1,true]},"s":{"dims":[],"data":["x"]}}}]}`), uint8(graph.Float32))
	f.Add([]byte(`{"X":[[1,2,3e38]]}`), uint8(graph.Float64))
	f.Add([]byte(`{"features":[[1,-2147483648]]}`), uint8(graph.Int8))
	f.Fuzz(func(t *testing.T, text []byte, d uint8) {
		file, err := parseCaseFile("fuzz", text)
		if err != nil || !graph.DType(d).Known() {
			return
		}
		ports := []port{{"a", graph.DType(d), []int{1, 3}}, {"b", graph.Int64, []int{2}}, {"s", graph.String, nil}}
		for i := range min(file.Len(), 100) {
			in, err := file.tensors(i, ports, map[string]bool{"b": true, "s": true})
			if err != nil {
				continue
			}
			for name, tensor := range in {
				printed, err := json.Marshal(outTensor{&tensor})
				if err != nil {
					t.Fatalf("%s does not print: %v", name, err)
				}
				var raw rawTensor
				if err := json.Unmarshal(printed, &raw); err != nil {
					t.Fatalf("%s prints as %s: %v", name, printed, err)
				}
				again, err := parseTensor(&raw, tensor.DType)
				if err != nil {
					t.Fatalf("%s prints as %s: %v", name, printed, err)
				}
				if twice, err := json.Marshal(outTensor{again}); err != nil || string(twice) != string(printed) {
					t.Fatalf("%s prints as %s, read again as %s (%v)", name, printed, twice, err)
				}
			}
		}
	})
}
