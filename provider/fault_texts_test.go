package provider

import (
	"bytes"
	"encoding/json"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the catalogue of the faults of applications")

const faultCatalogue = "../internal/ui/texts/faults/en.json"

// uriFiles are the files of package oauth whose errors are faults of an address.
var uriFiles = []string{"../oauth/redirect.go", "../oauth/redirect_wildcard.go", "../oauth/origin.go"}

// faultTexts returns the messages of clientFault and of uriFault in the source, as the
// catalogue has them.
func faultTexts(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	texts := make(map[string]string)
	for _, name := range append(files, uriFiles...) {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(node ast.Node) bool {
			call, ok := node.(*ast.CallExpr)
			if !ok {
				return true
			}
			var function string
			switch called := call.Fun.(type) {
			case *ast.Ident:
				function = called.Name
			case *ast.SelectorExpr:
				function = called.Sel.Name
			}
			position, known := map[string]int{"reject": 1, "clientFault": 1, "fault": 0}[function]
			if function == "Errorf" && slices.Contains(uriFiles, name) {
				position, known = 1, true
			}
			if !known || len(call.Args) <= position || strings.HasSuffix(name, "_test.go") {
				return true
			}
			literal, ok := call.Args[position].(*ast.BasicLit)
			if !ok {
				return true
			}
			format, err := strconv.Unquote(literal.Value)
			if err != nil {
				t.Fatal(err)
			}
			code, verbs := faultCode(format)
			ofRequest := function == "Errorf" && !strings.HasPrefix(format, "'%s'") && !strings.HasPrefix(format, "The URI ")
			if code == "" || ofRequest {
				return true
			}
			text := format
			for i, verb := range verbs {
				text = strings.Replace(text, verb, "{"+string(rune('a'+i))+"}", 1)
			}
			text = strings.ReplaceAll(text, "%%", "%")
			key := "fault.client." + code
			if other, exists := texts[key]; exists && other != text {
				t.Errorf("two messages begin with the same words: %q and %q", other, text)
			}
			texts[key] = text
			return true
		})
	}
	return texts
}

// TestTheCatalogueHasTheFaultsOfApplications compares the catalogue with the messages in
// the source; with -update it writes the catalogue.
func TestTheCatalogueHasTheFaultsOfApplications(t *testing.T) {
	texts := faultTexts(t)
	if len(texts) < 60 {
		t.Errorf("only %d messages were found", len(texts))
	}
	var want bytes.Buffer
	encoder := json.NewEncoder(&want)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(texts); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(faultCatalogue, want.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(faultCatalogue)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want.String() {
		t.Error("the catalogue differs from the messages. Run go test ./provider -run Catalogue -update")
	}
}

func TestFaultHasAValueForEachPlaceholder(t *testing.T) {
	fault := clientFault("scope", "The scope %q has %d letters.", "a\"b", 3)[0]
	if fault.Message != `The scope "a\"b" has 3 letters.` || fault.Code != "client.the_scope_has_letters" || len(fault.Values) != 4 || fault.Values[0] != "a" || fault.Values[1] != `"a\"b"` || fault.Values[2] != "b" || fault.Values[3] != "3" {
		t.Errorf("got %+v", fault)
	}
	if other := clientFault("scope", "%s", "Enter a scope.")[0]; other.Message != "Enter a scope." || other.Code != "" {
		t.Errorf("got %+v", other)
	}
}
