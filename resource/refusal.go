package resource

import (
	"cmp"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// RefusalKind is the kind of a refusal.
type RefusalKind int

// The kinds of refusals.
const (
	RefusedRequest     RefusalKind = iota // the request has two tokens
	RefusedNoToken                        // the request has no token
	RefusedToken                          // the token is not valid, or not for this API or caller
	RefusedScope                          // the token does not have a scope
	RefusedLogin                          // the person must log in again (RFC 9470)
	RefusedOrigin                         // the session is used by a page of another website
	RefusedRate                           // the request exceeds a rate limit
	RefusedUnavailable                    // the token or the session cannot be checked at the moment
	RefusedFault                          // the token cannot be checked, because the API has a fault
	RefusedUnlisted                       // the procedure has no policy (CheckCall)
)

// refusals lists the HTTP status and the gRPC code of each kind.
var refusals = [...]struct {
	status int
	code   uint32
}{
	RefusedRequest:     {http.StatusBadRequest, 3},           // INVALID_ARGUMENT
	RefusedNoToken:     {http.StatusUnauthorized, 16},        // UNAUTHENTICATED
	RefusedToken:       {http.StatusUnauthorized, 16},        // UNAUTHENTICATED
	RefusedScope:       {http.StatusForbidden, 7},            // PERMISSION_DENIED
	RefusedLogin:       {http.StatusUnauthorized, 16},        // UNAUTHENTICATED
	RefusedOrigin:      {http.StatusForbidden, 7},            // PERMISSION_DENIED
	RefusedRate:        {http.StatusTooManyRequests, 8},      // RESOURCE_EXHAUSTED
	RefusedUnavailable: {http.StatusServiceUnavailable, 14},  // UNAVAILABLE
	RefusedFault:       {http.StatusInternalServerError, 13}, // INTERNAL
	RefusedUnlisted:    {http.StatusNotFound, 12},            // UNIMPLEMENTED
}

// Status returns the status of an HTTP response: 400, 401, 403, 404, 429, 500 or 503.
func (k RefusalKind) Status() int { return refusals[k].status }

// GRPCCode returns the status code of a gRPC response. connectrpc uses the same numbers.
func (k RefusalKind) GRPCCode() uint32 { return refusals[k].code }

// A Refusal is the response to a request that is not passed on, and the error of
// Guard.Check.
type Refusal struct {
	// Kind is the kind of the refusal, from which the status of the response follows.
	Kind RefusalKind
	// Challenge is the WWW-Authenticate header (RFC 6750 §3), or empty if another token
	// would not help.
	Challenge string
	// Text explains the refusal to the client.
	Text string
	// RetryAfter is the time after which the client can try again, or 0.
	RetryAfter time.Duration
	// Err is the reason, for the log of the API: ErrNoToken, or one of
	// the errors listed at Guard.OnRefused.
	Err error
}

// Error returns the reason, with details that are not for the client.
func (f *Refusal) Error() string { return f.Err.Error() }

// Unwrap returns the reason.
func (f *Refusal) Unwrap() error { return f.Err }

// Header returns the headers of the response: WWW-Authenticate with the Challenge, and
// Retry-After in seconds, each only if it is known.
func (f *Refusal) Header() http.Header {
	header := make(http.Header, 2)
	if f.Challenge != "" {
		header.Set("WWW-Authenticate", f.Challenge)
	}
	if f.RetryAfter > 0 {
		header.Set("Retry-After", strconv.Itoa(int((f.RetryAfter+time.Second-1)/time.Second)))
	}
	return header
}

func (g *Guard) writeRefusal(w http.ResponseWriter, r *http.Request, f *Refusal) {
	maps.Copy(w.Header(), f.Header())
	w.Header().Set("Cache-Control", "no-store")
	if g.WriteRefusal != nil {
		g.WriteRefusal(w, r, f)
		return
	}
	http.Error(w, f.Text, f.Kind.Status())
}

// missing returns the refusal of a request without a token. Its challenge has no error
// code (RFC 6750 §3.1).
func (g *Guard) missing(p *Policy) *Refusal {
	return &Refusal{Kind: RefusedNoToken, Challenge: g.challenge("", "", p.requested()), Text: "An access token is required.", Err: ErrNoToken}
}

// unusable is like missing, for a request that seems to send a token in another way. Only the body
// explains the mistake.
func (g *Guard) unusable(p *Policy, detail string) *Refusal {
	refusal := g.missing(p)
	refusal.Text += " " + detail
	refusal.Err = &UnusableTokenError{detail}
	return refusal
}

// Texts for a client that sends its token in another way than RFC 6750 §2.1 says.
const (
	otherHeader = "The Authorization header must contain the word Bearer, a space and the token."
	tokenInURL  = "A token in the URL is ignored. Send it in the header: Authorization: Bearer TOKEN."
)

// invalid returns the refusal of a token that is not valid or cannot be verified.
func (g *Guard) invalid(err error, p *Policy) *Refusal {
	text := notActive
	var reason *InvalidTokenError
	var fault interface{ Broken() bool }
	switch {
	case errors.As(err, &reason):
		text = reason.Description()
	case errors.As(err, &fault) && fault.Broken():
		return &Refusal{Kind: RefusedFault, Text: "The access token cannot be verified, because the API has a fault. Its log has the reason.", Err: err}
	case !errors.Is(err, ErrInvalidToken):
		return &Refusal{Kind: RefusedUnavailable, Text: "The access token cannot be verified at the moment. Try again later.", RetryAfter: time.Second, Err: err}
	}
	return &Refusal{Kind: RefusedToken, Challenge: g.challenge("invalid_token", text, p.requested()), Text: text, Err: err}
}

// lacking returns the refusal of a token without a scope. Its challenge names the scopes
// of the token and the missing ones, so that a client can request all of them and keep
// those that it has.
func (g *Guard) lacking(t *Token, missing string, p *Policy) *Refusal {
	const text = "The access token does not have a required scope."
	scopes := append(strings.Fields(t.Scope), p.requested()...)
	return &Refusal{
		Kind: RefusedScope, Challenge: g.challenge("insufficient_scope", text, scopes),
		Text: "The access token does not have the scope " + missing + ".", Err: &ScopeError{Token: t, Missing: missing},
	}
}

// stepUp returns the refusal of a token whose person must log in again (RFC 9470 §3).
func (g *Guard) stepUp(err error, p *Policy) *Refusal {
	text := "A login with another acr is needed."
	if len(p.ACRValues) == 0 {
		text = "A more recent login is needed."
	}
	challenge := g.challenge("insufficient_user_authentication", text, p.requested())
	if values := quotable(p.ACRValues); values != "" {
		challenge += `, acr_values="` + values + `"`
	}
	if p.MaxAge > 0 {
		challenge += `, max_age="` + strconv.Itoa(int(p.maxAge()/time.Second)) + `"`
	}
	return &Refusal{Kind: RefusedLogin, Challenge: challenge, Text: text, Err: err}
}

// tooMany returns the refusal of a request that exceeds a rate limit (RFC 6585 §4).
func tooMany(limit *LimitError) *Refusal {
	return &Refusal{Kind: RefusedRate, Text: "There are too many requests. Try again later.", RetryAfter: limit.RetryAfter, Err: limit}
}

// challenge returns a WWW-Authenticate header with at least one parameter. The code and
// its description are those of RFC 6750 §3.1, or empty.
func (g *Guard) challenge(code, description string, scopes []string) string {
	var parameters []string
	add := func(name, value string) {
		if value != "" {
			parameters = append(parameters, name+`="`+value+`"`)
		}
	}
	if g.Realm != "" || g.Metadata == nil {
		add("realm", g.realm())
	}
	add("error", code)
	add("error_description", description)
	if g.Metadata != nil {
		add("resource_metadata", g.Metadata.URL())
	}
	add("scope", quotable(scopes))
	return "Bearer " + strings.Join(parameters, ", ")
}

func (g *Guard) realm() string { return cmp.Or(g.Realm, "api") }

// unquotable reports whether a character cannot be in a quoted value without an escape.
func unquotable(r rune) bool { return r < 0x20 || r > 0x7e || r == '"' || r == '\\' }

// quotable returns the values for a parameter of a challenge, separated by spaces.
// Values with characters that a scope does not have (RFC 6749 §3.3) are omitted. So is
// offline_access: an API does not need a refresh token.
func quotable(values []string) string {
	var kept []string
	for _, value := range values {
		other := func(r rune) bool { return r == ' ' || unquotable(r) }
		if value != "" && value != "offline_access" && !strings.ContainsFunc(value, other) && !slices.Contains(kept, value) {
			kept = append(kept, value)
		}
	}
	return strings.Join(kept, " ")
}
