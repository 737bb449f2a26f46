package provider

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// Token is the token endpoint (RFC 6749 §3.2). authorization is the request's
// Authorization header.
func (s *Provider) Token(ctx context.Context, authorization string, p oauth.Params) (*TokenResponse, error) {
	event := oauth.Event{Name: oauth.EventToken, Kind: s.grantKind(p)}
	response, err := s.token(ctx, authorization, p, &event)
	s.reportOutcome(ctx, event, err)
	return response, err
}

// token decides, spends, refuses or issues, and responds. Together with
// approve it is the only writer of tokens. Nothing is signed inside the Store
// call.
func (s *Provider) token(ctx context.Context, authorization string, p oauth.Params, event *oauth.Event) (_ *TokenResponse, err error) {
	now := s.now()
	if err := s.ReadScopes(ctx); err != nil {
		s.noteUnprepared(ctx, p, now, err)
		return nil, err
	}
	grant, err := s.requestedGrant(p)
	if err != nil {
		return nil, err
	}
	client, err := s.authenticate(ctx, authorization, p)
	if err != nil {
		s.noteFailure(ctx, p, now, err)
		return nil, err
	}
	event.ClientID = client.ID
	defer func() { err = authenticated(client, err) }()
	if err := mayUse(client, grant, now); err != nil {
		return nil, err
	}
	req := &tokenRequest{Client: client, Params: p, Now: now}
	if _, itself := grant.(exchangeGrant); !itself { // its targets can be other servers
		if req.Resources, err = s.requestedResources(client, p); err != nil {
			return nil, err
		}
	}
	award, err := grant.Decide(ctx, s.Store, req)
	if err != nil {
		s.noteFailure(ctx, p, now, err)
		return nil, err
	}
	return s.carryOut(ctx, grant, req, award, event)
}

// carryOut spends what an award needs, issues what it grants, and responds. It sets the
// fields of the event that are known.
func (s *Provider) carryOut(ctx context.Context, grant grant, req *tokenRequest, award *award, event *oauth.Event) (*TokenResponse, error) {
	client, p, now := req.Client, req.Params, req.Now
	if err := checkAwarded(grant, award); err != nil {
		return nil, err
	}
	if err := checkAwardedAdminScopes(grant, award); err != nil {
		return nil, err
	}
	if award.Ticket != nil || award.Refresh != nil {
		if err := s.canEncrypt(ctx, client); err != nil {
			s.noteUnanswered(ctx, p, now, err)
			return nil, err
		}
	}
	ready, err := s.prepare(ctx, grant, req, award)
	if err != nil {
		s.noteUnprepared(ctx, p, now, err)
		return nil, err
	}
	if award.Ticket == nil && award.Refresh == nil {
		// Nobody had to give permission, so this can be the first use of the client.
		req.Client, err = s.confirm(ctx, client)
		switch {
		case errors.Is(err, oauth.ErrNotFound):
			return nil, errInvalidClient().WithDetail("client %s was deleted or disabled", client.ID)
		case err != nil:
			return nil, err
		}
	}
	d := draft{s: s, client: req.Client, award: award, prepared: ready}
	d.fill(req)
	found, err := s.spend(ctx, req, award, &d)
	event.Subject, event.PermissionID = d.grantedTo(award, found)
	if err == nil && !found.Won {
		if err = s.refuse(ctx, grant, req, award, found); err == nil {
			d.repeat(found.Family)
		}
	}
	if err == nil {
		err = s.checkPeriod(ctx, req, award, found)
	}
	if err != nil {
		s.noteFailure(ctx, p, now, err)
		return nil, err
	}
	response, err := s.respond(ctx, req, award, &d, found)
	switch {
	case err == nil:
		s.uses.noteClient(client.ID, now)
		event.Scope = response.Scope
		if award.Refresh != nil {
			s.unanswered.answered(*award.Refresh)
		}
	case errors.As(err, new(*oauth.Error)): // a resource was removed; it may come back
		s.noteUnanswered(ctx, p, now, oauth.ErrUnavailable)
	default:
		s.noteUnanswered(ctx, p, now, err)
	}
	return response, err
}

func (s *Provider) requestedGrant(p oauth.Params) (grant, error) {
	grantType := p.Get("grant_type")
	if grantType == "" {
		return nil, oauth.Errorf(oauth.CodeInvalidRequest, "The parameter grant_type is missing from the form-encoded body.")
	}
	grant := s.grant(grantType)
	if grant == nil {
		if urn := s.grantURN(grantType); urn != "" {
			return nil, oauth.Errorf(oauth.CodeUnsupportedGrantType, "The grant type '%s' is not supported; use '%s'.", grantType, urn)
		}
		return nil, oauth.Errorf(oauth.CodeUnsupportedGrantType, "The grant type '%s' is not supported.", grantType)
	}
	return grant, nil
}

// spend carries out an award in one Store call, or none for a JWT for which
// nothing is spent. A row that does not exist is zero in the result.
func (s *Provider) spend(ctx context.Context, req *tokenRequest, award *award, d *draft) (found oauth.SpendResult, err error) {
	isStored := award.exchange == nil && s.formatOf(d.prepared, req.Client, award.Resources) != oauth.JWT
	var stored *oauth.AccessToken
	if isStored && (award.Ticket != nil || award.Refresh != nil || award.Permission != nil) {
		row := d.access // a pointer to d would move the whole draft to the heap
		stored = &row
	}
	if d.family != nil {
		d.family.Address = addressText(ctx)
	}
	switch {
	case award.Ticket != nil:
		r := *award.Ticket
		r.Now, r.InSession, r.Family, r.Access, r.Audience = req.Now, s.OwnLogin, d.family, stored, award.Resources
		found, err = s.Store.Spend(ctx, r)
	case award.Refresh != nil:
		found, err = s.Store.Rotate(ctx, oauth.Rotation{
			FamilyID: award.Refresh.ID, ClientID: req.Client.ID, InSession: s.OwnLogin, Presented: award.Refresh.Hash(), Next: d.refresh.Hash(), Now: req.Now,
			IdleExpiresAt: req.Now.Add(d.refreshIdleTTL()),
			ReplayUntil:   req.Now.Add(s.ReplayWindow), Scope: award.Scope, Audience: award.Resources, Address: addressText(ctx), Access: stored,
		})
	case award.Permission != nil:
		_, err = s.Store.Approve(ctx, oauth.Approval{Now: req.Now, Put: award.Once, Family: d.family, Access: stored})
		if found.Won = err == nil; errors.Is(err, oauth.ErrConflict) {
			return oauth.SpendResult{}, nil
		}
	case isStored:
		found.Won, err = true, s.Store.Issue(ctx, d.access)
	default:
		found.Won = true
	}
	if errors.Is(err, oauth.ErrNotFound) {
		return oauth.SpendResult{}, nil
	}
	return found, err
}

// refuse carries out the verdict on a spend that was not won. It returns nil if
// the answer of the winner is to be repeated.
func (s *Provider) refuse(ctx context.Context, grant grant, req *tokenRequest, award *award, found oauth.SpendResult) error {
	verdict := grant.Refuse(req, found)
	switch {
	case verdict.Again:
		if err := s.endReplayWindow(ctx, award.Refresh.Hash(), found.Family, req.Now); err != nil {
			return err
		}
		s.Logger.InfoContext(ctx, "refresh token presented again within the replay window; the same tokens were returned",
			"client_id", req.Client.ID, "family", found.Family.ID.String(), "generation", found.Family.Generation,
			"after", req.Now.Sub(found.Family.RotatedAt).Round(time.Millisecond).String())
		s.report(ctx, replayOf(req, grant, found, oauth.OutcomeSameAnswer))
		return nil
	case len(verdict.Revoke) > 0:
		// The revocation completes even if the client closes the connection.
		revocation := oauth.Revocation{ClientID: req.Client.ID, Families: verdict.Revoke, At: req.Now}
		if _, _, err := s.Store.Revoke(context.WithoutCancel(ctx), revocation); err != nil {
			return fmt.Errorf("family %s of client %s could not be revoked: %w", verdict.Revoke[0], req.Client.ID, err)
		}
		if verdict.Lost {
			s.Logger.WarnContext(ctx, "a refresh token is newer than the database, which was restored from a backup or lost writes in a failover; the person has to log in again",
				"client_id", req.Client.ID, "family", verdict.Revoke[0].String())
			return verdict.Err
		}
		s.report(ctx, replayOf(req, grant, found, oauth.OutcomeRevoked))
		s.Logger.WarnContext(ctx, "reuse detected; everything that was issued for it was revoked",
			"grant_type", grant.Type(), "client_id", req.Client.ID, "family", verdict.Revoke[0].String())
	}
	return verdict.Err
}

// replayOf returns the event for the repeated use of a code or a refresh token.
func replayOf(req *tokenRequest, grant grant, found oauth.SpendResult, outcome string) oauth.Event {
	e := oauth.Event{Name: oauth.EventReplay, Kind: grant.Type(), Outcome: outcome, ClientID: req.Client.ID, Subject: found.Family.Subject}
	id := found.Family.ID
	if id.IsZero() {
		id, e.Subject = found.Ticket.ID, found.Ticket.Subject
	}
	e.PermissionID = id.String()
	return e
}
