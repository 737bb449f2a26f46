package provider_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// brokenStore fails.
type brokenStore struct{ oauth.Store }

func (brokenStore) SigningKeys(context.Context) ([]oauth.SigningKey, error) {
	return nil, oauth.ErrUnavailable
}

func TestRefreshReplacesTheRefreshToken(t *testing.T) {
	for _, format := range []oauth.TokenFormat{oauth.Opaque, oauth.JWT} {
		h := newHouse(t, func(_ *provider.Config, c *oauth.Client) { c.AccessTokenFormat = format })
		first := h.tokens()
		h.pass(time.Second)
		second, err := h.refresh(first.RefreshToken)
		if err != nil {
			t.Fatal(err)
		}
		if second.AccessToken == first.AccessToken || second.RefreshToken == first.RefreshToken || second.ExpiresIn != 3600 || second.Scope != "read write" {
			t.Errorf("%s: got %+v", format, second)
		}
		if !h.active(second.AccessToken) || !h.active(first.AccessToken) {
			t.Errorf("%s: an access token died of the refresh", format)
		}
	}
}

func TestSameRefreshTokenInsideTheWindowGetsTheSamePair(t *testing.T) {
	for _, format := range []oauth.TokenFormat{oauth.Opaque, oauth.JWT} {
		t.Run(string(format), func(t *testing.T) {
			h := newHouse(t, func(_ *provider.Config, c *oauth.Client) { c.AccessTokenFormat = format })
			first := h.tokens()
			second, err := h.refresh(first.RefreshToken, "scope", "read")
			if err != nil {
				t.Fatal(err)
			}
			h.pass(10 * time.Second)
			again, err := h.refresh(first.RefreshToken)
			if err != nil {
				t.Fatal(err)
			}
			if again.AccessToken != second.AccessToken || again.RefreshToken != second.RefreshToken || again.Scope != "read" || again.ExpiresIn != 3590 {
				t.Errorf("got %+v, want %+v", again, second)
			}
			if !h.active(again.AccessToken) {
				t.Error("the pair does not work")
			}
			if _, err := h.refresh(again.RefreshToken); err != nil {
				t.Errorf("the pair cannot be refreshed: %v", err)
			}
		})
	}
}

func TestParallelRefreshesGetTheSamePair(t *testing.T) {
	h := newHouse(t, nil)
	first := h.tokens()
	var (
		all   sync.WaitGroup
		pairs [32]provider.TokenResponse
	)
	for i := range pairs {
		all.Go(func() {
			got, err := h.refresh(first.RefreshToken)
			if err != nil {
				t.Error(err)
				return
			}
			pairs[i] = *got
		})
	}
	all.Wait()
	for _, got := range pairs {
		if got != pairs[0] {
			t.Fatalf("got %+v and %+v", got, pairs[0])
		}
	}
}

func TestReuseAfterTheWindowRevokesTheFamily(t *testing.T) {
	h := newHouse(t, nil)
	first := h.tokens()
	second, err := h.refresh(first.RefreshToken)
	if err != nil {
		t.Fatal(err)
	}
	h.pass(10*time.Second + time.Millisecond)
	_, err = h.refresh(first.RefreshToken)
	wantCode(t, err, "invalid_grant")
	if h.active(second.AccessToken) || h.active(first.AccessToken) {
		t.Error("an access token of the family is still active")
	}
	_, err = h.refresh(second.RefreshToken)
	wantCode(t, err, "invalid_grant")
}

func TestReuseOfAnOlderGenerationRevokesTheFamily(t *testing.T) {
	h := newHouse(t, nil)
	first := h.tokens()
	last := first
	for range 5 {
		next, err := h.refresh(last.RefreshToken)
		if err != nil {
			t.Fatal(err)
		}
		last = next
	}
	_, err := h.refresh(first.RefreshToken)
	wantCode(t, err, "invalid_grant")
	if h.active(last.AccessToken) {
		t.Error("the family was not revoked")
	}
}

func TestInventedRefreshTokenOfAKnownFamilyRevokesNothing(t *testing.T) {
	h := newHouse(t, nil)
	first := h.tokens()
	real, _ := oauth.ParseToken(first.RefreshToken, oauth.KindRefresh)
	forged := oauth.NewToken(oauth.KindRefresh, h.now)
	forged.ID = real.ID
	_, err := h.refresh(forged.String())
	wantCode(t, err, "invalid_grant")
	// another client with the real token gets and ends nothing either.
	other := h.client()
	other.ID = "other"
	secret := other.RotateSecret(h.now, 0)
	h.add(other)
	for _, pairs := range [][]string{nil, {"scope", "read"}} {
		_, err = h.refresh(first.RefreshToken, append([]string{"client_id", "other", "client_secret", secret}, pairs...)...)
		wantCode(t, err, "invalid_grant")
	}
	h.key = mustRotate(t, h)
	if _, err := h.refresh(first.RefreshToken); err != nil || !h.active(first.AccessToken) {
		t.Errorf("the family was ended: %v", err)
	}
}

func mustRotate(t *testing.T, h *house) string {
	t.Helper()
	c := mustClient(t, h)
	secret := c.RotateSecret(h.now, 0)
	if err := h.store.UpdateClient(ctx, c); err != nil {
		t.Fatal(err)
	}
	return secret
}

func TestRevokedFamilyIsNotAnsweredInsideTheWindow(t *testing.T) {
	h := newHouse(t, nil)
	first := h.tokens()
	second, err := h.refresh(first.RefreshToken)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Revoke(ctx, "", params(t, "client_id", h.id, "client_secret", h.key, "token", second.RefreshToken)); err != nil {
		t.Fatal(err)
	}
	_, err = h.refresh(first.RefreshToken)
	wantCode(t, err, "invalid_grant")
}

// TestAnswerIsNotRepeatedForAnotherClientOrAfterARevocation uses a refresh token
// again inside the window.
func TestAnswerIsNotRepeatedForAnotherClientOrAfterARevocation(t *testing.T) {
	for name, change := range map[string]func(h *house) (pairs []string){
		"another client": func(h *house) []string {
			other := h.client()
			other.ID = "other"
			secret := other.RotateSecret(h.now, 0)
			h.add(other)
			return []string{"client_id", "other", "client_secret", secret}
		},
		"a blocked user": func(h *house) []string {
			return nothing(t, h.store.SetSubject(ctx, "ada-id", true, time.Time{}))
		},
		"revoked tokens of the user": func(h *house) []string {
			return nothing(t, h.store.SetSubject(ctx, "ada-id", false, h.now))
		},
		"revoked tokens of the client": func(h *house) []string {
			return nothing(t, h.store.RevokeClient(ctx, h.id, h.now))
		},
		"a withdrawn consent": func(h *house) []string {
			return nothing(t, h.store.WithdrawConsent(ctx, "ada-id", h.id, h.now))
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, nil)
			first := h.tokens()
			if _, err := h.refresh(first.RefreshToken); err != nil {
				t.Fatal(err)
			}
			answer, err := h.refresh(first.RefreshToken, change(h)...)
			if err == nil {
				t.Fatalf("the answer is repeated: %+v", answer)
			}
			wantCode(t, err, "invalid_grant")
		})
	}
}

func nothing(t *testing.T, err error) (pairs []string) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return nil
}

func TestRefreshNarrowsOnlyTheAccessToken(t *testing.T) {
	h := newHouse(t, nil)
	first := h.tokens()
	narrow, err := h.refresh(first.RefreshToken, "scope", "read")
	if err != nil || narrow.Scope != "read" {
		t.Fatalf("got %+v %v", narrow, err)
	}
	// the next refresh has the whole scope again (RFC 6749 §6).
	whole, err := h.refresh(narrow.RefreshToken)
	if err != nil || whole.Scope != "read write" {
		t.Errorf("got %+v %v", whole, err)
	}
	// never wider than granted.
	h2 := newHouse(t, nil)
	small := h2.tokens("scope", "read")
	_, err = h2.refresh(small.RefreshToken, "scope", "read write")
	wantCode(t, err, "invalid_scope")
	if _, err := h2.refresh(small.RefreshToken); err != nil {
		t.Errorf("the rejected request used the token up: %v", err)
	}
}

// A scope that was taken from a client is also gone from the tokens it has.
func TestScopeTakenFromAClientIsGoneFromItsTokens(t *testing.T) {
	for _, format := range []oauth.TokenFormat{oauth.Opaque, oauth.JWT} {
		h := newHouse(t, func(_ *provider.Config, c *oauth.Client) {
			c.AccessTokenFormat, c.Scopes = format, oauth.Scopes{"read", "write", "openid"}
		})
		first, code := h.tokens("scope", "openid read write"), h.code("scope", "openid read write")
		c, err := h.store.Client(ctx, h.id)
		if err != nil {
			t.Fatal(err)
		}
		c.Scopes = oauth.Scopes{"read"}
		if err := h.store.UpdateClient(ctx, c); err != nil {
			t.Fatal(err)
		}
		for name, token := range map[string]string{"access": first.AccessToken, "refresh": first.RefreshToken} {
			if got, err := h.introspect(token); err != nil || !got.Active || got.Scope != "read" {
				t.Errorf("%s: the %s token says %+v %v", format, name, got, err)
			}
		}
		_, err = h.UserInfo(ctx, first.AccessToken)
		wantCode(t, err, "insufficient_scope")
		second, err := h.refresh(first.RefreshToken)
		if err != nil || second.Scope != "read" || second.IDToken != "" {
			t.Errorf("%s: a refresh gives %+v %v", format, second, err)
		}
		_, err = h.refresh(second.RefreshToken, "scope", "read write")
		wantCode(t, err, "invalid_scope")
		third, err := h.exchange(code)
		if err != nil || third.Scope != "read" || third.IDToken != "" {
			t.Errorf("%s: a code gives %+v %v", format, third, err)
		}
		// Given back, it is there again: the person has allowed it.
		c.Scopes = nil
		if err := h.store.UpdateClient(ctx, c); err != nil {
			t.Fatal(err)
		}
		if again, err := h.refresh(third.RefreshToken); err != nil || again.Scope != "openid read write" {
			t.Errorf("%s: afterwards %+v %v", format, again, err)
		}
	}
}

func TestRefreshTokensExpire(t *testing.T) {
	day := 24 * time.Hour
	t.Run("after 30 days without use", func(t *testing.T) {
		h := newHouse(t, nil)
		tokens := h.tokens()
		h.pass(30 * day)
		_, err := h.refresh(tokens.RefreshToken)
		wantCode(t, err, "invalid_grant")
	})
	t.Run("ASVS 10.4.8 after 180 days in all", func(t *testing.T) {
		h := newHouse(t, nil)
		tokens := h.tokens()
		for range 6 {
			h.pass(29 * day)
			next, err := h.refresh(tokens.RefreshToken)
			if err != nil {
				t.Fatal(err)
			}
			tokens = next
		}
		h.pass(6 * day)
		_, err := h.refresh(tokens.RefreshToken)
		wantCode(t, err, "invalid_grant")
	})
	t.Run("as the client says", func(t *testing.T) {
		h := newHouse(t, func(_ *provider.Config, c *oauth.Client) {
			c.RefreshTokenIdleTTL, c.AccessTokenTTL = oauth.Lifetime(time.Hour), oauth.Lifetime(time.Minute)
		})
		tokens := h.tokens()
		if tokens.ExpiresIn != 60 {
			t.Errorf("the access token expires in %d s", tokens.ExpiresIn)
		}
		h.pass(time.Minute)
		if h.active(tokens.AccessToken) {
			t.Error("the access token is still active")
		}
		h.pass(59 * time.Minute)
		_, err := h.refresh(tokens.RefreshToken)
		wantCode(t, err, "invalid_grant")
	})
}

func TestWithoutAWindowEveryReuseRevokesTheFamily(t *testing.T) {
	h := newHouse(t, func(o *provider.Config, _ *oauth.Client) { o.ReplayWindow = -1 })
	first := h.tokens()
	if _, err := h.refresh(first.RefreshToken); err != nil {
		t.Fatal(err)
	}
	h.pass(-time.Second) // the clock of a process that is behind
	_, err := h.refresh(first.RefreshToken)
	wantCode(t, err, "invalid_grant")
}

// TestLogSaysAfterHowLongARefreshWasRepeated, with its unit also in JSON.
func TestLogSaysAfterHowLongARefreshWasRepeated(t *testing.T) {
	var log bytes.Buffer
	h := newHouse(t, func(o *provider.Config, _ *oauth.Client) { o.Logger = slog.New(slog.NewJSONHandler(&log, nil)) })
	first := h.tokens()
	if _, err := h.refresh(first.RefreshToken); err != nil {
		t.Fatal(err)
	}
	h.pass(5 * time.Millisecond)
	if _, err := h.refresh(first.RefreshToken); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(log.String(), `"after":"5ms"`) {
		t.Errorf("it logs %s", &log)
	}
}
