package moorage_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// source is one Go file of the module, as the tests of its shape read it.
type source struct {
	path string // slash-separated, from the module's root
	room string // its folder; "." is the root
	test bool
	file *ast.File
	fset *token.FileSet
}

// sources parses every Go file of the module that a person wrote.
func sources(t *testing.T) []source {
	t.Helper()
	var all []source
	fset := token.NewFileSet()
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && path != "." && notOurs(d.Name()) {
			return fs.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(path, ".go") {
			return nil
		}
		file, err := parser.ParseFile(fset, path, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		if !ast.IsGenerated(file) {
			slash := filepath.ToSlash(path)
			room := filepath.ToSlash(filepath.Dir(path))
			all = append(all, source{slash, room, strings.HasSuffix(path, "_test.go"), file, fset})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// notOurs reports whether a folder of this name holds nothing of the module.
func notOurs(folder string) bool {
	return strings.HasPrefix(folder, ".") || slices.Contains([]string{"node_modules", "testdata", "vendor", "bin", "data", "dist"}, folder)
}

// imports returns the paths that the file imports.
func (s source) imports() []string {
	var paths []string
	for _, spec := range s.file.Imports {
		path, _ := strconv.Unquote(spec.Path.Value) // the parser accepted it
		paths = append(paths, path)
	}
	return paths
}

// at says where a node is: path:line.
func (s source) at(n ast.Node) string {
	return s.path + ":" + strconv.Itoa(s.fset.Position(n.Pos()).Line)
}

// lines counts the lines from the first to the last of a node.
func (s source) lines(n ast.Node) int {
	return s.fset.Position(n.End()).Line - s.fset.Position(n.Pos()).Line + 1
}

// uses calls f with every package.Name selector in the file: time.Sleep, http.Get.
func (s source) uses(f func(name string, n ast.Node)) {
	ast.Inspect(s.file, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok {
			if pkg, ok := sel.X.(*ast.Ident); ok {
				f(pkg.Name+"."+sel.Sel.Name, n)
			}
		}
		return true
	})
}
