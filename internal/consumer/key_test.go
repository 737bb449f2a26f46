package consumer_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

var keySet = regexp.MustCompile(`(?s)<textarea id="jwks"[^>]*>(.*?)</textarea>`)

// publicKey returns the key on the page.
func (s site) publicKey() jose.JSONWebKey {
	s.t.Helper()
	_, body := s.get("/consumer/key/")
	found := keySet.FindStringSubmatch(body)
	var set jose.JSONWebKeySet
	if found == nil || strings.Contains(found[1], `"d"`) || json.Unmarshal([]byte(found[1]), &set) != nil || len(set.Keys) != 1 {
		s.t.Fatalf("the page has no public key: %s", body)
	}
	return set.Keys[0]
}

// assertion returns a new client assertion.
func (s site) assertion(clientID, audience string) string {
	s.t.Helper()
	response, err := s.PostForm(s.consumer+"/consumer/key/assertion/", url.Values{"client_id": {clientID}, "audience": {audience}})
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, _ := io.ReadAll(response.Body)
	if response.StatusCode != http.StatusOK {
		s.t.Fatalf("got %s %s", response.Status, body)
	}
	return string(body)
}

// TestBrowserHasAKeyThatSignsAssertions: RFC 7523 §3.
func TestBrowserHasAKeyThatSignsAssertions(t *testing.T) {
	s := newSite(t, http.NotFound)
	key := s.publicKey()
	if again := s.publicKey(); again.KeyID != key.KeyID || key.KeyID == "" {
		t.Errorf("the key changed from %q to %q", key.KeyID, again.KeyID)
	}
	seen := make(map[any]bool)
	for range 2 {
		object, err := jose.ParseSignedCompact(s.assertion("app", "https://id.example/o"), []jose.SignatureAlgorithm{jose.ES256})
		if err != nil {
			t.Fatal(err)
		}
		payload, err := object.Verify(key)
		if err != nil {
			t.Fatal(err)
		}
		var claims map[string]any
		if err := json.Unmarshal(payload, &claims); err != nil {
			t.Fatal(err)
		}
		left := claims["exp"].(float64) - float64(time.Now().Unix())
		if claims["iss"] != "app" || claims["sub"] != "app" || claims["aud"] != "https://id.example/o" || left < 1 || left > 60 || seen[claims["jti"]] ||
			object.Signatures[0].Header.KeyID != key.KeyID {
			t.Errorf("the claims are %v", claims)
		}
		seen[claims["jti"]] = true
	}
	other := newSite(t, http.NotFound)
	if other.publicKey().KeyID == key.KeyID {
		t.Error("two browsers have the same key")
	}
}

// TestAssertionsAreNotSignedForOtherSites: a page of another site must not use the
// key of the browser.
func TestAssertionsAreNotSignedForOtherSites(t *testing.T) {
	s := newSite(t, http.NotFound)
	s.publicKey()
	r, err := http.NewRequest(http.MethodPost, s.consumer+"/consumer/key/assertion/", strings.NewReader("client_id=app"))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	r.Header.Set("Origin", "https://evil.example")
	response, err := s.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusForbidden {
		t.Errorf("got %s", response.Status)
	}
}
