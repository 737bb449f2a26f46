package provider_test

import (
	"context"
	"errors"
	"testing"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// countedTickets counts how many times a ticket is read.
type countedTickets struct {
	oauth.Store
	reads int
}

func (s *countedTickets) Ticket(ctx context.Context, kind oauth.TicketKind, id oauth.ID) (oauth.Ticket, oauth.Standing, error) {
	s.reads++
	return s.Store.Ticket(ctx, kind, id)
}

// A directory from which a host reads the claims can be unavailable.
func TestCodeAndRefreshTokenStayValidIfTheClaimsAreUnavailable(t *testing.T) {
	var fault error
	store := new(countedTickets)
	h := newOpenIDHouse(t, func(c *provider.Config, _ *oauth.Client) {
		store.Store, c.Store = c.Store, store
		claims := c.Claims
		c.Claims = func(ctx context.Context, q oauth.ClaimsQuery) (map[string]any, error) {
			if fault != nil {
				return nil, fault
			}
			return claims(ctx, q)
		}
	})
	code := h.code("scope", "openid profile offline_access", "prompt", "consent", "nonce", "n")
	for _, fault = range []error{oauth.ErrUnavailable, errors.New("LDAP: connection refused"), errors.New("LDAP: busy")} {
		if _, err := h.exchange(code); !errors.Is(err, oauth.ErrUnavailable) {
			t.Fatalf("%v: %v", fault, err)
		}
	}
	if _, err := h.exchange(code, "code_verifier", verifier[1:]+"x"); errors.Is(err, oauth.ErrUnavailable) || err == nil {
		t.Errorf("a wrong verifier: %v", err)
	}
	fault = nil
	answer, err := h.exchange(code)
	if err != nil {
		t.Fatal(err)
	}
	if claims := h.payload(answer.IDToken); claims["name"] != adasClaims["name"] || claims["nonce"] != "n" {
		t.Errorf("the claims are %v", claims)
	}
	fault = errors.New("LDAP: connection refused")
	if _, err := h.refresh(answer.RefreshToken); !errors.Is(err, oauth.ErrUnavailable) {
		t.Fatal(err)
	}
	fault = nil
	if _, err := h.refresh(answer.RefreshToken); err != nil {
		t.Errorf("the refresh token afterwards: %v", err)
	}
	reads := store.reads
	if _, err := h.token("grant_type", "client_credentials"); store.reads != reads {
		t.Errorf("client credentials read a ticket: %v", err)
	}
}

// Latchkey's own accounts are in the same database, so that a code is not read
// before it is spent, unless the accounts could not be read the last time.
func TestCodeIsReadBeforeItIsSpentOnlyIfTheClaimsMayFail(t *testing.T) {
	var fault error
	store := new(countedTickets)
	h := newOpenIDHouse(t, func(c *provider.Config, _ *oauth.Client) {
		store.Store, c.Store, c.OwnLogin, c.ACRValues = c.Store, store, true, nil
		claims := c.Claims
		c.Claims = func(ctx context.Context, q oauth.ClaimsQuery) (map[string]any, error) {
			if fault != nil {
				return nil, fault
			}
			return claims(ctx, q)
		}
	})
	request := []string{"scope", "openid profile", "nonce", "n"}
	h.tokens(request...)
	if store.reads != 0 {
		t.Errorf("%d reads of a ticket", store.reads)
	}
	lost, code := h.code(request...), h.code(request...)
	fault = oauth.ErrUnavailable
	for _, code := range []string{lost, code} {
		if _, err := h.exchange(code); !errors.Is(err, oauth.ErrUnavailable) {
			t.Fatal(err)
		}
	}
	fault = nil
	if _, err := h.exchange(code); err != nil || store.reads == 0 {
		t.Errorf("the second code: %v", err)
	}
	reads := store.reads
	h.tokens(request...)
	if store.reads != reads {
		t.Error("the code is read although the claims are available again")
	}
}
