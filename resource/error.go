package resource

import (
	"cmp"
	"errors"
	"fmt"
	"time"
)

// ErrInvalidToken is the error for a token that is unknown, expired, revoked or not
// for this API. The verifiers of this package return an *InvalidTokenError with the
// reason, for which errors.Is reports true.
var ErrInvalidToken = errors.New("invalid access token")

// ErrSeveralTokens is the error for a request with more than one Authorization header.
var ErrSeveralTokens = errors.New("the request has more than one Authorization header")

// ErrNoToken is the error for a request without an access token.
var ErrNoToken = errors.New("the request has no access token")

// ErrUnlisted is the error of Guard.CheckCall for a procedure that has no policy.
var ErrUnlisted = errors.New("the API has no policy for the procedure")

// UnusableTokenError is the error for a request that seems to send an access token, but not as RFC
// 6750 §2.1 requires. It matches ErrNoToken with errors.Is.
type UnusableTokenError struct {
	Detail string // for the client and the log; it contains no part of the request
}

// Error returns the detail.
func (e *UnusableTokenError) Error() string { return ErrNoToken.Error() + ": " + e.Detail }

// Is reports whether target is ErrNoToken.
func (*UnusableTokenError) Is(target error) bool { return target == ErrNoToken }

// ErrOtherSite is the error for a request that a page of another website makes with the
// session or the password that the browser has for this API.
var ErrOtherSite = errors.New("the request comes from another website")

// Reason is why a token is not valid, in one word.
type Reason string

// The reasons why a token is not valid.
const (
	Malformed      Reason = "malformed"       // the token contains characters that are not allowed, or is not a JWT, or its claims cannot be read
	WrongType      Reason = "wrong_type"      // the JWT is of another kind, for example an ID token
	WrongAlgorithm Reason = "wrong_algorithm" // the signature has an algorithm that the API does not accept
	UnknownKey     Reason = "unknown_key"     // the authorization server does not publish a key for the signature
	BadSignature   Reason = "bad_signature"   // no key verifies the signature
	WrongIssuer    Reason = "wrong_issuer"    // iss is not the expected one
	WrongAudience  Reason = "wrong_audience"  // aud does not name this API
	WrongActor     Reason = "wrong_actor"     // the API does not allow the actor (act)
	NoPerson       Reason = "no_person"       // the API needs a person, but the client uses it on its own behalf
	ForPerson      Reason = "for_person"      // the API is only for clients that act on their own behalf
	Expired        Reason = "expired"         // exp is missing or in the past
	NotYetValid    Reason = "not_yet_valid"   // nbf or iat is in the future
	Bound          Reason = "bound"           // the token is bound to a key of the client (DPoP, mutual TLS), which is not supported
	InQuery        Reason = "in_query"        // the token is in the URL, and the exception that allowed this has ended
	WrongClient    Reason = "wrong_client"    // the client credentials are wrong, or not accepted for this API
	Inactive       Reason = "inactive"        // the authorization server says that the token is unknown, expired or revoked
)

// InvalidTokenError is the error for a token that is not valid.
type InvalidTokenError struct {
	// Reason is one of the constants of the type, such as Expired.
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
		return "The access token is malformed."
	case WrongType:
		return "The token is not an access token."
	case WrongAlgorithm:
		return "The access token is signed with an algorithm that the API does not accept."
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
	case NoPerson:
		return "The API needs an access token for a person."
	case ForPerson:
		return "The API needs an access token without a person (client credentials)."
	case Expired:
		return "The access token has expired."
	case NotYetValid:
		return "The access token is not valid yet."
	case InQuery:
		return "This application can no longer send access tokens in the URL. Send the access token in the Authorization header."
	case WrongClient:
		return "The client credentials are not valid here."
	case Bound:
		return "The access token is bound to a key, and cannot be used as a bearer token."
	}
	return notActive
}

// notActive is all that is known about a token that the authorization server
// does not accept.
const notActive = "The access token is unknown, expired or revoked."

// ScopeError is the error for a valid token without a required scope.
type ScopeError struct {
	Token *Token // a valid token
	// Missing is a scope that the token does not have. If there are alternatives (see
	// Policy.AnyOf), it belongs to the first of them.
	Missing string
}

// Error returns a message that names the scope and the client.
func (e *ScopeError) Error() string {
	return fmt.Sprintf("the access token of client %q does not have the scope %s", e.Token.ClientID, e.Missing)
}

// LoginError is the error for a valid token whose person must log in again (RFC 9470).
type LoginError struct {
	Token  *Token // a valid token
	Detail string // for the log of the API
}

// Error returns a message that names the client.
func (e *LoginError) Error() string {
	return fmt.Sprintf("%s: the access token of client %q has the acr %q and the auth_time %d", e.Detail, e.Token.ClientID, e.Token.ACR, e.Token.AuthTime)
}

// LimitError is the error for a request that exceeds a rate limit.
type LimitError struct {
	Token      *Token        // a valid token; nil for client credentials that were not checked
	RetryAfter time.Duration // what Guard.Limit returned, or Guard.AuthenticateClient in its error
}

// Error returns a message that names the client and the person, if they are known: the limit can be
// that of either.
func (e *LimitError) Error() string {
	if e.Token == nil {
		return fmt.Sprintf("a client sent too many wrong credentials; it can try again in %s", e.RetryAfter)
	}
	from := fmt.Sprintf("client %q", e.Token.ClientID)
	if person := cmp.Or(e.Token.Subject, e.Token.Username); !e.Token.ClientOnly && person != "" {
		from += fmt.Sprintf(" or person %q", person)
	}
	return fmt.Sprintf("a rate limit of %s is exceeded; the next request is possible in %s", from, e.RetryAfter)
}
