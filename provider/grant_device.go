package provider

import (
	"context"
	"errors"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// deviceGrant is the device authorization grant (RFC 8628 §3.4): a device asks
// again and again until the person has decided on another one.
type deviceGrant struct{ s *Provider }

func (deviceGrant) Type() string     { return oauth.GrantDeviceCode }
func (deviceGrant) Params() []string { return []string{"device_code"} }

// Decide answers a device that has to wait without writing anything. Every other
// request is a spend: if the device code cannot be spent, Refuse says why.
func (g deviceGrant) Decide(ctx context.Context, read oauth.Reader, req *tokenRequest) (*award, error) {
	code := req.Params.Get("device_code")
	if code == "" {
		return nil, oauth.Errorf(oauth.CodeInvalidRequest, "The parameter device_code is missing.")
	}
	token, ok := oauth.ParseToken(code, oauth.KindDeviceCode)
	if !ok {
		return nil, oauth.Errorf(oauth.CodeInvalidGrant, "This is not a device code of this server.").WithReason("unknown")
	}
	proof := deviceProof(token.Hash(), req.Client.ID)
	if g.s.polls.tooSoon(proof, req.Now) {
		return nil, oauth.Errorf(oauth.CodeSlowDown, "The device polls too often. Wait %d seconds longer between requests than before (RFC 8628 section 3.5).", int(slowDownStep.Seconds()))
	}
	ticket, standing, err := read.Ticket(ctx, ticketDevice, token.ID)
	if err != nil && !errors.Is(err, oauth.ErrNotFound) {
		return nil, err
	}
	award := &award{Ticket: &oauth.SpendRequest{Kind: ticketDevice, ID: token.ID, Proofs: []oauth.Hash{proof}, State: deviceApproved}}
	switch {
	case err != nil || !ticket.Proof.Equal(proof):
		return award, nil // Refuse explains why it cannot be spent
	case waiting(ticket, standing, req.Now):
		switch state, err := deviceState(ctx, read, ticket); {
		case err != nil:
			return nil, err
		case state == deviceDenied:
			return nil, errDeviceDenied()
		}
		g.s.polls.answered(proof, req.Now, ticket.ExpiresAt)
		return nil, oauth.Errorf(oauth.CodeAuthorizationPending, "The person has not decided yet. Ask again after the interval.")
	case ticket.State != deviceApproved || !ticket.SpentAt.IsZero() || !ticket.ExpiresAt.After(req.Now):
		return award, nil // the same
	}
	award.Resources, err = g.s.narrow(req, ticket.Permission)
	return award, err
}

func errDeviceDenied() *oauth.Error {
	return oauth.Errorf(oauth.CodeAccessDenied, "The person did not give permission.")
}

// waiting reports whether a person can still decide about a device code. A client
// that registered itself is stored only when a person approves.
func waiting(t oauth.Ticket, standing oauth.Standing, now time.Time) bool {
	standing.ClientMissing = false
	return t.State == devicePending && t.ExpiresAt.After(now) && standing.RevokedBecause(t.IssuedAt) == ""
}

// Refuse explains why a device code was not spent. As for authorization codes, a
// caller without the code, or another client, gets no information about it. A
// second use revokes what was issued: either the device did not receive it, or
// someone else has the device code.
func (deviceGrant) Refuse(req *tokenRequest, found oauth.SpendResult) verdict {
	ticket := found.Ticket
	token, _ := oauth.ParseToken(req.Params.Get("device_code"), oauth.KindDeviceCode) // Decide has parsed it
	refuse := func(reason, text string) *oauth.Error {
		return oauth.Errorf(oauth.CodeInvalidGrant, "%s", text).WithReason(reason)
	}
	switch {
	case ticket.ID.IsZero():
		return verdict{Err: refuse("unknown", "The device code is unknown, or it expired long ago.")}
	case !ticket.Proof.Equal(deviceProof(token.Hash(), ticket.ClientID)):
		return verdict{Err: refuse("unknown", "The device code is unknown.").WithDetail("wrong secret for device code %s", ticket.ID)}
	case ticket.ClientID != req.Client.ID:
		return verdict{Err: refuse("foreign", "The device code was issued to another application.").
			WithDetail("device code %s belongs to %s, presented by %s", ticket.ID, ticket.ClientID, req.Client.ID)}
	case !ticket.SpentAt.IsZero():
		return verdict{
			Err:    refuse("used_before", "The device code was used before. For safety, everything that was issued for it has been revoked. Start again with a new device code."),
			Revoke: []oauth.ID{ticket.ID},
		}
	case ticket.State == deviceDenied:
		return verdict{Err: errDeviceDenied()}
	case !ticket.ExpiresAt.After(req.Now):
		return verdict{Err: oauth.Errorf(oauth.CodeExpiredToken, "The device code has expired. Start again with a new device code.")}
	}
	if found.Standing.Disabled() != "" {
		return verdict{Err: errDisabled("device code", found.Standing).WithDetail("device code %s", ticket.ID)}
	}
	return verdict{Err: refuse("revoked", "The device code was revoked. Start again with a new device code.").
		WithDetail("device code %s: %s", ticket.ID, found.Standing.RevokedBecause(ticket.IssuedAt))}
}
