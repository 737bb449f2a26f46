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

func TestATextIsKeptWithoutTheSecretsThatLookLikeOurs(t *testing.T) {
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

// FuzzRedacted: nothing that this server hands out comes through, wherever it
// stands.
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

// TestWhoIsUnknownIsCalledByABeginning: what was sent as client_id may be
// anything.
func TestWhoIsUnknownIsCalledByABeginning(t *testing.T) {
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
		if got := h.Called(ctx, id, &oauth.Error{Code: oauth.CodeInvalidRequest}); got != want {
			t.Errorf("%q is called %q, want %q", id, got, want)
		}
	}
	var refused *oauth.Error
	_, err := h.token("grant_type", "client_credentials", "client_id", "correct horse battery staple")
	if !errors.As(err, &refused) || refused.Code != oauth.CodeInvalidClient || strings.Contains(refused.Detail, "horse") || !strings.Contains(refused.Detail, "correct") {
		t.Errorf("got %+v", refused)
	}
}

// forgetful has been away since a moment ago, and is not to be asked.
type forgetful struct {
	awayStore
	t *testing.T
}

func (s *forgetful) Client(context.Context, string) (*oauth.Client, error) {
	s.t.Error("the Store is away, and was asked")
	return nil, oauth.ErrUnavailable
}

// TestWhoMadeAMistakeDoesNotWaitForTheStore while that is away.
func TestWhoMadeAMistakeDoesNotWaitForTheStore(t *testing.T) {
	h := newHouse(t, func(c *provider.Config, _ *oauth.Client) {
		c.Store = &forgetful{awayStore{Store: c.Store, lasts: true}, t}
	})
	if got := h.Called(ctx, "client 12345", &oauth.Error{Code: oauth.CodeInvalidRequest}); got != "client…" {
		t.Errorf("it is called %q", got)
	}
}
