package latchkey_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// TestHooksOfAHostReachEveryAnswer, and their failures are logged and answered as those
// of the server.
func TestHooksOfAHostReachEveryAnswer(t *testing.T) {
	var log bytes.Buffer
	var claims map[string]any
	var hookErr error
	p := latchkeytest.New(t, func(o *latchkey.Options) {
		o.Logger = slog.New(slog.NewTextHandler(&log, nil))
		o.AddedClaims = []string{"department"}
		o.AddClaims = func(context.Context, oauth.TokenInfo, oauth.ClaimsTarget) (map[string]any, error) {
			return claims, hookErr
		}
		o.TokenLifetimes = func(context.Context, oauth.TokenInfo) (oauth.Lifetimes, error) {
			return oauth.Lifetimes{AccessToken: 2 * time.Minute}, nil
		}
	})
	client, secret := p.AddClient("https://app.example/cb", func(c *oauth.Client) { c.GrantTypes = []string{oauth.GrantClientCredentials} })
	post := func(path string, form url.Values) (status int, body string, members map[string]any) {
		t.Helper()
		form.Set("client_id", client.ID)
		form.Set("client_secret", secret)
		response, err := http.PostForm(p.Issuer+path, form)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = response.Body.Close() }()
		text, err := io.ReadAll(response.Body)
		if err != nil || json.Unmarshal(text, &members) != nil {
			t.Fatalf("%s %v", text, err)
		}
		return response.StatusCode, string(text), members
	}
	status, body, members := post("/token/", url.Values{"grant_type": {"client_credentials"}, "scope": {"read"}})
	token, _ := members["access_token"].(string)
	if status != 200 || members["expires_in"] != float64(120) {
		t.Fatalf("got %d %s", status, body)
	}
	for _, test := range []struct {
		claims map[string]any
		err    error
		status int
		body   string
		logged string
	}{
		{map[string]any{"department": "ENIAC"}, nil, 200, `"department":"ENIAC"`, ""},
		{map[string]any{"department": "ENIAC", "sub": "root"}, nil, 500, "server_error", "it returned the claim sub"},
		{nil, errors.New("LDAP: connection refused"), 503, "temporarily_unavailable", `level=ERROR msg="temporarily unavailable"`},
		{nil, errors.New("LDAP: connection refused"), 503, "temporarily_unavailable", `error="hook AddClaims: LDAP: connection refused"`},
		{nil, oauth.Errorf(oauth.CodeInvalidGrant, "Not on Sundays."), 503, "temporarily_unavailable", "Not on Sundays."},
	} {
		log.Reset()
		claims, hookErr = test.claims, test.err
		status, body, _ := post("/introspect/", url.Values{"token": {token}})
		if status != test.status || !strings.Contains(body, test.body) || !strings.Contains(log.String(), test.logged) {
			t.Errorf("%v %v: got %d %s, logged %s", test.claims, test.err, status, body, log.String())
		}
		if test.err != nil && strings.Contains(body, test.err.Error()) {
			t.Errorf("the client sees the error of the hook: %s", body)
		}
	}
	response, err := http.Get(p.Issuer + "/.well-known/openid-configuration")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if text, err := io.ReadAll(response.Body); err != nil || !strings.Contains(string(text), `"department"`) {
		t.Errorf("discovery is %s %v", text, err)
	}
}
