package admin_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
)

type office struct {
	*latchkeytest.Provider
	*latchkeytest.Browser
	t *testing.T
}

// enter starts a provider and logs an administrator in.
func enter(t *testing.T, change ...func(*latchkey.Options)) office {
	t.Helper()
	p := latchkeytest.New(t, func(o *latchkey.Options) {
		o.ConsumerURL = "http://localhost:8001"
		for _, change := range change {
			change(o)
		}
	})
	p.AddUser("root", true)
	b := p.Browser()
	page := b.LogIn(b.Open(p.URL+"/admin/applications/?q=x"), "root")
	if page.Request.URL.RequestURI() != "/admin/applications/?q=x" {
		t.Fatalf("after the login: got %s", page.Request.URL)
	}
	return office{p, b, t}
}

func (o office) open(path string) latchkeytest.Page {
	o.t.Helper()
	return o.Open(o.URL + "/admin/" + path)
}

// Submit posts a form, and answers the question that follows, if any.
func (o office) Submit(page latchkeytest.Page, fields url.Values) latchkeytest.Page {
	o.t.Helper()
	if fields == nil {
		fields = url.Values{}
	}
	answer := o.Browser.Submit(page, fields)
	if answer.StatusCode == 200 && strings.Contains(answer.Body, `type="hidden" name="confirmed"`) {
		fields.Set("confirmed", "yes")
		answer = o.Browser.Submit(answer, fields)
	}
	return answer
}

func (o office) post(path string, fields url.Values) latchkeytest.Page {
	o.t.Helper()
	form := path
	if path == "applications/add/" { // which first shows the kinds of applications
		form += "?kind=other"
	}
	page := o.open(form)
	if page.StatusCode == 404 || page.StatusCode == 405 {
		page.Request.URL, _ = url.Parse(o.URL + "/admin/" + path)
	}
	return o.Submit(page, fields)
}

// answer posts a request of a client to an endpoint, and returns the JSON object
// that answers it.
func (o office) answer(endpoint, id, secret string, fields ...string) map[string]any {
	o.t.Helper()
	form := url.Values{"client_id": {id}, "client_secret": {secret}}
	for i := 0; i < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	response, err := o.PostForm(o.Issuer+endpoint, form)
	if err != nil {
		o.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	var answer map[string]any
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		o.t.Fatal(err)
	}
	return answer
}

// submatch returns the first group of a pattern in a text that must match.
func submatch(t *testing.T, text, pattern string) string {
	t.Helper()
	found := regexp.MustCompile(pattern).FindStringSubmatch(text)
	if found == nil {
		t.Fatalf("no %s in %s", pattern, text)
	}
	return found[1]
}

func read(t *testing.T, response *http.Response) string {
	t.Helper()
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func describe(values ...any) string { return fmt.Sprintf("%+v", values) }
