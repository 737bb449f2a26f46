package latchkey

import (
	"cmp"
	"context"
	"errors"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// errHostInvites is returned if the people are those of the host program.
var errHostInvites = errors.New("latchkey: the accounts are those of Options.People, which Latchkey cannot create")

// Invite creates an invitation, with which one person can create an account, even if
// sign-up is disabled. If it has an email address, the link is sent there by a server that
// runs (see Run), and link is empty. Otherwise, pass on the link, which is a secret. It
// returns validate.FieldErrors if a value is not valid.
//
// The audit log names the person or the application of NewInvitation as the actor, or else the program.
func (s *Server) Invite(ctx context.Context, n account.NewInvitation) (i account.Invitation, link string, err error) {
	if s.options.People != nil {
		return account.Invitation{}, "", errHostInvites
	}
	i, code, err := s.accounts.Invite(ctx, n)
	actor := cmp.Or(n.CreatedBy, n.Application, audit.ActorHost)
	if actor == n.Application {
		var by *audit.Actor
		ctx, by = audit.WithActor(ctx, "")
		by.ID, by.Application = n.Application, true
	}
	s.actedFor(ctx, err, actor, "Server.Invite", i.ID, &oauth.EventDetails{Changes: audit.InvitationChanges(i, audit.InvitationCreated)})
	if code != "" {
		link = s.web.InvitationLink(code)
	}
	return i, link, err
}

// Invitations returns a page of the invitations, newest first.
func (s *Server) Invitations(ctx context.Context, f account.InvitationFilter, p paging.Page) ([]account.InvitationRow, paging.Cursor, error) {
	return s.options.Store.Invitations(ctx, f, p)
}

// WithdrawInvitation withdraws an invitation. It returns *account.InvitationError if the
// invitation is not open, and account.ErrNotFound if it does not exist.
func (s *Server) WithdrawInvitation(ctx context.Context, id string) error {
	err := s.accounts.WithdrawInvitation(ctx, id)
	s.acted(ctx, err, "Server.WithdrawInvitation", id, &oauth.EventDetails{Changes: audit.InvitationChanges(account.Invitation{}, audit.InvitationWithdrawn)})
	return err
}
