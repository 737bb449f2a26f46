package storetest

import (
	"context"
	"errors"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// invalidations are all the ways in which the tokens of a family can become
// invalid. The family belongs to the client "c" and the person "id-ada", and is
// bound to the session "one". Each reports whether the access token becomes
// invalid too.
func (h *house) invalidations() map[string]func(t *testing.T, f oauth.Family, access oauth.AccessToken) bool {
	type way = func(t *testing.T, f oauth.Family, access oauth.AccessToken) bool
	both := func(run func(f oauth.Family, access oauth.AccessToken) error) way {
		return func(t *testing.T, f oauth.Family, access oauth.AccessToken) bool {
			t.Helper()
			must(t, run(f, access))
			return true
		}
	}
	later := func(wait time.Duration, access bool) way {
		return func(*testing.T, oauth.Family, oauth.AccessToken) bool {
			h.setNow(h.now.Add(wait))
			return access
		}
	}
	return map[string]way{
		"its refresh token was revoked": both(func(f oauth.Family, _ oauth.AccessToken) error {
			return h.revoke(oauth.Revocation{ClientID: "c", Families: []oauth.ID{f.ID}, At: h.now})
		}),
		"its access token was revoked": both(func(_ oauth.Family, access oauth.AccessToken) error {
			return h.revoke(oauth.Revocation{ClientID: "c", Access: &access, At: h.now})
		}),
		"a later decision replaced it": both(func(f oauth.Family, _ oauth.AccessToken) error {
			ticket := h.ticket("id-ada")
			return h.approve(oauth.Approval{Put: &ticket, Revoke: []oauth.ID{f.ID}})
		}),
		"all tokens of the client were revoked": both(func(oauth.Family, oauth.AccessToken) error { return h.RevokeClient(ctx, "c", h.now) }),
		"the client was disabled": both(func(oauth.Family, oauth.AccessToken) error {
			c, err := h.Client(ctx, "c")
			if err != nil {
				return err
			}
			c.Disabled = true
			return h.UpdateClient(ctx, c)
		}),
		"the client was deleted":                      both(func(oauth.Family, oauth.AccessToken) error { return h.DeleteClient(ctx, "c") }),
		"the client was deleted, and can be restored": both(func(oauth.Family, oauth.AccessToken) error { return h.DiscardClient(ctx, "c", 0, h.now) }),
		"the client was deleted, and added again": both(func(oauth.Family, oauth.AccessToken) error {
			if err := h.DeleteClient(ctx, "c"); err != nil {
				return err
			}
			h.setNow(h.now.Add(time.Second))
			return h.CreateClient(ctx, &oauth.Client{ID: "c", Name: "again", CreatedAt: h.now})
		}),
		"the person was blocked": both(func(oauth.Family, oauth.AccessToken) error {
			return h.SetSubject(ctx, "id-ada", true, time.Time{})
		}),
		"all tokens of the person were revoked": both(func(oauth.Family, oauth.AccessToken) error { return h.SetSubject(ctx, "id-ada", false, h.now) }),
		"the account was disabled": both(func(oauth.Family, oauth.AccessToken) error {
			return h.SwitchUser(ctx, account.Switch{UserID: "id-ada", Disabled: true, At: h.now})
		}),
		"the account was disabled, and enabled again": both(func(oauth.Family, oauth.AccessToken) error {
			for _, disabled := range []bool{true, false} {
				if err := h.SwitchUser(ctx, account.Switch{UserID: "id-ada", Disabled: disabled, RevokedBefore: h.now, At: h.now}); err != nil {
					return err
				}
			}
			return nil
		}),
		"the person got a new password": both(func(oauth.Family, oauth.AccessToken) error {
			u, err := h.User(ctx, "id-ada")
			if err != nil {
				return err
			}
			return h.SetPassword(ctx, account.PasswordChange{User: u, Hash: "new", At: h.now})
		}),
		"the consent was withdrawn": both(func(oauth.Family, oauth.AccessToken) error { return h.WithdrawConsent(ctx, "id-ada", "c", h.now) }),
		"the session was ended": both(func(oauth.Family, oauth.AccessToken) error {
			return h.EndSessions(ctx, oauth.SessionsEnd{IDs: []string{"one"}, At: h.now})
		}),
		"all sessions of the person were ended": both(func(oauth.Family, oauth.AccessToken) error {
			return h.EndSessions(ctx, oauth.SessionsEnd{Subject: "id-ada", At: h.now})
		}),
		"another person's session replaced the session": func(t *testing.T, _ oauth.Family, _ oauth.AccessToken) bool {
			t.Helper()
			must(t, h.StartSession(ctx, account.SessionStart{Session: account.Session{ID: "new", UserID: "id-bob", CreatedAt: h.now}, Epoch: h.epoch(t, "id-bob"), Replaces: "one"}))
			return true
		},
		"the session was idle for too long": later(45*time.Minute, false),
		"the session expired":               later(time.Hour, false),
		"all tokens of the client were revoked, and have expired since": both(func(oauth.Family, oauth.AccessToken) error {
			err := h.RevokeClient(ctx, "c", h.now)
			h.setNow(h.now.Add(400 * 24 * time.Hour))
			return err
		}),
		"the access token expired, and all else": later(400*24*time.Hour, true),
	}
}

// listed returns the ids of the families and access tokens that the lists show
// with a filter, and checks that the counts agree.
func (h *house) listed(t *testing.T, f oauth.FamilyFilter) (families, tokens []oauth.ID, consents int) {
	t.Helper()
	f.InSession = true
	rows, _, err := h.Families(ctx, f, paging.Page{})
	must(t, err)
	h.endedToo(t, f, rows)
	for _, row := range rows {
		families = append(families, row.ID)
	}
	access, _, err := h.AccessTokens(ctx, f, paging.Page{})
	must(t, err)
	for _, row := range access {
		tokens = append(tokens, row.ID)
	}
	allowed, _, err := h.Consents(ctx, f, paging.Page{})
	must(t, err)
	usage, err := h.Usage(ctx, f)
	must(t, err)
	same(t, "counts", usage, oauth.Usage{Families: oauth.Count{N: len(families)}, Consents: oauth.Count{N: len(allowed)}})
	return families, tokens, len(allowed)
}

// testListsShowWhatIsValid: however a token becomes invalid, lists and counts omit
// it from then on, and still include other tokens. The operations of the protocol
// decide which tokens are valid.
func testListsShowWhatIsValid(t *testing.T, open Open) {
	names := slices.Sorted(maps.Keys(new(house).invalidations()))
	for i, name := range names {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, open)
			h.client(t, "c")
			h.client(t, "other")
			h.user(t, "ada")
			h.user(t, "bob")
			must(t, h.StartSession(ctx, account.SessionStart{Session: account.Session{ID: "one", UserID: "id-ada", CreatedAt: h.now, SeenAt: h.now, IdleExpiresAt: h.now.Add(30 * time.Minute), ExpiresAt: h.now.Add(time.Hour)}, Epoch: h.epoch(t, "id-ada")}))
			must(t, h.StartSession(ctx, account.SessionStart{Session: account.Session{ID: "bobs", UserID: "id-bob", CreatedAt: h.now, SeenAt: h.now, IdleExpiresAt: h.now.Add(800 * 24 * time.Hour), ExpiresAt: h.now.Add(800 * 24 * time.Hour)}}))
			f, access := h.issued(t, "c", "id-ada", "one", 2*time.Hour)
			control, controlAccess := h.issued(t, "other", "id-bob", "bobs", 800*24*time.Hour)
			filters := []oauth.FamilyFilter{{}, {ClientID: "c"}, {Subject: "id-ada"}, {ClientID: "c", Subject: "id-ada"}, {Search: "ada"}, {Search: "App c"}}
			if len(filters) > len(names) {
				t.Fatal("not every filter is checked by state")
			}
			for _, filter := range filters {
				families, tokens, consents := h.listed(t, filter)
				if !slices.Contains(families, f.ID) || !slices.Contains(tokens, access.ID) || consents == 0 {
					t.Fatalf("before, with %+v: %v %v", filter, families, tokens)
				}
			}
			accessEnds := h.invalidations()[name](t, f, access)
			r := h.rotation(f)
			r.InSession, r.Access = true, nil
			if got, err := h.Rotate(ctx, r); err == nil && got.Won {
				t.Fatal("the family is still valid")
			}
			token, standing, err := h.AccessToken(ctx, access.ID)
			valid := err == nil && token.Valid(standing, h.now)
			if valid == accessEnds {
				t.Errorf("the access token is valid: %t", valid)
			}
			if kept, standing, err := h.Family(ctx, f.ID); err == nil && kept.Valid(standing, h.now, true) {
				t.Error("Family.Valid reports that the family is valid")
			}
			for j, filter := range filters {
				if j == i%len(filters) { // how a row is found does not depend on how it became invalid
					h.listedByState(t, filter, f.ID, access.ID)
				}
				families, tokens, _ := h.listed(t, filter)
				if filter.Subject != "" && !h.stillStored(t, filter, f.ID) {
					t.Errorf("with %+v and Ended: the list does not show the family", filter)
				}
				if slices.Contains(families, f.ID) || slices.Contains(tokens, access.ID) != valid {
					t.Errorf("with %+v: the lists show the families %v and the access tokens %v", filter, families, tokens)
				}
			}
			if families, tokens, _ := h.listed(t, oauth.FamilyFilter{ClientID: "other"}); !slices.Contains(families, control.ID) || !slices.Contains(tokens, controlAccess.ID) {
				t.Errorf("the tokens of another client and person are not listed: %v %v", families, tokens)
			}
		})
	}
}

// listedByState checks that the lists of each state have the family and the access token only in the state that
// Family.State and AccessToken.State report, and that no row has two states.
func (h *house) listedByState(t *testing.T, f oauth.FamilyFilter, family, access oauth.ID) {
	t.Helper()
	f.InSession = true
	want := make(map[oauth.ID]oauth.TokenState)
	if stored, standing, err := h.Family(ctx, family); err == nil {
		want[family] = stored.State(standing, h.now, true)
	}
	if stored, standing, err := h.AccessToken(ctx, access); err == nil {
		want[access] = stored.State(standing, h.now)
	}
	got := make(map[oauth.ID]oauth.TokenState)
	for _, f.State = range oauth.TokenStates() {
		families, _, err := h.Families(ctx, f, paging.Page{})
		must(t, err)
		tokens, _, err := h.AccessTokens(ctx, f, paging.Page{})
		must(t, err)
		for i, count := range []func(context.Context, oauth.FamilyFilter) (oauth.Count, error){h.CountFamilies, h.CountAccessTokens} {
			rows := [2]int{len(families), len(tokens)}[i]
			if n, err := count(ctx, f); err != nil || n.N < rows {
				t.Errorf("with %+v: counted %v, %v, and listed %d", f, n, err, rows)
			}
		}
		ids := make([]oauth.ID, 0, len(families)+len(tokens))
		for _, row := range families {
			ids = append(ids, row.ID)
		}
		for _, row := range tokens {
			ids = append(ids, row.ID)
		}
		for _, id := range ids {
			if other, twice := got[id]; twice {
				t.Errorf("with %+v: %s is %s and %s", f, id, other, f.State)
			}
			got[id] = f.State
		}
	}
	// The row of a client that was deleted can be deleted at any time, and does not have its name any more.
	for _, id := range []oauth.ID{family, access} {
		if got[id] != want[id] && (f.Search == "" || got[id] != "") {
			t.Errorf("with %+v: %s is listed as %q, want %q", f, id, got[id], want[id])
		}
	}
}

// issued issues a family and an access token that are bound to a session, with a
// consent.
func (h *house) issued(t *testing.T, client, subject, session string, lifetime time.Duration) (oauth.Family, oauth.AccessToken) {
	t.Helper()
	ticket := h.ticket(subject)
	ticket.ClientID, ticket.SessionID, ticket.Scope = client, session, oauth.Scopes{"openid"}
	must(t, h.approve(oauth.Approval{Put: &ticket, Consent: &oauth.Consent{Subject: subject, ClientID: client, Scope: ticket.Scope, GrantedAt: h.now, UpdatedAt: h.now}}))
	r := h.spend(ticket)
	until := h.now.Add(lifetime)
	r.Family.IdleExpiresAt, r.Family.ExpiresAt, r.Access.ExpiresAt = until, until, until
	if got, err := h.Spend(ctx, r); err != nil || !got.Won {
		t.Fatal(got, err)
	}
	f, _, err := h.kept(ticket.ID)
	must(t, err)
	return f, *r.Access
}

// stillStored reports whether a filter with Ended selects a family that is not valid. A family that was
// deleted counts as selected.
func (h *house) stillStored(t *testing.T, f oauth.FamilyFilter, id oauth.ID) bool {
	t.Helper()
	f.Ended = true
	all, _, err := h.Families(ctx, f, paging.Page{})
	must(t, err)
	_, _, err = h.Family(ctx, id)
	return errors.Is(err, oauth.ErrNotFound) || slices.ContainsFunc(all, func(row oauth.FamilyRow) bool { return row.ID == id })
}

// endedToo checks that a filter with Ended also selects the families of a person that are not valid, and
// that it has no effect without a person.
func (h *house) endedToo(t *testing.T, f oauth.FamilyFilter, valid []oauth.FamilyRow) {
	t.Helper()
	f.Ended = true
	all, _, err := h.Families(ctx, f, paging.Page{})
	must(t, err)
	ended := 0
	for _, row := range all {
		switch isValid := slices.ContainsFunc(valid, func(v oauth.FamilyRow) bool { return v.ID == row.ID }); {
		case f.Subject != "" && row.Subject != f.Subject:
			t.Errorf("the family %s belongs to %q", row.ID, row.Subject)
		case !isValid:
			ended++
		}
	}
	stored := 0
	for _, row := range valid {
		if slices.ContainsFunc(all, func(v oauth.FamilyRow) bool { return v.ID == row.ID }) {
			stored++
		}
	}
	if stored != len(valid) || f.Subject == "" && ended > 0 {
		t.Errorf("with Ended: %d of %d valid families, and %d others", stored, len(valid), ended)
	}
}
