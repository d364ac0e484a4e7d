package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const root = ".."

// declared is what the code declares: symbols as package.Name, and the functions of test files.
type declared struct {
	packages []string // folders, relative to the root
	symbols  []string
	tests    []string
}

func declarations(t *testing.T) (d declared) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		folder, err := filepath.Rel(root, filepath.Dir(path))
		if err != nil {
			return err
		}
		folder = filepath.ToSlash(folder)
		test := strings.HasSuffix(path, "_test.go")
		if !test && !slices.Contains(d.packages, folder) {
			d.packages = append(d.packages, folder)
		}
		for _, declaration := range file.Decls {
			switch declaration := declaration.(type) {
			case *ast.FuncDecl:
				if test && declaration.Recv == nil {
					d.tests = append(d.tests, declaration.Name.Name)
				} else if declaration.Recv == nil {
					d.symbols = append(d.symbols, file.Name.Name+"."+declaration.Name.Name)
				}
			case *ast.GenDecl:
				for _, spec := range declaration.Specs {
					if spec, ok := spec.(*ast.TypeSpec); ok && !test {
						d.symbols = append(d.symbols, file.Name.Name+"."+spec.Name.Name)
					}
				}
			}
		}
		return nil
	})
	require.NoError(t, err)
	return d
}

var quoted = regexp.MustCompile("`([^`]+)`")

func names(cell string) (all []string) {
	for _, match := range quoted.FindAllStringSubmatch(cell, -1) {
		all = append(all, match[1])
	}
	return all
}

// tableRows are the rows of a page's one table, without its header, as trimmed cells.
func tableRows(t *testing.T, page string) (rows [][]string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, page))
	require.NoError(t, err)
	for _, line := range strings.Split(string(text), "\n") {
		if !strings.HasPrefix(line, "|") {
			continue
		}
		var cells []string
		for _, cell := range strings.Split(strings.Trim(line, "|"), "|") {
			cells = append(cells, strings.TrimSpace(cell))
		}
		rows = append(rows, cells)
	}
	require.Greater(t, len(rows), 2, page)
	return rows[2:]
}

func experimentNames() (all []string) {
	for _, e := range catalogue.Experiments {
		all = append(all, e.Name)
	}
	return all
}

// Every symbol, test and experiment that the map names exists, and every id that an experiment answers is on the map.
func TestGuideMapResolves(t *testing.T) {
	d := declarations(t)
	experiments := experimentNames()
	var ids []string
	runs := map[string][]string{}
	for _, row := range tableRows(t, "docs/guide-map.md") {
		require.Len(t, row, 6, "%v", row)
		id, symbols, tests, run, verdict := row[0], names(row[2]), names(row[3]), names(row[4]), row[5]
		require.NotContains(t, ids, id, "twice on the map")
		ids = append(ids, id)
		runs[id] = run
		require.NotEmpty(t, symbols, id)
		require.NotEmpty(t, tests, id)
		require.NotEmpty(t, run, id)
		require.Subset(t, d.symbols, symbols, id)
		require.Subset(t, d.tests, tests, id)
		require.Subset(t, experiments, run, id)
		word, _, _ := strings.Cut(verdict, ":")
		require.Contains(t, []string{"agrees", "refined", "wrong"}, word, id)
	}
	for _, e := range catalogue.Experiments {
		require.Subset(t, ids, e.Guide, e.Name)
		for _, id := range e.Guide {
			require.Contains(t, runs[id], e.Name, "the row %s does not name an experiment that answers it", id)
		}
		for _, symbol := range e.Packages {
			require.True(t, slices.Contains(d.symbols, symbol) || slices.Contains(d.packages, symbol), "%s names %s", e.Name, symbol)
		}
	}
}

// The README's table names folders, experiments and pages that are there, and no experiment is missing from it.
func TestReadmeTableResolves(t *testing.T) {
	d := declarations(t)
	link := regexp.MustCompile(`\]\(([^)]+)\)`)
	var mentioned []string
	for _, row := range tableRows(t, "README.md") {
		require.Len(t, row, 4, "%v", row)
		require.Contains(t, d.packages, names(row[0])[0])
		mentioned = append(mentioned, names(row[2])...)
		require.FileExists(t, filepath.Join(root, link.FindStringSubmatch(row[3])[1]))
	}
	require.Subset(t, experimentNames(), mentioned)
	require.Subset(t, mentioned, experimentNames())
}

// Links from one page to another lead somewhere.
func TestLinksResolve(t *testing.T) {
	pages, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	require.NoError(t, err)
	pages = append(pages, filepath.Join(root, "README.md"), filepath.Join(root, "CONTRIBUTING.md"))
	target := regexp.MustCompile(`\]\(([^)#]+)|src(?:set)?="([^"]+)"`)
	for _, page := range pages {
		text, err := os.ReadFile(page)
		require.NoError(t, err)
		for _, match := range target.FindAllStringSubmatch(string(text), -1) {
			to := match[1] + match[2]
			if strings.HasPrefix(to, "https:") {
				continue
			}
			_, err := os.Stat(filepath.Join(filepath.Dir(page), to))
			require.NoError(t, err, "%s links to %s", page, to)
		}
	}
}

// The README's snippet is the body of an Example that runs.
func TestReadmeSnippetIsTheExample(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join(root, "README.md"))
	require.NoError(t, err)
	_, rest, found := strings.Cut(string(readme), "```go\n")
	require.True(t, found)
	snippet, _, _ := strings.Cut(rest, "```")

	source, err := os.ReadFile(filepath.Join(root, "loadbalance", "example_test.go"))
	require.NoError(t, err)
	_, rest, found = strings.Cut(string(source), "func Example() {\n")
	require.True(t, found)
	body, _, _ := strings.Cut(rest, "\n}\n")
	var lines []string
	for _, line := range strings.Split(body, "\n") {
		lines = append(lines, strings.TrimPrefix(line, "\t"))
	}
	require.Contains(t, strings.Join(lines, "\n"), strings.TrimSpace(snippet))
}
