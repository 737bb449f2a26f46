package oauth

import (
	"context"
	"time"
)

// Flow is an authorization request, or the request of a device, with the steps that followed it,
// for the back office and for the owners of the application. It contains no secrets and does not
// name the person. A step that was not reached, or is not known, has a zero time.
type Flow struct {
	// ID is that of the authorization request; the code has the same ID. If the request began on
	// a device, it is that of the device code.
	ID       ID
	ClientID string // the application
	Device   bool   // the request began on a device (RFC 8628)
	// BeganAt is the time in the ID. It is zero if it is not known whether the request passed all
	// checks of the authorization endpoint.
	BeganAt time.Time
	// EnteredAt is when a person last entered the code of the device.
	EnteredAt time.Time
	// LoginAt, FactorAt and ConsentAt are when the person was last sent to the login, to the page of
	// the second factor, and to the consent page.
	LoginAt, FactorAt, ConsentAt time.Time
	// ApprovedAt is when the application received its response, and DeniedAt is when the person
	// refused, or an administrator canceled the request or its code.
	ApprovedAt, DeniedAt time.Time
	// TokenAt is when the application exchanged the code, or the device received its tokens.
	TokenAt time.Time
	// FailedAt is when a step failed, and ErrorID identifies the Rejection.
	FailedAt time.Time
	ErrorID  string // see FailedAt
	Person   bool   // the person was logged in
	// LoginFailures are the mistakes and refusals at the login, the oldest first: at most
	// MaxLoginFailures for each reason and login provider.
	LoginFailures []LoginFailure
	// IgnoredScopes are the first unknown scopes of the request, which were ignored.
	IgnoredScopes Scopes
}

// FlowTTL is the maximum time for which a Store keeps a flow.
const FlowTTL = RejectionTTL

// times returns the times of the steps.
func (f *Flow) times() []*time.Time {
	return []*time.Time{&f.BeganAt, &f.EnteredAt, &f.LoginAt, &f.FactorAt, &f.ConsentAt, &f.ApprovedAt, &f.DeniedAt, &f.TokenAt, &f.FailedAt}
}

// Add adds the steps of another part of the same flow: the later time of each step, the last
// failure, and all failures of the login.
func (f *Flow) Add(part Flow) {
	if !part.FailedAt.Before(f.FailedAt) && part.ErrorID != "" {
		f.ErrorID = part.ErrorID
	}
	theirs := part.times()
	for i, t := range f.times() {
		if theirs[i].After(*t) {
			*t = *theirs[i]
		}
	}
	f.Person, f.Device = f.Person || part.Person, f.Device || part.Device
	f.LoginFailures = AddLoginFailures(f.LoginFailures, part.LoginFailures...)
	if len(part.IgnoredScopes) > 0 {
		f.IgnoredScopes = part.IgnoredScopes
	}
}

// FlowStore keeps the last flows of each client.
type FlowStore interface {
	// AddFlows adds steps to flows with different IDs, as Flow.Add does, and creates the flows that
	// do not exist, except those without BeganAt: their IDs may be invented. Steps for a flow of
	// another client are ignored. Then, for each of these clients, only the newest flows remain: up to
	// keep with a person, and up to keep without one. So requests of unauthenticated callers do not
	// replace the flows of people.
	AddFlows(ctx context.Context, flows []Flow, keep int) error
	// Flow returns the flow with the ID, or ErrNotFound.
	Flow(ctx context.Context, id ID) (Flow, error)
	// Flows returns the last n flows of a client, or of all clients if it is empty, newest first.
	Flows(ctx context.Context, clientID string, n int) ([]Flow, error)
}
