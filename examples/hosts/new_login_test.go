package hosts_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/seed-e6a88a41/latchkey/examples/hosts"
	"github.com/seed-e6a88a41/latchkey/internal/needs"
)

// TestNewLoginOnlyUnderItsExactPath: HAProxy and Envoy compare paths as they were sent. A rule
// for /new-login does not match /%6eew-login, which ServeMux passes to the Handler.
func TestNewLoginOnlyUnderItsExactPath(t *testing.T) {
	n, err := hosts.NewNewLogin("/new-login", make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/new-login", n.Handler(hosts.InsecureProxy{Header: "X-User"}))
	for _, target := range []string{"/%6eew-login?next=/", "/new%2Dlogin?next=/", "/new-login?next=/"} {
		r := httptest.NewRequest("GET", target, nil)
		r.Header.Set("X-User", "ada")
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, r)
		if exact := target == "/new-login?next=/"; len(w.Result().Cookies()) > 0 != exact {
			t.Errorf("%s: %d, a cookie that is a new login: %v", target, w.Code, !exact)
		}
	}
}

// TestNewLoginLeadsOnlyToPathsOfTheProgram: another site can link to the page.
func TestNewLoginLeadsOnlyToPathsOfTheProgram(t *testing.T) {
	n, err := hosts.NewNewLogin("/new-login", make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	for _, next := range append(needs.OtherSites(), "/o/authorize/?resume=x") {
		r := httptest.NewRequest("GET", "/new-login?"+url.Values{"next": {next}}.Encode(), nil)
		r.Header.Set("X-User", "ada")
		w := httptest.NewRecorder()
		n.Handler(hosts.InsecureProxy{Header: "X-User"}).ServeHTTP(w, r)
		if local := next == "/o/authorize/?resume=x"; (w.Code == http.StatusFound) != local || (w.Code == http.StatusBadRequest) == local {
			t.Errorf("%q: %d %s", next, w.Code, w.Header().Get("Location"))
		}
	}
}
