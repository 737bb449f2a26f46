package ui_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/seed-e6a88a41/latchkey/internal/ui"
)

func page(text string) fstest.MapFS {
	return fstest.MapFS{"hello.html": {Data: []byte(text)}, "assets/own.js": {Data: []byte("1")}}
}

func render(t *testing.T, o ui.Options, text string, v ui.View) *httptest.ResponseRecorder {
	t.Helper()
	w, err := tryRender(t, o, text, v)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func tryRender(t *testing.T, o ui.Options, text string, v ui.View) (*httptest.ResponseRecorder, error) {
	t.Helper()
	u, err := ui.New(o)
	if err != nil {
		t.Fatal(err)
	}
	pages, err := u.Pages(ui.Part{Name: "test", Files: page(text)})
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	return w, pages.Render(w, httptest.NewRequest("GET", "/", nil), http.StatusTeapot, "hello", v)
}

func TestPagesHaveSecurityHeaders(t *testing.T) {
	w := render(t, ui.Options{}, `{{define "content"}}hi {{.Data}}{{end}}`, ui.View{
		Data: "<script>", FormAction: []string{"https://app.example", "bad; script-src *"},
	})
	if w.Code != http.StatusTeapot || !strings.Contains(w.Body.String(), "hi &lt;script&gt;") {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
	policy := w.Header().Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "frame-ancestors 'none'", "form-action 'self' https://app.example", "img-src 'self';"} {
		if !strings.Contains(policy, want) {
			t.Errorf("the policy %q does not contain %q", policy, want)
		}
	}
	if strings.Contains(policy, "unsafe") || strings.Contains(policy, "bad") {
		t.Errorf("the policy contains an invalid source: %q", policy)
	}
	for name, want := range map[string]string{"X-Frame-Options": "DENY", "Referrer-Policy": "same-origin", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"} {
		if got := w.Header().Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}

func TestHostTemplateReplacesBuiltInTemplate(t *testing.T) {
	host := fstest.MapFS{"test/hello.html": {Data: []byte(`{{define "content"}}from the host{{end}}`)}}
	w := render(t, ui.Options{Templates: host}, `{{define "content"}}built-in{{end}}`, ui.View{})
	if body := w.Body.String(); !strings.Contains(body, "from the host") || strings.Contains(body, "built-in") {
		t.Errorf("got %s", body)
	}
}

func TestHostAssetsReplaceBuiltInAssets(t *testing.T) {
	host := fstest.MapFS{"assets/latchkey.css": {Data: []byte("from the host")}, "assets/own.js": {Data: []byte("from the host")}, "assets/logo.svg": {Data: []byte("from the host")}}
	u, err := ui.New(ui.Options{Templates: host})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := u.Pages(ui.Part{Name: "test", Files: page(`{{define "content"}}built-in{{end}}`)}); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"latchkey.css", "own.js", "logo.svg"} {
		w := httptest.NewRecorder()
		u.Assets().ServeHTTP(w, httptest.NewRequest("GET", u.Asset(name), nil))
		if w.Body.String() != "from the host" {
			t.Errorf("%s is %q", name, w.Body)
		}
	}
}

func TestOnlyIsolatedPagesHaveAnOpenerPolicy(t *testing.T) {
	for isolate, want := range map[bool]string{false: "", true: "same-origin"} {
		w := render(t, ui.Options{}, `{{define "content"}}{{end}}`, ui.View{IsolateFromOpener: isolate})
		if got := w.Header().Get("Cross-Origin-Opener-Policy"); got != want {
			t.Errorf("IsolateFromOpener %t: %q, want %q", isolate, got, want)
		}
	}
}

func TestFailingTemplateSendsNoPartOfThePage(t *testing.T) {
	w, err := tryRender(t, ui.Options{}, `{{define "content"}}begun {{.Data.Missing}}{{end}}`, ui.View{Data: 1})
	if err == nil || !strings.Contains(err.Error(), `page "hello"`) {
		t.Errorf("got error %v", err)
	}
	if w.Body.Len() > 0 || len(w.Header()) > 0 {
		t.Errorf("got headers %v and body %s", w.Header(), w.Body)
	}
}

func TestAssetsAreCachedForeverUnderTheirHash(t *testing.T) {
	u, err := ui.New(ui.Options{AssetPrefix: "/o/static/"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := u.Pages(ui.Part{Name: "test", Files: page(``)}); err != nil {
		t.Fatal(err)
	}
	for url, want := range map[string]int{
		u.Asset("latchkey.css"): 200, u.Asset("own.js"): 200,
		"/o/static/0000/none.css": 404, "/o/static/none": 404, "/o/static/../ui.go": 404,
	} {
		w := httptest.NewRecorder()
		u.Assets().ServeHTTP(w, httptest.NewRequest("GET", url, nil))
		if w.Code != want {
			t.Errorf("%s returns status %d, want %d", url, w.Code, want)
		}
		if want == 200 && !strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
			t.Errorf("%s is not cached forever", url)
		}
	}
	// During an update, a page of one release may load assets from a node that runs
	// another release.
	w := httptest.NewRecorder()
	u.Assets().ServeHTTP(w, httptest.NewRequest("GET", "/o/static/0000/latchkey.css", nil))
	if w.Code != 200 || w.Header().Get("Cache-Control") != "no-cache" {
		t.Errorf("with the hash of another release: %d %v", w.Code, w.Header())
	}
}

func TestBrowserReturnsAReadableName(t *testing.T) {
	for agent, want := range map[string]string{
		"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36":                                   "Chrome on Linux",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36 Edg/156.0":               "Edge on Windows",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1": "Safari on iPhone",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:140.0) Gecko/20100101 Firefox/140.0":                                                    "Firefox on Mac",
		"curl/8.0": "curl/8.0", "": "",
	} {
		if got := ui.Browser(agent); got != want {
			t.Errorf("Browser(%q) = %q, want %q", agent, got, want)
		}
	}
}
