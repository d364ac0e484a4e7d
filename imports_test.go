package sysdesign

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "github.com/sysdesign-lab/sysdesign"

// listed is what go list says of a package.
type listed struct {
	ImportPath                         string
	Imports, TestImports, XTestImports []string
}

// algorithmPackages are those that a service imports, with what each may import besides the standard library.
var algorithmPackages = map[string][]string{
	"cache":       nil,
	"clocks":      nil,
	"estimate":    nil,
	"loadbalance": nil,
	"hashring":    {"github.com/cespare/xxhash/v2"},
	"quorum":      nil,
	"ratelimit":   nil,
}

// rules say of each package what it may import of this module, and which modules from outside.
func rules(pkg string) (ours, outside []string, known bool) {
	switch {
	case pkg == "", pkg == "internal/race":
		return nil, nil, true
	case pkg == "internal/lawtest":
		return nil, []string{"pgregory.net/rapid"}, true // a law kit: for tests only
	case pkg == "sim", pkg == "sim/workload", pkg == "sim/stats":
		return nil, []string{"gonum.org/v1/gonum/stat/distuv", "gonum.org/v1/gonum/mathext"}, true
	case pkg == "loadbalance/httpbalance":
		return []string{"loadbalance"}, nil, true
	case strings.HasPrefix(pkg, "sim/"): // such as sim/network
		return []string{"sim", "sim/..."}, nil, true
	case strings.HasSuffix(pkg, "sim"):
		parent := path.Dir(pkg)
		return []string{parent, parent + "/...", "sim", "sim/..."}, nil, true
	case pkg == "examples/judge/judgetest": // for tests only
		return []string{"..."}, []string{"github.com/stretchr/testify/..."}, true
	case pkg == "internal/chart":
		return nil, []string{"gonum.org/v1/plot/...", "codeberg.org/go-fonts/liberation/..."}, true
	case pkg == "internal/lab":
		return []string{"internal/chart"}, nil, true
	case pkg == "examples/placing": // which measures lookups beside the bare hash
		return []string{"..."}, []string{"gonum.org/v1/gonum/...", "github.com/cespare/xxhash/v2"}, true
	case pkg == "examples/estimating": // which sets formulas beside a library's Bloom filter and a hash's collisions
		return []string{"..."}, []string{"gonum.org/v1/gonum/...", "github.com/cespare/xxhash/v2", "github.com/bits-and-blooms/bloom/v3"}, true
	case pkg == "examples" || strings.HasPrefix(pkg, "examples/"):
		return []string{"..."}, []string{"gonum.org/v1/gonum/..."}, true
	}
	outside, known = algorithmPackages[pkg]
	return nil, outside, known
}

func TestImportsFollowTheRules(t *testing.T) {
	for _, p := range goList(t, "./...") {
		pkg := strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, module), "/")
		ours, outside, known := rules(pkg)
		if !known {
			t.Errorf("package %s has no rule here: say what it may import", p.ImportPath)
			continue
		}
		for _, imported := range p.Imports {
			switch inside, mine := strings.CutPrefix(imported, module+"/"); {
			case mine && matches(inside, "examples/...") && !matches(pkg, "examples/..."):
				t.Errorf("%s imports %s: examples is imported by nothing", p.ImportPath, imported)
			case mine && !matchesAny(inside, ours):
				t.Errorf("%s must not import %s", p.ImportPath, imported)
			case !mine && !standard(imported) && !matchesAny(imported, outside):
				t.Errorf("%s must not import %s", p.ImportPath, imported)
			}
		}
		for _, imported := range slices.Concat(p.TestImports, p.XTestImports) {
			if inside, mine := strings.CutPrefix(imported, module+"/"); mine && matches(inside, "examples/...") && !matches(pkg, "examples/...") {
				t.Errorf("the tests of %s import %s: examples is imported by nothing", p.ImportPath, imported)
			}
			if strings.HasPrefix(imported, "gonum.org/v1/plot") && pkg != "internal/chart" {
				t.Errorf("the tests of %s import %s: internal/chart alone does", p.ImportPath, imported)
			}
		}
	}
}

// The rules themselves would catch what they are there for.
func TestRulesRefuse(t *testing.T) {
	for _, c := range []struct{ pkg, imported string }{
		{"loadbalance", "sim"},
		{"loadbalance", "internal/race"},
		{"sim", "loadbalance"},
		{"sim/stats", "sim"},
		{"loadbalance/balancesim", "internal/lab"},
		{"internal/lab", "loadbalance"},
	} {
		ours, _, known := rules(c.pkg)
		require.True(t, known)
		require.False(t, matchesAny(c.imported, ours), "%s imports %s", c.pkg, c.imported)
	}
	for _, pkg := range []string{"loadbalance", "sim", "loadbalance/balancesim", "internal/lab", "examples/balancing"} {
		_, outside, _ := rules(pkg)
		for _, stranger := range []string{"github.com/stretchr/testify/require", "pgregory.net/rapid", "gonum.org/v1/plot"} {
			require.False(t, matchesAny(stranger, outside), "%s imports %s", pkg, stranger)
		}
	}
	_, _, known := rules("util")
	require.False(t, known)
}

func goList(t *testing.T, patterns ...string) (all []listed) {
	t.Helper()
	command := exec.Command("go", append([]string{"list", "-json=ImportPath,Imports,TestImports,XTestImports"}, patterns...)...)
	output, err := command.Output()
	require.NoError(t, err)
	for d := json.NewDecoder(strings.NewReader(string(output))); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	require.NotEmpty(t, all)
	return all
}

func standard(imported string) bool {
	first, _, _ := strings.Cut(imported, "/")
	return !strings.Contains(first, ".")
}

func matchesAny(pkg string, patterns []string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return matches(pkg, p) })
}

// matches reads patterns as the go command does: a trailing /... takes in the package itself.
func matches(pkg, pattern string) bool {
	prefix, wild := strings.CutSuffix(pattern, "...")
	if !wild {
		return pkg == pattern
	}
	return prefix == "" || strings.HasPrefix(pkg+"/", prefix)
}
