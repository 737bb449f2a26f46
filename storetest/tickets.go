package storetest

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// A Store does not know the kinds of tickets, so most tests can use any kind. kindsOfTickets
// lists the kinds that the server uses.
const (
	someKind  oauth.TicketKind = "kind"
	otherKind oauth.TicketKind = "other"
)

// ticket is a new ticket of client "c" for the person, not yet in the Store.
func (h *house) ticket(subject string) oauth.Ticket {
	return oauth.Ticket{
		Kind: someKind, ID: oauth.NewID(h.now), Proof: oauth.Hash{7, 7}, ClientID: "c",
		Permission: oauth.Permission{
			Subject: subject, SessionID: "s", Scope: oauth.Scopes{"read", "write"}, AuthTime: h.now.Add(-time.Minute),
			Details: oauth.Details{
				ACR: "1", AMR: []string{"pwd"}, Locales: []string{"de"}, Resources: oauth.Audience{"https://one.example.com"}, Metadata: json.RawMessage(`{"plan":"gold"}`),
				Claims: &oauth.ClaimsRequest{UserInfo: map[string]*oauth.ClaimRequest{"name": nil, "email": {Essential: true, Value: "x", Values: []any{"y"}}}},
			},
		},
		State: "ready", Body: `{"n":"a nonce"}`, IssuedAt: h.now, ExpiresAt: h.now.Add(time.Minute),
	}
}

// spend is a request that spends the ticket, and issues a refresh token and an
// access token.
func (h *house) spend(t oauth.Ticket) oauth.SpendRequest {
	access := oauth.NewToken(oauth.KindAccess, h.now)
	return oauth.SpendRequest{
		Kind: t.Kind, ID: t.ID, Proofs: []oauth.Hash{t.Proof}, State: t.State, Now: h.now,
		Family: &oauth.Family{Hash: oauth.Hash{1}, IssuedAt: h.now, IdleExpiresAt: h.now.Add(time.Hour), ExpiresAt: h.now.Add(2 * time.Hour), Address: "192.0.2.1"},
		Access: &oauth.AccessToken{ID: access.ID, Hash: access.Hash(), IssuedAt: h.now, ExpiresAt: h.now.Add(time.Hour)},
	}
}

// put writes a new ticket.
func (h *house) put(t *testing.T, subject string) oauth.Ticket {
	t.Helper()
	ticket := h.ticket(subject)
	must(t, h.Put(ctx, ticket))
	return ticket
}

func testTickets(t *testing.T, h *house) {
	h.client(t, "c")
	h.user(t, "ada")

	t.Run("a ticket is returned as it was put, of its own kind only", func(t *testing.T) {
		ticket := h.put(t, "id-ada")
		got, standing, err := h.Ticket(ctx, someKind, ticket.ID)
		must(t, err)
		same(t, "ticket", got, ticket)
		if why := standing.RevokedBecause(ticket.IssuedAt); why != "" || standing.Username != "ada" {
			t.Errorf("the standing is %+v: %q", standing, why)
		}
		if _, _, err := h.Ticket(ctx, otherKind, ticket.ID); !errors.Is(err, oauth.ErrNotFound) {
			t.Errorf("as another kind: %v", err)
		}
		if _, _, err := h.Ticket(ctx, someKind, oauth.NewID(h.now)); !errors.Is(err, oauth.ErrNotFound) {
			t.Errorf("an ID that does not exist: %v", err)
		}
	})

	t.Run("a ticket is spent once, and its permission is copied", func(t *testing.T) {
		ticket := h.put(t, "id-ada")
		r := h.spend(ticket)
		got, err := h.Spend(ctx, r)
		must(t, err)
		ticket.SpentAt = h.now
		same(t, "ticket", got.Ticket, ticket)
		f, _, err := h.Family(ctx, ticket.ID)
		must(t, err)
		want := *r.Family
		want.ID, want.ClientID, want.Permission, want.AccessScope = ticket.ID, "c", ticket.Permission, ticket.Scope
		same(t, "family", f, want)
		access, standing, err := h.AccessToken(ctx, r.Access.ID)
		must(t, err)
		wantAccess := *r.Access
		wantAccess.ClientID, wantAccess.Subject, wantAccess.FamilyID, wantAccess.Scope = "c", "id-ada", ticket.ID, ticket.Scope
		wantAccess.Details, wantAccess.AuthTime = ticket.Details, ticket.AuthTime
		same(t, "access token", access, wantAccess)
		if why := standing.RevokedBecause(access.IssuedAt); why != "" || standing.Username != "ada" {
			t.Errorf("the access token is not valid: %q, username %q", why, standing.Username)
		}
		again, err := h.Spend(ctx, h.spend(ticket))
		must(t, err)
		if again.Won {
			t.Error("the ticket was spent twice")
		}
		same(t, "ticket as found", again.Ticket, ticket)
	})

	t.Run("the access token of a spend has the audience of the request", func(t *testing.T) {
		ticket := h.put(t, "id-ada")
		r := h.spend(ticket)
		r.Audience = oauth.Audience{"https://one.example.com"}
		_, err := h.Spend(ctx, r)
		must(t, err)
		access, _, err := h.AccessToken(ctx, r.Access.ID)
		must(t, err)
		same(t, "audience", access.Audience, r.Audience)
	})

	t.Run("a spend need not issue anything", func(t *testing.T) {
		ticket := h.put(t, "id-ada")
		r := h.spend(ticket)
		r.Family, r.Access = nil, nil
		if got, err := h.Spend(ctx, r); err != nil || !got.Won {
			t.Errorf("got %+v %v", got, err)
		}
		if _, _, err := h.Family(ctx, ticket.ID); !errors.Is(err, oauth.ErrNotFound) {
			t.Errorf("a family was written: %v", err)
		}
	})

	t.Run("any of the candidates for the proof may be the right one", func(t *testing.T) {
		for n := 1; n <= oauth.MaxProofs; n++ {
			for right := range n {
				ticket := h.put(t, "id-ada")
				r := h.spend(ticket)
				r.Proofs = make([]oauth.Hash, n)
				for i := range r.Proofs {
					r.Proofs[i] = oauth.Hash{99, byte(i)}
				}
				if got, err := h.Spend(ctx, r); err != nil || got.Won {
					t.Errorf("%d wrong candidates: %+v %v", n, got, err)
				}
				r.Proofs[right] = ticket.Proof
				if got, err := h.Spend(ctx, r); err != nil || !got.Won {
					t.Errorf("candidate %d of %d is right: %+v %v", right+1, n, got, err)
				}
			}
		}
	})

	t.Run("of several new tickets all are written or none", func(t *testing.T) {
		first, second, third := h.ticket("id-ada"), h.ticket("id-ada"), h.ticket("id-ada")
		second.Kind = otherKind
		must(t, h.Put(ctx, first, second))
		for what, tickets := range map[string][]oauth.Ticket{
			"the last exists":  {third, first},
			"the first exists": {second, third},
			"two are the same": {third, third},
			"one alone exists": {first},
		} {
			if err := h.Put(ctx, tickets...); !errors.Is(err, oauth.ErrConflict) {
				t.Errorf("%s: %v", what, err)
			}
			if _, _, err := h.Ticket(ctx, someKind, third.ID); !errors.Is(err, oauth.ErrNotFound) {
				t.Errorf("%s: one of them was written: %v", what, err)
			}
		}
		if got, err := h.Spend(ctx, h.spend(second)); err != nil || !got.Won {
			t.Fatalf("got %+v %v", got, err)
		}
		second.Kind = someKind
		if err := h.Put(ctx, second); !errors.Is(err, oauth.ErrConflict) {
			t.Errorf("a spent ticket of another kind has this ID: %v", err)
		}
	})

	t.Run("a ticket of each kind is written once and used once", func(t *testing.T) { testTicketKinds(t, h) })
}

// testSpendConditions changes one condition at a time. Then neither a spend nor a
// change may win, nothing may be written, and the ticket stays usable.
func testSpendConditions(t *testing.T, h *house) {
	h.client(t, "c")
	h.user(t, "ada")
	for name, spoil := range map[string]func(*oauth.SpendRequest){
		"the proof is wrong":           func(r *oauth.SpendRequest) { r.Proofs[0][31]++ },
		"the state is another":         func(r *oauth.SpendRequest) { r.State = "pending" },
		"the state is empty":           func(r *oauth.SpendRequest) { r.State = "" },
		"it expires this millisecond":  func(r *oauth.SpendRequest) { r.Now = h.now.Add(time.Minute) },
		"it expired long ago":          func(r *oauth.SpendRequest) { r.Now = h.now.Add(time.Hour) },
		"its login session is unknown": func(r *oauth.SpendRequest) { r.InSession = true },
	} {
		t.Run("a ticket is not spent if "+name, func(t *testing.T) {
			ticket := h.put(t, "id-ada")
			r := h.spend(ticket)
			spoil(&r)
			got, err := h.Spend(ctx, r)
			must(t, err)
			same(t, "ticket as found", got.Ticket, ticket)
			if got.Won {
				t.Error("it was spent")
			}
			h.nothingIssued(t, r)
			if got, err := h.Spend(ctx, h.spend(ticket)); err != nil || !got.Won {
				t.Errorf("it cannot be spent any more: %+v %v", got, err)
			}
		})
	}

	t.Run("a ticket of another kind, or one that does not exist, is ErrNotFound", func(t *testing.T) {
		ticket := h.put(t, "id-ada")
		r := h.spend(ticket)
		r.Kind = otherKind
		if got, err := h.Spend(ctx, r); got.Won || !errors.Is(err, oauth.ErrNotFound) {
			t.Errorf("another kind: %+v %v", got, err)
		}
		h.nothingIssued(t, r)
		if got, err := h.Spend(ctx, h.spend(h.ticket("id-ada"))); got.Won || !errors.Is(err, oauth.ErrNotFound) {
			t.Errorf("no ticket: %+v %v", got, err)
		}
		if got, err := h.Change(ctx, oauth.ChangeRequest{Kind: otherKind, ID: ticket.ID, From: "ready", To: "done", Now: h.now}); got.Won || !errors.Is(err, oauth.ErrNotFound) {
			t.Errorf("a change of another kind: %+v %v", got, err)
		}
	})

	t.Run("a ticket that belongs to no client needs none", func(t *testing.T) {
		ticket := h.ticket("")
		ticket.ClientID, ticket.Permission = "", oauth.Permission{}
		must(t, h.Put(ctx, ticket))
		_, standing, err := h.Ticket(ctx, someKind, ticket.ID)
		must(t, err)
		if why := standing.RevokedBecause(ticket.IssuedAt); why != "" {
			t.Errorf("it is not valid: %s", why)
		}
		r := h.spend(ticket)
		r.Family, r.Access, r.InSession = nil, nil, true
		if got, err := h.Spend(ctx, r); err != nil || !got.Won {
			t.Errorf("got %+v %v", got, err)
		}
	})

	t.Run("a ticket of a client that does not exist is not spent", func(t *testing.T) {
		ticket := h.ticket("id-ada")
		ticket.ClientID = "nobody"
		must(t, h.Put(ctx, ticket))
		if got, err := h.Spend(ctx, h.spend(ticket)); err != nil || got.Won || !got.Standing.ClientMissing {
			t.Errorf("got %+v %v", got, err)
		}
	})
}

// nothingIssued checks that neither a family nor an access token was written.
func (h *house) nothingIssued(t *testing.T, r oauth.SpendRequest) {
	t.Helper()
	if _, _, err := h.Family(ctx, r.ID); !errors.Is(err, oauth.ErrNotFound) {
		t.Errorf("a family was written: %v", err)
	}
	if _, _, err := h.AccessToken(ctx, r.Access.ID); !errors.Is(err, oauth.ErrNotFound) {
		t.Errorf("an access token was written: %v", err)
	}
}

// testTicketsOfASession: what is bound to a login session must not be issued
// after it.
func testTicketsOfASession(t *testing.T, h *house) {
	h.client(t, "c")
	h.user(t, "ada")
	for name, test := range map[string]struct {
		session   string
		ended     bool
		inSession bool
		want      bool
	}{
		"a session that exists":         {"one", false, true, true},
		"a session that has ended":      {"two", true, true, false},
		"a session that is not in here": {"three", true, false, true},
		"no session":                    {"", false, true, true},
	} {
		if test.session != "" {
			h.startSession(t, test.session, "id-ada")
		}
		ticket := h.ticket("id-ada")
		ticket.SessionID = test.session
		must(t, h.Put(ctx, ticket))
		if test.ended {
			must(t, h.EndSessions(ctx, oauth.SessionsEnd{IDs: []string{test.session}, At: h.now}))
		}
		r := h.spend(ticket)
		r.InSession = test.inSession
		got, err := h.Spend(ctx, r)
		if err != nil || got.Won != test.want || got.Ticket.ID != ticket.ID {
			t.Errorf("%s: %+v %v", name, got, err)
		}
		if _, _, err := h.Family(ctx, ticket.ID); (err == nil) != test.want {
			t.Errorf("%s: its family: %v", name, err)
		}
	}
}
