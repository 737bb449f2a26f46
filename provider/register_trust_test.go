package provider_test

import (
	"context"
	"net/netip"
	"testing"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// An administrator trusts an application as it is, with its redirect URIs.
func TestUpdateCannotUseTheTrustOfAnAdministrator(t *testing.T) {
	for name, trust := range map[string]func(*oauth.Client){
		"consent is skipped":          func(c *oauth.Client) { c.SkipAuthorization = true },
		"it introspects other tokens": func(c *oauth.Client) { c.ResourceServer = true },
	} {
		h := newOpenHouse(t, nil)
		authorization, information := h.manage(true, confidentialClient)
		if _, err := oauth.ChangeClient(ctx, h.store, h.id, func(c *oauth.Client) error { trust(c); return nil }); err != nil {
			t.Fatal(err)
		}
		_, err := h.UpdateRegistration(ctx, authorization, h.id, edited(t, information, "redirect_uris", []string{"https://other.example/"}))
		t.Run(name, func(t *testing.T) { wantCode(t, err, "access_denied") })
		if _, err := h.ReadRegistration(ctx, authorization, h.id); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// countingOutbound counts the documents that are fetched.
type countingOutbound struct {
	oauth.Outbound
	fetched *int
}

func (o countingOutbound) Get(ctx context.Context, address string, most int64) ([]byte, error) {
	*o.fetched++
	return o.Outbound.Get(ctx, address, most)
}

// Each update can make the server fetch documents, whether it is accepted or not.
func TestUpdatesAreLimitedPerNetwork(t *testing.T) {
	for _, used := range []bool{false, true} {
		fetched := 0
		h := newOpenHouse(t, func(c *provider.Config) {
			c.RegistrationLimit = 3
			c.Outbound = countingOutbound{document(`[]`), &fetched}
		})
		authorization, information := h.manage(used, confidentialClient)
		here := context.WithValue(ctx, provider.AddressKey{}, provider.ClientAddressFunc(func() netip.Addr { return netip.MustParseAddr("192.0.2.1") }))
		body := edited(t, information, "sector_identifier_uri", "https://app.example/sector")
		for range 3 {
			_, err := h.UpdateRegistration(here, authorization, h.id, body)
			wantCode(t, err, "invalid_client_metadata")
		}
		_, err := h.UpdateRegistration(here, authorization, h.id, body)
		wantCode(t, err, "temporarily_unavailable")
		if fetched != 3 {
			t.Errorf("used %v: %d documents were fetched", used, fetched)
		}
	}
}

// confirmingStore stores a client just before a registration is revoked, as a first
// consent at the same time does.
type confirmingStore struct {
	oauth.Store
	confirm func()
}

func (s *confirmingStore) Revoke(ctx context.Context, r oauth.Revocation) (bool, string, error) {
	s.confirm()
	return s.Store.Revoke(ctx, r)
}

func TestRegistrationThatIsDeletedDuringItsFirstConsentStaysDeleted(t *testing.T) {
	store := &confirmingStore{}
	h := newOpenHouse(t, func(c *provider.Config) {
		store.Store = c.Store
		c.Store = store
	})
	authorization, _ := h.manage(false, confidentialClient)
	store.confirm = func() { h.tokens() }
	if err := h.DeleteRegistration(ctx, authorization, h.id); err != nil || h.clients() != 0 {
		t.Errorf("%d clients are stored after the deletion, %v", h.clients(), err)
	}
	_, err := h.ask()
	wantCode(t, err, "invalid_client")
}
