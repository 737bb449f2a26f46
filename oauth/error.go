package oauth

import (
	"errors"
	"fmt"
	"strings"
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
	CodeUnsupportedTokenType    = "unsupported_token_type"
	CodeAccessDenied            = "access_denied"
	CodeServerError             = "server_error"
	CodeTemporarilyUnavailable  = "temporarily_unavailable"

	// RFC 6750 §3.1.
	CodeInvalidToken      = "invalid_token"
	CodeInsufficientScope = "insufficient_scope"

	CodeLoginRequired            = "login_required"
	CodeConsentRequired          = "consent_required"
	CodeInteractionRequired      = "interaction_required"
	CodeAccountSelectionRequired = "account_selection_required"
	CodeRequestNotSupported      = "request_not_supported"
	CodeInvalidRequestObject     = "invalid_request_object"
	CodeInvalidRequestURI        = "invalid_request_uri"
	CodeRequestURINotSupported   = "request_uri_not_supported"
	CodeRegistrationNotSupported = "registration_not_supported"
	// OpenID Connect Core Error Code unmet_authentication_requirements 1.0.
	CodeUnmetAuthentication = "unmet_authentication_requirements"
)

// Error is an error that its reader may see: a client as JSON (RFC 6749 §5.2)
// or in a redirect (§4.1.2.1), a person on a page. Every other error type is
// the server's own affair and becomes server_error at the edge.
type Error struct {
	// Code is one of the Code constants.
	Code string
	// Description says in a sentence what was wrong and what to do. It holds
	// only characters that RFC 6749 §5.2 allows.
	Description string
	// Detail is for the log alone: what exactly differed.
	Detail string
	// Reason is for counters: a word that tells apart what Code does not, of a
	// few; may be empty.
	Reason string
}

func (e *Error) Error() string {
	if e.Description == "" {
		return e.Code
	}
	return e.Code + ": " + e.Description
}

// maxDetail bounds a Detail, in bytes: it quotes what strangers send, more than
// once, and must not fill the log.
const maxDetail = 2000

// WithDetail adds what only the log may say.
func (e *Error) WithDetail(format string, args ...any) *Error {
	e.Detail = fmt.Sprintf(format, args...)
	if len(e.Detail) > maxDetail {
		e.Detail = strings.ToValidUTF8(e.Detail[:maxDetail], "") + "..."
	}
	return e
}

// WithReason adds the word under which it is counted.
func (e *Error) WithReason(word string) *Error {
	e.Reason = word
	return e
}

// Errorf makes an Error. What the arguments put into the description is
// filtered to the characters of RFC 6749 §5.2 and cut to a readable length, so
// that a request cannot speak through the server's mouth.
func Errorf(code, format string, args ...any) *Error {
	return &Error{Code: code, Description: printable(fmt.Sprintf(format, args...))}
}

// printable keeps %x20-21 / %x23-5B / %x5D-7E (RFC 6749 §5.2); a double quote
// becomes a single one, everything else a question mark.
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

// Sentinels of a Store. Wrap them, do not compare text.
var (
	// ErrNotFound: there is no such row.
	ErrNotFound = errors.New("not found")
	// ErrConflict: the row exists already, or was changed since it was read.
	ErrConflict = errors.New("conflict")
	// ErrUnavailable: the database cannot answer now; faces say 503 and
	// Retry-After. A Store returns it for every failure that may pass.
	ErrUnavailable = errors.New("storage unavailable")
)
