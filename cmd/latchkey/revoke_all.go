package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"slices"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// revoked counts what RevokeAll has revoked, besides the API tokens of people and the remembered
// browsers.
type revoked struct {
	Applications, Sessions, InitialAccessTokens, Invitations int
	// OfProgram is set if the people are those of a host program. Its sessions remain.
	OfProgram bool
}

// any reports whether anything was revoked.
func (n revoked) any() bool { return n != revoked{OfProgram: n.OfProgram} }

// RevokeAll revokes the applications last, so that people are not sent to a login with a session or an
// invitation that should have ended. If one part fails, the others are revoked all the same.
func (d *inDatabase) RevokeAll(ctx context.Context, until time.Time) (n revoked, err error) {
	err = errors.Join(
		d.store.RemoveFactors(ctx, account.FactorToken, until),
		d.store.RemoveFactors(ctx, account.FactorBrowser, until),
		d.revokeInvitations(ctx, until, &n),
		d.endAllSessions(ctx, until, &n),
		d.revokeApplications(ctx, until, &n),
	)
	d.changed(d.cmd, d.store, "", nil) // also after an error: parts were revoked
	return n, err
}

// revokeApplications revokes everything that was issued to the applications, including the deleted ones
// that can be restored.
func (d *inDatabase) revokeApplications(ctx context.Context, until time.Time, n *revoked) error {
	ids, incomplete, err := revocable(ctx, d)
	for _, id := range ids {
		failed := d.store.RevokeClient(ctx, id, until)
		switch {
		case failed == nil:
			n.Applications++
		case !errors.Is(failed, oauth.ErrNotFound): // a client that was deleted for good has no tokens
			err = errors.Join(err, failed)
		}
	}
	return errors.Join(err, incomplete)
}

// revocable returns the IDs of all applications, including the deleted ones that can be restored. It lists
// those before and after the others, because an application can be deleted or restored in the meantime.
// incomplete is an error if there can be deleted applications that it did not find.
func revocable(ctx context.Context, in applications) (ids []string, incomplete, err error) {
	listDeleted := func() error {
		deleted, err := in.DeletedApplications(ctx)
		for _, one := range deleted {
			ids = append(ids, one.ClientID)
		}
		if len(deleted) >= oauth.MostDeletedClients {
			incomplete = fmt.Errorf("of the deleted applications, only the %d that were deleted last were revoked. If you restore another one, run latchkey token revoke --app CLIENT_ID before you enable it", len(deleted))
		}
		return err
	}
	err = listDeleted()
	failed := in.EachApplication(ctx, "", func(c *oauth.Client, _ time.Time) { ids = append(ids, c.ID) })
	err = cmp.Or(err, failed, listDeleted())
	slices.Sort(ids)
	return slices.Compact(ids), incomplete, err
}

// revokeInvitations revokes the initial access tokens and withdraws the open invitations.
func (d *inDatabase) revokeInvitations(ctx context.Context, until time.Time, n *revoked) error {
	for {
		tokens, err := d.store.InitialAccessTokens(ctx) // at most oauth.MostInitialAccessTokens
		if err != nil {
			return err
		}
		before := n.InitialAccessTokens
		for i := range tokens {
			if tokens[i].CreatedAt.After(until) {
				continue
			}
			if err := d.store.RevokeInitialAccessToken(ctx, tokens[i].ID); err != nil && !errors.Is(err, oauth.ErrNotFound) {
				return err
			}
			n.InitialAccessTokens++
		}
		if n.InitialAccessTokens == before {
			break
		}
	}
	created := account.InvitationFilter{Until: justAfter(until)}
	return eachPage(func(p paging.Page) (paging.Cursor, error) {
		rows, cursor, err := d.store.Invitations(ctx, created, p)
		for i := range rows {
			if rows[i].Invitation.State(time.Now()) != account.InvitationOpen { // even if it has lapsed for now
				continue
			}
			if err := d.store.WithdrawInvitation(ctx, rows[i].ID, time.Now()); err != nil && !errors.Is(err, account.ErrConflict) {
				return cursor, err
			}
			n.Invitations++
		}
		return cursor, err
	})
}

// endAllSessions ends the login sessions. A server notifies the applications when it runs.
func (d *inDatabase) endAllSessions(ctx context.Context, until time.Time, n *revoked) (err error) {
	if n.OfProgram, err = d.store.HostPeople(ctx); err != nil {
		return err
	}
	return eachPage(func(p paging.Page) (paging.Cursor, error) {
		rows, cursor, err := d.store.Sessions(ctx, account.SessionFilter{Until: justAfter(until)}, p)
		if err != nil || len(rows) == 0 {
			return cursor, err
		}
		ids := make([]string, len(rows))
		for i := range rows {
			ids[i] = rows[i].ID
		}
		n.Sessions += len(ids)
		return cursor, d.store.EndSessions(ctx, oauth.SessionsEnd{IDs: ids, At: time.Now()})
	})
}

// justAfter returns the first time after t at which a row can be created.
func justAfter(t time.Time) time.Time { return t.Add(time.Millisecond) }

// RevokeAll revokes the applications even if another part fails: the caller can have the permission for
// them alone, as an operator does.
func (a *atServer) RevokeAll(ctx context.Context, _ time.Time) (n revoked, err error) {
	err = errors.Join(
		notRevoked("the API tokens of people", a.revokePersonalTokens(ctx)),
		notRevoked("the initial access tokens", a.revokeInitialAccessTokens(ctx, &n)),
		notRevoked("the open invitations", a.revokeInvitations(ctx, &n)),
		notRevoked("the sessions", a.endAllSessions(ctx, &n)),
		a.revokeApplications(ctx, &n),
	)
	return n, err
}

// notRevoked adds to an error which part was not revoked.
func notRevoked(part string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s were not all revoked: %w", part, err)
}

// revokeApplications revokes everything that was issued to the applications, including the deleted ones
// that can be restored.
func (a *atServer) revokeApplications(ctx context.Context, n *revoked) error {
	ids, incomplete, err := revocable(ctx, a)
	if err != nil {
		return err
	}
	// The token of the application that this command uses is revoked last.
	if own := os.Getenv(clientIDVariable); slices.Contains(ids, own) {
		ids = append(slices.DeleteFunc(ids, func(id string) bool { return id == own }), own)
	}
	for i, id := range ids {
		err := a.RevokeApplication(ctx, id)
		if err == nil {
			n.Applications++
		}
		if err == nil || isNotFound(err) { // an application that was deleted for good has no tokens
			continue
		}
		hint := ""
		if isStatus(err, http.StatusUnauthorized) && i > 0 {
			hint = fmt.Sprintf(". If the token is one of the application %s, set %s to this client ID, so that it is revoked last", ids[i-1], clientIDVariable)
		}
		return fmt.Errorf("%d of %d applications were revoked, but not %s: %w%s", i, len(ids), someOf(ids[i:]), err, hint)
	}
	return incomplete
}

// revokePersonalTokens revokes the API tokens of people, except the one of this client. Only people
// with a role can have one.
func (a *atServer) revokePersonalTokens(ctx context.Context) error {
	people := make(map[string]bool)
	for _, role := range account.AllRoles() {
		err := eachOf(ctx, a.api, "people", url.Values{"role": {string(role)}}, func(r personRow) error {
			people[r.ID] = true
			return nil
		})
		if isNotFound(err) { // people of a host program have no accounts, and no such tokens
			return nil
		}
		if err != nil {
			return err
		}
	}
	own := account.PersonalTokenID(a.api.token)
	for _, id := range slices.Sorted(maps.Keys(people)) {
		var list struct{ Data []struct{ ID string } }
		if err := a.api.get(ctx, path("people", id, "api-tokens"), &list); err != nil {
			return err
		}
		for _, t := range list.Data {
			if t.ID == own {
				continue
			}
			if err := a.api.call(ctx, http.MethodDelete, path("people", id, "api-tokens", t.ID), "", nil, nil); err != nil && !isNotFound(err) {
				return err
			}
		}
	}
	return nil
}

// revokeInitialAccessTokens revokes the initial access tokens.
func (a *atServer) revokeInitialAccessTokens(ctx context.Context, n *revoked) error {
	for {
		var tokens struct{ Data []struct{ ID string } }
		if err := a.api.get(ctx, "initial-access-tokens", &tokens); err != nil {
			return err
		}
		for _, t := range tokens.Data {
			if err := a.api.call(ctx, http.MethodDelete, path("initial-access-tokens", t.ID), "", nil, nil); err != nil && !isNotFound(err) {
				return err
			}
			n.InitialAccessTokens++
		}
		if len(tokens.Data) < oauth.MostInitialAccessTokens { // the list has only the newest ones
			return nil
		}
	}
}

// revokeInvitations withdraws the open invitations.
func (a *atServer) revokeInvitations(ctx context.Context, n *revoked) error {
	ids, _, err := a.idsOf(ctx, "invitations", url.Values{"state": {string(account.InvitationOpen)}})
	for _, id := range ids {
		if err := a.api.call(ctx, http.MethodDelete, path("invitations", id), "", nil, nil); err != nil && !isNotFound(err) && !isStatus(err, http.StatusConflict) {
			return err
		}
		n.Invitations++
	}
	return err
}

// endAllSessions ends the login sessions.
func (a *atServer) endAllSessions(ctx context.Context, n *revoked) error {
	ids, missing, err := a.idsOf(ctx, "sessions", nil)
	n.OfProgram = missing
	for _, id := range ids {
		if err := a.api.call(ctx, http.MethodDelete, path("sessions", id), "", nil, nil); err != nil && !isNotFound(err) {
			return err
		}
		n.Sessions++
	}
	return err
}

// idsOf returns the IDs of all rows of a list. A server with the people of a host program does not
// have every list: there, missing is true.
func (a *atServer) idsOf(ctx context.Context, list string, filter url.Values) (ids []string, missing bool, err error) {
	err = eachOf(ctx, a.api, list, filter, func(r struct{ ID string }) error {
		ids = append(ids, r.ID)
		return nil
	})
	if isNotFound(err) {
		return nil, true, nil
	}
	return ids, false, err
}
