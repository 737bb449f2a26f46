package oauth

// Event is something that happened, for whoever counts. It names no person, no
// application and nothing secret, and each field has few values, whatever a
// stranger sends: all of it can be a label.
type Event struct {
	// Name is one of the Event constants.
	Name string
	// Kind parts events of one name: the grant type, the algorithm of a key, or
	// what was used twice. A grant type that the server does not know is
	// "other".
	Kind string
	// Outcome is one of the Outcome constants, or the code of an Error.
	Outcome string
	// Reason says more than an error's code, or nothing: Error.Reason.
	Reason string
}

// What happens at the endpoints of the protocol, and behind them.
const (
	EventToken         = "token"         // Kind is the grant type
	EventIntrospection = "introspection" // OutcomeActive, OutcomeInactive
	EventRevocation    = "revocation"
	EventUserInfo      = "userinfo"
	// EventReplay: a code or a refresh token was used again, by who could show
	// it. Kind is the grant type; OutcomeSameAnswer, OutcomeEnded.
	EventReplay       = "replay"
	EventSessionEnd   = "session_end"   // login sessions ended
	EventLogoutNotice = "logout_notice" // OutcomeOK, OutcomeLater, OutcomeGivenUp
	EventKeyRotation  = "key_rotation"  // by itself; Kind is the algorithm
)

// What people do, which the faces tell.
const (
	// EventAuthorization is an authorization request that came to its end:
	// OutcomeApproved, OutcomeDenied, OutcomeLost, OutcomeConflict, or why it
	// was refused.
	EventAuthorization = "authorization"
	EventLogin         = "login"   // OutcomeOK, OutcomeWrongPassword, OutcomeBraked
	EventSignUp        = "sign_up" // OutcomeOK, OutcomeInvalid, OutcomeBraked
	// EventPasswordReset: OutcomeAsked, OutcomeOK, OutcomeInvalid,
	// OutcomeBraked.
	EventPasswordReset = "password_reset"
)

// The outcomes that are no error codes.
const (
	OutcomeOK            = "ok"
	OutcomeActive        = "active"
	OutcomeInactive      = "inactive"
	OutcomeSameAnswer    = "same_answer" // inside the replay window
	OutcomeEnded         = "ended"       // all that descends from it
	OutcomeLater         = "later"
	OutcomeGivenUp       = "given_up"
	OutcomeApproved      = "approved"
	OutcomeDenied        = "denied"
	OutcomeLost          = "lost"     // too old, or of another browser
	OutcomeConflict      = "conflict" // answered before
	OutcomeWrongPassword = "wrong_password"
	OutcomeBraked        = "braked"
	OutcomeInvalid       = "invalid"
	OutcomeAsked         = "asked"
)

// KindOther is the Kind of what the server does not know.
const KindOther = "other"
