package latchkeytest_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
)

// call returns the status of an API that needs the scope read.
func call(p *latchkeytest.Provider, token string) int {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header.Set("Authorization", "Bearer "+token)
	w := httptest.NewRecorder()
	p.Server.Require("read")(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})).ServeHTTP(w, r)
	return w.Code
}

func TestTokenIsValidUntilTheClockHasAdvanced(t *testing.T) {
	p := latchkeytest.New(t)
	token := p.Token("ada", "read")
	if got := call(p, token); got != http.StatusOK {
		t.Errorf("a new token: got %d", got)
	}
	if got := call(p, p.Token("ada", "openid")); got != http.StatusForbidden {
		t.Errorf("a token without the scope: got %d", got)
	}
	p.Advance(2 * time.Hour)
	if got := call(p, token); got != http.StatusUnauthorized {
		t.Errorf("after two hours: got %d", got)
	}
	if ahead := time.Until(p.Now()); ahead < time.Hour {
		t.Errorf("Now is only %s ahead", ahead)
	}
}

func TestTokensComeFromALogin(t *testing.T) {
	p := latchkeytest.New(t)
	p.Add(account.NewUser{Username: "ada", Name: "Ada Lovelace"})
	client, secret := p.AddClient("https://app.example/cb", nil)
	tokens := p.Tokens(client, secret, "ada", "openid", "read")
	if tokens.RefreshToken == "" || strings.Count(tokens.IDToken, ".") != 2 || call(p, tokens.AccessToken) != http.StatusOK {
		t.Errorf("got %+v", tokens)
	}
}

func TestBrowserRefusesConsent(t *testing.T) {
	p := latchkeytest.New(t)
	p.AddUser("ada", false)
	client, _ := p.AddClient("https://app.example/cb", nil)
	redirect, err := p.Browser().Decide(p.AuthorizationURL(client, "read"), "ada", false)
	if err != nil || redirect.Host != "app.example" || redirect.Query().Get("error") != "access_denied" {
		t.Errorf("got %v, %v", redirect, err)
	}
}

func TestRotatedKeysSignTheNextToken(t *testing.T) {
	p := latchkeytest.New(t)
	client, secret := p.AddClient("https://app.example/cb", nil)
	keyOf := func() string {
		header, _, _ := strings.Cut(p.Tokens(client, secret, "ada", "openid").IDToken, ".")
		return header
	}
	first := keyOf()
	p.RotateKeys()
	if second := keyOf(); first == second {
		t.Error("the same key signs")
	}
}

func TestSkewMovesOnlyTheProvider(t *testing.T) {
	p := latchkeytest.New(t)
	for _, skew := range []time.Duration{2 * time.Hour, -2 * time.Hour} {
		p.SetSkew(skew)
		response, err := http.Get(p.Issuer + "/jwks.json")
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		if drift := time.Until(p.Now()).Abs(); drift > time.Minute {
			t.Errorf("Now differs by %s", drift)
		}
		token := p.Token("ada", "read")
		p.SetSkew(0)
		if got, want := call(p, token) == http.StatusOK, skew > 0; got != want {
			t.Errorf("skew %s: the token is valid: %t, want %t", skew, got, want)
		}
	}
}

// TestOptionsCanBeChanged: the Store exists before the changes, so that a test can
// wrap it.
func TestOptionsCanBeChanged(t *testing.T) {
	fixed := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	p := latchkeytest.New(t, func(o *latchkey.Options) {
		if o.Store == nil {
			t.Error("there is no Store to wrap")
		}
		o.Clock = func() time.Time { return fixed }
	})
	p.Advance(time.Hour)
	if got := p.Now(); !got.Equal(fixed.Add(time.Hour)) {
		t.Errorf("got %s", got)
	}
}
