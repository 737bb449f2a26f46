package oauth

// Event is something that happened, for metrics and logs. It names no person
// and no application, and has no secrets. Each field has few possible values,
// so all of them can be labels of a metric.
type Event struct {
	// Name is one of the Event constants.
	Name string
	// Kind distinguishes events with the same name: the grant type, or the
	// algorithm of a key. A grant type that the server does not support is
	// KindOther.
	Kind string
	// Outcome is one of the Outcome constants, or the code of an Error.
	Outcome string
	// Reason is the Reason of the Error, or empty.
	Reason string
}

// Events at the endpoints of the protocol and in the background.
const (
	EventToken         = "token" // Kind is the grant type
	EventPushedRequest = "pushed_request"
	EventIntrospection = "introspection" // OutcomeActive, OutcomeInactive
	EventRevocation    = "revocation"
	EventRegistration  = "registration" // of an application by itself
	EventUserInfo      = "userinfo"
	// EventReplay is the repeated use of a code or a refresh token by a client
	// that has all its proofs. Kind is the grant type. The outcomes are
	// OutcomeSameAnswer and OutcomeRevoked.
	EventReplay       = "replay"
	EventSessionEnd   = "session_end"   // one or more login sessions ended
	EventLogoutNotice = "logout_notice" // OutcomeOK, OutcomeRetry, OutcomeFailed
	EventMail         = "mail"          // an attempt to send an email: OutcomeOK, OutcomeRetry, OutcomeFailed
	// EventRejection is a rejected request that is listed in the back office
	// (OutcomeOK), or was dropped because there were too many similar ones
	// (OutcomeDropped).
	EventRejection   = "rejection"
	EventKeyRotation = "key_rotation" // a scheduled one; Kind is the algorithm
)

// Events that people cause.
const (
	// EventAuthorization is the end of an authorization request. The outcomes
	// are OutcomeApproved, OutcomeDenied, OutcomeExpired, OutcomeConflict, and
	// the code of the Error with which it was rejected.
	EventAuthorization = "authorization"
	EventLogin         = "login"   // OutcomeOK, OutcomeWrongPassword, OutcomeThrottled
	EventSignUp        = "sign_up" // OutcomeOK, OutcomeInvalid, OutcomeThrottled
	// EventPasswordReset is a request for a link, or the use of one. The
	// outcomes are OutcomeRequested, OutcomeOK, OutcomeInvalid and
	// OutcomeThrottled.
	EventPasswordReset = "password_reset"
)

// The outcomes that are not error codes.
const (
	OutcomeOK            = "ok"
	OutcomeActive        = "active"
	OutcomeInactive      = "inactive"
	OutcomeSameAnswer    = "same_answer" // within the replay window: the same tokens again
	OutcomeRevoked       = "revoked"     // after it: the family was revoked
	OutcomeRetry         = "retry"       // the delivery failed and will be tried again
	OutcomeFailed        = "failed"      // the delivery failed for the last time
	OutcomeApproved      = "approved"
	OutcomeDenied        = "denied"
	OutcomeExpired       = "expired"  // or continued in another browser
	OutcomeConflict      = "conflict" // already answered
	OutcomeWrongPassword = "wrong_password"
	OutcomeThrottled     = "throttled" // after too many attempts
	OutcomeInvalid       = "invalid"   // a form with mistakes
	OutcomeRequested     = "requested"
	OutcomeDropped       = "dropped"
)

// KindDirect is the Kind of an EventToken for a token that the host program ordered
// (Server.IssueToken), without a request at the token endpoint.
const KindDirect = "direct"

// KindOther is the Kind of a grant type that the server does not support.
const KindOther = "other"
