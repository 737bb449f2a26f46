package latchkey_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/internal/admin"
	"github.com/seed-e6a88a41/latchkey/internal/hosttest"
	"github.com/seed-e6a88a41/latchkey/internal/testkeys"
	"github.com/seed-e6a88a41/latchkey/internal/web"
	"github.com/seed-e6a88a41/latchkey/memstore"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// TestInactivePersonOfAHostIsNotLoggedInOnAnyPage: a program can block an administrator whose session
// it does not end. Every route then answers as if nobody were logged in, and with 503 if Lookup fails.
func TestInactivePersonOfAHostIsNotLoggedInOnAnyPage(t *testing.T) {
	site := hosttest.New()
	site.Change(func(p *latchkey.Person) { p.Admin, p.Name = true, "Name of "+p.Name })
	site.Name(func(subject string) (string, error) {
		if subject == "id-of-unknown" {
			return "", errors.New("the database of the host is unavailable")
		}
		return "", nil
	})
	site.Delete("blocked", true)
	store := memstore.New(nil)
	server, err := latchkey.New(t.Context(), latchkey.Options{Issuer: "https://id.example/o", People: site, Store: store, MasterKey: make([]byte, 32), NewKey: testkeys.NewSource()})
	if err != nil {
		t.Fatal(err)
	}
	app := &oauth.Client{ID: "app", Name: "App", RedirectURIs: []string{"https://app.example/cb"}, Type: oauth.Public}
	if _, err := server.CreateApplication(t.Context(), app); err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/", server)
	mux.Handle("/admin/", server.Admin())
	cookies := map[string]string{"nobody": ""}
	for _, name := range []string{"active", "blocked", "unknown"} {
		cookies[name] = site.Start(name, time.Now())
	}
	request := func(name, method, path string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, "https://id.example"+path, strings.NewReader(""))
		r.Header = http.Header{"Accept": {"text/html"}, "Origin": {"https://id.example"}, "Content-Type": {"application/x-www-form-urlencoded"}, "Cookie": {hosttest.Cookie + "=" + cookies[name]}}
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, r)
		return w
	}
	ask := func(name, method, path string) string {
		if path == "/o/authorize/" {
			path += "?" + url.Values{"client_id": {"app"}, "response_type": {"code"}, "redirect_uri": app.RedirectURIs, "scope": {"openid"}, "code_challenge": {strings.Repeat("c", 43)}, "code_challenge_method": {"S256"}}.Encode()
		}
		w := request(name, method, path)
		to, _, _ := strings.Cut(w.Header().Get("Location"), "resume") // the handle of the request differs each time
		return fmt.Sprint(w.Code, " ", to, strings.Contains(w.Body.String(), "Name of"))
	}
	_, people := web.Endpoints()
	private := 0
	for _, route := range slices.Concat(people, admin.Endpoints()) {
		path := strings.NewReplacer("{client}", "app", "{id}", "app").Replace(route.Path)
		if strings.HasPrefix(path, "/o/logout") {
			continue // a person who is not active can log out
		}
		for method := range strings.SplitSeq(route.Methods, ", ") {
			nobody, active := ask("nobody", method, path), ask("active", method, path)
			if blocked := ask("blocked", method, path); blocked != nobody {
				t.Errorf("%s %s: a blocked person got %s, and a browser without a login %s", method, path, blocked, nobody)
			}
			if active == nobody {
				continue
			}
			private++
			if got := ask("unknown", method, path); got != "503 false" {
				t.Errorf("%s %s: while Lookup fails, got %s", method, path, got)
			}
		}
	}
	if private < 80 {
		t.Errorf("only %d routes are for people who are logged in", private)
	}
	site.Asked()
	request("blocked", http.MethodGet, "/admin/")
	if asked := site.Asked(); len(asked) != 1 || asked[0].Reason != latchkey.ReasonOtherPerson {
		t.Errorf("the login page could send the person back at once: %+v", asked)
	}
	if w := request("blocked", http.MethodGet, "/o/returned/?next=/admin/"); w.Code != http.StatusForbidden || !strings.Contains(w.Body.String(), "Your account at this site is disabled") {
		t.Errorf("a person who was sent back got %d: %s", w.Code, w.Body)
	}
	before := site.Sessions()
	if w := request("blocked", http.MethodPost, "/o/logout/"); w.Code != http.StatusOK || site.Sessions() != before-1 {
		t.Errorf("a blocked person could not log out: %d, and %d of %d sessions", w.Code, site.Sessions(), before)
	}
}
