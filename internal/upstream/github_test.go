package upstream_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/outbound"
	"github.com/seed-e6a88a41/latchkey/internal/upstream"
)

// TestGitHubIdentity: the number of the account identifies the person, because a login name
// can pass to another person. The address is the primary one.
func TestGitHubIdentity(t *testing.T) {
	user := map[string]any{"id": 583231, "login": "octocat", "name": "Mona"}
	emails := []map[string]any{{"email": "spare@x.example", "verified": true}, {"email": "mona@x.example", "primary": true, "verified": true}}
	mux := http.NewServeMux()
	var form url.Values
	answer := func(w http.ResponseWriter, body any) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(body)
	}
	mux.HandleFunc("/login/oauth/access_token", func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		form = r.PostForm
		if form.Get("code") != "good" { // GitHub reports errors with the status 200
			answer(w, map[string]any{"error": "bad_verification_code"})
			return
		}
		answer(w, map[string]any{"access_token": "at", "token_type": "bearer"})
	})
	api := func(path string, body func() any) {
		mux.HandleFunc("/api/v3"+path, func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Authorization") != "Bearer at" {
				t.Errorf("%s: Authorization is %q", path, r.Header.Get("Authorization"))
			}
			answer(w, body())
		})
	}
	api("/user", func() any { return user })
	api("/user/emails", func() any { return emails })
	site := httptest.NewServer(mux)
	t.Cleanup(site.Close)
	now := time.Now()
	p := upstream.New(upstream.Settings{Name: "github", Type: "github", Issuer: site.URL, ClientID: "client", ClientSecret: "secret"},
		upstream.Config{RedirectURI: "https://id.example/cb", Clock: func() time.Time { return now }, Outbound: outbound.New(outbound.Options{InsecureNetworks: loopback})})
	r := upstream.NewRequest("state", "nonce", now)
	address, err := p.URL(ctx, r)
	if q := query(t, address); err != nil || q.Get("state") != "state" || q.Get("code_challenge_method") != "S256" || q.Get("scope") != "read:user user:email" {
		t.Errorf("got %s, %v", address, err)
	}
	i, err := p.Identity(ctx, r, url.Values{"code": {"good"}})
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint([]any{i.Issuer == site.URL, i.Subject, i.Username, i.Name, i.Email, i.EmailVerified}); got != "[true 583231 octocat Mona mona@x.example true]" || form.Get("code_verifier") != r.Verifier {
		t.Errorf("got %s with %v", got, form)
	}
	emails[1]["verified"] = false
	if i, err := p.Identity(ctx, r, url.Values{"code": {"good"}}); err != nil || i.EmailVerified {
		t.Errorf("an unverified address: %+v, %v", i, err)
	}
	fresh := r
	fresh.Fresh = true
	for name, test := range map[string]struct {
		request upstream.Request
		answer  url.Values
		want    error
	}{
		"an error":           {r, url.Values{"error": {"access_denied"}}, upstream.ErrRefused},
		"a wrong code":       {r, url.Values{"code": {"bad"}}, upstream.ErrUnavailable},
		"a new login":        {fresh, url.Values{"code": {"good"}}, upstream.ErrNotFresh},
		"an account of zero": {r, url.Values{"code": {"good"}}, upstream.ErrInvalid},
	} {
		if name == "an account of zero" {
			user["id"] = 0
		}
		if _, err := p.Identity(ctx, test.request, test.answer); !errors.Is(err, test.want) {
			t.Errorf("%s: got %v, want %v", name, err, test.want)
		}
		user["id"] = 583231
	}
}
