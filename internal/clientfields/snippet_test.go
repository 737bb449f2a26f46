package clientfields_test

import (
	"encoding/json"
	"go/format"
	"go/parser"
	"go/token"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/knadh/koanf/parsers/yaml"

	"github.com/seed-e6a88a41/latchkey/internal/clientfields"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// applicationsWithSnippets are applications of each kind.
func applicationsWithSnippets() map[string]*oauth.Client {
	all := make(map[string]*oauth.Client)
	for _, kind := range clientfields.AppKinds() {
		c := &oauth.Client{ID: "app"}
		kind.Set(c)
		if kind.Asks("redirect_uris") && c.RedirectURIs == nil {
			c.RedirectURIs = []string{"https://app.example/cb"}
		}
		if kind.Name == "native" {
			c.RedirectURIs = []string{"com.example.app:/cb", "http://127.0.0.1/cb"}
		}
		all[kind.Name] = c
	}
	return all
}

func TestEveryKindOfApplicationHasExamples(t *testing.T) {
	want := map[string][]string{
		"web":    {"Go: go-oidc", "Node.js: express-openid-connect", "Python: Authlib", "Spring Boot", "PHP: league/oauth2-client", "oauth2-proxy"},
		"spa":    {"JavaScript: oidc-client-ts", "Go: go-oidc"},
		"native": {"Go: go-oidc"}, "machine": {"curl", "Go: x/oauth2", "Python: Authlib"}, "device": {"curl"},
		"api": {"curl", "Go: package resource", "Spring Boot"}, "mcp": {"MCP", "Go: go-oidc"},
	}
	for kind, c := range applicationsWithSnippets() {
		var got []string
		for _, s := range clientfields.Snippets("https://id.example/o", c, "") {
			got = append(got, s.Library)
			if !strings.Contains(s.Text, "app") || !strings.Contains(s.Text, "https://id.example/o") && s.Library != "MCP" || strings.Contains(s.Text, "<no value>") {
				t.Errorf("%s, %s: %s", kind, s.Library, s.Text)
			}
			if strings.HasSuffix(s.File, ".go") {
				if formatted, err := format.Source([]byte(s.Text)); err != nil || string(formatted) != s.Text {
					t.Errorf("%s, %s is not formatted: %v\n%s", kind, s.Library, err, s.Text)
				}
			}
		}
		if strings.Join(got, ", ") != strings.Join(want[kind], ", ") {
			t.Errorf("%s: got %q, want %q", kind, got, want[kind])
		}
	}
}

// An example that cannot work is worse than none.
func TestApplicationsWithoutAnExampleHaveNone(t *testing.T) {
	for name, change := range map[string]func(*oauth.Client){
		"a key":              func(c *oauth.Client) { c.AuthMethod = oauth.AuthPrivateKeyJWT },
		"an HMAC":            func(c *oauth.Client) { c.AuthMethod = oauth.AuthSecretJWT },
		"no openid":          func(c *oauth.Client) { c.Scopes = oauth.Scopes{"read"} },
		"a private scheme":   func(c *oauth.Client) { c.RedirectURIs = []string{"com.example.app:/cb"} },
		"a wildcard":         func(c *oauth.Client) { c.RedirectURIs = []string{"https://*.app.example/cb"} },
		"no grant for login": func(c *oauth.Client) { c.GrantTypes = nil },
	} {
		c := applicationsWithSnippets()["web"]
		change(c)
		if got := clientfields.Snippets("https://id.example/o", c, ""); len(got) > 0 {
			t.Errorf("%s: got %v", name, got)
		}
	}
}

// A value can contain characters that end a literal. It must stay a value in each language.
func TestValuesOfExamplesCannotEndTheirLiteral(t *testing.T) {
	const hostile = `a'b"c\d$(e)` + "`f`${g}#{h}%i"
	for kind, c := range applicationsWithSnippets() {
		c.ID = hostile
		for _, s := range clientfields.Snippets("https://id.example/o", c, "") {
			var found bool
			switch {
			case strings.HasSuffix(s.File, ".go"):
				file, err := parser.ParseFile(token.NewFileSet(), s.File, s.Text, 0)
				found = err == nil && file != nil && strings.Contains(s.Text, strconv.Quote(hostile))
			case strings.HasSuffix(s.File, ".json"):
				var value map[string]map[string]map[string]map[string]any
				_ = json.Unmarshal([]byte(strings.ReplaceAll(s.Text, `"url": "https://tools.example/mcp",`, "")), &value)
				found = value["mcpServers"]["tools"]["auth"]["CLIENT_ID"] == hostile
			case strings.HasSuffix(s.File, ".yaml"):
				value, err := yaml.Parser().Unmarshal([]byte(s.Text))
				found = err == nil && containsValue(value, hostile)
			case strings.HasSuffix(s.File, ".sh"):
				// With functions in place of the programs, the shell prints the arguments.
				out, err := exec.CommandContext(t.Context(), "bash", "-c", `curl() { printf '%s\n' "$@"; }; oauth2-proxy() { printf '%s\n' "$@"; }; sed() { :; }; read() { :; }; e() { echo EXECUTED; }; f() { echo EXECUTED; }`+"\n"+s.Text+"\nprintf '%s' \"$ANSWER\"").Output()
				found = err == nil && !strings.Contains(string(out), "EXECUTED") && (strings.Contains(string(out), hostile) || strings.Contains(string(out), "a%27b%22c%5Cd%24%28e%29"))
			case strings.HasSuffix(s.File, ".php"):
				found = strings.Contains(s.Text, `'a\'b"c\\d$(e)`+"`f`${g}#{h}%i'")
			default: // JavaScript and Python
				found = strings.Contains(s.Text, `"a'b\"c\\d$(e)`+"`f`${g}#{h}%i\"")
			}
			if !found {
				t.Errorf("%s, %s: the value is not a literal:\n%s", kind, s.Library, s.Text)
			}
		}
	}
}

// containsValue reports whether a value is part of another one.
func containsValue(all any, value string) bool {
	switch all := all.(type) {
	case string:
		return all == value
	case map[string]any:
		for _, part := range all {
			if containsValue(part, value) {
				return true
			}
		}
	}
	return false
}

func TestExamplesWithASecretContainIt(t *testing.T) {
	c := applicationsWithSnippets()["machine"]
	for _, s := range clientfields.Snippets("https://id.example/o", c, "lk_cs_secret") {
		if strings.Contains(s.Text, "lk_cs_secret") != strings.HasSuffix(s.File, ".sh") {
			t.Errorf("%s: %s", s.Library, s.Text)
		}
	}
}
