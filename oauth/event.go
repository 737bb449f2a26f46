package oauth

import (
	"log/slog"
	"net/netip"
	"time"
)

// Event is something that happened, for metrics, logs, and other programs. It has no
// secrets, and no text that a client or a person has typed. EventTypes lists all events
// with their fields; a field that does not apply, or is not known, is zero. The JSON form
// is the data of a webhook message.
type Event struct {
	// Name is one of the Event constants.
	Name string `json:"name"`
	// Kind distinguishes events with the same name: the grant type, the algorithm of a
	// key, the purpose of an email, or the action of an administrator. A grant type that the server does not
	// support is KindOther.
	Kind string `json:"kind,omitempty"`
	// Outcome is one of the Outcome constants, or the code of an Error.
	Outcome string `json:"outcome"`
	// Reason is the Reason of the Error, or empty.
	Reason string `json:"reason,omitempty"`

	// At is when it happened.
	At time.Time `json:"at"`
	// ClientID is the application. If the application made the request, it was
	// authenticated, unless it is public.
	ClientID string `json:"client_id,omitempty"`
	// Subject is the person whom the event is about, as in Authentication, even if the
	// application only sees a pseudonym.
	Subject string `json:"subject,omitempty"`
	// Actor is the person who did it, as a Subject, or the client_id of the application that
	// did it for itself. For a command, it is "os:" and the name of the user of the operating
	// system. For a method of Server, it is "host".
	Actor string `json:"actor,omitempty"`
	// Target is the ID of the row of the back office that the administrator changed, or
	// the name of a webhook or of a login provider.
	Target string `json:"target,omitempty"`
	// PermissionID is the ID of the family that tokens belong to. All tokens of a
	// permission have the same PermissionID.
	PermissionID string `json:"permission_id,omitempty"`
	// Scope is the scope that was granted.
	Scope string `json:"scope,omitempty"`
	// Address is the network address of the client or the browser.
	Address netip.Addr `json:"address,omitzero"`
	// ErrorID is the ID under which the log and the back office have the failure. The
	// person or the client sees it too.
	ErrorID string `json:"error_id,omitempty"`
	// Details are for the audit log only, because they contain texts that people typed.
	// They may be nil.
	Details *EventDetails `json:"-"`
}

// EventDetails holds the values that the audit log records in addition to the other fields
// of an event. They contain no secrets.
type EventDetails struct {
	// Person is the subject of the person whom the event is about, if that is not the
	// Subject: for example the person whose password an attacker guessed.
	Person string
	// ClientID is the application that an administrator's act was about, besides the Target.
	ClientID string
	// PersonName and ClientName are the names of the person and the application, if the
	// audit log cannot find them, because they were deleted.
	PersonName, ClientName string
	// TargetName is the name of the group that is the Target.
	TargetName string
	// Recorded is set if the audit log has the event already, because the transaction that
	// made the change has recorded it.
	Recorded bool
	// Changes are the values that were changed.
	Changes []Change
}

// Change is a value before and after a change. An empty text means that there was no value,
// or that it was removed.
type Change struct {
	// Field is the name of the field in the form or the API, such as "redirect_uris".
	Field  string `json:"field"`
	Before string `json:"before,omitempty"` // the value before the change
	After  string `json:"after,omitempty"`  // the value after the change
}

// LogValue returns the members of the JSON form that are not empty. So a logger of log/slog
// can log an event directly, as in slog.Info("event", "event", e).
func (e Event) LogValue() slog.Value {
	address := ""
	if e.Address.IsValid() {
		address = e.Address.String()
	}
	var attrs []slog.Attr
	for _, pair := range [][2]string{
		{"name", e.Name},
		{"kind", e.Kind},
		{"outcome", e.Outcome},
		{"reason", e.Reason},
		{"client_id", e.ClientID},
		{"subject", e.Subject},
		{"actor", e.Actor},
		{"target", e.Target},
		{"permission_id", e.PermissionID},
		{"scope", e.Scope},
		{"address", address},
		{"error_id", e.ErrorID},
	} {
		if pair[1] != "" {
			attrs = append(attrs, slog.String(pair[0], pair[1]))
		}
	}
	return slog.GroupValue(attrs...)
}

// Labels returns the event with only its Name, Kind, Outcome and Reason. Each of them has
// few possible values, so all of them can be labels of a metric.
func (e Event) Labels() Event {
	return Event{Name: e.Name, Kind: e.Kind, Outcome: e.Outcome, Reason: e.Reason}
}

// Events at the endpoints of the protocol and in the background. EventTypes says when each
// of them happens, and which fields it has.
const (
	EventToken         = "token"          // Kind is the grant type
	EventPushedRequest = "pushed_request" // RFC 9126
	EventIntrospection = "introspection"  // OutcomeActive, OutcomeInactive
	EventRevocation    = "revocation"     // of a token, by its client (RFC 7009) or an administrator
	EventRegistration  = "registration"   // of an application by itself
	EventUserInfo      = "userinfo"       // the claims about a person were requested at the userinfo endpoint
	// EventReplay is the repeated use of a code or a refresh token by a client that presents
	// everything that its use requires, such as the code_verifier. Kind is the grant type. The outcomes are
	// OutcomeSameAnswer and OutcomeRevoked.
	EventReplay       = "replay"
	EventSessionEnd   = "session_end"   // one or more login sessions ended; others of the person can continue
	EventLogoutNotice = "logout_notice" // OutcomeOK, OutcomeRetry, OutcomeFailed
	EventMail         = "mail"          // an attempt to send an email: OutcomeOK, OutcomeRetry, OutcomeFailed
	EventWebhook      = "webhook"       // an attempt to deliver a message: OutcomeOK, OutcomeRetry, OutcomeFailed, OutcomeDropped
	// EventRejection is a rejected request that is listed in the back office
	// (OutcomeOK), or was dropped because there were too many similar ones
	// (OutcomeDropped).
	EventRejection   = "rejection"
	EventKeyRotation = "key_rotation" // a scheduled one; Kind is the algorithm
	// EventErasure is the deletion of personal data of a person from the audit log, after
	// the account was deleted, or by Server.ErasePerson. EventAuditRemoval is the removal of records of the audit log after
	// the retention period. They exist only in the audit log.
	EventErasure      = "erasure"
	EventAuditRemoval = "audit_removal"
)

// Events that people cause.
const (
	// EventWithdrawal is the end of the access of an application, by the person who had
	// allowed it.
	EventWithdrawal = "withdrawal"
	// EventAdministration is a change that an administrator made in the back office, with the
	// admin API or with a command, or the host program made with a method of Server. Kind is the path of the page or the operation with
	// {id} for the ID, such as "applications/{id}/edit", the command, such as "latchkey app
	// edit", also with the path, such as "latchkey apply groups/add", or the method, such as "Server.CreateApplication".
	EventAdministration = "administration"
	// EventOwnerChange is a change that a person made to an application of their own, on the pages
	// for developers. Kind is "applications/{id}/owner/" and the action, such as "edit".
	EventOwnerChange = "owner_change"
	// EventPermissionDenied is a request for a page of the back office, or for an operation of
	// the admin API, for which the person or the application has no permission. Kind is that of
	// EventAdministration, and Reason is the missing permission. The outcome is OutcomeDenied.
	EventPermissionDenied = "permission_denied"
	// EventAuthorization is the end of an authorization request. The outcomes
	// are OutcomeApproved, OutcomeDenied, OutcomeExpired, OutcomeConflict, and
	// the code of the Error with which it was rejected.
	EventAuthorization = "authorization"
	// EventLogin is a login, or its first or second step. The outcomes are OutcomeOK,
	// OutcomeWrongPassword, OutcomeSecondFactor, OutcomeWrongCode, OutcomeThrottled, OutcomeInvalid
	// for a wrong answer of a login provider, and OutcomeDenied if a login
	// provider knows a person but the rules do not let them log in, or if the right password of a
	// disabled account was entered. Reason is then one of the Denied constants. The Target of a
	// failed login at a login provider is the name of the provider.
	EventLogin  = "login"
	EventSignUp = "sign_up" // OutcomeOK, OutcomeInvalid, OutcomeThrottled
	// EventPasswordReset is a request for a link, or the use of one. The
	// outcomes are OutcomeRequested, OutcomeOK, OutcomeInvalid and
	// OutcomeThrottled.
	EventPasswordReset = "password_reset"
	// EventPasswordChange and EventProfileChange are changes that people make on their
	// account page, or with a link that confirms or removes an email address. A profile
	// has the name, the email address and other claims. The
	// outcomes are OutcomeOK, OutcomeWrongPassword, OutcomeInvalid and OutcomeThrottled.
	EventPasswordChange = "password_change"
	EventProfileChange  = "profile_change" // see EventPasswordChange
	// EventConfirmation is the attempt of a person who is logged in to confirm their
	// identity, before they change the protection of their account. Kind is one of the
	// Factor constants. The outcomes are OutcomeOK, OutcomeWrongPassword for any wrong
	// proof, and OutcomeThrottled.
	EventConfirmation = "confirmation"
	// EventFactorChange is a change of the second factors of a person. Kind is one of the
	// FactorChange constants. The outcomes are OutcomeOK, OutcomeWrongPassword for a wrong
	// code or passkey, and OutcomeInvalid.
	EventFactorChange = "factor_change"
	// EventAccountDeletion is the request of a person to delete their own account, or
	// its cancellation. Kind is DeletionRequested or DeletionCanceled. The outcomes are
	// OutcomeOK and OutcomeInvalid.
	EventAccountDeletion = "account_deletion"
)

// The outcomes that are not error codes.
const (
	OutcomeOK            = "ok"             // it succeeded
	OutcomeActive        = "active"         // the token is valid
	OutcomeInactive      = "inactive"       // the token is not valid, or not for this API
	OutcomeSameAnswer    = "same_answer"    // within the replay window: the same tokens again
	OutcomeRevoked       = "revoked"        // after it: the family was revoked
	OutcomeRetry         = "retry"          // the delivery failed and will be tried again
	OutcomeFailed        = "failed"         // the delivery failed for the last time
	OutcomeApproved      = "approved"       // the person gave permission
	OutcomeDenied        = "denied"         // the person refused, has no permission, or must not log in
	OutcomeExpired       = "expired"        // or continued in another browser
	OutcomeConflict      = "conflict"       // already answered
	OutcomeWrongPassword = "wrong_password" // or nobody has the username
	OutcomeSecondFactor  = "second_factor"  // the password was right, and a second factor is needed
	OutcomeWrongCode     = "wrong_code"     // the second factor was wrong, or was used before
	OutcomeThrottled     = "throttled"      // after too many attempts
	OutcomeInvalid       = "invalid"        // a form with mistakes
	OutcomeRequested     = "requested"      // a link was requested
	OutcomeDropped       = "dropped"        // it was not stored
)

// The reasons for which a login is denied. With a password, it is DeniedDisabled.
const (
	DeniedNoAccount    = "no_account"     // no account is connected, and the provider must not create one
	DeniedEmailDomain  = "email_domain"   // the person has no verified address of an allowed domain
	DeniedGroup        = "group"          // the person is in none of the required groups
	DeniedAddressInUse = "address_in_use" // another account has the address
	DeniedDisabled     = "disabled"       // the account is disabled
	DeniedNotFresh     = "not_fresh"      // the provider does not confirm the new login that was required
)

// KindDirect is the Kind of an EventToken for a token that the host program ordered
// (Server.IssueToken), without a request at the token endpoint.
const KindDirect = "direct"

// KindOther is the Kind of a grant type that the server does not support.
const KindOther = "other"
