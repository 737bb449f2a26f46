package provider

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// UserCodeProblem is a reason why a user code cannot be used.
type UserCodeProblem string

// The problems with a user code.
const (
	UserCodeUnknown   UserCodeProblem = "unknown"   // no device has this code
	UserCodeExpired   UserCodeProblem = "expired"   // the code is no longer valid
	UserCodeUsed      UserCodeProblem = "used"      // a person has already decided
	UserCodeThrottled UserCodeProblem = "throttled" // too many wrong codes were entered
)

// UserCodeError is the error of a user code that cannot be used.
type UserCodeError struct {
	Problem UserCodeProblem // why the code cannot be used
	// RetryAfter is how long the person must wait if they are throttled.
	RetryAfter time.Duration
}

// Error returns a text with the problem, without the code.
func (e *UserCodeError) Error() string { return fmt.Sprintf("user code: %s", e.Problem) }

// BeginDevice returns the authorization request for the user code that a person
// entered (RFC 8628 §3.3). Wrong codes are limited for each person, who must
// be logged in, so that nobody can find a code by guessing, and nobody is locked
// out by the guesses of others (§5.1). Its errors are *UserCodeError, or the Store's.
func (s *Provider) BeginDevice(ctx context.Context, who oauth.Authentication, text string) (*AuthorizationRequest, error) {
	code, ok := parseUserCode(text)
	if !ok {
		return nil, &UserCodeError{Problem: UserCodeUnknown} // no guess: no device has such a code
	}
	now, person := s.now(), guesser{clientID: who.Subject}
	switch wait, others := s.codeGuesses.begin(person, now); {
	case wait > 0:
		return nil, &UserCodeError{Problem: UserCodeThrottled, RetryAfter: wait}
	case others != nil:
		return nil, &UserCodeError{Problem: UserCodeThrottled, RetryAfter: time.Second}
	}
	ticket, standing, err := s.deviceOf(ctx, code, now)
	missing := errors.Is(err, oauth.ErrNotFound)
	s.codeGuesses.end(person, now, missing)
	switch {
	case missing:
		return nil, &UserCodeError{Problem: UserCodeUnknown}
	case err != nil:
		return nil, err
	}
	switch problem, err := s.userCodeProblem(ctx, ticket, standing, now); {
	case err != nil:
		return nil, err
	case problem != "":
		return nil, &UserCodeError{Problem: problem}
	}
	return s.newDeviceRequest(ctx, ticket, code, now)
}

// newDeviceRequest returns the request of a device code that is waiting.
func (s *Provider) newDeviceRequest(ctx context.Context, ticket oauth.Ticket, code string, now time.Time) (*AuthorizationRequest, error) {
	body, err := readDeviceBody(ticket)
	if err != nil {
		return nil, err
	}
	r := &AuthorizationRequest{
		ID: oauth.NewID(now), CodeSecret: newRequestSecret(), ClientID: ticket.ClientID,
		Scope: ticket.Scope, Resources: ticket.Details.Resources,
		Device: &DeviceRequest{ID: ticket.ID, UserCode: showUserCode(code), Address: body.Address, Unstored: body.Unstored},
	}
	if err := s.renew(ctx, r); err != nil {
		if _, rejected := errors.AsType[*oauth.Error](err); rejected { // the client has changed
			return nil, &UserCodeError{Problem: UserCodeExpired}
		}
		return nil, err
	}
	if r.Scope.Contains(oauth.ScopeOpenID) {
		r.MaxAge = r.Client.DefaultMaxAge
	}
	return r, nil
}

// deviceOf returns the device code that belongs to a user code of this hour or the
// one before.
func (s *Provider) deviceOf(ctx context.Context, code string, now time.Time) (oauth.Ticket, oauth.Standing, error) {
	pointer, _, err := s.Store.Ticket(ctx, ticketUserCode, userCodeID(s.userCodes, code, now))
	if errors.Is(err, oauth.ErrNotFound) {
		pointer, _, err = s.Store.Ticket(ctx, ticketUserCode, userCodeID(s.userCodes, code, now.Add(-time.Hour)))
	}
	if err != nil {
		return oauth.Ticket{}, oauth.Standing{}, err
	}
	var body userCodeBody
	if err := json.Unmarshal([]byte(pointer.Body), &body); err != nil {
		return oauth.Ticket{}, oauth.Standing{}, fmt.Errorf("body of user code %s: %w", pointer.ID, err)
	}
	id, err := oauth.ParseID(body.Device)
	if err != nil {
		return oauth.Ticket{}, oauth.Standing{}, fmt.Errorf("body of user code %s: %w", pointer.ID, err)
	}
	return s.Store.Ticket(ctx, ticketDevice, id)
}

// DeviceProblem returns why the person can no longer decide about a request from
// a device, or "".
func (s *Provider) DeviceProblem(ctx context.Context, d *DeviceRequest) (UserCodeProblem, error) {
	ticket, standing, err := s.Store.Ticket(ctx, ticketDevice, d.ID)
	switch {
	case errors.Is(err, oauth.ErrNotFound):
		return UserCodeExpired, nil
	case err != nil:
		return "", err
	}
	return s.userCodeProblem(ctx, ticket, standing, s.now())
}

func (s *Provider) userCodeProblem(ctx context.Context, t oauth.Ticket, standing oauth.Standing, now time.Time) (UserCodeProblem, error) {
	switch state, err := deviceState(ctx, s.Store, t); {
	case err != nil:
		return "", err
	case state != devicePending:
		return UserCodeUsed, nil
	case !waiting(t, standing, now):
		return UserCodeExpired, nil
	}
	return "", nil
}
