package storetest

import (
	"errors"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// testInitialAccessTokens: of any number of concurrent registrations, as many
// succeed as the token allows.
func testInitialAccessTokens(t *testing.T, h *house) {
	add := func(name string, uses int, lifetime time.Duration) oauth.InitialAccessToken {
		h.setNow(h.now.Add(time.Millisecond))
		token := oauth.NewToken(oauth.KindInitialAccess, h.now)
		row := oauth.InitialAccessToken{ID: token.ID, Hash: token.Hash(), Name: name, Uses: uses, CreatedAt: h.now, ExpiresAt: h.now.Add(lifetime)}
		must(t, h.AddInitialAccessToken(ctx, row))
		return row
	}
	once, thrice, short := add("once", 1, time.Hour), add("three times", 3, time.Hour), add("short", 1, time.Minute)
	for _, token := range []oauth.InitialAccessToken{once, thrice} {
		wins := 0
		for _, err := range together(64, func(int) error { return h.UseInitialAccessToken(ctx, token.ID, h.now) }) {
			if err == nil {
				wins++
			} else if !errors.Is(err, oauth.ErrNotFound) {
				t.Errorf("a use: %v", err)
			}
		}
		found, err := h.InitialAccessToken(ctx, token.ID)
		must(t, err)
		if token.Used = token.Uses; wins != token.Uses || found.Valid(h.now) {
			t.Errorf("%s: %d uses succeed", token.Name, wins)
		}
		same(t, "the token", found, token)
	}
	h.setNow(h.now.Add(2 * time.Minute))
	if err := h.UseInitialAccessToken(ctx, short.ID, h.now); !errors.Is(err, oauth.ErrNotFound) {
		t.Errorf("a use after the token has expired: %v", err)
	}
	all, err := h.InitialAccessTokens(ctx)
	must(t, err)
	if len(all) != 3 || all[0].Name != "short" || all[2].Name != "once" {
		t.Errorf("got %+v", all)
	}
	must(t, h.RevokeInitialAccessToken(ctx, once.ID))
	if err := h.RevokeInitialAccessToken(ctx, once.ID); !errors.Is(err, oauth.ErrNotFound) {
		t.Errorf("a token that does not exist: %v", err)
	}
	if _, err := h.InitialAccessToken(ctx, once.ID); !errors.Is(err, oauth.ErrNotFound) {
		t.Errorf("a revoked token: %v", err)
	}
}
