package at

import "testing"

// counts are how many definitions quickfixgo v0.9.11 has, so that none is lost unseen.
var counts = map[string][3]int{
	"server": {58, 59, 60}, "nextexpectedseqnum": {0, 4, 4}, "resendreqchunksize": {2, 2, 2}, "lastseqnumprocessed": {1, 1, 1},
}

// TestAcceptance: every definition passes against our session.
func TestAcceptance(t *testing.T) {
	for _, suite := range Suites {
		for i, v := range Versions {
			results, err := suite.Play(v)
			if err != nil {
				t.Fatal(err)
			}
			if len(results) != counts[suite.Name][i] {
				t.Errorf("%s/%s has %d definitions, want %d", suite.Name, v.Name, len(results), counts[suite.Name][i])
			}
			for _, r := range results {
				t.Run(suite.Name+"/"+v.Name+"/"+r.Definition, func(t *testing.T) {
					if r.Err != nil {
						t.Error(r.Err)
					}
				})
			}
		}
	}
}
