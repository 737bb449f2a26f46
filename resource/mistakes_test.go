package resource_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/resource"
)

// A verifier without a required field returns an error that names the field. Otherwise, it would
// refuse every token as if the clients were wrong.
func TestVerifiersNameTheFieldThatIsMissing(t *testing.T) {
	missing := httptest.NewServer(http.NotFoundHandler())
	defer missing.Close()
	for want, v := range map[string]resource.Verifier{
		"JWT has no Audience":                                     &resource.JWT{Issuer: "https://id.example.com/o"},
		"Introspection has no Audience":                           &resource.Introspection{URL: missing.URL},
		`the URL of Introspection is ""`:                          &resource.Introspection{Audience: "a"},
		`the URL of Introspection is "/o"`:                        &resource.Introspection{Audience: "a", URL: "/o"},
		missing.URL + "/introspect/ responds with 404":            &resource.Introspection{Audience: "a", URL: missing.URL + "/introspect/"},
		"which is not the issuer, but its introspection_endpoint": &resource.Introspection{Audience: "a", URL: missing.URL + "/o"},
	} {
		if _, err := v.Verify(t.Context(), "token"); err == nil || errors.Is(err, resource.ErrInvalidToken) || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// A Guard that cannot work panics when the program starts, and not at the first token.
func TestGuardWithAMistakePanicsAtTheStart(t *testing.T) {
	v := &resource.JWT{Issuer: "https://id.example.com/o", Audience: "a"}
	for name, c := range map[string]struct {
		guard resource.Guard
		want  string
	}{
		"no verifier":      {resource.Guard{}, "Guard has no Verifier"},
		"a nil pointer":    {resource.Guard{Verifier: (*resource.JWT)(nil)}, "Guard has no Verifier"},
		"a relative URL":   {resource.Guard{Verifier: v, Metadata: &resource.Metadata{Resource: "notes"}}, `Metadata.Resource is "notes"`},
		"a fragment":       {resource.Guard{Verifier: v, Metadata: &resource.Metadata{Resource: "https://a.example/#x"}}, "Metadata.Resource is"},
		"nothing is wrong": {resource.Guard{Verifier: v, Metadata: &resource.Metadata{Resource: "https://a.example/x"}}, ""},
		"on this machine":  {resource.Guard{Verifier: v, Metadata: &resource.Metadata{Resource: "http://localhost:8080"}}, ""},
		"without metadata": {resource.Guard{Verifier: v}, ""},
	} {
		func() {
			defer func() {
				got, _ := recover().(string)
				if (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
					t.Errorf("%s: got %q, want %q", name, got, c.want)
				}
			}()
			c.guard.Require("read")
		}()
	}
}
