package resource

import (
	"errors"
	"fmt"
)

// ErrInvalidToken is the error for a token that is unknown, expired, revoked or not
// for this API. The verifiers of this package return an *InvalidTokenError with the
// reason, for which errors.Is reports true.
var ErrInvalidToken = errors.New("invalid access token")

// Reason is why a token is not valid, in one word.
type Reason string

// The reasons.
const (
	Malformed     Reason = "malformed"      // the token is not a JWT, or its claims cannot be read
	WrongType     Reason = "wrong_type"     // the JWT is of another kind, for example an ID token
	UnknownKey    Reason = "unknown_key"    // the authorization server does not publish a key for the signature
	BadSignature  Reason = "bad_signature"  // no key verifies the signature
	WrongIssuer   Reason = "wrong_issuer"   // iss is not the expected one
	WrongAudience Reason = "wrong_audience" // aud does not name this API
	WrongActor    Reason = "wrong_actor"    // the API does not allow the actor (act)
	Expired       Reason = "expired"        // exp is missing or in the past
	NotYetValid   Reason = "not_yet_valid"  // nbf is in the future
	Bound         Reason = "bound"          // the token is bound to a key of the client (DPoP, mutual TLS), which is not supported
	InQuery       Reason = "in_query"       // the token is in the URL, and the exception that allowed this has ended
	Inactive      Reason = "inactive"       // the authorization server says that the token is unknown, expired or revoked
)

// InvalidTokenError is the error for a token that is not valid.
type InvalidTokenError struct {
	Reason Reason
	// Detail is for the log of the API, for example "its aud is [x], want y". It
	// contains no secret part of the token.
	Detail string
}

// invalid returns an InvalidTokenError.
func invalid(reason Reason, format string, args ...any) error {
	return &InvalidTokenError{Reason: reason, Detail: fmt.Sprintf(format, args...)}
}

// Error returns the description and the detail.
func (e *InvalidTokenError) Error() string {
	text := "invalid access token: " + string(e.Reason)
	if e.Detail != "" {
		text += ": " + e.Detail
	}
	return text
}

// Is reports whether target is ErrInvalidToken.
func (*InvalidTokenError) Is(target error) bool { return target == ErrInvalidToken }

// Description returns a sentence for the client.
func (e *InvalidTokenError) Description() string {
	switch e.Reason {
	case Malformed:
		return "The access token is not a JWT that can be read."
	case WrongType:
		return "The token is not an access token."
	case UnknownKey:
		return "The access token is signed with a key that its authorization server does not publish."
	case BadSignature:
		return "The signature of the access token is not valid."
	case WrongIssuer:
		return "The access token is from another authorization server."
	case WrongAudience:
		return "The access token is for another API."
	case WrongActor:
		return "The API does not accept access tokens of this actor."
	case Expired:
		return "The access token has expired."
	case NotYetValid:
		return "The access token is not valid yet."
	case InQuery:
		return "This application can no longer send access tokens in the URL. Send the access token in the Authorization header."
	case Bound:
		return "The access token is bound to a key, and cannot be used as a bearer token."
	}
	return notActive
}

// notActive is all that is known about a token that the authorization server
// does not accept.
const notActive = "The access token is unknown, expired or revoked."

// ScopeError is the error for a valid token without a required scope. Only Guard.OnRefused gets it.
type ScopeError struct {
	Token   *Token
	Missing string
}

// Error returns a text that names the scope and the client.
func (e *ScopeError) Error() string {
	return fmt.Sprintf("the access token of client %q does not have the scope %s", e.Token.ClientID, e.Missing)
}
