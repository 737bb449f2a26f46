package ui_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/internal/ui"
)

// TestFormOfAPageThatWasOpenedOverHTTPIsExplained: a browser does not keep the cookie of a
// login that is sent over http to a server with https. Without the page, the person would see
// the login page again and again.
func TestFormOfAPageThatWasOpenedOverHTTPIsExplained(t *testing.T) {
	for name, c := range map[string]struct {
		issuer, method, host, origin string
		insecure                     bool
	}{
		"over http, at the host of the issuer": {"https://id.example", http.MethodPost, "id.example", "http://id.example", true},
		"over http, at another name":           {"https://id.example", http.MethodPost, "10.0.0.7:8000", "http://10.0.0.7:8000", true},
		"over https":                           {"https://id.example", http.MethodPost, "id.example", "https://id.example", false},
		"a loopback address":                   {"https://id.example", http.MethodPost, "localhost:8000", "http://localhost:8000", false},
		"a page that is opened":                {"https://id.example", http.MethodGet, "id.example", "http://id.example", false},
		"an issuer with http":                  {"http://id.example", http.MethodPost, "id.example", "http://id.example", false},
		"a client without an Origin":           {"https://id.example", http.MethodPost, "id.example", "", false},
	} {
		protection, err := ui.CrossOriginProtection(c.issuer)
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest(c.method, "/o/login/", strings.NewReader(""))
		r.Host = c.host
		if c.origin != "" {
			r.Header.Set("Origin", c.origin)
		}
		if c.method == http.MethodGet { // a page that follows the login page of a host program
			r.Header.Set("Referer", c.origin+"/host/login")
			if opened := ui.CheckReferer(c.issuer, func(host string) bool { return host == "localhost" }, r); (opened != nil) != strings.HasPrefix(c.issuer, "https") {
				t.Errorf("%s: the Referer %s: got %v", name, r.Referer(), opened)
			}
		}
		err = ui.CheckOrigin(protection, c.issuer, func(host string) bool { return host == "localhost" }, r)
		var problem *ui.Problem
		insecure := errors.As(err, &problem) && problem.Heading[0] == "problem.insecure_heading"
		if insecure != c.insecure || insecure && (problem.Status != http.StatusForbidden || len(problem.Links) != 1 || problem.Links[0].URL != c.issuer || !strings.Contains(problem.Err.Error(), "opened over http")) {
			t.Errorf("%s: got %v, %+v", name, err, problem)
		}
	}
}
