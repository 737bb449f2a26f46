package storetest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
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
	h.user(t, "bob")

	t.Run("two clicks with the same decision make one ticket", func(t *testing.T) {
		ticket := h.ticket("id-ada")
		second := ticket
		second.IssuedAt, second.ExpiresAt = h.now.Add(time.Second), h.now.Add(time.Hour)
		for _, a := range []oauth.Approval{{Put: &ticket}, {Put: &second}, {Put: &second, Consent: h.consent("never"), Shown: oauth.Scopes{"never"}}} {
			a.Now = h.now.Add(time.Second)
			issuedAt, err := h.Approve(ctx, a)
			must(t, err)
			if !issuedAt.Equal(ticket.IssuedAt) {
				t.Errorf("it was issued at %s, want %s", issuedAt, ticket.IssuedAt)
			}
		}
		got, _, err := h.Ticket(ctx, someKind, ticket.ID)
		must(t, err)
		same(t, "ticket", got, ticket)
		if _, err := h.Consent(ctx, "id-ada", "c"); !errors.Is(err, oauth.ErrNotFound) {
			t.Errorf("the same decision wrote a consent again: %v", err)
		}
		again := ticket
		again.IssuedAt, again.ExpiresAt = ticket.ExpiresAt, ticket.ExpiresAt.Add(time.Minute)
		issuedAt, err := h.Approve(ctx, oauth.Approval{Now: again.IssuedAt, Put: &again})
		if err != nil || !issuedAt.Equal(again.IssuedAt) {
			t.Errorf("after the ticket has expired: %s %v", issuedAt, err)
		}
	})

	t.Run("another decision replaces the first until that is spent", func(t *testing.T) {
		first := h.ticket("id-ada")
		must(t, h.approve(oauth.Approval{Put: &first}))
		second := first
		second.Proof, second.Subject, second.SessionID, second.Scope = oauth.Hash{8}, "id-bob", "t", oauth.Scopes{"read"}
		for name, replaces := range map[string]oauth.Hash{"no proof": {}, "another proof": {9}} {
			if err := h.approve(oauth.Approval{Put: &second, Replaces: replaces}); !errors.Is(err, oauth.ErrConflict) {
				t.Errorf("replacing the ticket of %s: %v", name, err)
			}
		}
		otherKindOf := second
		otherKindOf.Kind = otherKind
		if err := h.approve(oauth.Approval{Put: &otherKindOf, Replaces: first.Proof}); !errors.Is(err, oauth.ErrConflict) {
			t.Errorf("replacing a ticket of another kind: %v", err)
		}
		must(t, h.approve(oauth.Approval{Put: &second, Replaces: first.Proof}))
		if got, err := h.Spend(ctx, h.spend(first)); err != nil || got.Won {
			t.Errorf("the replaced ticket was spent: %+v %v", got, err)
		}
		got, err := h.Spend(ctx, h.spend(second))
		must(t, err)
		second.SpentAt = h.now
		same(t, "ticket", got.Ticket, second)
		for name, a := range map[string]oauth.Approval{
			"the first alone": {Put: &first, Replaces: second.Proof}, "the second again": {Put: &second},
			"with a consent": {Put: &first, Replaces: second.Proof, Consent: h.consent("never")},
		} {
			if err := h.approve(a); !errors.Is(err, oauth.ErrConflict) {
				t.Errorf("%s after the ticket was spent: %v", name, err)
			}
		}
		if _, err := h.Consent(ctx, "id-ada", "c"); !errors.Is(err, oauth.ErrNotFound) {
			t.Errorf("an approval in conflict wrote its consent: %v", err)
		}
	})

	t.Run("the last decision counts for the scopes that were shown", func(t *testing.T) {
		decide := func(at time.Time, shown, allowed oauth.Scopes) {
			t.Helper()
			ticket, consent := h.ticket("id-ada"), h.consent(allowed...)
			consent.GrantedAt, consent.UpdatedAt = at, at
			must(t, h.approve(oauth.Approval{Put: &ticket, Consent: consent, Shown: shown}))
		}
		later := h.now.Add(time.Second)
		decide(h.now, oauth.Scopes{"read", "write"}, oauth.Scopes{"read", "write"})
		decide(later, oauth.Scopes{"mail", "write"}, oauth.Scopes{"mail"})
		got, err := h.Consent(ctx, "id-ada", "c")
		must(t, err)
		same(t, "consent", got, oauth.Consent{Subject: "id-ada", ClientID: "c", Scope: oauth.Scopes{"read", "mail"}, GrantedAt: h.now, UpdatedAt: later})
	})

	t.Run("an outdated consent adds no scopes", func(t *testing.T) {
		h.client(t, "changed")
		for i, want := range []string{"a", "a b", "c", "c d"} {
			consent := h.consent(want[len(want)-1:])
			consent.ClientID, consent.UpdatedAt = "changed", h.now.Add(time.Duration(i)*time.Second)
			approval := oauth.Approval{Consent: consent, Shown: consent.Scope}
			if i >= 2 {
				approval.Outdated = h.now.Add(time.Second) // the second one is not newer
			}
			must(t, h.approve(approval))
			got, err := h.Consent(ctx, "id-ada", "changed")
			must(t, err)
			if got.Scope.String() != want {
				t.Errorf("decision %d: %q, want %q", i, got.Scope, want)
			}
		}
	})

	t.Run("a consent has the end of the last decision", func(t *testing.T) {
		h.client(t, "limited")
		want := h.consent("read")
		want.ClientID = "limited"
		for _, end := range []time.Time{h.now.Add(24 * time.Hour), h.now.Add(3 * time.Hour), {}, h.now.Add(time.Hour)} {
			want.EndsAt = end
			must(t, h.approve(oauth.Approval{Consent: want, Shown: want.Scope}))
			got, err := h.Consent(ctx, "id-ada", "limited")
			must(t, err)
			same(t, "consent", got, *want)
		}
		rows, _, err := h.Consents(ctx, oauth.FamilyFilter{ClientID: "limited"}, paging.Page{})
		must(t, err)
		if len(rows) != 1 || !rows[0].EndsAt.Equal(want.EndsAt) {
			t.Errorf("the list has %+v", rows)
		}
	})

	t.Run("a consent can be longer than the scope of any request", func(t *testing.T) {
		h.client(t, "long")
		want := h.consent("read")
		want.ClientID = "long"
		must(t, h.approve(oauth.Approval{Consent: want, Shown: want.Scope}))
		for n := range 2 {
			more := *want
			more.Scope = nil
			for i := range 50 {
				more.Scope = append(more.Scope, fmt.Sprintf("https://api%d.example.com/a/long/path/of/an/api#scope%d", n, i))
			}
			must(t, h.approve(oauth.Approval{Consent: &more, Shown: more.Scope}))
			want.Scope = want.Scope.With(more.Scope)
		}
		got, err := h.Consent(ctx, "id-ada", "long")
		must(t, err)
		same(t, "consent", got, *want)
	})

	t.Run("an approval relies only on the consent that is stored", func(t *testing.T) {
		stored, err := h.Consent(ctx, "id-ada", "c")
		must(t, err)
		ticket, more := h.ticket("id-ada"), stored
		must(t, h.approve(oauth.Approval{Put: &ticket, Relies: &stored}))
		more.Scope = oauth.Scopes{"read", "mail", "write"}
		for name, relies := range map[string]oauth.Consent{"another scope": more, "another person": {Subject: "id-bob", ClientID: "c", Scope: stored.Scope}} {
			other := h.ticket("id-ada")
			f, access := h.front()
			for _, a := range []oauth.Approval{{Put: &other}, {Put: &other, Family: f, Access: access}} {
				a.Relies = &relies
				if err := h.approve(a); !errors.Is(err, oauth.ErrNotFound) {
					t.Errorf("%s: %v", name, err)
				}
			}
			if _, _, err := h.Ticket(ctx, someKind, other.ID); !errors.Is(err, oauth.ErrNotFound) {
				t.Errorf("%s: the ticket was written: %v", name, err)
			}
		}
	})

	t.Run("what is issued through the browser is issued once", func(t *testing.T) {
		f, access := h.front()
		ticket := h.ticket("id-ada")
		for range 2 {
			must(t, h.approve(oauth.Approval{Put: &ticket, Family: f, Access: access}))
		}
		got, _, err := h.AccessToken(ctx, access.ID)
		must(t, err)
		if got.FamilyID != f.ID || got.ClientID != "c" || got.Subject != "id-ada" || !got.Scope.Equal(f.Scope) || !got.AuthTime.Equal(f.AuthTime) {
			t.Errorf("the access token is %+v", got)
		}
		other := ticket
		other.Proof = oauth.Hash{8}
		otherFamily, otherAccess := h.front()
		must(t, h.approve(oauth.Approval{Put: &other, Replaces: ticket.Proof, Revoke: []oauth.ID{f.ID}, Family: otherFamily, Access: otherAccess}))
		for id, revoked := range map[oauth.ID]bool{access.ID: true, otherAccess.ID: false} {
			if _, standing, err := h.AccessToken(ctx, id); err != nil || standing.FamilyRevoked != revoked {
				t.Errorf("after another decision the token is revoked: %t, want %t: %v", standing.FamilyRevoked, revoked, err)
			}
		}
		alone, token := h.front()
		must(t, h.approve(oauth.Approval{Family: alone, Access: token}))
		must(t, h.revoke(oauth.Revocation{ClientID: "c", At: h.now, Families: []oauth.ID{alone.ID}}))
		if err := h.approve(oauth.Approval{Family: alone, Access: token}); !errors.Is(err, oauth.ErrConflict) {
			t.Errorf("approving a family that was revoked: %v", err)
		}
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
			must(t, h.approve(a))
			must(t, h.approve(a)) // a second click
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
			a.Put, a.Family, a.Access, a.Consent, a.Shown = &otherCode, otherFamily, otherAccess, h.consent("never"), oauth.Scopes{"never"}
			if err := h.approve(a); !errors.Is(err, oauth.ErrConflict) {
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
			if err := h.approve(a); !errors.Is(err, oauth.ErrConflict) {
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
