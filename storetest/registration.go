package storetest

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// registered returns a client that registered itself and is not stored.
func (h *house) registered() *oauth.Client {
	id := oauth.NewID(h.now)
	return &oauth.Client{
		ID: oauth.RegistrationPrefix + base64.RawURLEncoding.EncodeToString(append(id[:], "sealed"...)), Name: "Registered", Type: oauth.Public,
		GrantTypes: []string{oauth.GrantAuthorizationCode}, RedirectURIs: []string{"https://app.example/cb"}, CreatedAt: h.now, UpdatedAt: h.now,
	}
}

// testRegistrations: a client that registered itself is added once, and never
// again after it was deleted.
func testRegistrations(t *testing.T, h *house) {
	c := h.registered()
	wins := 0
	for _, err := range together(64, func(int) error {
		mine := *c
		return h.ConfirmClient(ctx, &mine)
	}) {
		if err == nil {
			wins++
		}
	}
	stored, err := h.Client(ctx, c.ID)
	must(t, err)
	if wins != 64 || stored.Version != 1 || stored.Name != c.Name {
		t.Errorf("%d of 64 confirmations succeed, and the client is %+v", wins, stored)
	}
	stored.Name = "Changed by an administrator"
	must(t, h.UpdateClient(ctx, stored))
	must(t, h.ConfirmClient(ctx, c))
	if again, err := h.Client(ctx, c.ID); err != nil || again.Name != stored.Name || again.Version != stored.Version {
		t.Errorf("a confirmation changes a client that exists: %+v %v", again, err)
	}

	must(t, h.DeleteClient(ctx, c.ID))
	if err := h.ConfirmClient(ctx, c); !errors.Is(err, oauth.ErrNotFound) {
		t.Errorf("a confirmation after the client was deleted: %v", err)
	}
	if _, err := h.Client(ctx, c.ID); !errors.Is(err, oauth.ErrNotFound) {
		t.Errorf("the deleted client: %v", err)
	}
	id, _ := oauth.RegistrationID(c.ID)
	if standing, err := h.JWTStanding(ctx, id, oauth.ID{}, c.ID, ""); err != nil || !standing.TokenRevoked {
		t.Errorf("the registration of a deleted client: %+v %v", standing, err)
	}

	unused := h.registered()
	id, _ = oauth.RegistrationID(unused.ID)
	must(t, h.revoke(oauth.Revocation{JWT: id, JWTExpiresAt: h.now.Add(time.Hour), At: h.now}))
	if err := h.ConfirmClient(ctx, unused); !errors.Is(err, oauth.ErrNotFound) {
		t.Errorf("a confirmation after the registration was revoked: %v", err)
	}

	must(t, h.SetSubject(ctx, "https://person.example/", false, h.now))
	if err := h.ConfirmClient(ctx, &oauth.Client{ID: "https://person.example/", CreatedAt: h.now}); !errors.Is(err, oauth.ErrConflict) {
		t.Errorf("a client with the id of a person: %v", err)
	}
}

// testAddedBy: clients can be listed by the way in which they were added.
func testAddedBy(t *testing.T, h *house) {
	registered, owned := h.registered(), h.registered()
	owned.OwnerID = "ada"
	// A client decides what is in its key set.
	tricky := h.registered()
	tricky.JWKS = json.RawMessage(`{"keys":[],"document_fetched_at":"2026-01-01T00:00:00Z"}`)
	const text = `x","document_fetched_at":"2026-01-01T00:00:00Z`
	const person = `{"registered_by_person":true}`
	clients := []*oauth.Client{
		{ID: "own", Name: "Own", OwnerID: "ada", RegisteredByPerson: true, UnverifiedAt: h.now, CreatedAt: h.now},
		{ID: "own, without an owner", Name: person, RegisteredByPerson: true, CreatedAt: h.now},
		{ID: "mine", Name: person, OwnerID: "ada", UnverifiedAt: h.now, Metadata: json.RawMessage(person), CreatedAt: h.now},
		{ID: "shop", Name: "Shop", CreatedAt: h.now},
		{ID: "https://hand.example/c", Name: text, CreatedAt: h.now},
		registered, owned, tricky,
		{ID: "https://app.example/c", Name: "App", DocumentFetchedAt: h.now, CreatedAt: h.now},
	}
	want := map[oauth.AddedBy]int{oauth.AddedByAdministrator: 3, oauth.AddedByRegistration: 2, oauth.AddedByPerson: 3, oauth.AddedByDocument: 1, "": 9}
	for _, c := range clients {
		must(t, h.CreateClient(ctx, c))
	}
	for way, n := range want {
		found, _, err := h.Clients(ctx, oauth.ClientFilter{AddedBy: way}, paging.Page{Limit: 9})
		if err != nil || len(found) != n {
			t.Errorf("added by %q: %d clients, want %d: %v", way, len(found), n, err)
		}
		for _, c := range found {
			if way != "" && c.AddedBy() != way {
				t.Errorf("added by %q: %s", way, c.ID)
			}
		}
	}
}
