package storetest

import (
	"errors"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// testMissingTimes checks that no method accepts a zero time. In a row, zero means
// never: a token would never be revoked, a ticket would never be spent, and every
// token would be valid at that time.
func testMissingTimes(t *testing.T, h *house) {
	h.client(t, "c")
	ada := h.user(t, "ada")
	h.startSession(t, "s", "id-ada")
	family, access := h.family(t, "id-ada")
	ticket := h.put(t, "id-ada")
	initial := oauth.InitialAccessToken{ID: oauth.NewID(h.now), Name: "token", Uses: 9, CreatedAt: h.now, ExpiresAt: h.now.Add(-time.Hour)}
	must(t, h.AddInitialAccessToken(ctx, initial))
	key := oauth.SigningKey{ID: "key", Alg: "ES256", Public: []byte("p"), Private: []byte("s"), CreatedAt: h.now, ActiveAt: h.now}
	_, err := h.AddSigningKey(ctx, key, "", time.Time{})
	must(t, err)
	next := key
	next.ID = "next"
	consent := oauth.Consent{Subject: "id-ada", ClientID: "c", Scope: oauth.Scopes{"read"}, GrantedAt: h.now, UpdatedAt: h.now}
	spend := oauth.SpendRequest{Kind: ticket.Kind, ID: ticket.ID, Proofs: []oauth.Hash{ticket.Proof}, State: ticket.State}
	change := oauth.ChangeRequest{Kind: ticket.Kind, ID: ticket.ID, From: ticket.State, To: "changed"}
	approve := func(a oauth.Approval) error { _, err := h.Approve(ctx, a); return err }

	for name, call := range map[string]func() error{
		"EndSessions of IDs":      func() error { return h.EndSessions(ctx, oauth.SessionsEnd{IDs: []string{"s", "unknown"}}) },
		"EndSessions of a person": func() error { return h.EndSessions(ctx, oauth.SessionsEnd{Subject: "id-ada"}) },
		"WithdrawConsent":         func() error { return h.WithdrawConsent(ctx, "id-ada", "c", time.Time{}) },
		"Revoke a family":         func() error { return h.revoke(oauth.Revocation{ClientID: "c", Families: []oauth.ID{family.ID}}) },
		"Revoke an access token":  func() error { return h.revoke(oauth.Revocation{ClientID: "c", Access: &access}) },
		"Revoke a JWT":            func() error { return h.revoke(oauth.Revocation{ClientID: "c", JWT: access.ID, At: h.now}) },
		"RevokeClient":            func() error { return h.RevokeClient(ctx, "c", time.Time{}) },
		"RevokeSubject":           func() error { return h.RevokeSubject(ctx, "id-ada", time.Time{}) },
		"DiscardClient":           func() error { return h.DiscardClient(ctx, "c", 0, time.Time{}) },
		"RestoreClient":           func() error { return h.RestoreClient(ctx, "c", time.Time{}) },
		"SwitchClient":            func() error { return h.SwitchClient(ctx, oauth.ClientSwitch{ClientID: "c", Disabled: true}) },
		"SwitchUser":              func() error { return h.SwitchUser(ctx, account.Switch{UserID: "id-ada", Disabled: true}) },
		"ScheduleDeletion":        func() error { return h.ScheduleDeletion(ctx, account.Deletion{User: ada, DeleteAt: h.now}) },
		"CancelDeletion":          func() error { return h.CancelDeletion(ctx, "id-ada", h.now, time.Time{}) },
		"ReviseUser":              func() error { return h.ReviseUser(ctx, account.UserRevision{User: ada, Hash: "new"}) },
		"DeleteUser":              func() error { return h.DeleteUser(ctx, "id-ada", 0, time.Time{}) },
		"WithdrawInvitation":      func() error { return h.WithdrawInvitation(ctx, "id-ada", time.Time{}) },
		"CreateInvited":           func() error { return h.CreateInvited(ctx, account.InvitedUser{User: ada}) },
		"SetPassword":             func() error { return h.SetPassword(ctx, account.PasswordChange{User: ada, Hash: "new"}) },
		"StartSession": func() error {
			return h.StartSession(ctx, account.SessionStart{Session: account.Session{ID: "t", UserID: "id-ada"}, Replaces: "s"})
		},
		"StartSession with a factor": func() error {
			return h.StartSession(ctx, account.SessionStart{Session: account.Session{ID: "t", UserID: "id-ada", CreatedAt: h.now}, Replaces: "s", Use: &account.FactorUse{Step: 1}})
		},
		"ChangeFactors": func() error { return h.ChangeFactors(ctx, account.FactorChange{User: ada}) },
		"Spend":         func() error { _, err := h.Spend(ctx, spend); return err },
		"Change":        func() error { _, err := h.Change(ctx, change); return err },
		"Cancel": func() error {
			_, err := h.Cancel(ctx, oauth.Cancellation{Kind: ticket.Kind, ID: ticket.ID, From: ticket.State, To: "done"})
			return err
		},
		"Approve":               func() error { return approve(oauth.Approval{Consent: &consent}) },
		"Approve with a spend":  func() error { return approve(oauth.Approval{Now: h.now, Consent: &consent, Spend: &spend}) },
		"Approve with a change": func() error { return approve(oauth.Approval{Now: h.now, Consent: &consent, Change: &change}) },
		"Approve in a session": func() error {
			return approve(oauth.Approval{Now: h.now, Consent: &consent, Session: &oauth.SessionClient{SessionID: "s", ClientID: "c"}})
		},
		"Rotate": func() error {
			_, err := h.Rotate(ctx, oauth.Rotation{FamilyID: family.ID, ClientID: "c", Presented: family.Hash})
			return err
		},
		"SetReplayWindow": func() error {
			return h.SetReplayWindow(ctx, oauth.ReplayWindow{FamilyID: family.ID, Presented: family.Hash})
		},
		"AddSigningKey":            func() error { _, err := h.AddSigningKey(ctx, next, "key", time.Time{}); return err },
		"RetireSigningKey at once": func() error { return h.RetireSigningKey(ctx, "key", time.Time{}, h.now) },
		"RetireSigningKey forever": func() error { return h.RetireSigningKey(ctx, "key", h.now, time.Time{}) },
		"UseInitialAccessToken":    func() error { return h.UseInitialAccessToken(ctx, initial.ID, time.Time{}) },
	} {
		if err := call(); !errors.Is(err, oauth.ErrNoTime) && !errors.Is(err, account.ErrNoTime) {
			t.Errorf("%s: got %v", name, err)
		}
	}

	// Nothing has changed.
	if _, _, err := h.Session(ctx, "s"); err != nil {
		t.Errorf("the session: %v", err)
	}
	if _, standing, err := h.AccessToken(ctx, access.ID); err != nil || standing.RevokedBecause(access.IssuedAt) != "" {
		t.Errorf("the token: %+v, %v", standing, err)
	}
	if stored, err := h.User(ctx, "id-ada"); err != nil || stored.PasswordHash != ada.PasswordHash {
		t.Errorf("the person: %+v, %v", stored, err)
	}
	if stored, _, err := h.Ticket(ctx, ticket.Kind, ticket.ID); err != nil || stored.State != ticket.State || !stored.SpentAt.IsZero() {
		t.Errorf("the ticket: %+v, %v", stored, err)
	}
	if _, err := h.Consent(ctx, "id-ada", "c"); !errors.Is(err, oauth.ErrNotFound) {
		t.Errorf("the consent: %v", err)
	}
}
