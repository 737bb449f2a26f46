package provider

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// proofs are the functions of the proofs, by the constant of their kind. Each gets texts for
// its conditions. The kind of an assertion has no proof: a ticket of this kind is only written.
var proofs = map[string]struct {
	conditions []string
	fold       func(texts []string) oauth.Hash
}{
	"ticketCode": {[]string{"secret", "client", "redirect URI", "code challenge"}, func(t []string) oauth.Hash {
		return codeProof(oauth.HashOf(t[0]), t[1], t[2], t[3])
	}},
	"ticketPush":   {[]string{"secret", "client"}, func(t []string) oauth.Hash { return pushProof(oauth.HashOf(t[0]), t[1]) }},
	"ticketDevice": {[]string{"secret", "client"}, func(t []string) oauth.Hash { return deviceProof(oauth.HashOf(t[0]), t[1]) }},
	"ticketKept":   {[]string{"text that only the browser and the email contain", "client"}, func(t []string) oauth.Hash { return keptProof(t[0], t[1]) }},

	// These are only read, and never spent.
	"ticketAnswer":       {[]string{"secret of the decision"}, func(t []string) oauth.Hash { return answerProof(t[0]) }},
	"ticketUserCode":     {[]string{"device code"}, func(t []string) oauth.Hash { return userCodeProof(idOf(t[0])) }},
	"ticketDeviceAnswer": {[]string{"random ID"}, func(t []string) oauth.Hash { return deviceAnswerProof(idOf(t[0])) }},
}

func idOf(text string) oauth.ID {
	digest := oauth.HashOf(text)
	return oauth.ID(digest[:16])
}

// neverSpent are the kinds of tickets that nobody redeems.
var neverSpent = []string{"ticketAnswer", "ticketAssertion", "ticketDeviceAnswer", "ticketUserCode"}

// TestEachConditionOfATicketChangesItsProof changes one condition at a time, and moves a part
// of it to the next one.
func TestEachConditionOfATicketChangesItsProof(t *testing.T) {
	seen := make(map[oauth.Hash]string)
	for kind, proof := range proofs {
		own := proof.fold(proof.conditions)
		if proof.fold(slices.Clone(proof.conditions)) != own {
			t.Errorf("%s: the same conditions make another proof", kind)
		}
		for i, condition := range proof.conditions {
			changed := slices.Clone(proof.conditions)
			changed[i] += "x"
			if proof.fold(changed) == own {
				t.Errorf("%s: the proof does not depend on the %s", kind, condition)
			}
			if i > 0 {
				changed = slices.Clone(proof.conditions)
				changed[i-1], changed[i] = changed[i-1]+condition[:1], condition[1:]
				if proof.fold(changed) == own {
					t.Errorf("%s: the proof does not depend on where the %s begins", kind, condition)
				}
			}
		}
		if seen[own] != "" {
			t.Errorf("%s and %s have the same proof", kind, seen[own])
		}
		seen[own] = kind
	}
}

// TestEachKindOfTicketHasOneProof reads the source: one function per kind calls oauth.Fold, all
// its conditions are in the table above, and only kinds in the table are spent.
func TestEachKindOfTicketHasOneProof(t *testing.T) {
	source := readTickets(t, ".")
	for kind := range source.kinds {
		proof, listed := proofs[kind]
		folds := source.folds[kind]
		switch {
		case kind == "ticketAssertion":
			if len(folds) > 0 {
				t.Errorf("the ticket of an assertion has a proof, in %v", folds)
			}
			continue
		case !listed:
			t.Errorf("the conditions of %s are not in the table of this test", kind)
			continue
		case len(folds) != 1 || !strings.HasSuffix(folds[0].function, "Proof"):
			t.Errorf("oauth.Fold is called for %s in %+v, want one function whose name ends with Proof", kind, folds)
			continue
		}
		if n := len(proof.conditions); folds[0].conditions != n {
			t.Errorf("%s has %d conditions, and the table of this test has %d", kind, folds[0].conditions, n)
		}
	}
	for kind := range source.folds {
		if !source.kinds[kind] {
			t.Errorf("oauth.Fold is called with %s, which is not a constant of the type oauth.TicketKind", kind)
		}
	}
	if got := slices.Sorted(maps.Keys(source.kinds)); len(got) != len(proofs)+1 {
		t.Errorf("the table of this test has other kinds than %v", got)
	}
	for kind := range source.kinds {
		if source.spent[kind] == slices.Contains(neverSpent, kind) {
			t.Errorf("%s: spent: %t", kind, source.spent[kind])
		}
	}
	for _, folder := range []string{"account", "internal/adminapi", "internal/admin", "internal/acts", "internal/developers", "internal/web"} {
		other := readTickets(t, filepath.Join("..", folder))
		for kind, folds := range other.folds {
			if !other.kinds[kind] || len(folds) != 1 || !strings.HasSuffix(folds[0].function, "Proof") {
				t.Errorf("%s: oauth.Fold is called for %s in %+v, want one function whose name ends with Proof", folder, kind, folds)
			}
		}
	}
}

// ticketSource holds the uses of tickets in a package, by the constants of the kinds.
type ticketSource struct {
	kinds map[string]bool
	folds map[string][]foldCall
	spent map[string]bool // by a SpendRequest
}

// foldCall is a call of oauth.Fold.
type foldCall struct {
	function   string
	conditions int
}

func readTickets(t *testing.T, folder string) ticketSource {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil || len(names) == 0 {
		t.Fatalf("%s: %v", folder, err)
	}
	s := ticketSource{make(map[string]bool), make(map[string][]foldCall), make(map[string]bool)}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, declaration := range file.Decls {
			function := ""
			if f, ok := declaration.(*ast.FuncDecl); ok {
				function = f.Name.Name
			}
			ast.Inspect(declaration, func(node ast.Node) bool {
				s.read(node, function)
				return true
			})
		}
	}
	return s
}

func (s ticketSource) read(node ast.Node, function string) {
	switch node := node.(type) {
	case *ast.ValueSpec:
		if isOAuth(node.Type, "TicketKind") {
			s.kinds[node.Names[0].Name] = true
		}
	case *ast.CallExpr:
		if isOAuth(node.Fun, "Fold") {
			kind := identifier(node.Args[0])
			s.folds[kind] = append(s.folds[kind], foldCall{function, len(node.Args) - 1})
		}
	case *ast.CompositeLit:
		if !isOAuth(node.Type, "SpendRequest") {
			return
		}
		for _, element := range node.Elts {
			if field, ok := element.(*ast.KeyValueExpr); ok && identifier(field.Key) == "Kind" {
				s.spent[identifier(field.Value)] = true
			}
		}
	}
}

// isOAuth reports whether an expression is a name of package oauth.
func isOAuth(e ast.Expr, name string) bool {
	selector, ok := e.(*ast.SelectorExpr)
	return ok && identifier(selector.X) == "oauth" && selector.Sel.Name == name
}

// identifier returns the name that an expression is, or "something else".
func identifier(e ast.Expr) string {
	if name, ok := e.(*ast.Ident); ok {
		return name.Name
	}
	return "something else"
}
