package web_test

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"text/template/parse"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/pseudo"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// englishTexts returns the placeholders of the built-in texts, by key. Tests of the packages
// clientfields and provider compare the other catalogues with the code.
func englishTexts(t *testing.T) map[string][]string {
	t.Helper()
	texts := make(map[string]json.RawMessage)
	for _, name := range sources(t, "../ui/texts/en.json", "../ui/texts/admin/en.json", "../ui/texts/consumer/en.json") {
		file, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(file, &texts); err != nil {
			t.Fatal(err)
		}
	}
	placeholders := make(map[string][]string)
	for key, text := range texts {
		placeholders[key] = []string{}
		for _, found := range regexp.MustCompile(`{([a-z_]+)}`).FindAllStringSubmatch(string(text), -1) {
			if !slices.Contains(placeholders[key], found[1]) {
				placeholders[key] = append(placeholders[key], found[1])
			}
		}
		slices.Sort(placeholders[key])
	}
	return placeholders
}

// sources returns the files that match one of the patterns, without tests.
func sources(t *testing.T, patterns ...string) (files []string) {
	t.Helper()
	for _, pattern := range patterns {
		found, err := filepath.Glob(pattern)
		if err != nil || found == nil {
			t.Fatal(pattern, err)
		}
		files = append(files, found...)
	}
	return slices.DeleteFunc(files, func(file string) bool { return strings.HasSuffix(file, "_test.go") })
}

// A textUse is a key with the names of the values that it is used with.
type textUse struct {
	place, key string
	names      []string
}

// usesInGo returns the ui.Text literals, and the codes of messages, in Go files.
func usesInGo(t *testing.T, files []string) (uses []textUse) {
	t.Helper()
	for _, name := range files {
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		add := func(at ast.Node, prefix string, elements []ast.Expr) {
			if key, ok := literal(elements[0]); ok {
				use := textUse{place: set.Position(at.Pos()).String(), key: prefix + key}
				for i := 1; i < len(elements); i += 2 {
					if name, ok := literal(elements[i]); ok {
						use.names = append(use.names, name)
					}
				}
				slices.Sort(use.names)
				uses = append(uses, use)
			}
		}
		ast.Inspect(file, func(node ast.Node) bool {
			switch node := node.(type) {
			case *ast.CompositeLit:
				if isText(node.Type) && len(node.Elts) > 0 {
					add(node, "", node.Elts)
				}
				if of, ok := node.Type.(*ast.ArrayType); ok && isText(of.Elt) {
					for _, element := range node.Elts {
						if text, ok := element.(*ast.CompositeLit); ok {
							add(text, "", text.Elts)
						}
					}
				}
				if of, ok := node.Type.(*ast.MapType); ok && isText(of.Value) {
					for _, element := range node.Elts {
						add(element, "", element.(*ast.KeyValueExpr).Value.(*ast.CompositeLit).Elts)
					}
				}
			case *ast.CallExpr:
				if called, ok := node.Fun.(*ast.SelectorExpr); ok && called.Sel.Name == "WithCode" {
					add(node, "fault.", node.Args)
				}
			}
			return true
		})
	}
	return uses
}

func isText(expression ast.Expr) bool {
	switch expression := expression.(type) {
	case *ast.SelectorExpr:
		return expression.Sel.Name == "Text"
	case *ast.Ident:
		return expression.Name == "Text"
	}
	return false
}

func literal(expression ast.Expr) (string, bool) {
	basic, ok := expression.(*ast.BasicLit)
	if !ok || basic.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(basic.Value)
	return text, err == nil
}

// trees returns the parsed templates of a file.
func trees(t *testing.T, file string) map[string]*parse.Tree {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	tree := parse.New(filepath.Base(file))
	tree.Mode = parse.SkipFuncCheck
	all := make(map[string]*parse.Tree)
	if _, err := tree.Parse(string(text), "", "", all); err != nil {
		t.Fatal(err)
	}
	return all
}

// usesInTemplates returns the calls of the functions text and textlink with a key.
func usesInTemplates(t *testing.T, files []string) (uses []textUse) {
	t.Helper()
	for _, file := range files {
		for _, tree := range trees(t, file) {
			eachPipe(tree.Root, func(pipe *parse.PipeNode) {
				for _, command := range pipe.Cmds {
					if use, ok := useIn(command); ok {
						use.place = file
						uses = append(uses, use)
					}
				}
			})
		}
	}
	return uses
}

// useIn returns the key and the names of the values of a call.
func useIn(command *parse.CommandNode) (use textUse, ok bool) {
	function, ok := command.Args[0].(*parse.IdentifierNode)
	skip := map[string]int{"text": 1, "textlink": 2}
	if !ok || skip[function.Ident] == 0 || len(command.Args) <= skip[function.Ident] {
		return use, false
	}
	for i, arg := range command.Args[skip[function.Ident]:] {
		text, isText := arg.(*parse.StringNode)
		switch {
		case i == 0 && !isText:
			return use, false // a ui.Text
		case i == 0:
			use.key, use.names = text.Text, []string{}
		case i%2 == 1 && isText:
			use.names = append(use.names, text.Text)
		}
	}
	slices.Sort(use.names)
	return use, true
}

// eachPipe visits all pipelines, those in parentheses included.
func eachPipe(node parse.Node, visit func(*parse.PipeNode)) {
	branch := func(b parse.BranchNode) {
		eachPipe(b.Pipe, visit)
		eachPipe(b.List, visit)
		if b.ElseList != nil {
			eachPipe(b.ElseList, visit)
		}
	}
	switch node := node.(type) {
	case *parse.ListNode:
		for _, child := range node.Nodes {
			eachPipe(child, visit)
		}
	case *parse.ActionNode:
		eachPipe(node.Pipe, visit)
	case *parse.TemplateNode:
		if node.Pipe != nil {
			eachPipe(node.Pipe, visit)
		}
	case *parse.IfNode:
		branch(node.BranchNode)
	case *parse.WithNode:
		branch(node.BranchNode)
	case *parse.RangeNode:
		branch(node.BranchNode)
	case *parse.PipeNode:
		visit(node)
		for _, command := range node.Cmds {
			for _, arg := range command.Args {
				eachPipe(arg, visit)
			}
		}
	}
}

// usesInScripts returns the keys of the texts that scripts show. The names of the values
// are words after the key.
func usesInScripts(t *testing.T, files []string, texts map[string][]string) (uses []textUse) {
	t.Helper()
	for _, file := range files {
		script, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, at := range regexp.MustCompile(`\btext\("([a-z_.]+)"`).FindAllSubmatchIndex(script, -1) {
			use := textUse{place: file, key: string(script[at[2]:at[3]]), names: []string{}}
			values, _, _ := strings.Cut(string(script[at[1]:]), "\n")
			for _, name := range texts[use.key] {
				if regexp.MustCompile(`[{ ]` + name + `[:, ]`).MatchString(values) {
					use.names = append(use.names, name)
				}
			}
			uses = append(uses, use)
		}
	}
	return uses
}

func TestCatalogueHasExactlyTheTextsThatAreUsed(t *testing.T) {
	texts, used := englishTexts(t), make(map[string]bool)
	uses := usesInGo(t, sources(t, "*.go", "../ui/*.go", "../../pages.go", "../../account/*.go", "../../validate/*.go", "../consumer/*.go", "../admin/*.go", "../clientfields/*.go"))
	uses = append(uses, usesInTemplates(t, sources(t, "pages/*.html", "../ui/*.html", "../consumer/pages/*.html", "../admin/pages/*.html"))...)
	uses = append(uses, usesInScripts(t, sources(t, "../consumer/pages/assets/*.js"), texts)...)
	for _, scope := range append(oauth.OpenIDScopeInfos(), oauth.DefaultScopeInfos()...) {
		uses = append(uses, textUse{"ui.Scope", "scope." + scope.Name, []string{}})
		if text := (ui.Text{"scope." + scope.Name}).String(); text != scope.Description {
			t.Errorf("the catalogue describes the scope %s as %q, and package oauth as %q", scope.Name, text, scope.Description)
		}
	}
	for _, name := range account.ProfileClaims() {
		uses = append(uses, textUse{place: "claimLabel", key: "claim." + name})
	}
	// Keys that are chosen by the code around them.
	for _, key := range []string{"admin.warning.lk045", "admin.warning.lk046", "admin.warning.lk047", "admin.choice.unknown_resource"} {
		uses = append(uses, textUse{place: "package admin", key: key})
	}
	for _, key := range []string{"date.ago_minutes", "date.ago_hours", "date.ago_days", "date.in_minutes", "date.in_hours", "date.in_days"} {
		uses = append(uses, textUse{"ago", key, []string{"n"}})
	}
	uses = append(uses, textUse{"englishLanguage", "layout.language_name", []string{}})
	for _, key := range []string{"duration.seconds", "duration.minutes", "duration.hours", "duration.days"} {
		uses = append(uses, textUse{"DurationText", key, []string{"n"}})
	}
	for _, key := range []string{"mail.reset_user", "mail.reset_item_user"} {
		uses = append(uses, textUse{"named", key, []string{"user"}})
	}
	for _, key := range []string{"mail.reset_created", "mail.reset_item_created"} {
		uses = append(uses, textUse{"named", key, []string{"time"}})
	}
	for _, name := range []string{"words", "email", "boolean", "time", "address", "empty", "long", "birthdate", "zoneinfo", "locale", "phone_number", "website", "picture"} {
		uses = append(uses, textUse{place: "claimCode", key: "fault.claim_" + name})
	}
	if len(uses) < 300 {
		t.Errorf("only %d uses were found", len(uses))
	}
	for _, use := range uses {
		used[use.key] = true
		placeholders, exists := texts[use.key]
		switch {
		case strings.HasSuffix(use.key, "."): // completed by the code around it
		case !exists:
			t.Errorf("%s: the text %s is not in en.json", use.place, use.key)
		case !slices.Equal(use.names, placeholders):
			t.Errorf("%s: the text %s has the placeholders %q, and the values %q", use.place, use.key, placeholders, use.names)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(texts)) {
		if !used[key] {
			t.Errorf("en.json: the text %s is not used", key)
		}
	}
}

// TestPagesHaveNoWordsOutsideTheCatalogue reads the templates as HTML, with an empty
// value for each action.
func TestPagesHaveNoWordsOutsideTheCatalogue(t *testing.T) {
	for _, file := range sources(t, "pages/*.html", "../ui/*.html", "../consumer/pages/*.html", "../admin/pages/*.html") {
		for block, tree := range trees(t, file) {
			if block == "invalid" {
				continue // attributes of an element
			}
			var markup strings.Builder
			writeMarkup(&markup, tree.Root)
			for _, text := range pseudo.Untranslated(markup.String()) {
				t.Errorf("%s: %q is not in the catalogue", file, text)
			}
		}
	}
}

func writeMarkup(b *strings.Builder, list *parse.ListNode) {
	if list == nil {
		return
	}
	for _, node := range list.Nodes {
		switch node := node.(type) {
		case *parse.TextNode:
			b.Write(node.Text)
		case *parse.IfNode:
			writeMarkup(b, node.List)
			writeMarkup(b, node.ElseList)
		case *parse.WithNode:
			writeMarkup(b, node.List)
			writeMarkup(b, node.ElseList)
		case *parse.RangeNode:
			writeMarkup(b, node.List)
			writeMarkup(b, node.ElseList)
		}
	}
}

// TestPagesGetNoSentencesFromGo finds literals in Go where a page expects a text.
func TestPagesGetNoSentencesFromGo(t *testing.T) {
	sentence := regexp.MustCompile(`ui\.Plain\("|(?:Title|Heading|Advice|Text|Button): +"`)
	for _, file := range sources(t, "*.go", "../../pages.go", "../consumer/*.go", "../admin/*.go") {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range strings.Split(string(source), "\n") {
			// The answer to a program that requests a logo or a picture, and a choice that has a key.
			if sentence.MatchString(line) && !strings.Contains(line, "errNoLogo") && !strings.Contains(line, "errNoPicture") && !strings.Contains(line, `Key: "`) {
				t.Errorf("%s:%d: %s is not in the catalogue", file, i+1, strings.TrimSpace(line))
			}
		}
	}
}

// TestFixedTextsAreInHTML: a text without placeholders is escaped for the text between
// elements and for attributes in quotation marks, and must be nowhere else.
func TestFixedTextsAreInHTML(t *testing.T) {
	calls := 0
	for _, file := range sources(t, "pages/*.html", "../ui/*.html", "../admin/pages/*.html", "../consumer/pages/*.html") {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		markup := regexp.MustCompile(`{{.*?}}`).ReplaceAllStringFunc(string(source), func(action string) string {
			if strings.HasPrefix(action, `{{text "`) {
				return "\x00"
			}
			return ""
		})
		for i := range markup {
			if markup[i] != 0 {
				continue
			}
			calls++
			before := markup[:i]
			if tag := strings.LastIndexByte(before, '<'); tag > strings.LastIndexByte(before, '>') && !regexp.MustCompile(`="[^"]*$`).MatchString(before[tag:]) {
				t.Errorf("%s: a text is not in an attribute with quotation marks: %s", file, before[tag:])
			}
			for _, element := range []string{"script", "style", "textarea", "iframe"} {
				if strings.Count(before, "<"+element) > strings.Count(before, "</"+element+">") && strings.LastIndexByte(before, '>') > strings.LastIndex(before, "<"+element) {
					t.Errorf("%s: a text is inside a %s", file, element)
				}
			}
		}
	}
	if calls < 150 {
		t.Errorf("only %d calls were found", calls)
	}
}
