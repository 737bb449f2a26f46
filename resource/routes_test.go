package resource_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/seed-e6a88a41/latchkey/resource"
)

// TestEncodedSlashDoesNotAvoidThePolicyOfARoute: some routers match the decoded path, and
// others the path as it was sent. Both find the route whose policy was checked, or the
// request is not passed on.
func TestEncodedSlashDoesNotAvoidThePolicyOfARoute(t *testing.T) {
	guard := resource.Guard{Verifier: fake{}}
	passed := false
	handler := guard.Routes(map[string]resource.Policy{
		"/notes/{id}": {Scopes: []string{"read"}}, "/notes/admin/{id}": {Scopes: []string{"write"}}, "/files/{path...}": {Scopes: []string{"read"}},
	})(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { passed = true }))
	for target, status := range map[string]int{
		"/notes/1":            200,
		"/notes/a%20b":        200,
		"/notes/a%21b":        200,
		"/notes/admin/1":      403,
		"/notes/admin%2F1":    404,
		"/notes/admin%2f1":    404,
		"/notes%2Fadmin/1":    404,
		"/files/a%2Fb":        200,
		"/files/a%2F..%2Fb":   404,
		"/other%2F..%2Fnotes": 404,
	} {
		r, w := httptest.NewRequest(http.MethodGet, target, nil), httptest.NewRecorder()
		r.Header.Set("Authorization", "Bearer reader")
		passed = false
		if handler.ServeHTTP(w, r); w.Code != status || passed != (status == 200) {
			t.Errorf("%s: got %d, want %d, passed on: %t", target, w.Code, status, passed)
		}
	}
}
