package provider_test

import (
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// sweep deletes the clients that nobody has used, as a Store does by itself.
func (h *house) sweep() {
	h.t.Helper()
	if _, err := h.store.DeleteUnusedClients(ctx, h.now); err != nil {
		h.t.Fatal(err)
	}
}

// RFC 7592 §2.2. An update stores a registration before anybody uses it.
func TestUnusedRegistrationThatWasUpdatedVanishes(t *testing.T) {
	h := newOpenHouse(t, nil)
	authorization, information := h.manage(false, confidentialClient)
	if _, err := h.UpdateRegistration(ctx, authorization, h.id, edited(t, information, "client_name", "Changed")); err != nil || h.clients() != 1 {
		t.Fatalf("%d clients are stored: %v", h.clients(), err)
	}
	h.pass(h.RegistrationTTL - time.Millisecond)
	h.sweep()
	if _, err := h.ask(); err != nil || h.clients() != 1 {
		t.Errorf("before the end, %d clients are stored: %v", h.clients(), err)
	}
	h.pass(2 * time.Millisecond)
	_, err := h.ask()
	wantCode(t, err, "invalid_client")
	if h.sweep(); h.clients() != 0 {
		t.Errorf("after the end, %d clients are stored", h.clients())
	}
	_, err = h.ReadRegistration(ctx, authorization, h.id)
	wantCode(t, err, "invalid_token")
}

// A stricter policy ends unused registrations, whether they were updated or not.
func TestUnusedRegistrationThatWasUpdatedNeedsThePolicy(t *testing.T) {
	h := newOpenHouse(t, nil)
	authorization, information := h.manage(false, confidentialClient)
	if _, err := h.UpdateRegistration(ctx, authorization, h.id, edited(t, information, "client_name", "Changed")); err != nil {
		t.Fatal(err)
	}
	h.Registration = provider.RegistrationToken
	_, err := h.ask()
	wantCode(t, err, "invalid_client")
}

func TestRegistrationThatWasUpdatedAndUsedIsKept(t *testing.T) {
	h := newOpenHouse(t, nil)
	authorization, information := h.manage(false, confidentialClient)
	r, err := h.ask() // begins before the update
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.UpdateRegistration(ctx, authorization, h.id, edited(t, information, "client_name", "Changed")); err != nil {
		t.Fatal(err)
	}
	r.Show(h.who)
	if _, err := h.Approve(ctx, r, h.who, r.Scope, true); err != nil {
		t.Fatal(err)
	}
	h.pass(100 * 24 * time.Hour)
	if h.sweep(); h.clients() != 1 {
		t.Errorf("%d clients are stored", h.clients())
	}
	h.tokens()
}

// An administrator who edits an application has a reason to keep it.
func TestClientThatAnAdministratorEditedIsKept(t *testing.T) {
	h := newOpenHouse(t, nil)
	authorization, information := h.manage(false, confidentialClient)
	if _, err := h.UpdateRegistration(ctx, authorization, h.id, edited(t, information, "client_name", "Changed")); err != nil {
		t.Fatal(err)
	}
	if _, err := oauth.EditClient(ctx, h.store, h.id, func(c *oauth.Client) error { c.RequirePKCE = true; return nil }); err != nil {
		t.Fatal(err)
	}
	h.pass(100 * 24 * time.Hour)
	if h.sweep(); h.clients() != 1 {
		t.Errorf("%d clients are stored", h.clients())
	}
}

// The row of a client with a document is only a copy: it is stored again.
func TestUnusedClientWithADocumentVanishes(t *testing.T) {
	h, _ := newDocumentHouse(t, nil)
	h.tokens()
	if err := h.store.WithdrawConsent(ctx, h.who.Subject, h.id, h.now); err != nil {
		t.Fatal(err)
	}
	h.pass(oauth.UnusedClientTTL - time.Hour)
	if h.sweep(); h.clients() != 1 {
		t.Errorf("before its time, %d clients are stored", h.clients())
	}
	h.tokens() // is kept for longer
	if err := h.store.WithdrawConsent(ctx, h.who.Subject, h.id, h.now); err != nil {
		t.Fatal(err)
	}
	h.pass(oauth.UnusedClientTTL - time.Hour)
	if h.sweep(); h.clients() != 1 {
		t.Errorf("after another use, %d clients are stored", h.clients())
	}
	h.pass(time.Hour)
	r, err := h.ask()
	if err != nil {
		t.Fatal(err)
	}
	if h.sweep(); h.clients() != 0 {
		t.Errorf("after its time, %d clients are stored", h.clients())
	}
	r.Show(h.who)
	if _, err := h.Approve(ctx, r, h.who, r.Scope, true); err != nil || h.clients() != 1 {
		t.Errorf("during the sweep, %d clients are stored: %v", h.clients(), err)
	}
}

func TestDisabledClientWithADocumentIsKept(t *testing.T) {
	h, _ := newDocumentHouse(t, nil)
	h.tokens()
	if err := h.store.SwitchClient(ctx, oauth.ClientSwitch{ClientID: h.id, Disabled: true, RevokedBefore: h.now, At: h.now}); err != nil {
		t.Fatal(err)
	}
	if err := h.store.WithdrawConsent(ctx, h.who.Subject, h.id, h.now); err != nil {
		t.Fatal(err)
	}
	h.pass(2 * oauth.UnusedClientTTL)
	h.sweep()
	_, err := h.ask()
	wantCode(t, err, "unauthorized_client")
}
