package storetest

import (
	"errors"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// testManyFamilies: a logout and a withdrawn consent are effective when the call
// returns, even if a person has 1,000 families, some of which are used at the same
// time. Tokens that are issued later stay valid.
func testManyFamilies(t *testing.T, h *house) {
	h.client(t, "c")
	for user, end := range map[string]func(person string) error{
		"ada": func(person string) error { return h.WithdrawConsent(ctx, person, "c", h.now) },
		"bob": func(string) error {
			return h.EndSessions(ctx, oauth.SessionsEnd{IDs: []string{"bob"}, At: h.now})
		},
		"eve": func(person string) error {
			return h.EndSessions(ctx, oauth.SessionsEnd{Subject: person, At: h.now})
		},
	} {
		t.Run(user, func(t *testing.T) {
			const codes, refreshes, redemptions = 1000, 64, 16
			person := h.user(t, user).ID
			h.startSession(t, user, person)
			valid := 1 // after the end
			if user == "bob" {
				h.issued(t, "c", person, "", 400*24*time.Hour) // in no session
				valid++
			}
			tickets := h.boundTickets(t, codes, user, person)
			issued := tickets[redemptions:]
			var spends []oauth.SpendRequest
			for _, ticket := range tickets {
				r := h.spend(ticket)
				r.InSession = true
				spends = append(spends, r)
			}
			for _, err := range together(len(issued), func(i int) error { _, err := h.Spend(ctx, spends[redemptions+i]); return err }) {
				must(t, err)
			}
			rotations := make([]oauth.Rotation, refreshes)
			for i := range rotations {
				rotations[i] = h.rotation(oauth.Family{ID: issued[i].ID, ClientID: "c", Hash: oauth.Hash{1}})
				rotations[i].InSession = true
			}
			for _, err := range together(refreshes+redemptions+1, func(i int) (err error) {
				switch {
				case i < refreshes:
					_, err = h.Rotate(ctx, rotations[i])
				case i < refreshes+redemptions:
					_, err = h.Spend(ctx, spends[i-refreshes])
				default:
					err = end(person)
				}
				if errors.Is(err, oauth.ErrNotFound) {
					err = nil
				}
				return err
			}) {
				must(t, err)
			}
			for i, r := range spends {
				if i < 2*refreshes || i%50 == 0 {
					h.nothingValid(t, r.ID, r.Access.ID)
				}
			}
			for _, r := range rotations {
				h.nothingValid(t, r.FamilyID, r.Access.ID)
			}
			h.setNow(h.now.Add(2 * time.Second))
			access, err := h.Accesses(ctx, []oauth.ConsentKey{{Subject: person, ClientID: "c"}}, true)
			if must(t, err); access[0].Active() != (valid > 1) {
				t.Errorf("after the end, the client has the access %+v, want one: %t", access[0], valid > 1)
			}
			h.startSession(t, user+" again", person)
			later := h.boundTickets(t, 1, user+" again", person)[0]
			r := h.spend(later)
			r.InSession = true
			got, err := h.Spend(ctx, r)
			f, standing, also := h.Family(ctx, later.ID)
			if err := errors.Join(err, also); err != nil || !got.Won || !f.Valid(standing, h.now, true) {
				t.Errorf("what is issued later: won %t, %+v: %v", got.Won, standing, err)
			}
			access, err = h.Accesses(ctx, []oauth.ConsentKey{{Subject: person, ClientID: "c"}}, true)
			if must(t, err); !access[0].Active() {
				t.Error("the client has no access, although its newest permission is valid")
			}
			rows, _, err := h.Families(ctx, oauth.FamilyFilter{Subject: person, InSession: true}, paging.Page{})
			tokens, _, also := h.AccessTokens(ctx, oauth.FamilyFilter{Subject: person}, paging.Page{})
			if err := errors.Join(err, also); err != nil || len(rows) != valid || len(tokens) != valid {
				t.Errorf("%d families and %d access tokens are listed, want %d: %v", len(rows), len(tokens), valid, err)
			}
		})
	}
}

// boundTickets puts n tickets in a session.
func (h *house) boundTickets(t *testing.T, n int, session, person string) []oauth.Ticket {
	t.Helper()
	tickets := make([]oauth.Ticket, n)
	for i := range tickets {
		tickets[i] = h.ticket(person)
		tickets[i].SessionID, tickets[i].Scope = session, oauth.Scopes{"openid"}
	}
	for _, err := range together(n, func(i int) error { return h.Put(ctx, tickets[i]) }) {
		must(t, err)
	}
	return tickets
}

// nothingValid checks that a family and an access token are invalid, if they exist.
func (h *house) nothingValid(t *testing.T, family, access oauth.ID) {
	t.Helper()
	f, standing, err := h.Family(ctx, family)
	if err == nil && f.Valid(standing, h.now, true) {
		t.Errorf("the family %s is valid", family)
	}
	token, standing, also := h.AccessToken(ctx, access)
	if also == nil && token.Valid(standing, h.now) {
		t.Errorf("an access token of the family %s is valid", family)
	}
	for _, err := range []error{err, also} {
		if err != nil && !errors.Is(err, oauth.ErrNotFound) {
			t.Fatal(err)
		}
	}
}
