package latchkey_test

import (
	"html"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// documentedFields returns the names in the table of a section of docs/reference/forms.md.
func documentedFields(t *testing.T, section string) []string {
	t.Helper()
	page, err := os.ReadFile("docs/reference/forms.md")
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(page), "\n## "+section+"\n")
	text, _, _ = strings.Cut(text, "\n## ")
	var names []string
	for _, row := range regexp.MustCompile("(?m)^\\| `(\\w+)` \\|").FindAllStringSubmatch(text, -1) {
		names = append(names, row[1])
	}
	return names
}

// hiddenField returns the value of a hidden field of a page.
func hiddenField(t *testing.T, page latchkeytest.Page, name string) string {
	t.Helper()
	found := regexp.MustCompile(`name="` + name + `" value="([^"]*)"`).FindStringSubmatch(page.Body)
	if found == nil {
		t.Fatalf("the page has no field %s:\n%s", name, page.Body)
	}
	return html.UnescapeString(found[1])
}

// TestDocsListTheFieldsThatAScriptSends: a script that sends exactly the fields of
// docs/reference/forms.md gets a code.
func TestDocsListTheFieldsThatAScriptSends(t *testing.T) {
	p := latchkeytest.New(t, func(o *latchkey.Options) {
		o.Scopes = []oauth.ScopeInfo{{Name: "read", Description: "Read"}, {Name: "mail", Description: "Mail", Optional: true}}
	})
	p.AddUser("ada", false)
	client, _ := p.AddClient("https://app.example/callback", nil)
	browser := p.Browser()
	send := func(page latchkeytest.Page, section string, values map[string]string) latchkeytest.Page {
		t.Helper()
		form := url.Values{}
		for _, name := range documentedFields(t, section) {
			value, ok := values[name]
			if !ok {
				t.Errorf("%s: the test has no value for the documented field %s", section, name)
			}
			if value != "" {
				form.Set(name, value)
			}
		}
		if len(form) == 0 || !slices.ContainsFunc([]string{"password", "decision"}, form.Has) {
			t.Fatalf("%s: no fields were found", section)
		}
		response, err := browser.PostForm(page.Request.URL.String(), form)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = response.Body.Close() }()
		body, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		return latchkeytest.Page{Response: response, Body: string(body)}
	}
	page := browser.Open(p.AuthorizationURL(client, "read", "mail"))
	next := hiddenField(t, page, "next")
	if wrong := send(page, "Login", map[string]string{"next": next, "username": "ada", "password": "wrong"}); wrong.StatusCode != http.StatusUnauthorized {
		t.Errorf("a wrong password: got %s", wrong.Status)
	}
	page = send(page, "Login", map[string]string{"next": next, "username": "ada", "password": latchkeytest.Password})
	request := hiddenField(t, page, "request")
	if without := send(page, "Consent", map[string]string{"request": request, "allow": "", "decision": "authorize", "scope": "", "period": ""}); without.Header.Get("Location") != "" || hiddenField(t, without, "request") == "" {
		t.Errorf("without allow: got %s", without.Status)
	}
	page = send(page, "Consent", map[string]string{"request": request, "allow": "yes", "decision": "authorize", "scope": "mail", "period": "1d"})
	if location := page.Header.Get("Location"); !strings.HasPrefix(location, "https://app.example/callback?code=") {
		t.Errorf("got %s %s", page.Status, location)
	}
	other, _ := p.AddClient("https://other.example/callback", nil)
	page = browser.Open(p.AuthorizationURL(other, "read"))
	page = send(page, "Consent", map[string]string{"request": hiddenField(t, page, "request"), "allow": "", "decision": "cancel", "scope": "", "period": ""})
	if location := page.Header.Get("Location"); !strings.Contains(location, "error=access_denied") {
		t.Errorf("cancel: got %s %s", page.Status, location)
	}
}

// TestScriptOfTheFormsGetsACode runs the commands of docs/reference/forms.md.
func TestScriptOfTheFormsGetsACode(t *testing.T) {
	page, err := os.ReadFile("docs/reference/forms.md")
	if err != nil {
		t.Fatal(err)
	}
	script := regexp.MustCompile("(?s)```sh\n(.*?)```").FindSubmatch(page)
	p := latchkeytest.New(t, func(o *latchkey.Options) {
		o.Issuer = strings.Replace(o.Issuer, "127.0.0.1", "localhost", 1) // with the form for a passkey
	})
	p.AddUser("ada", false)
	client, _ := p.AddClient("https://app.example/callback", nil)
	shell := exec.CommandContext(t.Context(), "sh", "-eu", "-c", string(script[1]))
	shell.Dir = t.TempDir()
	shell.Env = append(os.Environ(), "AUTHORIZATION_URL="+p.AuthorizationURL(client, "read"), "NAME=ada", "PASSWORD="+latchkeytest.Password)
	out, err := shell.CombinedOutput()
	if err != nil || !strings.HasPrefix(string(out), "https://app.example/callback?code=") {
		t.Errorf("%v: %s", err, out)
	}
}
