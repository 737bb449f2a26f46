package latchkey_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// TestADatabaseFromBefore010WorksAfterMigration uses everything that is stored
// in the databases of the fixture.
func TestADatabaseFromBefore010WorksAfterMigration(t *testing.T) {
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			h := openBefore(t, engine)
			t.Run("access tokens", func(t *testing.T) { h.t = t; h.checkAccessTokens() })
			t.Run("people", func(t *testing.T) { h.t = t; h.checkPeople() })
			t.Run("keys and notices", func(t *testing.T) { h.t = t; h.checkKeysAndNotices() })
			t.Run("client secrets", func(t *testing.T) { h.t = t; h.checkSecrets() })
			t.Run("refresh tokens", func(t *testing.T) { h.t = t; h.checkRefreshTokens() })
			t.Run("codes", func(t *testing.T) { h.t = t; h.checkCodes() })
		})
	}
}

func (h *beforeHouse) checkAccessTokens() {
	if len(h.AccessTokens) != 13 {
		h.t.Fatalf("the fixture has %d access tokens, want 13", len(h.AccessTokens))
	}
	for _, token := range h.AccessTokens {
		got := h.introspect(token.AccessToken)
		if got["active"] != token.Active {
			h.t.Errorf("%s: %v", token.Name, got)
		}
		if !token.Active {
			continue
		}
		if got["client_id"] != token.Client || !sameWords(got["scope"], token.Scope) {
			h.t.Errorf("%s: %v", token.Name, got)
		}
		if token.Person != "" && token.Client != "pairwise" && got["sub"] != h.subject[token.Person] {
			h.t.Errorf("%s: it belongs to %v", token.Name, got["sub"])
		}
	}
}

// sameWords compares two lists of words without regard to their order.
func sameWords(got any, want string) bool {
	words := strings.Fields(fmt.Sprint(got))
	for _, word := range strings.Fields(want) {
		if !strings.Contains(" "+strings.Join(words, " ")+" ", " "+word+" ") {
			return false
		}
	}
	return len(words) == len(strings.Fields(want))
}

func (h *beforeHouse) checkPeople() {
	for _, p := range h.People {
		if p.Cookie == "" {
			continue
		}
		// The person allowed this scope before: no page is shown.
		w := h.ask("/authorize/?prompt=none&response_type=code&client_id=web&redirect_uri=https%3A%2F%2Fweb.example%2Fcb&scope=read&state=s"+
			"&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256", nil, p.Cookie)
		location, err := url.Parse(w.Header().Get("Location"))
		if err != nil {
			h.t.Fatal(err)
		}
		code, refused := location.Query().Get("code"), location.Query().Get("error")
		if p.Expect == "logged in" && code == "" || p.Expect == "logged out" && refused != "login_required" {
			h.t.Errorf("%s should be %s: %d %s", p.Username, p.Expect, w.Code, location)
		}
	}
	for _, consent := range h.before.Consents {
		got, err := h.store.Consent(h.t.Context(), h.subject[consent.Person], consent.Client)
		if err != nil || got.Scope.String() != consent.Scope {
			h.t.Errorf("the consent of %s to %s: %v %v", consent.Person, consent.Client, got, err)
		}
	}
}

func (h *beforeHouse) checkKeysAndNotices() {
	keys := h.ask("/.well-known/jwks.json", nil, "")
	for _, key := range h.SigningKeys {
		if strings.Contains(keys.Body.String(), `"`+key.Kid+`"`) != key.Published {
			h.t.Errorf("key %s should be published: %v", key.Kid, key.Published)
		}
	}
	if n, err := h.store.LogoutNotices(h.t.Context()); err != nil || n != h.LogoutNotices || n == 0 {
		h.t.Errorf("%d logout notices, want %d: %v", n, h.LogoutNotices, err)
	}
}

func (h *beforeHouse) checkSecrets() {
	for _, c := range h.Clients {
		for _, secret := range c.Secrets {
			want := http.StatusOK
			if c.Expect == "disabled" {
				want = http.StatusUnauthorized
			}
			if got := h.post("/revoke_token/", c.ID, "client_secret", secret.Text, "token", "unknown"); got["status"] != want {
				h.t.Errorf("the secret of %s (%s): %v", c.ID, secret.Kind, got)
			}
			if got := h.post("/revoke_token/", c.ID, "client_secret", secret.Text+"x", "token", "unknown"); got["status"] != http.StatusUnauthorized {
				h.t.Errorf("a wrong secret of %s (%s): %v", c.ID, secret.Kind, got)
			}
		}
	}
}

func (h *beforeHouse) checkRefreshTokens() {
	for _, token := range h.RefreshTokens {
		got := h.refresh(token.Client, token.RefreshToken)
		switch token.Expect {
		case "rotates":
			if got["status"] != http.StatusOK || got["refresh_token"] == token.RefreshToken || h.introspect(fmt.Sprint(got["access_token"]))["active"] != true {
				h.t.Errorf("%s: %v", token.Name, got)
			}
		case "gets the same pair again":
			if got["access_token"] != token.AccessToken || got["refresh_token"] != token.NextRefreshToken {
				h.t.Errorf("%s: %v", token.Name, got)
			}
		case "is a reuse and revokes the family":
			if next := h.refresh(token.Client, token.Successor); got["error"] != "invalid_grant" || next["error"] != "invalid_grant" {
				h.t.Errorf("%s: %v, and its successor: %v", token.Name, got, next)
			}
		default:
			if got["error"] != token.Expect {
				h.t.Errorf("%s: %v", token.Name, got)
			}
		}
	}
}

func (h *beforeHouse) checkCodes() {
	for _, code := range h.Codes {
		redirectURI := code.RedirectURI
		if code.RedirectURIOmitted && !code.NameRedirectURI {
			redirectURI = ""
		}
		exchange := func(redirectURI, verifier string) answer {
			return h.post("/token/", code.Client, "grant_type", "authorization_code", "code", code.Code, "redirect_uri", redirectURI, "code_verifier", verifier)
		}
		if code.Expect == "redeems" {
			const other = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXx"
			for name, got := range map[string]answer{
				"another verifier":     exchange(redirectURI, other),
				"another redirect URI": exchange("https://web.example/other", code.CodeVerifier),
			} {
				if got["error"] != "invalid_grant" {
					h.t.Errorf("%s: with %s: %v", code.Name, name, got)
				}
			}
		}
		got := exchange(redirectURI, code.CodeVerifier)
		switch code.Expect {
		case "redeems":
			if got["status"] != http.StatusOK || !sameWords(got["scope"], code.Scope) || h.introspect(fmt.Sprint(got["access_token"]))["active"] != true {
				h.t.Errorf("%s: %v", code.Name, got)
			}
			if parts := strings.Split(fmt.Sprint(got["id_token"]), "."); len(parts) == 3 && payload(h.t, parts[1])["nonce"] != code.Nonce {
				h.t.Errorf("%s: the ID token has another nonce: %v", code.Name, payload(h.t, parts[1]))
			}
			if _, openID := got["id_token"]; openID != strings.Contains(code.Scope, "openid") {
				h.t.Errorf("%s: %v", code.Name, got)
			}
		case "is a replay and revokes the family":
			next, active := h.refresh(code.Client, code.RefreshToken), h.introspect(code.AccessToken)["active"]
			if got["error"] != "invalid_grant" || next["error"] != "invalid_grant" || active != false {
				h.t.Errorf("%s: %v, its refresh token: %v, its access token is active: %v", code.Name, got, next, active)
			}
		default:
			if got["error"] != code.Expect {
				h.t.Errorf("%s: %v", code.Name, got)
			}
		}
	}
}

func payload(t *testing.T, part string) (claims map[string]any) {
	t.Helper()
	text, err := base64.RawURLEncoding.DecodeString(part)
	if err == nil {
		err = json.Unmarshal(text, &claims)
	}
	if err != nil {
		t.Fatal(err)
	}
	return claims
}
