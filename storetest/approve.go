package storetest

import (
	"errors"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// consent is the permission of ada for client "c".
func (h *house) consent(scope ...string) *oauth.Consent {
	return &oauth.Consent{Subject: "id-ada", ClientID: "c", Scope: scope, GrantedAt: h.now, UpdatedAt: h.now}
}

// front is a family and an access token that are issued through the browser.
func (h *house) front() (*oauth.Family, *oauth.AccessToken) {
	access := oauth.NewToken(oauth.KindAccess, h.now)
	f := oauth.Family{
		ID: oauth.NewID(h.now), ClientID: "c", Permission: oauth.Permission{Subject: "id-ada", SessionID: "s", Scope: oauth.Scopes{"read"}, AuthTime: h.now},
		AccessScope: oauth.Scopes{"read"}, IssuedAt: h.now, IdleExpiresAt: h.now.Add(time.Hour), ExpiresAt: h.now.Add(time.Hour),
	}
	return &f, &oauth.AccessToken{ID: access.ID, Hash: access.Hash(), IssuedAt: h.now, ExpiresAt: h.now.Add(time.Hour)}
}

func testApprovals(t *testing.T, h *house) {
	h.client(t, "c")
	h.user(t, "ada")

	t.Run("a request approved twice keeps its first ticket, until that is spent", func(t *testing.T) {
		ticket := h.ticket("id-ada")
		must(t, h.Approve(ctx, oauth.Approval{Put: &ticket}))
		second := ticket
		second.Scope = oauth.Scopes{"admin"}
		must(t, h.Approve(ctx, oauth.Approval{Put: &second}))
		must(t, h.Approve(ctx, oauth.Approval{Put: &second, Consent: h.consent("admin")}))
		got, err := h.Spend(ctx, h.spend(ticket))
		must(t, err)
		same(t, "scope", got.Ticket.Scope, ticket.Scope)
		if _, err := h.Consent(ctx, "id-ada", "c"); !errors.Is(err, oauth.ErrNotFound) {
			t.Errorf("the second approval wrote its consent: %v", err)
		}
		for name, a := range map[string]oauth.Approval{"alone": {Put: &ticket}, "with a consent": {Put: &ticket, Consent: h.consent("admin")}} {
			if err := h.Approve(ctx, a); !errors.Is(err, oauth.ErrConflict) {
				t.Errorf("approving %s after the ticket was spent: %v", name, err)
			}
		}
		if _, err := h.Consent(ctx, "id-ada", "c"); !errors.Is(err, oauth.ErrNotFound) {
			t.Errorf("an approval in conflict wrote its consent: %v", err)
		}
	})

	t.Run("consent grows and is remembered", func(t *testing.T) {
		first, second := h.ticket("id-ada"), h.ticket("id-ada")
		must(t, h.Approve(ctx, oauth.Approval{Put: &first, Consent: h.consent("read")}))
		later := h.consent("write", "read")
		later.GrantedAt, later.UpdatedAt = h.now.Add(time.Second), h.now.Add(time.Second)
		must(t, h.Approve(ctx, oauth.Approval{Put: &second, Consent: later}))
		got, err := h.Consent(ctx, "id-ada", "c")
		must(t, err)
		same(t, "consent", got, oauth.Consent{Subject: "id-ada", ClientID: "c", Scope: oauth.Scopes{"read", "write"}, GrantedAt: h.now, UpdatedAt: later.UpdatedAt})
	})

	t.Run("what is issued through the browser is issued once", func(t *testing.T) {
		f, access := h.front()
		ticket := h.ticket("id-ada")
		for _, a := range []oauth.Approval{{Put: &ticket, Family: f, Access: access}, {Put: &ticket, Family: f, Access: access}} {
			must(t, h.Approve(ctx, a))
		}
		got, _, err := h.AccessToken(ctx, access.ID)
		must(t, err)
		if got.FamilyID != f.ID || got.ClientID != "c" || got.Subject != "id-ada" || !got.Scope.Equal(f.Scope) {
			t.Errorf("the access token is %+v", got)
		}
		alone, token := h.front()
		must(t, h.Approve(ctx, oauth.Approval{Family: alone, Access: token}))
		must(t, h.Revoke(ctx, oauth.Revocation{ClientID: "c", At: h.now, Families: []oauth.ID{alone.ID}}))
		must(t, h.Approve(ctx, oauth.Approval{Family: alone, Access: token}))
		if kept, _, err := h.Family(ctx, alone.ID); err != nil || kept.RevokedAt.IsZero() {
			t.Errorf("a second approval issued the revoked family again: %+v %v", kept, err)
		}
	})

	for name, about := range map[string]func(oauth.Ticket) oauth.Approval{
		"spends": func(t oauth.Ticket) oauth.Approval {
			r := h.spend(t)
			r.Family, r.Access = nil, nil
			return oauth.Approval{Spend: &r}
		},
		"changes": func(t oauth.Ticket) oauth.Approval {
			return oauth.Approval{Change: &oauth.ChangeRequest{Kind: t.Kind, ID: t.ID, From: t.State, To: "allowed", Now: h.now}}
		},
	} {
		t.Run("an approval that "+name+" a ticket writes all or nothing", func(t *testing.T) {
			request := h.put(t, "")
			code := h.ticket("id-ada")
			f, access := h.front()
			a := about(request)
			a.Put, a.Family, a.Access, a.Consent = &code, f, access, h.consent("both")
			must(t, h.Approve(ctx, a))
			must(t, h.Approve(ctx, a)) // a second click
			for what, err := range map[string]error{
				"ticket": second(h.Ticket(ctx, someKind, code.ID)), "family": second(h.Family(ctx, f.ID)), "access token": second(h.AccessToken(ctx, access.ID)),
			} {
				if err != nil {
					t.Errorf("the %s is missing: %v", what, err)
				}
			}
			// Another tab decides about the same request.
			otherCode := h.ticket("id-ada")
			otherFamily, otherAccess := h.front()
			a.Put, a.Family, a.Access, a.Consent = &otherCode, otherFamily, otherAccess, h.consent("never")
			if err := h.Approve(ctx, a); !errors.Is(err, oauth.ErrConflict) {
				t.Errorf("a second decision: %v", err)
			}
			for what, err := range map[string]error{
				"ticket": second(h.Ticket(ctx, someKind, otherCode.ID)), "family": second(h.Family(ctx, otherFamily.ID)), "access token": second(h.AccessToken(ctx, otherAccess.ID)),
			} {
				if !errors.Is(err, oauth.ErrNotFound) {
					t.Errorf("the second decision wrote its %s: %v", what, err)
				}
			}
			if consent, err := h.Consent(ctx, "id-ada", "c"); err != nil || consent.Scope.Contains("never") || !consent.Scope.Contains("both") {
				t.Errorf("the consent is %v: %v", consent.Scope, err)
			}
		})

		t.Run("an approval that "+name+" a ticket that does not exist is ErrConflict", func(t *testing.T) {
			a := about(h.ticket(""))
			code := h.ticket("id-ada")
			a.Put = &code
			if err := h.Approve(ctx, a); !errors.Is(err, oauth.ErrConflict) {
				t.Errorf("got %v", err)
			}
			if _, _, err := h.Ticket(ctx, someKind, code.ID); !errors.Is(err, oauth.ErrNotFound) {
				t.Errorf("a ticket was written: %v", err)
			}
		})
	}
}

// second returns the error of a read.
func second[A, B any](_ A, _ B, err error) error { return err }
