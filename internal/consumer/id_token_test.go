package consumer_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/seed-e6a88a41/latchkey/internal/testjwt"
)

// signer signs ID tokens, and its key set is at a provider.
type signer struct {
	key jose.JSONWebKey
}

func newSigner(t *testing.T) signer {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	key := jose.JSONWebKey{Key: private, KeyID: "k1", Algorithm: "ES256", Use: "sig"}
	return signer{key}
}

func (s signer) sign(t *testing.T, claims map[string]any) string {
	t.Helper()
	return testjwt.Sign(t, jose.ES256, s.key, nil, claims)
}

// checked is the response of the consumer to an ID token.
type checked struct {
	Claims map[string]any
	Checks []struct{ Name, State, Text string }
}

func (c checked) states() map[string]string {
	states := make(map[string]string)
	for _, check := range c.Checks {
		states[check.Name] = check.State
	}
	return states
}

// TestIDTokenIsCheckedAgainstTheRequest: OpenID Connect Core §3.1.3.7. Each change makes
// exactly one check fail.
func TestIDTokenIsCheckedAgainstTheRequest(t *testing.T) {
	mine, stranger := newSigner(t), newSigner(t)
	s := newSite(t, func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{mine.key.Public()}})
	})
	now := time.Now().Unix()
	valid := map[string]any{
		"iss": s.provider, "aud": "app", "azp": "app", "sub": "ada", "sid": "s1", "nonce": "n1", "iat": now, "exp": now + 600,
		"at_hash": leftHalf("token"), "c_hash": leftHalf("code"),
	}
	form := url.Values{
		"issuer": {s.provider}, "jwks_uri": {s.provider + "/keys"}, "client_id": {"app"}, "nonce": {"n1"}, "access_token": {"token"}, "code": {"code"},
	}
	check := func(token string, form url.Values) checked {
		t.Helper()
		values := maps.Clone(form)
		values.Set("id_token", token)
		var answer checked
		s.post(t, "/consumer/id-token/check/", values, http.StatusOK, &answer)
		return answer
	}
	for name, state := range check(mine.sign(t, valid), form).states() {
		if state != "ok" {
			t.Errorf("a valid ID token: the check %s is %s", name, state)
		}
	}
	for claim, change := range map[string]any{
		"iss": s.provider + "/", "aud": []string{"app", "other"}, "azp": "other", "sub": "", "nonce": "n2", "iat": now + 600, "exp": now - 61,
		"at_hash": leftHalf("other"), "c_hash": leftHalf("other"),
	} {
		changed := maps.Clone(valid)
		changed[claim] = change
		for name, state := range check(mine.sign(t, changed), form).states() {
			if (state == "failed") != (name == claim) {
				t.Errorf("with %s = %v, the check %s is %s", claim, change, name, state)
			}
		}
	}
	for _, other := range []any{"other", []string{"other"}, nil, 7} {
		changed := maps.Clone(valid)
		if changed["aud"] = other; other == nil {
			delete(changed, "aud")
		}
		if states := check(mine.sign(t, changed), form).states(); states["aud"] != "failed" {
			t.Errorf("with aud = %v: %v", other, states)
		}
	}
	if states := check(stranger.sign(t, valid), form).states(); states["Signature"] != "failed" || states["iss"] != "ok" {
		t.Errorf("signed by another key: %v", states)
	}
	parts := strings.Split(mine.sign(t, valid), ".")
	unsigned := "eyJhbGciOiJub25lIn0." + parts[1] + "."
	if states := check(unsigned, form).states(); states["Format"] != "failed" || len(states) != 1 {
		t.Errorf("with the algorithm none: %v", states)
	}
	t.Run("a refresh needs no nonce", func(t *testing.T) {
		changed, refreshed := maps.Clone(valid), maps.Clone(form)
		delete(changed, "nonce")
		if state := check(mine.sign(t, changed), form).states()["nonce"]; state != "failed" {
			t.Errorf("without a refresh: %s", state)
		}
		refreshed.Set("refreshed", "yes")
		if state := check(mine.sign(t, changed), refreshed).states()["nonce"]; state != "skipped" {
			t.Errorf("after a refresh: %s", state)
		}
	})
}

func leftHalf(text string) string {
	hash := crypto.SHA256.New()
	hash.Write([]byte(text))
	return base64URL(hash.Sum(nil)[:16])
}

// TestKeysOfTheProviderAreReadWithinBounds: an answer about keys that cannot be read
// names the reason.
func TestKeysOfTheProviderAreReadWithinBounds(t *testing.T) {
	token := newSigner(t).sign(t, map[string]any{"iss": "x"})
	for answer, want := range map[string]string{
		"":                           "is not a key set",
		"<html>":                     "is not a key set",
		strings.Repeat("x", 300<<10): "too slow or too large",
		`{"keys":[]}`:                `no key for the kid "k1"`,
	} {
		s := newSite(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(answer)) })
		var got checked
		s.post(t, "/consumer/id-token/check/", url.Values{"id_token": {token}, "jwks_uri": {s.provider}}, http.StatusOK, &got)
		if len(got.Checks) == 0 || got.Checks[0].State != "failed" || !strings.Contains(got.Checks[0].Text, want) {
			t.Errorf("the keys %.10q: %+v", answer, got.Checks)
		}
	}
}
