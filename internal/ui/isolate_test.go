package ui_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"text/template/parse"

	"github.com/seed-e6a88a41/latchkey/internal/ui"
)

func TestIsolateChangesOnlyRightToLeftNames(t *testing.T) {
	for name, want := range map[string]string{
		"Ada Lovelace": "Ada Lovelace", "小林": "小林", "": "", "חנות": "\u2068חנות\u2069", "Shop متجر": "\u2068Shop متجر\u2069", "١٢": "\u2068١٢\u2069",
	} {
		if got := ui.Isolate(name); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}

// nameFields are the fields of pages that contain a name, or another text that a
// person, an application or an administrator has chosen.
var nameFields = []string{
	"Username", "Name", "DisplayName", "Email", "User", "Reauth", "To", "Brand", "Owners",
	"App", "AppName", "Apps", "ClientName", "Host", "RedirectHost", "Initial", "Values",
	"Description", "Scopes", "UserAgent",
}

// notNames are texts in fields with one of these names that nobody has chosen.
var notNames = []string{
	"_client_field.html: .Name",    // the name of a member of client metadata
	"_parts.html: .Name",           // the name of a field, in an attribute
	"link.html: .Name",             // the name of a parameter
	"api_token_list.html: .Scopes", // a list, whose items are isolated
	// An option contains no elements, so the function isolates its text.
	"list.html: isolate .Name",
}

// TestEveryPageIsolatesNames walks all templates. Whatever direction the text of a
// name has, it must not change the order of the words around it. In HTML the name
// is in <bdi>, and in an attribute with other words it is isolated.
func TestEveryPageIsolatesNames(t *testing.T) {
	files := []string{"layout.html"}
	for _, pattern := range []string{"../web/pages/*.html", "../admin/pages/*.html", "../consumer/pages/*.html"} {
		found, err := filepath.Glob(pattern)
		if err != nil || len(found) < 5 {
			t.Fatal(pattern, found, err)
		}
		files = append(files, found...)
	}
	names := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		tree := parse.New(filepath.Base(file))
		tree.Mode = parse.SkipFuncCheck
		trees := make(map[string]*parse.Tree)
		if _, err := tree.Parse(string(text), "", "", trees); err != nil {
			t.Fatal(err)
		}
		for _, tree := range trees {
			w := &walk{t: t, file: filepath.Base(file), variables: make(map[string]string)}
			w.list(tree.Root, "")
			names += w.names
		}
	}
	if names < 60 {
		t.Errorf("only %d names were found", names)
	}
}

// walk follows a template from its beginning to its end.
type walk struct {
	t         *testing.T
	file      string
	html      string            // what comes before
	variables map[string]string // the expressions of their values
	names     int
}

// list walks nodes. dot is the expression whose value is the dot.
func (w *walk) list(nodes *parse.ListNode, dot string) {
	if nodes == nil {
		return
	}
	for _, node := range nodes.Nodes {
		switch node := node.(type) {
		case *parse.TextNode:
			w.html += string(node.Text)
		case *parse.ActionNode:
			if value := w.value(node.Pipe, dot); len(node.Pipe.Decl) == 0 {
				w.print(value)
			}
		case *parse.IfNode:
			w.list(node.List, dot)
			w.list(node.ElseList, dot)
		case *parse.WithNode:
			w.list(node.List, w.value(node.Pipe, dot))
			w.list(node.ElseList, dot)
		case *parse.RangeNode:
			w.list(node.List, w.value(node.Pipe, dot))
			w.list(node.ElseList, dot)
		}
	}
}

// value returns the expression of a pipeline, and keeps it for the variables that
// the pipeline declares.
func (w *walk) value(pipe *parse.PipeNode, dot string) string {
	var commands []string
	for _, command := range pipe.Cmds {
		commands = append(commands, command.String())
	}
	value := strings.Join(commands, " | ")
	if value == "." {
		value = dot
	} else if declared, found := w.variables[value]; found {
		value = declared
	}
	for _, variable := range pipe.Decl {
		w.variables[variable.Ident[0]] = value
	}
	return value
}

var (
	lastFields = regexp.MustCompile(`\.(\w+)(?:[ )]|$)`)
	attribute  = regexp.MustCompile(`(?s)([\w-]+)="([^"]*)$`)
)

// print checks an expression that is printed.
func (w *walk) print(value string) {
	defer func() { w.html += "x" }()
	isName := slices.ContainsFunc(lastFields.FindAllStringSubmatch(value, -1), func(field []string) bool { return slices.Contains(nameFields, field[1]) })
	if !isName || slices.Contains(notNames, w.file+": "+value) {
		return
	}
	w.names++
	isolated := strings.HasSuffix(w.html, "<bdi>") || strings.HasSuffix(w.html, `<bdi dir="x">`) || strings.HasPrefix(value, `text "`) || strings.HasPrefix(value, "tile ") // which isolate their values
	if tag := strings.LastIndexByte(w.html, '<'); tag > strings.LastIndexByte(w.html, '>') {
		inside := attribute.FindStringSubmatch(w.html[tag:])
		isText := inside != nil && slices.Contains([]string{"alt", "aria-label", "placeholder", "title"}, inside[1])
		isolated = isolated || !isText || inside[2] == "" || strings.HasPrefix(value, "isolate ")
	} else if strings.LastIndex(w.html, "<title>") > strings.LastIndex(w.html, "</title>") {
		isolated = strings.HasPrefix(value, "isolate ")
	}
	if !isolated {
		w.t.Errorf("%s: {{%s}} is not isolated from the text around it. Put it in <bdi>, or use the function isolate in an attribute", w.file, value)
	}
}
