package consumer_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func TestRequestIsPushedAndTheLinkHasOnlyItsReference(t *testing.T) {
	var form url.Values
	var user, password string
	s := newSite(t, func(w http.ResponseWriter, r *http.Request) {
		issuer := "http://" + r.Host + "/o"
		switch {
		case r.URL.Path != "/o/par/":
			_, _ = fmt.Fprintf(w, `{"issuer":%q,"authorization_endpoint":%q,"token_endpoint":%q,"pushed_authorization_request_endpoint":%q}`, issuer, issuer+"/authorize", issuer+"/token", issuer+"/par/")
		case r.FormValue("scope") == "wrong":
			w.WriteHeader(http.StatusBadRequest)
			_, _ = fmt.Fprint(w, `{"error":"invalid_scope"}`)
		default:
			form = r.PostForm
			user, password, _ = r.BasicAuth()
			w.WriteHeader(http.StatusCreated)
			_, _ = fmt.Fprint(w, `{"request_uri":"urn:x","expires_in":90}`)
		}
	})
	fields := url.Values{"client_id": {"a b"}, "client_secret": {"s+cret"}, "issuer": {s.provider + "/o"}, "scope": {"read"}, "push": {"yes"}}
	status, body := s.build(fields)
	found := link.FindStringSubmatch(body)
	if status != 200 || found == nil || found[1] != s.provider+"/o/authorize?client_id=a+b&request_uri=urn%3Ax" {
		t.Fatalf("got %d %s", status, body)
	}
	if form.Get("scope") != "read" || form.Get("state") == "" || form.Get("code_challenge") == "" || user != "a+b" || password != "s%2Bcret" {
		t.Errorf("pushed %v as %s", form, user)
	}
	if !strings.Contains(body, `"expires_in":90`) || strings.Contains(body, "s+cret") || strings.Contains(body, "s%2Bcret") {
		t.Errorf("the page lacks the response or shows the secret: %s", body)
	}

	fields.Set("scope", "wrong")
	if _, body = s.build(fields); !strings.Contains(body, "invalid_scope") || link.MatchString(body) {
		t.Errorf("a rejected request: %s", body)
	}
}

func TestRequestCannotBePushedToAProviderWithoutTheEndpoint(t *testing.T) {
	s := newSite(t, validMetadata)
	status, body := s.build(url.Values{"client_id": {"abc"}, "issuer": {s.provider + "/o"}, "push": {"yes"}})
	if status != 422 || !strings.Contains(body, "no endpoint for pushed requests") {
		t.Errorf("got %d %s", status, body)
	}
}
