package flows

import "github.com/seed-e6a88a41/latchkey/oauth"

// The states of a flow: the last step that it has reached.
const (
	Begun    = "begun"
	Login    = "login"
	Factor   = "factor"
	Consent  = "consent"
	Answered = "answered" // the application has not exchanged its code yet
	Done     = "done"
	Denied   = "denied"
	Failed   = "failed"
)

// State returns the state of a flow.
func State(f oauth.Flow) string {
	switch {
	case !f.TokenAt.IsZero():
		return Done
	case !f.FailedAt.IsZero():
		return Failed
	case !f.DeniedAt.IsZero():
		return Denied
	case !f.ApprovedAt.IsZero():
		return Answered
	case !f.ConsentAt.IsZero():
		return Consent
	case !f.FactorAt.IsZero():
		return Factor
	case !f.LoginAt.IsZero():
		return Login
	}
	return Begun
}
