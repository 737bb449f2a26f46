package provider_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

func TestRedactedRemovesTokensAndJWTs(t *testing.T) {
	for _, kind := range []oauth.Kind{oauth.KindCode, oauth.KindAccess, oauth.KindRefresh, oauth.KindClientSecret} {
		secret := oauth.NewToken(kind, time.Now()).String()
		for text, want := range map[string]string{
			secret:                        "lk_" + string(kind) + "_…",
			"'" + secret + "' is unknown": "'lk_" + string(kind) + "_…' is unknown",
			"https://a/?x=" + secret + "&y=" + secret: "https://a/?x=lk_" + string(kind) + "_…&y=lk_" + string(kind) + "_…",
			secret[:60]: "lk_" + string(kind) + "_…",
		} {
			if got := oauth.Redacted(text); got != want {
				t.Errorf("%q becomes %q, want %q", text, got, want)
			}
		}
	}
	const jwt = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl-_c2ln"
	for text, want := range map[string]string{
		jwt: "eyJ…",
		"alg none: eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEifQ. ends": "alg none: eyJ… ends",
		`"` + jwt + `.a.b"`:          `"eyJ…"`,
		jwt[:30] + "...":             "eyJ…",
		"":                           "",
		"The scope 'eyJ' is unknown": "The scope 'eyJ' is unknown",
		"lk_at_ is how they begin":   "lk_at_ is how they begin",
		"my_lk_app_name":             "my_lk_app_name",
	} {
		if got := oauth.Redacted(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}

// FuzzRedacted checks that no token of this server passes, wherever it is in the
// text.
func FuzzRedacted(f *testing.F) {
	f.Add("client_id ", " is unknown")
	f.Add("lk_", "eyJ")
	f.Add("eyJ.", "lk_at_")
	secret := oauth.NewToken(oauth.KindRefresh, time.Now()).String()
	f.Fuzz(func(t *testing.T, before, after string) {
		got := oauth.Redacted(before + secret + after)
		if strings.Contains(got, secret[6:]) || oauth.Redacted(got) != got {
			t.Errorf("%q", got)
		}
	})
}

// The value sent as client_id may be a secret or a password.
func TestLogNameOfAnUnknownClientIsShortened(t *testing.T) {
	h := newHouse(t, nil)
	for id, want := range map[string]string{
		h.id:                           h.id,
		"":                             "",
		"x":                            "…",
		"secret":                       "sec…",
		"correct horse battery staple": "correct …",
		strings.Repeat("ü", 1000):      "üüüüüüüü…",
		"\xff\xff\xff":                 "\ufffd…",
		h.key:                          h.key[:8] + "…",
	} {
		if got := h.LogName(ctx, id, &oauth.Error{Code: oauth.CodeInvalidRequest}); got != want {
			t.Errorf("%q is called %q, want %q", id, got, want)
		}
	}
	var refused *oauth.Error
	_, err := h.token("grant_type", "client_credentials", "client_id", "correct horse battery staple")
	if !errors.As(err, &refused) || refused.Code != oauth.CodeInvalidClient || strings.Contains(refused.Detail, "horse") || !strings.Contains(refused.Detail, "correct") {
		t.Errorf("got %+v", refused)
	}
}

// failingStore cannot read clients, and counts the attempts.
type failingStore struct {
	oauth.Store
	fails bool
	reads int
}

func (s *failingStore) Client(ctx context.Context, id string) (*oauth.Client, error) {
	if s.reads++; s.fails {
		return nil, oauth.ErrUnavailable
	}
	return s.Store.Client(ctx, id)
}

func TestRejectedRequestDoesNotWaitForUnavailableStore(t *testing.T) {
	store := new(failingStore)
	h := newHouse(t, func(c *provider.Config, _ *oauth.Client) { store.Store, c.Store = c.Store, store })
	store.fails = true
	if _, err := h.Begin(ctx, params(t, "client_id", "client 12345")); !errors.Is(err, oauth.ErrUnavailable) {
		t.Fatal(err)
	}
	reads := store.reads
	if got := h.LogName(ctx, "client 12345", &oauth.Error{Code: oauth.CodeInvalidRequest}); got != "client…" {
		t.Errorf("it is called %q", got)
	}
	if store.reads != reads {
		t.Error("the Store was read while it was failing")
	}
}
