package upstream_test

import (
	"errors"
	"maps"
	"net/url"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"github.com/seed-e6a88a41/latchkey/internal/testjwt"
	"github.com/seed-e6a88a41/latchkey/internal/upstream"
)

// logoutToken returns a valid logout token, changed by change.
func (f *fake) logoutToken(t *testing.T, header map[string]any, change func(map[string]any)) string {
	t.Helper()
	claims := map[string]any{
		"iss": f.URL, "aud": "client", "sub": "248289761001", "sid": "08a5019c", "iat": f.now.Unix(), "exp": f.now.Unix() + 120, "jti": "bWJq",
		"events": map[string]any{"http://schemas.openid.net/event/backchannel-logout": map[string]any{}},
	}
	if change != nil {
		change(claims)
	}
	maps.DeleteFunc(claims, func(_ string, value any) bool { return value == nil })
	all := map[string]any{"kid": "1", "typ": "logout+jwt"}
	maps.Copy(all, header)
	return testjwt.Sign(t, jose.ES256, f.key, all, claims)
}

// TestLogoutTokenIsVerified follows OpenID Connect Back-Channel Logout 1.0 §2.4 and §2.6.
func TestLogoutTokenIsVerified(t *testing.T) {
	f := newFake(t)
	p := f.provider(nil)
	const event = "http://schemas.openid.net/event/backchannel-logout"
	set := func(name string, value any) func(map[string]any) {
		return func(c map[string]any) { c[name] = value }
	}
	for name, change := range map[string]func(map[string]any){
		"complete":                       nil,
		"sub alone":                      set("sid", nil),
		"sid alone":                      set("sub", nil),
		"one of several audiences":       set("aud", []string{"other", "client"}),
		"a clock that is a minute ahead": set("iat", f.now.Unix()+50),
		"a time of ten minutes ago":      set("iat", f.now.Unix()-590),
		"other events, too":              set("events", map[string]any{event: map[string]any{}, "https://e.example": 1}),
	} {
		l, err := p.Logout(ctx, f.logoutToken(t, nil, change))
		if err != nil || l.Issuer != f.URL || l.TokenID != "bWJq" || (l.Subject == "" && l.SessionID == "") || !l.Expires.After(f.now) {
			t.Errorf("%s: %+v, %v", name, l, err)
		}
	}
	for name, change := range map[string]func(map[string]any){
		"another issuer":             set("iss", "https://evil.example"),
		"no issuer":                  set("iss", nil),
		"another audience":           set("aud", "other"),
		"no audience":                set("aud", nil),
		"neither sub nor sid":        func(c map[string]any) { c["sub"], c["sid"] = nil, nil },
		"a sid that is a number":     set("sid", 7),
		"a sub that is long":         set("sub", long(256)),
		"no time":                    set("iat", nil),
		"a time in the future":       set("iat", f.now.Unix()+70),
		"an old time, not expired":   set("iat", f.now.Unix()-700),
		"no expiry":                  set("exp", nil),
		"expired":                    set("exp", f.now.Unix()-70),
		"no jti":                     set("jti", nil),
		"a long jti":                 set("jti", long(256)),
		"no events":                  set("events", nil),
		"events of another kind":     set("events", map[string]any{"https://e.example": map[string]any{}}),
		"an event without an object": set("events", map[string]any{event: true}),
		"an event that is null":      set("events", map[string]any{event: nil}),
		"a nonce":                    set("nonce", "nonce"),
		"an empty nonce":             set("nonce", ""),
	} {
		if l, err := p.Logout(ctx, f.logoutToken(t, nil, change)); !errors.Is(err, upstream.ErrInvalid) {
			t.Errorf("%s: %+v, %v", name, l, err)
		}
	}
	for _, typ := range []string{"", "JWT", "application/logout+jwt"} {
		if _, err := p.Logout(ctx, f.logoutToken(t, map[string]any{"typ": typ}, nil)); err != nil {
			t.Errorf("typ %s: %v", typ, err)
		}
	}
	for _, typ := range []string{"at+jwt", "dpop+jwt", "secevent+jwt"} {
		if _, err := p.Logout(ctx, f.logoutToken(t, map[string]any{"typ": typ}, nil)); !errors.Is(err, upstream.ErrInvalid) {
			t.Errorf("typ %s: %v", typ, err)
		}
	}
}

// TestLogoutTokenNeedsASignatureOfTheProvider: neither none nor a MAC, nor
// another key, and an ID token is rejected. A provider whose keys cannot be fetched can try
// again.
func TestLogoutTokenNeedsASignatureOfTheProvider(t *testing.T) {
	f, evil := newFake(t), newFake(t)
	p := f.provider(nil)
	good := f.logoutToken(t, nil, nil)
	head, rest, _ := strings.Cut(good, ".")
	payload, _, _ := strings.Cut(rest, ".")
	for name, token := range map[string]string{
		"empty": "", "junk": "a.b.c", "no signature": head + "." + payload + ".", "none": "eyJhbGciOiJub25lIn0." + payload + ".",
		"another key":        evil.logoutToken(t, nil, func(c map[string]any) { c["iss"] = f.URL }),
		"the client secret":  testjwt.Sign(t, jose.HS256, []byte(strings.Repeat("secret", 10)), nil, []byte(`{}`)),
		"an ID token":        f.sign(map[string]any{"iss": f.URL, "aud": "client", "sub": "248289761001", "iat": f.now.Unix(), "exp": f.now.Unix() + 60, "jti": "j"}),
		"a very long token":  long(100_000),
		"a changed payload":  head + "." + payload[:len(payload)-4] + "AAAA" + good[len(head)+1+len(payload):],
		"two tokens in one":  good + good,
		"a header in quotes": `"` + good + `"`,
	} {
		if l, err := p.Logout(ctx, token); !errors.Is(err, upstream.ErrInvalid) {
			t.Errorf("%s: %+v, %v", name, l, err)
		}
	}
	if _, err := p.Logout(ctx, good); err != nil {
		t.Errorf("the valid one: %v", err)
	}
	other := f.provider(nil)
	if _, err := other.Logout(ctx, "e30.e30."); !errors.Is(err, upstream.ErrInvalid) { // fetches the metadata, not the keys
		t.Error(err)
	}
	f.down.Store(true)
	if _, err := other.Logout(ctx, good); !errors.Is(err, upstream.ErrUnavailable) {
		t.Errorf("without keys: %v", err)
	}
	gitHub := f.provider(func(s *upstream.Settings) { s.Type = upstream.TypeGitHub })
	if _, err := gitHub.Logout(ctx, good); !errors.Is(err, upstream.ErrInvalid) || gitHub.EndSessionURL(ctx, "", "") != "" {
		t.Errorf("GitHub: %v", err)
	}
}

// TestEndSessionURLHasNoPersonalData: an ID token is not kept, and nothing about the person
// is in the address (OpenID Connect RP-Initiated Logout 1.0 §2).
func TestEndSessionURLHasNoPersonalData(t *testing.T) {
	f := newFake(t)
	if got := f.provider(nil).EndSessionURL(ctx, "https://id.example/back", "s"); got != "" {
		t.Errorf("a provider without the endpoint: %s", got)
	}
	for endpoint, want := range map[string]bool{"/end?tenant=7#x": true, "ftp://h.example/": false, "javascript:alert(1)": false, "": false} {
		f.metadata = func(m map[string]any) {
			if m["end_session_endpoint"] = endpoint; strings.HasPrefix(endpoint, "/") {
				m["end_session_endpoint"] = f.URL + endpoint
			}
		}
		got := f.provider(nil).EndSessionURL(ctx, "https://id.example/back", "s&t")
		if (got != "") != want {
			t.Errorf("%s: %q", endpoint, got)
		}
		if !want {
			continue
		}
		want := url.Values{"tenant": {"7"}, "client_id": {"client"}, "post_logout_redirect_uri": {"https://id.example/back"}, "state": {"s&t"}}
		if query(t, got).Encode() != want.Encode() || strings.Contains(got, "#") {
			t.Errorf("got %s", got)
		}
	}
	f.down.Store(true)
	if got := f.provider(nil).EndSessionURL(ctx, "https://id.example/back", "s"); got != "" {
		t.Errorf("a provider that is unavailable: %s", got)
	}
}
