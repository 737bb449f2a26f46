package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// invitations manages invitations.
type invitations interface {
	// AddInvitation returns the invitation with its link, unless the link is sent.
	AddInvitation(ctx context.Context, n account.NewInvitation) (invitationOutput, error)
	EachInvitation(ctx context.Context, f account.InvitationFilter, do func(invitationOutput)) error
	// WithdrawInvitation returns account.ErrNotFound if the invitation does not exist.
	WithdrawInvitation(ctx context.Context, id string) error
}

func (d *inDatabase) AddInvitation(ctx context.Context, n account.NewInvitation) (invitationOutput, error) {
	if err := d.needAccounts(ctx, "nobody could log in to the account that the invitation creates"); err != nil {
		return invitationOutput{}, err
	}
	server, err := d.openKeys(ctx, d.store)
	if err != nil {
		return invitationOutput{}, err
	}
	issuer, err := d.Issuer(ctx)
	if err != nil {
		return invitationOutput{}, err
	}
	accounts := d.accounts(d.store)
	accounts.Key = server.Key("device marks") // signs the link
	i, code, err := accounts.Invite(ctx, n)
	if err != nil {
		return invitationOutput{}, err
	}
	d.changed(d.cmd, d.store, i.ID, &oauth.EventDetails{Changes: audit.InvitationChanges(i, audit.InvitationCreated)})
	link := ""
	if code != "" {
		link = issuer + "/invite/#" + code
	}
	return newInvitationOutput(account.InvitationRow{Invitation: i}, link), nil
}

func (d *inDatabase) EachInvitation(ctx context.Context, f account.InvitationFilter, do func(invitationOutput)) error {
	return eachPage(func(p paging.Page) (paging.Cursor, error) {
		rows, cursor, err := d.store.Invitations(ctx, f, p)
		for _, i := range rows {
			do(newInvitationOutput(i, ""))
		}
		return cursor, err
	})
}

func (d *inDatabase) WithdrawInvitation(ctx context.Context, id string) error {
	err := d.accounts(d.store).WithdrawInvitation(context.WithoutCancel(ctx), id)
	if closed, ok := errors.AsType[*account.InvitationError](err); ok {
		return fmt.Errorf("the invitation is %s, so it cannot be withdrawn", closed.State)
	}
	if err == nil {
		d.changed(d.cmd, d.store, id, nil)
	}
	return err
}

func (a *atServer) AddInvitation(ctx context.Context, n account.NewInvitation) (added invitationOutput, err error) {
	invitation := map[string]any{"admin": n.Admin}
	if n.TTL < 0 {
		invitation["no_expiry"] = true
	} else {
		invitation["ttl"] = int64((n.TTL + time.Second - 1) / time.Second)
	}
	for member, value := range map[string]string{"email": n.Email, "locale": n.Locale, "note": n.Note} {
		if value != "" {
			invitation[member] = value
		}
	}
	if len(n.Roles) > 0 {
		invitation["roles"] = n.Roles
	}
	err = a.api.call(ctx, http.MethodPost, "invitations", "", invitation, &added)
	return added, withoutAccounts(err)
}

func (a *atServer) EachInvitation(ctx context.Context, f account.InvitationFilter, do func(invitationOutput)) error {
	return withoutAccounts(eachOf(ctx, a.api, "invitations", url.Values{"state": {string(f.State)}, "q": {f.Search}}, func(i invitationOutput) error {
		do(i)
		return nil
	}))
}

func (a *atServer) WithdrawInvitation(ctx context.Context, id string) error {
	err := a.api.call(ctx, http.MethodDelete, path("invitations", id), "", nil, nil)
	if isNotFound(err) {
		return account.ErrNotFound
	}
	return err
}
