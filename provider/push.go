package provider

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// ticketPush is the kind of a pushed authorization request (RFC 9126). It is spent
// when a person approves the request, not when the browser arrives, so that the
// person can reload the page. If the person denies the request, its state becomes
// pushDenied, and if an administrator cancels it, pushCancelled.
const ticketPush oauth.TicketKind = "push"

const pushDenied, pushCancelled = "denied", "cancelled"

// ErrCancelled is the ErrConflict for a request that an administrator has cancelled.
var ErrCancelled = fmt.Errorf("%w: an administrator has cancelled the request", oauth.ErrConflict)

// requestURIPrefix is followed by a Token (RFC 9126 §2.2).
const requestURIPrefix = "urn:ietf:params:oauth:request_uri:"

// pushProof folds everything that must be presented to use a pushed request: the
// secret of its request_uri and the client.
func pushProof(secret oauth.Hash, clientID string) oauth.Hash {
	return oauth.Fold(ticketPush, string(secret[:]), clientID)
}

// pushBody is the body of a pushed request.
type pushBody struct {
	// Request is the AuthorizationRequest, sealed, because it has the key from which
	// the secrets of its codes are derived.
	Request string `json:"r"`
	// Unstored is set if the client was not stored; see denyUnstored.
	Unstored bool `json:"n,omitempty"`
}

// PushedResponse is the response to a pushed request (RFC 9126 §2.2).
type PushedResponse struct {
	// RequestURI is the request_uri of the authorization request that follows. It can be
	// used once.
	RequestURI string `json:"request_uri"`
	ExpiresIn  int64  `json:"expires_in"` // in seconds
}

// Push is the pushed authorization request endpoint (RFC 9126 §2). authorization is
// the request's Authorization header.
func (s *Provider) Push(ctx context.Context, authorization string, p oauth.Params) (*PushedResponse, error) {
	event := oauth.Event{Name: oauth.EventPushedRequest}
	response, err := s.push(ctx, authorization, p, &event)
	s.reportOutcome(ctx, event, err)
	return response, err
}

func (s *Provider) push(ctx context.Context, authorization string, p oauth.Params, event *oauth.Event) (_ *PushedResponse, err error) {
	if err := s.ReadScopes(ctx); err != nil {
		return nil, err
	}
	client, err := s.authenticate(ctx, authorization, p)
	if err != nil {
		return nil, err
	}
	event.ClientID = client.ID
	defer func() { err = authenticated(client, err) }()
	if p.Get("request_uri") != "" {
		return nil, oauth.Errorf(oauth.CodeInvalidRequest, "The parameter request_uri cannot be pushed. Push the parameters of the request, or a request object in the parameter 'request' (RFC 9126 section 2.1).")
	}
	if !p.Has("client_id") {
		p = p.With("client_id", client.ID)
	}
	p, objection := s.requestObject(ctx, client, p, true) // RFC 9126 §3
	r, err := s.check(ctx, client, p, objection)
	if err != nil {
		return nil, err
	}
	now := s.now()
	if err := s.limits.pushes.takeUnlessTrusted(ctx, client, now); err != nil {
		return nil, err
	}
	token := oauth.NewToken(oauth.KindPushedRequest, now)
	body, err := s.sealPushed(r, token.ID, client.Unconfirmed)
	if err != nil {
		return nil, err
	}
	return &PushedResponse{RequestURI: requestURIPrefix + token.String(), ExpiresIn: int64(s.PushedRequestTTL / time.Second)}, s.Store.Put(ctx, oauth.Ticket{
		Kind: ticketPush, ID: token.ID, Proof: pushProof(token.Hash(), client.ID), ClientID: client.ID, Body: body, IssuedAt: now,
		Permission: oauth.Permission{Scope: r.Scope}, // for lists
		// The person can take until then to decide.
		ExpiresAt: now.Add(s.PushedRequestTTL + handoverTTL + s.RequestTTL),
	})
}

func (s *Provider) sealPushed(r *AuthorizationRequest, id oauth.ID, unstored bool) (string, error) {
	content, err := s.encodeContent(r)
	if err != nil {
		return "", err
	}
	sealed, err := s.seal.Seal(r.ID, content, "pushed "+id.String())
	if err != nil {
		return "", err
	}
	body, err := json.Marshal(pushBody{Request: sealed, Unstored: unstored})
	return string(body), err
}

func (s *Provider) openPushed(t oauth.Ticket) (r *AuthorizationRequest, unstored bool, err error) {
	var body pushBody
	if err := json.Unmarshal([]byte(t.Body), &body); err != nil {
		return nil, false, err
	}
	content, err := s.seal.Open(body.Request, "pushed "+t.ID.String())
	if err != nil {
		return nil, false, err
	}
	r = new(AuthorizationRequest)
	return r, body.Unstored, s.decodeContent(content, r)
}

func isPushed(p oauth.Params) bool { return strings.HasPrefix(p.Get("request_uri"), requestURIPrefix) }

func errNotPushed() error {
	return oauth.Errorf(oauth.CodeInvalidRequest, "This application must push its authorization requests first, to the pushed authorization request endpoint (RFC 9126).").WithReason("not_pushed")
}

// beginPushed is Begin for a request that was pushed. All other parameters but the
// client_id are ignored (RFC 9101 §5). If the request was answered before, the
// error is ErrConflict, and if it was cancelled, ErrCancelled.
func (s *Provider) beginPushed(ctx context.Context, client *oauth.Client, p oauth.Params) (*AuthorizationRequest, error) {
	if p.Get("request") != "" {
		return nil, oauth.Errorf(oauth.CodeInvalidRequest, "The request has both a request and a request_uri parameter. Use one of them.")
	}
	refuse := func(reason, text string) *oauth.Error {
		return oauth.Errorf(oauth.CodeInvalidRequestURI, "%s", text).WithReason(reason)
	}
	text := strings.TrimPrefix(p.Get("request_uri"), requestURIPrefix)
	token, ok := oauth.ParseToken(text, oauth.KindPushedRequest)
	if !ok {
		return nil, refuse("unknown", "The request_uri is not that of a request that was pushed to this server.")
	}
	ticket, standing, err := s.Store.Ticket(ctx, ticketPush, token.ID)
	switch {
	case errors.Is(err, oauth.ErrNotFound):
		return nil, refuse("unknown", "The request_uri is unknown, or it expired long ago.")
	case err != nil:
		return nil, err
	case !ticket.Proof.Equal(pushProof(token.Hash(), ticket.ClientID)):
		return nil, refuse("unknown", "The request_uri is unknown.").WithDetail("wrong secret for pushed request %s", ticket.ID)
	case ticket.ClientID != client.ID:
		return nil, refuse("foreign", "The request was pushed by another application.").
			WithDetail("pushed request %s belongs to %s, presented by %s", ticket.ID, ticket.ClientID, client.ID)
	}
	r, unstored, err := s.openPushed(ticket)
	if err != nil {
		return nil, fmt.Errorf("pushed request %s cannot be read: %w", ticket.ID, err)
	}
	answered := !ticket.SpentAt.IsZero() || ticket.State != ""
	if !answered && unstored {
		if answered, err = s.deniedUnstored(ctx, r.ID); err != nil {
			return nil, err
		}
	}
	if err := s.renew(ctx, r); err != nil {
		return nil, err
	}
	r.Pushed = text
	standing.ClientMissing = standing.ClientMissing && !client.Unconfirmed // it is stored when a person approves
	because := standing.RevokedBecause(ticket.IssuedAt)
	switch {
	case ticket.State == pushCancelled:
		return r, ErrCancelled
	case answered:
		return r, fmt.Errorf("%w: pushed request %s was answered before", oauth.ErrConflict, ticket.ID)
	case !ticket.IssuedAt.Add(s.PushedRequestTTL).After(s.now()):
		return r, refuse("expired", fmt.Sprintf("The pushed request has expired: the person must open it within %d seconds. Push a new one.", s.PushedRequestTTL/time.Second))
	case because != "":
		return r, refuse("revoked", "The pushed request was revoked. Push a new one.").WithDetail("pushed request %s: %s", ticket.ID, because)
	}
	return r, nil
}

// pushedSpend returns what uses up the request if it was pushed, or nil.
func pushedSpend(r *AuthorizationRequest, now time.Time) *oauth.SpendRequest {
	token, ok := oauth.ParseToken(r.Pushed, oauth.KindPushedRequest)
	if !ok {
		return nil
	}
	return &oauth.SpendRequest{Kind: ticketPush, ID: token.ID, Proofs: []oauth.Hash{pushProof(token.Hash(), r.ClientID)}, Now: now}
}

// denyPushed uses up the request if it was pushed. To deny it again is not an
// error, because people click twice.
func (s *Provider) denyPushed(ctx context.Context, r *AuthorizationRequest) error {
	spend := pushedSpend(r, s.now())
	if spend == nil {
		return nil
	}
	result, err := s.Store.Change(ctx, oauth.ChangeRequest{Kind: spend.Kind, ID: spend.ID, To: pushDenied, Now: spend.Now})
	switch {
	case errors.Is(err, oauth.ErrNotFound): // it expired long ago
		return nil
	case err == nil && !result.Won && !result.Ticket.SpentAt.IsZero():
		return fmt.Errorf("%w: pushed request %s was approved before", oauth.ErrConflict, spend.ID)
	case err == nil && !result.Won && result.Ticket.State == "" && r.Client.Unconfirmed:
		return s.denyUnstored(ctx, r, spend.Now)
	}
	return err
}

// denyUnstored uses up a pushed request of a client that is not stored. A Store changes
// no ticket of such a client, and a denial must not store it. So the denial is a ticket
// with the ID that the ticket of an approval would have: only one can be written.
func (s *Provider) denyUnstored(ctx context.Context, r *AuthorizationRequest, now time.Time) error {
	err := s.Store.Put(ctx, oauth.Ticket{
		Kind: ticketAnswer, ID: r.ID, Proof: answerProof(oauth.NewID(now).String()), State: pushDenied,
		IssuedAt: now, ExpiresAt: now.Add(s.PushedRequestTTL + handoverTTL + s.RequestTTL),
	})
	if !errors.Is(err, oauth.ErrConflict) {
		return err
	}
	switch denied, err := s.deniedUnstored(ctx, r.ID); {
	case err != nil:
		return err
	case !denied:
		return fmt.Errorf("%w: authorization request %s was approved before", oauth.ErrConflict, r.ID)
	}
	return nil
}

// deniedUnstored reports whether denyUnstored has recorded a denial of the request.
func (s *Provider) deniedUnstored(ctx context.Context, request oauth.ID) (bool, error) {
	answer, _, err := s.Store.Ticket(ctx, ticketAnswer, request)
	if errors.Is(err, oauth.ErrNotFound) {
		return false, nil
	}
	return answer.State == pushDenied, err
}
