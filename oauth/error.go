package oauth

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// The error codes of RFC 6749 §4.1.2.1 and §5.2, RFC 7009 §2.2.1 and OpenID
// Connect Core §3.1.2.6.
const (
	CodeInvalidRequest          = "invalid_request"
	CodeInvalidClient           = "invalid_client"
	CodeInvalidGrant            = "invalid_grant"
	CodeInvalidScope            = "invalid_scope"
	CodeUnauthorizedClient      = "unauthorized_client"
	CodeUnsupportedGrantType    = "unsupported_grant_type"
	CodeUnsupportedResponseType = "unsupported_response_type"
	CodeAccessDenied            = "access_denied"
	CodeServerError             = "server_error"
	CodeTemporarilyUnavailable  = "temporarily_unavailable"
	CodeInvalidTarget           = "invalid_target" // RFC 8707 §2

	// RFC 6750 §3.1.
	CodeInvalidToken      = "invalid_token"
	CodeInsufficientScope = "insufficient_scope"

	CodeLoginRequired            = "login_required"
	CodeConsentRequired          = "consent_required"
	CodeInteractionRequired      = "interaction_required"
	CodeRequestNotSupported      = "request_not_supported"
	CodeInvalidRequestObject     = "invalid_request_object"
	CodeInvalidRequestURI        = "invalid_request_uri"
	CodeRequestURINotSupported   = "request_uri_not_supported"
	CodeRegistrationNotSupported = "registration_not_supported"
	// OpenID Connect Core Error Code unmet_authentication_requirements 1.0.
	CodeUnmetAuthentication = "unmet_authentication_requirements"

	// RFC 9470 §3. At the token endpoint it is the error of
	// draft-ietf-oauth-identity-assertion-authz-grant for a token exchange.
	CodeInsufficientAuthentication = "insufficient_user_authentication"

	// RFC 8628 §3.5.
	CodeAuthorizationPending = "authorization_pending"
	CodeSlowDown             = "slow_down"
	CodeExpiredToken         = "expired_token"
)

// Error is an error that may be shown: to a client as JSON (RFC 6749 §5.2) or in
// a redirect (§4.1.2.1), and to a person on a page. Every other error is
// internal, and the response to it is server_error.
type Error struct {
	// Code is one of the Code constants.
	Code string
	// Description is a sentence about what was wrong and what to do. It contains
	// only characters that RFC 6749 §5.2 allows.
	Description string
	// Detail is only for the log: what exactly differed.
	Detail string
	// Reason is for counters: one of a few words that distinguish errors of the
	// same Code. It may be empty.
	Reason string
	// RetryAfter is how long the client must wait after too many attempts, or
	// zero. The response has the status 429.
	RetryAfter time.Duration
	// ACRValues are the acr values of CodeInsufficientAuthentication, of which the login
	// must have one, separated by spaces.
	ACRValues string
	// Authenticated reports whether a confidential client had authenticated before its request
	// was rejected, so that nobody else can have sent it.
	Authenticated bool

	words *words // those of the Description, or nil
}

// words are the arguments of Errorf.
type words struct {
	format string
	args   []any
}

// Words returns the format and the arguments of Errorf, so that the Description can be
// translated. The format is empty if Errorf did not create the error.
func (e *Error) Words() (format string, args []any) {
	if e.words == nil {
		return "", nil
	}
	return e.words.format, e.words.args
}

// Error returns the code and the description, without the detail.
func (e *Error) Error() string {
	if e.Description == "" {
		return e.Code
	}
	return e.Code + ": " + e.Description
}

// maxDetail bounds a Detail, in bytes. It quotes the request, sometimes more than
// once, and must not fill the log.
const maxDetail = 2000

// WithDetail sets the Detail, which only the log contains, and returns e.
func (e *Error) WithDetail(format string, args ...any) *Error {
	e.Detail = fmt.Sprintf(format, args...)
	if len(e.Detail) > maxDetail {
		e.Detail = strings.ToValidUTF8(e.Detail[:maxDetail], "") + "..."
	}
	return e
}

// WithReason sets the Reason, by which the error is counted, and returns e.
func (e *Error) WithReason(word string) *Error {
	e.Reason = word
	return e
}

// Errorf returns an Error with the code, and the description that fmt.Sprintf returns. The description is limited to the characters of RFC
// 6749 §5.2 and to a readable length, because the arguments often come from the
// request.
func Errorf(code, format string, args ...any) *Error {
	return &Error{Code: code, Description: printable(fmt.Sprintf(format, args...)), words: &words{format, args}}
}

// printable keeps %x20-21 / %x23-5B / %x5D-7E (RFC 6749 §5.2). A double quote
// becomes a single one, and everything else a question mark.
func printable(s string) string {
	const most = 400
	if len(s) > most {
		s = s[:most] + "..."
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r == '"':
			return '\''
		case r < 0x20 || r > 0x7e || r == '\\':
			return '?'
		}
		return r
	}, s)
}

// The errors of a Store. Callers use errors.Is.
var (
	// ErrNotFound means that the row does not exist.
	ErrNotFound = errors.New("not found")
	// ErrConflict means that the row exists, or was changed after it was read.
	ErrConflict = errors.New("conflict")
	// ErrNoTime means that a required time is zero, such as the time of a
	// revocation, or the time for which an expiry is checked. A Store that
	// accepted it would revoke nothing, or take an expired row for a valid one.
	ErrNoTime = errors.New("the time is missing")
	// ErrUnavailable means that the database, a hook of the host program or another server
	// cannot answer now. Clients get 503 with Retry-After. A Store returns it for every
	// failure that may be temporary.
	ErrUnavailable = errors.New("temporarily unavailable")
)
