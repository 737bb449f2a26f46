package storetest

import (
	"slices"
	"testing"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// testOwners: a client is listed for each of its owners, and a person whose account is deleted is
// no longer one of them, also if the client is restored later.
func testOwners(t *testing.T, h *house) {
	for _, name := range []string{"ada", "bob", "cy", "id"} {
		h.user(t, name)
	}
	for id, owners := range map[string][]string{
		"of ada": {"id-ada"}, "of both": {"id-ada", "id-bob"}, "of three": {"id-ada", "id-cy", "id-bob", "id-id"}, "first": {"id-ada", "id-bob", "id-cy"},
		"of bob": {"id-bob"}, "of nobody": {""}, "id-served": {""},
	} {
		c := &oauth.Client{ID: id, Name: id, Type: oauth.Confidential, OwnerID: owners[0], CoOwnerIDs: owners[1:], CreatedAt: h.now, ServiceUserID: "id-bob"}
		must(t, h.CreateClient(ctx, c))
	}
	owned := func(id string, responsible bool) (found []string) {
		t.Helper()
		f := oauth.ClientFilter{OwnerID: id, Responsible: responsible}
		clients, _, err := h.Clients(ctx, f, paging.Page{Limit: 20})
		must(t, err)
		if n, err := h.CountClients(ctx, f); err != nil || n.N != len(clients) {
			t.Errorf("%d clients of %s are counted, and %d are listed: %v", n.N, id, len(clients), err)
		}
		for _, c := range clients {
			if !c.OwnedBy(id) {
				t.Errorf("%s is listed for %s, who is not an owner", c.ID, id)
			}
		}
		found = ids(clients)
		slices.Sort(found)
		return found
	}
	same(t, "clients of bob", owned("id-bob", false), []string{"first", "of bob", "of both", "of three"})
	same(t, "clients for which bob is responsible", owned("id-bob", true), []string{"of bob"})
	same(t, "clients of a person whose ID is a part of others", owned("id", false), nil)
	for _, id := range []string{"of both", "of three"} {
		must(t, h.DiscardClient(ctx, id, 0, h.now))
	}
	must(t, h.DeleteUser(ctx, "id-bob", 0, h.now))
	must(t, h.RestoreClient(ctx, "of both", h.now))
	must(t, h.RestoreClient(ctx, "of three", h.now))
	same(t, "clients of a deleted person", owned("id-bob", false), nil)
	for id, want := range map[string][]string{"of both": nil, "of three": {"id-cy", "id-id"}, "first": {"id-cy"}} {
		c, err := h.Client(ctx, id)
		must(t, err)
		if c.OwnerID != "id-ada" || !slices.Equal(c.CoOwnerIDs, want) || c.ServiceUserID != "id-bob" {
			t.Errorf("%s has the owners %s and %q, want %q; the service user %q", id, c.OwnerID, c.CoOwnerIDs, want, c.ServiceUserID)
		}
	}
}
