package provider_test

import (
	"encoding/base64"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/seed-e6a88a41/latchkey/internal/testjwt"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// TestUnknownKeyIDIsLookedUpOnceAgain: the client may have rotated its keys. Its
// server is not asked again for each request with such a kid.
func TestUnknownKeyIDIsLookedUpOnceAgain(t *testing.T) {
	s := newKeyed(t, nil)
	wantCode(t, s.present(s.object("", s.assertion())), "")
	s.publish[keysAt] = strings.Replace(s.publish[keysAt], `"kid":"k"`, `"kid":"next"`, 1)
	rotated := func() string { return testjwt.Sign(t, jose.ES256, s.key, map[string]any{"kid": "next"}, s.assertion()) }
	s.pass(time.Minute)
	for range 3 {
		wantCode(t, s.present(rotated()), "")
		wantCode(t, s.present(testjwt.Sign(t, jose.ES256, s.key, map[string]any{"kid": "unknown"}, s.assertion())), "invalid_client")
	}
	if len(s.asked) != 2 {
		t.Errorf("the keys were fetched %d times", len(s.asked))
	}
	// A wrong assertion does not make the server fetch anything.
	s.pass(time.Hour)
	claims := s.assertion()
	claims["exp"] = s.now.Unix() - 60
	wantCode(t, s.present(testjwt.Sign(t, jose.ES256, s.key, map[string]any{"kid": "unknown"}, claims)), "invalid_client")
	if len(s.asked) != 2 {
		t.Errorf("the keys were fetched %d times", len(s.asked))
	}
	// The client has made no mistake if its own server is down.
	delete(s.publish, keysAt)
	s.down = true
	s.pass(time.Hour)
	wantCode(t, s.present(rotated()), "temporarily_unavailable")
}

// FuzzClientAssertion: no text but the one that the client signed is accepted.
func FuzzClientAssertion(f *testing.F) {
	encode := base64.RawURLEncoding.EncodeToString
	f.Add(encode([]byte(`{"alg":"ES256","kid":"k"}`)) + "." + encode([]byte(`{"iss":"client","sub":"client","exp":1e9,"jti":"1"}`)) + ".AAAA")
	f.Add(encode([]byte(`{"alg":"HS256"}`)) + "." + encode([]byte(`{"sub":1}`)) + ".")
	f.Add(encode([]byte(`{"alg":"none"}`)) + ".e30.")
	f.Add("a.b.c.d.e")
	f.Fuzz(func(t *testing.T, text string) {
		s := newKeyed(t, nil)
		p, err := provider.ParseParams(url.Values{"grant_type": {"client_credentials"}, "client_assertion_type": {assertionType}, "client_assertion": {text}}.Encode())
		if err != nil {
			return
		}
		if _, err := s.Token(ctx, "", p); err == nil {
			t.Errorf("%q is accepted", text)
		}
		s.ClaimedClientID("", p)
	})
}
