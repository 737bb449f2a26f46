package provider_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// TestSessionIDsOfClientsDiffer: even if the ids of a client and a session have
// the same characters in total.
func TestSessionIDsOfClientsDiffer(t *testing.T) {
	h := newOpenIDHouse(t, nil)
	secrets := make(map[string]string)
	for _, h.id = range []string{"a", "ab"} {
		h.add(h.client())
		secrets[h.id] = h.key
	}
	seen := make(map[any]bool)
	for _, test := range []struct{ client, session string }{{"ab", "c"}, {"a", "bc"}, {"a", "c"}} {
		h.id, h.key, h.who.SessionID = test.client, secrets[test.client], test.session
		sid := h.payload(h.tokens("scope", "openid").IDToken)["sid"]
		if sid == nil || seen[sid] {
			t.Errorf("the sid of client %q and session %q is %v", test.client, test.session, sid)
		}
		seen[sid] = true
	}
}

func TestPairwiseSubjectsAreSharedWithinASector(t *testing.T) {
	h := newOpenIDHouse(t, func(_ *provider.Config, c *oauth.Client) { c.SubjectType = oauth.SubjectPairwise })
	subject := func(id string, change func(*oauth.Client)) string {
		t.Helper()
		if h.id = id; id != "client" {
			c := h.client()
			c.SubjectType = oauth.SubjectPairwise
			change(c)
			h.add(c)
		}
		answer := h.tokens("scope", "openid")
		sub, _ := h.payload(answer.IDToken)["sub"].(string)
		if info := h.userinfo(answer.AccessToken); info["sub"] != sub || sub == "ada-id" {
			t.Errorf("%s: the sub of userinfo is %v, that of the ID token %s", id, info["sub"], sub)
		}
		for _, token := range []string{answer.AccessToken, answer.RefreshToken} {
			found, err := h.Introspect(ctx, "", params(t, "client_id", h.id, "client_secret", h.key, "token", token))
			if err != nil || !found.Active || found.Subject != sub {
				t.Errorf("%s: introspection returns %+v: %v", id, found, err)
			}
		}
		return sub
	}
	first := subject("client", nil)
	if got := subject("same-host", func(c *oauth.Client) { c.AccessTokenFormat = oauth.JWT }); got != first {
		t.Error("two clients of one sector get different subjects")
	}
	if got := subject("other-sector", func(c *oauth.Client) { c.SectorIdentifierURI = "https://sector.example/uris.json" }); got == first {
		t.Error("clients of two sectors get the same subject")
	}
	// A JWT with a pairwise sub is revoked when the person is disabled.
	h.id = "same-host"
	c, err := h.store.Client(ctx, h.id)
	if err != nil {
		t.Fatal(err)
	}
	h.key = c.RotateSecret(h.now, 0)
	if err := h.store.UpdateClient(ctx, c); err != nil {
		t.Fatal(err)
	}
	h.pass(time.Second)
	token := h.tokens("scope", "openid").AccessToken
	if err := h.store.SetSubject(ctx, "ada-id", true, time.Time{}); err != nil || h.active(token) {
		t.Errorf("the token of a disabled person is active: %v", err)
	}
}

func TestPairwiseSubjectsAreShortASCIIAndStable(t *testing.T) {
	// OpenID Connect Core §2: at most 255 ASCII characters; §8.1: stable, and not
	// reversible.
	var seen []string
	for range 2 {
		h := newOpenIDHouse(t, func(config *provider.Config, c *oauth.Client) {
			config.MasterKey = []byte(strings.Repeat("k", 31) + "\x00")
			c.SubjectType = oauth.SubjectPairwise
		})
		sub, _ := h.payload(h.tokens("scope", "openid").IDToken)["sub"].(string)
		if len(sub) < 20 || len(sub) > 255 || strings.Contains(sub, "ada") || strings.ContainsFunc(sub, func(r rune) bool { return r > 0x7e || r < 0x21 }) {
			t.Errorf("the sub is %q", sub)
		}
		seen = append(seen, sub)
	}
	if !slices.Equal(seen[:1], seen[1:]) {
		t.Errorf("the subs of one person are %q", seen)
	}
}
