package deps

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"slipstream/internal/testdata"
)

var (
	markdownLink = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading      = regexp.MustCompile(`(?m)^#+ +(.*)$`)
	notInAnchors = regexp.MustCompile(`[^\p{L}\p{N}_ -]`)
)

// linkFaults are the links of a set of pages that lead nowhere; files are those that links
// may name besides.
func linkFaults(pages map[string]string, files func(string) bool) (faults []string) {
	for _, name := range slices.Sorted(maps.Keys(pages)) {
		for _, m := range markdownLink.FindAllStringSubmatch(pages[name], -1) {
			to, anchor, _ := strings.Cut(m[1], "#")
			if strings.Contains(to, "://") {
				continue
			}
			target := name
			if to != "" {
				target = path.Join(path.Dir(name), to)
			}
			text, isPage := pages[target]
			if !isPage && !files(target) || anchor != "" && !slices.Contains(anchors(text), anchor) {
				faults = append(faults, name+": "+m[1])
			}
		}
	}
	return faults
}

// anchors are what a page's headings are linked by.
func anchors(text string) (names []string) {
	for _, h := range heading.FindAllStringSubmatch(text, -1) {
		names = append(names, strings.ReplaceAll(notInAnchors.ReplaceAllString(strings.ToLower(h[1]), ""), " ", "-"))
	}
	return names
}

// numberFaults are decisions whose numbers are not 1, 2, 3 and so on in the order of their
// file names, or whose page begins with another one.
func numberFaults(pages map[string]string) (faults []string) {
	n := 0
	for _, name := range slices.Sorted(maps.Keys(pages)) {
		if file, ok := strings.CutPrefix(name, "docs/adr/"); ok {
			n++
			want := fmt.Sprintf("%04d", n)
			if !strings.HasPrefix(file, want+"-") || !strings.HasPrefix(pages[name], "# "+want+": ") {
				faults = append(faults, name)
			}
		}
	}
	return faults
}

func TestLinksOfPagesLeadSomewhere(t *testing.T) {
	root := testdata.Root(t)
	pages := map[string]string{}
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(file) != ".md" {
			return err
		}
		b, err := os.ReadFile(file)
		name, _ := filepath.Rel(root, file)
		pages[filepath.ToSlash(name)] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	exists := func(name string) bool {
		_, err := os.Stat(filepath.Join(root, filepath.FromSlash(name)))
		return err == nil
	}
	for _, fault := range linkFaults(pages, exists) {
		t.Errorf("%s leads nowhere", fault)
	}
	for _, name := range numberFaults(pages) {
		t.Errorf("%s: decisions are numbered from 0001 on, each number once, and begin with it", name)
	}
}

func TestFaultsOfPagesAreFound(t *testing.T) {
	pages := map[string]string{
		"README.md":          "# A\n[x](docs/a.md) [x](docs/a.md#two-words-and-ticks) [x](#a) [x](examples) [x](https://example.com/x)",
		"docs/a.md":          "# A\n## Two words, and `ticks`\n[x](adr/0001-x.md) [x](../README.md)",
		"docs/adr/0001-x.md": "# 0001: x",
		"docs/adr/0002-y.md": "# 0002: y",
	}
	files := func(name string) bool { return name == "examples" }
	if got := append(linkFaults(pages, files), numberFaults(pages)...); got != nil {
		t.Errorf("faults of good pages: %q", got)
	}
	pages["docs/b.md"] = "[x](c.md) [x](a.md#three) [x](#none) [x](examples)"
	want := []string{"docs/b.md: c.md", "docs/b.md: a.md#three", "docs/b.md: #none", "docs/b.md: examples"}
	if got := linkFaults(pages, files); !slices.Equal(got, want) {
		t.Errorf("links: %q, want %q", got, want)
	}
	pages["docs/adr/0002-z.md"], pages["docs/adr/0004-v.md"] = "# 0002: z", "# 0005: v"
	if got, want := numberFaults(pages), []string{"docs/adr/0002-z.md", "docs/adr/0004-v.md"}; !slices.Equal(got, want) {
		t.Errorf("numbers: %q, want %q", got, want)
	}
}
