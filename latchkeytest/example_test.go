package latchkeytest_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/resource"
)

// newAPI is the program that is tested: an API that needs the scope read.
func newAPI(verifier resource.Verifier) http.Handler {
	hello := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, "hello") })
	return resource.Require(verifier, "read")(hello)
}

func Example() {
	test := func(t *testing.T) {
		p := latchkeytest.New(t)
		api := newAPI(p.Server.Verifier())
		get := func(token string) int {
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.Header.Set("Authorization", "Bearer "+token)
			w := httptest.NewRecorder()
			api.ServeHTTP(w, r)
			return w.Code
		}
		token := p.Token("ada", "read")
		fmt.Println("with a token:", get(token))
		fmt.Println("without the scope:", get(p.Token("ada", "openid")))
		p.Advance(2 * time.Hour)
		fmt.Println("two hours later:", get(token))
	}
	// In a program, this is: func TestAPI(t *testing.T)
	runTest("TestAPI", test)
	// Output:
	// with a token: 200
	// without the scope: 403
	// two hours later: 401
}
