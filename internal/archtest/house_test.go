package archtest

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

const (
	root         = "../.."
	modulePath   = "mohur"
	maxFileLines = 500
	maxFuncLines = 80
	maxPath      = 6
)

// source is one parsed production file.
type source struct {
	path, pkg string // path and package folder, relative to the module
	file      *ast.File
	lines     int
}

// sources parses every production Go file of the module, whatever its build tags.
func sources(t *testing.T) (*token.FileSet, []source) {
	t.Helper()
	fset := token.NewFileSet()
	var out []source
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(root, p)
		if d.IsDir() {
			if n := d.Name(); n == "testdata" || n == "var" || n == "node_modules" || strings.HasPrefix(n, ".") && rel != "." {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(p, ".go") || strings.HasSuffix(p, "_test.go") || filepath.Base(p) == "pins.go" {
			return nil
		}
		b, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		f, err := parser.ParseFile(fset, rel, b, parser.ParseComments)
		if err != nil {
			return fmt.Errorf("%s: %w", rel, err)
		}
		out = append(out, source{path: rel, pkg: filepath.ToSlash(filepath.Dir(rel)), file: f, lines: strings.Count(string(b), "\n")})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return fset, out
}

// ownImports returns the packages of this module that a file imports.
func ownImports(f *ast.File) []string {
	var out []string
	for _, im := range f.Imports {
		p, _ := strconv.Unquote(im.Path.Value)
		if rest, ok := strings.CutPrefix(p, modulePath+"/"); ok {
			out = append(out, rest)
		}
	}
	return out
}

func TestImportsFollowTheTable(t *testing.T) {
	table := readTable(t, filepath.Join(root, "ARCHITECTURE.md"))
	_, files := sources(t)
	edges := map[string]map[string]bool{}
	for _, s := range files {
		if _, known := table[s.pkg]; !known {
			t.Errorf("%s: package %s is not in the table of ARCHITECTURE.md", s.path, s.pkg)
			continue
		}
		for _, to := range ownImports(s.file) {
			if to != s.pkg && !table.allows(s.pkg, to) {
				t.Errorf("%s imports %s, which the table of ARCHITECTURE.md does not allow", s.path, to)
			}
			if edges[s.pkg] == nil {
				edges[s.pkg] = map[string]bool{}
			}
			edges[s.pkg][to] = true
		}
	}
	if depth, path := longest(edges); depth > maxPath {
		t.Errorf("the longest import path has %d steps, at most %d: %s", depth, maxPath, path)
	}
}

// longest finds the longest chain of own imports below cmd, counted in steps.
func longest(edges map[string]map[string]bool) (int, string) {
	type found struct {
		depth int
		path  string
	}
	memo := map[string]found{}
	var walk func(string) found
	walk = func(p string) found {
		if f, ok := memo[p]; ok {
			return f
		}
		best := found{0, p}
		for to := range edges[p] {
			if f := walk(to); f.depth+1 > best.depth {
				best = found{f.depth + 1, p + " > " + f.path}
			}
		}
		memo[p] = best
		return best
	}
	best := found{}
	for p := range edges {
		if strings.HasPrefix(p, "cmd/") {
			continue
		}
		if f := walk(p); f.depth > best.depth {
			best = f
		}
	}
	return best.depth, best.path
}

func TestFilesAndFunctionsAreShort(t *testing.T) {
	fset, files := sources(t)
	for _, s := range files {
		if s.lines > maxFileLines {
			t.Errorf("%s has %d lines, at most %d", s.path, s.lines, maxFileLines)
		}
		for _, d := range s.file.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Body == nil {
				continue
			}
			if n := fset.Position(fn.End()).Line - fset.Position(fn.Pos()).Line + 1; n > maxFuncLines {
				t.Errorf("%s: %s has %d lines, at most %d", fset.Position(fn.Pos()), fn.Name.Name, n, maxFuncLines)
			}
		}
	}
}

func TestEverythingExportedIsDocumented(t *testing.T) {
	fset, files := sources(t)
	documented := map[string]bool{}
	for _, s := range files {
		documented[s.pkg] = documented[s.pkg] || s.file.Doc != nil
	}
	for _, s := range files {
		if !documented[s.pkg] {
			t.Errorf("package %s has no doc comment", s.pkg)
			documented[s.pkg] = true
		}
		for _, d := range s.file.Decls {
			for _, name := range undocumented(d) {
				t.Errorf("%s: exported %s has no doc comment", fset.Position(d.Pos()), name)
			}
		}
	}
}

// undocumented lists the exported names of a declaration that nothing explains. A group's comment serves its members.
func undocumented(d ast.Decl) []string {
	var out []string
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Name.IsExported() && d.Doc == nil && exportedReceiver(d) {
			out = append(out, d.Name.Name)
		}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch sp := spec.(type) {
			case *ast.TypeSpec:
				if sp.Name.IsExported() && sp.Doc == nil && d.Doc == nil && sp.Comment == nil {
					out = append(out, sp.Name.Name)
				}
			case *ast.ValueSpec:
				for _, n := range sp.Names {
					if n.IsExported() && sp.Doc == nil && d.Doc == nil && sp.Comment == nil {
						out = append(out, n.Name)
					}
				}
			}
		}
	}
	return out
}

// exportedReceiver says whether a function is no method, or a method of an exported type.
func exportedReceiver(fn *ast.FuncDecl) bool {
	if fn.Recv == nil || len(fn.Recv.List) == 0 {
		return true
	}
	t := fn.Recv.List[0].Type
	if s, ok := t.(*ast.StarExpr); ok {
		t = s.X
	}
	if ix, ok := t.(*ast.IndexExpr); ok {
		t = ix.X
	}
	id, ok := t.(*ast.Ident)
	return ok && id.IsExported()
}

func TestNoPanicAndNoHiddenClock(t *testing.T) {
	fset, files := sources(t)
	for _, s := range files {
		ast.Inspect(s.file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			switch fn := call.Fun.(type) {
			case *ast.Ident:
				if fn.Name == "panic" {
					t.Errorf("%s: panic in production code", fset.Position(call.Pos()))
				}
			case *ast.SelectorExpr:
				pkg, ok := fn.X.(*ast.Ident)
				if ok && pkg.Name == "time" && (fn.Sel.Name == "Now" || fn.Sel.Name == "Since" || fn.Sel.Name == "Until") && !strings.HasPrefix(s.pkg, "cmd/") {
					t.Errorf("%s: time.%s outside cmd: take a clock", fset.Position(call.Pos()), fn.Sel.Name)
				}
			}
			return true
		})
	}
}

// TestNothingWorksBeforeMain holds that no package compiles patterns or templates when it is loaded, nor has an init: every short command pays
// for it, whether it needs the package or not (docs/design/dependencies.md).
func TestNothingWorksBeforeMain(t *testing.T) {
	fset, files := sources(t)
	for _, s := range files {
		for _, d := range s.file.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
				t.Errorf("%s: init in production code", fset.Position(fn.Pos()))
			}
			if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.VAR {
				ast.Inspect(g, func(n ast.Node) bool {
					switch n := n.(type) {
					case *ast.FuncLit:
						return false
					case *ast.CallExpr:
						if fn, ok := n.Fun.(*ast.SelectorExpr); ok && strings.HasPrefix(fn.Sel.Name, "Must") {
							t.Errorf("%s: %s when the package is loaded: put it in a sync.OnceValue", fset.Position(n.Pos()), fn.Sel.Name)
						}
					}
					return true
				})
			}
		}
	}
}
