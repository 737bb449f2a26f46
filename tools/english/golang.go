package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"unicode"
)

// goPassages returns the comments of a Go file, its strings of more than one
// word, the names of its tests, and the other names that it declares.
func goPassages(name string, content []byte) ([]passage, error) {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, name, content, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	var found passages
	for _, group := range file.Comments {
		addComment(&found, files, group)
	}
	isTest := strings.HasSuffix(name, "_test.go")
	ast.Inspect(file, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.ImportSpec:
			return false
		case *ast.FuncDecl:
			if words := testWords(node.Name.Name); isTest && node.Recv == nil && words != "" {
				found.add(files.Position(node.Pos()).Line, words)
				found.end(testName)
			} else {
				addNames(&found, files, node.Name)
			}
		case *ast.TypeSpec:
			addNames(&found, files, node.Name)
		case *ast.ValueSpec:
			addNames(&found, files, node.Names...)
		case *ast.Field:
			addNames(&found, files, node.Names...)
		case *ast.BinaryExpr:
			if node.Op == token.ADD && addSum(&found, files, node) {
				found.end(literal)
				return false
			}
		case *ast.BasicLit:
			if node.Kind == token.STRING {
				addLiteral(&found, files, node)
				found.end(literal)
			}
		}
		return true
	})
	return found.list, nil
}

// addComment adds the sentences of a comment, without its code and directives.
func addComment(found *passages, files *token.FileSet, group *ast.CommentGroup) {
	for _, c := range group.List {
		start := files.Position(c.Pos()).Line
		text, isLine := strings.CutPrefix(c.Text, "//")
		if !isLine {
			text = strings.TrimSuffix(strings.TrimPrefix(text, "/*"), "*/")
		}
		for i, line := range strings.Split(text, "\n") {
			switch {
			case strings.TrimSpace(line) == "":
				found.end(comment)
			case strings.HasPrefix(line, "\t"), strings.HasPrefix(line, " \t"), isLine && !strings.HasPrefix(line, " "):
				// code or a directive
			default:
				found.add(start+i, line)
			}
		}
	}
	found.end(comment)
}

// addSum adds strings that are joined by "+", and reports whether there are
// any. A value between them is one word.
func addSum(found *passages, files *token.FileSet, sum *ast.BinaryExpr) bool {
	any := false
	for _, side := range []ast.Expr{sum.X, sum.Y} {
		switch side := side.(type) {
		case *ast.BasicLit:
			any = addLiteral(found, files, side) || any
		case *ast.BinaryExpr:
			any = addSum(found, files, side) || any
		default:
			found.add(files.Position(side.Pos()).Line, "…")
		}
	}
	if !any {
		found.current = passage{}
	}
	return any
}

func addNames(found *passages, files *token.FileSet, names ...*ast.Ident) {
	for _, name := range names {
		found.add(files.Position(name.Pos()).Line, splitWords(name.Name))
		found.end(identifier)
	}
}

func addLiteral(found *passages, files *token.FileSet, literal *ast.BasicLit) bool {
	text, err := strconv.Unquote(literal.Value)
	if err != nil || !strings.Contains(strings.TrimSpace(text), " ") {
		return false
	}
	line, raw := files.Position(literal.Pos()).Line, strings.HasPrefix(literal.Value, "`")
	for i, part := range strings.Split(text, "\n") {
		if raw {
			found.add(line+i, part)
		} else {
			found.add(line, part)
		}
	}
	return true
}

// testWords returns the words of a test's name, like "a code is used once" of
// TestACodeIsUsedOnce, and "" of any other function.
func testWords(name string) string {
	for _, prefix := range []string{"Test", "Fuzz", "Benchmark"} {
		if claim, found := strings.CutPrefix(name, prefix); found && claim != "" && !unicode.IsLower(rune(claim[0])) {
			return splitWords(claim)
		}
	}
	return ""
}

// splitWords returns the words of a name in lower case: "an http url" of
// AnHTTPURL only if the name is written AnHTTPUrl; initialisms stay together.
func splitWords(name string) string {
	var words strings.Builder
	letters := []rune(name)
	for i, letter := range letters {
		startsWord := i > 0 && unicode.IsUpper(letter) &&
			(!unicode.IsUpper(letters[i-1]) || i+1 < len(letters) && unicode.IsLower(letters[i+1]))
		if startsWord {
			words.WriteByte(' ')
		}
		if letter == '_' {
			letter = ' '
		}
		words.WriteRune(unicode.ToLower(letter))
	}
	return words.String()
}
