package flows

import (
	"slices"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// State is how far an attempt got.
type State string

// The states of an attempt.
const (
	Done      State = "done"
	Failed    State = "failed"
	Denied    State = "denied"
	Answered  State = "answered" // the application has not exchanged its code yet, or the device has not asked again
	AtConsent State = "consent"
	AtFactor  State = "factor"
	AtLogin   State = "login"
	AtCode    State = "code" // nobody has entered the code of the device yet
	Begun     State = "begun"
)

// Open reports whether the attempt is not finished.
func (s State) Open() bool { return s != Done && s != Failed && s != Denied }

// AnyOpen is the value of a filter for attempts that are not finished.
const AnyOpen = "open"

// In reports whether a filter selects the state: it is the state, AnyOpen, or "" for all.
func (s State) In(filter string) bool {
	return filter == "" || filter == AnyOpen && s.Open() || filter == string(s)
}

// StateOf returns the state of a flow.
func StateOf(f oauth.Flow) State {
	switch {
	case !f.TokenAt.IsZero():
		return Done
	case f.Device && f.DeniedAt.After(f.ApprovedAt): // the device learns it from an error
		return Denied
	case !f.FailedAt.IsZero():
		return Failed
	case !f.DeniedAt.IsZero():
		return Denied
	case !f.ApprovedAt.IsZero():
		return Answered
	case !f.ConsentAt.IsZero():
		return AtConsent
	case !f.FactorAt.IsZero():
		return AtFactor
	case !f.LoginAt.IsZero():
		return AtLogin
	case f.Device && f.EnteredAt.IsZero():
		return AtCode
	}
	return Begun
}

// An Attempt to log in is a flow, or a rejected request that belongs to no flow.
type Attempt struct {
	ID       string
	ClientID string
	At       time.Time
	State    State
	Flow     *oauth.Flow
	Rejected *oauth.Rejection // why it failed, or nil
}

// MostAttempts is how many of the newest attempts are listed in the back office and in the admin API.
const MostAttempts = 1000

// Attempts returns the newest n attempts, newest first. rejected are the requests that the server
// rejected.
func Attempts(flows []oauth.Flow, rejected []oauth.Rejection, n int) (all []Attempt) {
	reasons := make(map[string]*oauth.Rejection)
	for i := range rejected {
		reasons[rejected[i].ID] = &rejected[i]
	}
	ownReasons := make(map[string]bool)
	for i, f := range flows {
		all = append(all, Attempt{f.ID.String(), f.ClientID, f.BeganAt, StateOf(f), &flows[i], reasons[f.ErrorID]})
		if f.TokenAt.IsZero() || f.FailedAt.Before(f.TokenAt) { // otherwise the code was sent again, which is another attempt
			ownReasons[f.ErrorID] = true
		}
	}
	for id, found := range reasons {
		if !ownReasons[id] && IsStep(*found) {
			all = append(all, Attempt{found.ID, found.ClientID, found.At, Failed, nil, found})
		}
	}
	slices.SortFunc(all, func(a, b Attempt) int {
		if c := b.At.Compare(a.At); c != 0 {
			return c
		}
		return strings.Compare(b.ID, a.ID)
	})
	return all[:min(len(all), n)]
}

// endpointOf returns the path of the endpoint that rejected a request, without slashes, and the
// other words of the reason.
func endpointOf(r oauth.Rejection) (endpoint string, words []string) {
	all := strings.Fields(r.Reason)
	if len(all) == 0 {
		return "", nil
	}
	return strings.Trim(all[0], "/"), all[1:]
}

// IsStep reports whether a rejected request was one of the steps of a login.
func IsStep(r oauth.Rejection) bool {
	endpoint, _ := endpointOf(r)
	return slices.Contains([]string{"authorize", "token", "par", "device-authorization"}, endpoint)
}
