package latchkey_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// withException lets a client use a legacy feature until a day.
func withException(feature, until string) func(*oauth.Client) {
	return func(c *oauth.Client) {
		c.GrantTypes = []string{oauth.GrantClientCredentials}
		c.Legacy = []oauth.LegacyException{{Feature: feature, Until: until}}
	}
}

// RFC 6750 §2.3, at a guarded API.
func TestTokensInTheURLOfAnAPINeedAnException(t *testing.T) {
	p := latchkeytest.New(t)
	api := p.Server.Require("read")(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "hello") }))
	for name, test := range map[string]struct {
		change    func(*oauth.Client)
		query     string // instead of the token
		status    int
		challenge string
	}{
		"an exception":              {withException(oauth.LegacyTokenInQuery, "9999-12-31"), "", 200, ""},
		"another exception":         {withException(oauth.LegacyPassword, "9999-12-31"), "", 401, "Bearer resource_metadata="},
		"an exception that ended":   {withException(oauth.LegacyTokenInQuery, "2020-12-31"), "", 401, "can no longer send access tokens in the URL"},
		"an unknown token":          {withException(oauth.LegacyTokenInQuery, "9999-12-31"), "access_token=x", 401, "invalid_token"},
		"two tokens in the request": {withException(oauth.LegacyTokenInQuery, "9999-12-31"), "access_token=x&access_token=x", 401, "Bearer resource_metadata="},
	} {
		client, secret := p.AddClient("https://app.example/cb", test.change)
		query := test.query
		if query == "" {
			query = "access_token=" + clientToken(t, p, client.ID, secret)
		}
		w := httptest.NewRecorder()
		api.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/api?"+query, nil))
		if w.Code != test.status || !strings.Contains(w.Header().Get("WWW-Authenticate"), test.challenge) {
			t.Errorf("%s: got %d %v", name, w.Code, w.Header())
		}
		if cache := w.Header().Get("Cache-Control"); w.Code == 200 && cache != "private" {
			t.Errorf("%s: Cache-Control is %q", name, cache)
		}
	}
}

// TestGuessesWithThePasswordGrantAreLimited as at the login page, and are counted
// together with those.
func TestGuessesWithThePasswordGrantAreLimited(t *testing.T) {
	p := latchkeytest.New(t)
	p.AddUser("ada", false)
	client, secret := p.AddClient("https://app.example/cb", withException(oauth.LegacyPassword, "9999-12-31"))
	guess := func(password string) int {
		response, err := http.PostForm(p.Issuer+"/token", url.Values{
			"grant_type": {"password"}, "client_id": {client.ID}, "client_secret": {secret}, "username": {"ada"}, "password": {password}, "scope": {"read"},
		})
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		return response.StatusCode
	}
	if status := guess(latchkeytest.Password); status != 200 {
		t.Fatalf("the right password: got %d", status)
	}
	for range 10 {
		if status := guess("wrong"); status != 400 {
			t.Fatalf("a wrong password: got %d", status)
		}
	}
	if status := guess(latchkeytest.Password); status != 429 {
		t.Errorf("the right password after ten wrong ones: got %d", status)
	}
	b := p.Browser()
	if page := b.LogIn(b.Open(p.Issuer+"/account/"), "ada"); page.StatusCode != 429 {
		t.Errorf("the login page after ten wrong passwords: got %s", page.Status)
	}
}

// TestPasswordGrantDoesNotAvoidTheSecondFactor: for a person with a second factor, the
// password alone is not enough to get tokens.
func TestPasswordGrantDoesNotAvoidTheSecondFactor(t *testing.T) {
	p := latchkeytest.New(t)
	person := p.AddUser("ada", false)
	client, secret := p.AddClient("https://app.example/cb", withException(oauth.LegacyPassword, "9999-12-31"))
	err := p.Store.ChangeFactors(t.Context(), account.FactorChange{User: person, Factors: []account.FactorKind{account.FactorTOTP}, At: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.PostForm(p.Issuer+"/token", url.Values{
		"grant_type": {"password"}, "client_id": {client.ID}, "client_secret": {secret}, "username": {"ada"}, "password": {latchkeytest.Password}, "scope": {"read"},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if body, err := io.ReadAll(response.Body); err != nil || response.StatusCode != 400 || !strings.Contains(string(body), `"invalid_grant"`) {
		t.Errorf("got %d %s, %v", response.StatusCode, body, err)
	}
}
