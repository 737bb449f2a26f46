package provider_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// The refresh is stored, but the claims for the ID token cannot be read, so the
// client gets 503. It stays entitled to its answer.
func TestRefreshWhoseClaimsWereUnavailableIsAnsweredLater(t *testing.T) {
	unavailable := false
	h := newHouse(t, func(o *provider.Config, _ *oauth.Client) {
		o.Claims = func(context.Context, oauth.ClaimsQuery) (map[string]any, error) {
			if unavailable {
				return nil, oauth.ErrUnavailable
			}
			return map[string]any{"name": "Ada"}, nil
		}
	})
	first := h.tokens("scope", "openid profile", "claims", `{"id_token":{"name":null}}`)
	unavailable = true
	for range 2 {
		if _, err := h.refresh(first.RefreshToken); !errors.Is(err, oauth.ErrUnavailable) {
			t.Fatalf("got %v, want unavailable", err)
		}
		h.pass(9 * time.Second)
	}
	unavailable = false
	h.pass(time.Minute)
	if _, err := h.refresh(first.RefreshToken); err != nil {
		t.Errorf("after the outage: %v", err)
	}
}

// lateStore reports a current refresh token as not exchanged, as if the reason
// for that had disappeared before the row was read.
type lateStore struct {
	oauth.Store
	late bool
}

func (s *lateStore) Rotate(ctx context.Context, r oauth.Rotation) (oauth.SpendResult, error) {
	if !s.late {
		return s.Store.Rotate(ctx, r)
	}
	family, standing, err := s.Family(ctx, r.FamilyID)
	return oauth.SpendResult{Family: family, Standing: standing}, err
}

func TestCurrentRefreshTokenIsNeverTakenForReused(t *testing.T) {
	store := new(lateStore)
	h := newHouse(t, func(o *provider.Config, _ *oauth.Client) { store.Store, o.Store = o.Store, store })
	first := h.tokens()
	store.late = true
	if _, err := h.refresh(first.RefreshToken); !errors.Is(err, oauth.ErrUnavailable) {
		t.Errorf("got %v, want unavailable", err)
	}
	store.late = false
	if _, err := h.refresh(first.RefreshToken); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}
