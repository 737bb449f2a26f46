package storetest

import (
	"errors"
	"testing"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// testFamilyOfATicketExists: a ticket whose family exists already cannot be spent.
// That never happens with random IDs. If it does, nothing is issued and the
// existing family is not changed.
func testFamilyOfATicketExists(t *testing.T, h *house) {
	h.client(t, "c")
	h.user(t, "ada")
	ticket := h.put(t, "id-ada")
	family, access := h.front()
	family.ID = ticket.ID
	must(t, h.approve(oauth.Approval{Family: family, Access: access}))
	r := h.spend(ticket)
	if result, err := h.Spend(ctx, r); !errors.Is(err, oauth.ErrConflict) || result.Won {
		t.Errorf("spending it: %+v %v", result, err)
	}
	got, _, err := h.Ticket(ctx, ticket.Kind, ticket.ID)
	must(t, err)
	if !got.SpentAt.IsZero() {
		t.Error("the ticket is spent")
	}
	kept, _, err := h.kept(ticket.ID)
	must(t, err)
	same(t, "family", kept, *family)
	if r.Access != nil {
		if _, _, err := h.AccessToken(ctx, r.Access.ID); !errors.Is(err, oauth.ErrNotFound) {
			t.Errorf("an access token was issued: %v", err)
		}
	}
}
