package provider_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/memstore"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// TestCancelledRequestCannotBeUsed, whatever its kind and state is, and although its client is disabled or not stored.
// One that is finished is not changed.
func TestCancelledRequestCannotBeUsed(t *testing.T) {
	h := newHouse(t, nil)
	p, store, now := h.Provider, h.store, h.now
	may := func(string) error { return nil }
	for _, c := range []*oauth.Client{{ID: "c", Name: "c", Type: oauth.Public, CreatedAt: now.Add(-time.Hour)}, {ID: "off", Name: "off", Type: oauth.Public, CreatedAt: now.Add(-time.Hour), Disabled: true}} {
		if err := store.CreateClient(ctx, c); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		kind, client, state string
		cancelled           bool
	}{
		{"code", "c", "", true},
		{"code", "off", "", true},
		{"code", "c", "denied", true}, // an error interrupted the first attempt
		{"device", "c", "pending", true},
		{"device", "c", "approved", true},
		{"device", "off", "approved", true},
		{"device", "c", "denied", false},
		{"pushed", "c", "", true},
		{"pushed", "off", "", true},
		{"pushed", "unknown", "", true},
	} {
		kind := provider.ListedTickets()[test.kind]
		ticket := oauth.Ticket{Kind: kind, ID: oauth.NewID(now), Proof: oauth.Hash{1}, ClientID: test.client, State: test.state, IssuedAt: now, ExpiresAt: now.Add(time.Minute)}
		ticket.Subject = "ada"
		if err := store.Put(ctx, ticket); err != nil {
			t.Fatal(err)
		}
		if provider.TicketFinished(ticket) == test.cancelled {
			t.Errorf("%+v: the back office offers the opposite", test)
		}
		refused := errors.New("no")
		if _, err := p.CancelRequest(ctx, test.kind, ticket.ID, func(person string) error {
			if person != "ada" {
				t.Errorf("%+v: asked about %q", test, person)
			}
			return refused
		}); !errors.Is(err, refused) {
			t.Errorf("%+v: without permission: %v", test, err)
		}
		for _, want := range []bool{test.cancelled, false} {
			c, err := p.CancelRequest(ctx, test.kind, ticket.ID, may)
			if err != nil || c.Cancelled != want || c.Before.ClientID != test.client || want != c.Flow.DeniedAt.Equal(now) || want && c.Flow.Device != (test.kind == "device") {
				t.Errorf("%+v: %+v, %v", test, c, err)
			}
		}
		if stored, _, err := store.Ticket(ctx, kind, ticket.ID); err != nil || provider.TicketState(stored) != "denied" || stored.SpentAt.IsZero() == (test.kind == "code") {
			t.Errorf("%+v: %s, used %s, %v", test, provider.TicketState(stored), stored.SpentAt, err)
		}
		if _, err := p.CancelRequest(ctx, "x", ticket.ID, may); !errors.Is(err, oauth.ErrNotFound) {
			t.Errorf("an unknown kind: %v", err)
		}
	}
}

// approvingStore approves a device code several times, each time just before it is cancelled.
// It can also replace a code, as another decision about its request does.
type approvingStore struct {
	*memstore.Store
	approvals int
	decision  *oauth.Ticket // replaces the code
}

func (a *approvingStore) Cancel(ctx context.Context, c oauth.Cancellation) (oauth.SpendResult, error) {
	if a.approvals > 0 {
		a.approvals--
		between := oauth.ChangeRequest{Kind: c.Kind, ID: c.ID, From: c.From, To: c.From + "approved", Now: c.Now, Permission: &oauth.Permission{Subject: "bob"}}
		if _, err := a.Change(ctx, between); err != nil {
			return oauth.SpendResult{}, err
		}
	}
	if next := a.decision; next != nil {
		a.decision = nil
		if _, err := a.Approve(ctx, oauth.Approval{Now: c.Now, Put: next, Replaces: c.Proof}); err != nil {
			return oauth.SpendResult{}, err
		}
	}
	return a.Store.Cancel(ctx, c)
}

// TestRequestIsCancelledWhileAPersonApprovesIt, but only by a caller that may act on that person.
func TestRequestIsCancelledWhileAPersonApprovesIt(t *testing.T) {
	var store *approvingStore
	h := newHouse(t, func(c *provider.Config, _ *oauth.Client) {
		store = &approvingStore{Store: c.Store.(*memstore.Store)}
		c.Store = store
	})
	refused := errors.New("not on bob")
	notBob := func(person string) error {
		if person == "bob" {
			return refused
		}
		return nil
	}
	for name, test := range map[string]struct {
		approvals int
		may       func(string) error
		err       error
		state     string
	}{
		"once":              {1, func(string) error { return nil }, nil, "denied"},
		"of another person": {1, notBob, refused, "approved"},
		"again and again":   {100, func(string) error { return nil }, oauth.ErrConflict, "approvedapprovedapprovedapprovedapproved"},
	} {
		ticket := oauth.Ticket{Kind: provider.ListedTickets()["device"], ID: oauth.NewID(h.now), Proof: oauth.Hash{1}, ClientID: h.id, IssuedAt: h.now, ExpiresAt: h.now.Add(time.Minute)}
		if err := store.Put(ctx, ticket); err != nil {
			t.Fatal(err)
		}
		store.approvals = test.approvals
		c, err := h.CancelRequest(ctx, "device", ticket.ID, test.may)
		after, _, _ := store.Ticket(ctx, ticket.Kind, ticket.ID)
		if !errors.Is(err, test.err) || (err == nil) != c.Cancelled || after.State != test.state {
			t.Errorf("%s: %t, and it is %q now: %v", name, c.Cancelled, after.State, err)
		}
	}
	store.approvals = 0
	for name, cancelled := range map[string]bool{"bob": false, "ada": true} {
		code := oauth.Ticket{Kind: provider.ListedTickets()["code"], ID: oauth.NewID(h.now), Proof: oauth.Hash{1}, ClientID: h.id, IssuedAt: h.now, ExpiresAt: h.now.Add(time.Minute)}
		if err := store.Put(ctx, code); err != nil {
			t.Fatal(err)
		}
		code.Proof, code.Subject = oauth.Hash{2}, name
		store.decision = &code
		c, err := h.CancelRequest(ctx, "code", code.ID, notBob)
		after, _, _ := store.Ticket(ctx, code.Kind, code.ID)
		if errors.Is(err, refused) == cancelled || c.Cancelled != cancelled || after.SpentAt.IsZero() == cancelled || after.Subject != name {
			t.Errorf("after a decision of %s: %t, and it is %+v now: %v", name, c.Cancelled, after, err)
		}
	}
}

// TestCancelledCodeIsNotAReplay: its application does nothing wrong when it presents the code for the first time. The
// access token that went through the browser with the code is revoked.
func TestCancelledCodeIsNotAReplay(t *testing.T) {
	var events []oauth.Event
	h := newOpenIDHouse(t, func(p *provider.Config, c *oauth.Client) {
		p.OnEvent = func(_ context.Context, e oauth.Event) { events = append(events, e) }
		c.ResponseTypes = oauth.ResponseTypes()
	})
	r, err := h.ask("scope", "openid read", "response_type", "code token", "nonce", "n")
	if err != nil {
		t.Fatal(err)
	}
	response := h.mustDecide(r, h.who, "openid", "read")
	code, _ := oauth.ParseToken(response.Get("code"), oauth.KindCode)
	if !h.active(response.Get("access_token")) {
		t.Fatal("the access token is not active before")
	}
	if c, err := h.CancelRequest(ctx, "code", code.ID, func(string) error { return nil }); err != nil || !c.Cancelled || c.Flow.ID != code.ID {
		t.Fatal(c, err)
	}
	if h.active(response.Get("access_token")) {
		t.Error("the access token is still active")
	}
	for _, scope := range [][]string{{"openid", "read"}, {"openid"}} {
		if _, err := h.decide(r, h.who, scope...); !errors.Is(err, provider.ErrCancelled) {
			t.Errorf("another decision about it: %v", err)
		}
	}
	events = nil
	_, err = h.exchange(response.Get("code"))
	if e, ok := errors.AsType[*oauth.Error](err); !ok || e.Code != oauth.CodeInvalidGrant || e.Reason != "revoked" {
		t.Errorf("the cancelled code: %v", err)
	}
	for _, e := range events {
		if e.Name == oauth.EventReplay {
			t.Errorf("it is reported as an attack: %+v", e)
		}
	}
}

// TestCancelledPushedRequestIsReportedAsCancelled, and not as one that the person has answered. The flow that it
// belongs to is that of the authorization request.
func TestCancelledPushedRequestIsReportedAsCancelled(t *testing.T) {
	h := newHouse(t, nil)
	uri := h.mustPush()
	r := h.mustOpen(uri)
	token, _ := oauth.ParseToken(r.Pushed, oauth.KindPushedRequest)
	c, err := h.CancelRequest(ctx, "pushed", token.ID, func(string) error { return nil })
	if err != nil || !c.Cancelled || c.Flow.ID != r.ID || c.Flow.ClientID != h.id {
		t.Fatalf("%+v, %v", c, err)
	}
	if opened, err := h.open(uri); !errors.Is(err, provider.ErrCancelled) || opened == nil {
		t.Errorf("opened again: %v", err)
	}
	if _, err := h.decide(r, h.who, "read"); !errors.Is(err, provider.ErrCancelled) {
		t.Errorf("allowed: %v", err)
	}
	response, err := h.Deny(ctx, r)
	if err != nil || answer(t, response.Location()).Get("error") != "access_denied" {
		t.Errorf("refused: %+v, %v", response, err)
	}
}
