package oauth

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
)

// AuthorizationRequest is an authorization request (RFC 6749 §4.1.1) that has
// been checked. Until the person decides it lives nowhere but in their own
// browser, sealed.
type AuthorizationRequest struct {
	ID ID `json:"id"`
	// CodeSecret is the secret of the code that the request may become.
	CodeSecret         [32]byte `json:"cs"`
	ClientID           string   `json:"c"`
	RedirectURI        string   `json:"r"`
	RedirectURIOmitted bool     `json:"ro,omitempty"`
	// ResponseType has its values in alphabetical order; empty means code.
	ResponseType string   `json:"rt,omitempty"`
	ResponseMode string   `json:"m,omitempty"`
	State        string   `json:"s,omitempty"`
	Scope        Scopes   `json:"sc"`
	Challenge    string   `json:"ch,omitempty"`
	Nonce        string   `json:"n,omitempty"`
	Prompt       []string `json:"p,omitempty"`
	// MaxAge is the oldest log-in that the client accepts, in seconds, or nil.
	MaxAge    *int64 `json:"ma,omitempty"`
	LoginHint string `json:"lh,omitempty"`
	// Claims is the claims parameter (OpenID Connect Core §5.5), or nil.
	Claims        *ClaimsRequest `json:"cr,omitempty"`
	ClaimsLocales []string       `json:"lo,omitempty"`
	ACRValues     []string       `json:"av,omitempty"`
	// Expected is the sub of the person that the client wants, by
	// id_token_hint or as a claim, as the client knows it.
	Expected string `json:"ex,omitempty"`

	// Chosen is the account that the person picked for prompt=select_account.
	Chosen string `json:"ac,omitempty"`
	// ShownTo is who has the consent page before them.
	ShownTo string `json:"st,omitempty"`

	// Client is who asks; it does not travel.
	Client *Client `json:"-"`
}

// BeganAt is when the request arrived.
func (r *AuthorizationRequest) BeganAt() time.Time { return r.ID.Time() }

// earns reports whether the response holds this: "code", "token" or "id_token".
func (r *AuthorizationRequest) earns(what string) bool {
	if r.ResponseType == "" {
		return what == "code"
	}
	return slices.Contains(strings.Fields(r.ResponseType), what)
}

// mode is the response mode, by itself or as the response type wants it.
func (r *AuthorizationRequest) mode() string {
	switch {
	case r.ResponseMode != "":
		return r.ResponseMode
	case r.ResponseType != "":
		return ModeFragment // OAuth 2.0 Multiple Response Types §5
	}
	return ModeQuery
}

// Asked is the scope, and those whose claims are asked for one by one: what
// the person must agree to.
func (r *AuthorizationRequest) Asked() Scopes { return r.Scope.With(r.Claims.scopes()) }

// Prompts reports whether the client asked for this prompt (OpenID Connect
// Core §3.1.2.1).
func (r *AuthorizationRequest) Prompts(value string) bool { return slices.Contains(r.Prompt, value) }

// Show notes that the consent page is put before them.
func (r *AuthorizationRequest) Show(who Authentication) { r.ShownTo = who.key() }

// WasShown reports whether it was: to this person, in this login session.
func (r *AuthorizationRequest) WasShown(who Authentication) bool { return r.ShownTo == who.key() }

// Seal makes the handle with which the request travels. browser is a random
// text that only this browser has; without it nobody can open the handle.
func (s *Server) Seal(r *AuthorizationRequest, browser string) (string, error) {
	plain, err := json.Marshal(r)
	if err != nil {
		return "", err
	}
	return s.seal.seal(r.ID, plain, browser)
}

// ErrRequestLost says that the handle cannot be opened in this browser, or is too old.
var ErrRequestLost = errors.New("authorization request lost")

// Open reads a handle. Client and redirect URI are checked anew, because they
// may have changed since. Its errors are for the person alone.
func (s *Server) Open(ctx context.Context, handle, browser string) (*AuthorizationRequest, error) {
	plain, err := s.seal.open(handle, browser)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRequestLost, err)
	}
	r := new(AuthorizationRequest)
	if err := json.Unmarshal(plain, r); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRequestLost, err)
	}
	if age := s.now().Sub(r.BeganAt()); age > s.RequestTTL {
		return nil, fmt.Errorf("%w: it began %s ago", ErrRequestLost, age.Round(time.Second))
	}
	if r.Client, err = s.requestingClient(ctx, r.ClientID); err != nil {
		return nil, err
	}
	if _, err := r.Client.ChooseRedirectURI(r.RedirectURI); err != nil {
		return nil, err
	}
	return r, nil
}

// requestingClient finds the client that a person was sent by.
func (s *Server) requestingClient(ctx context.Context, id string) (*Client, error) {
	if id == "" {
		return nil, Errorf(CodeInvalidRequest, "The link has no client_id, so nobody can tell which application sent you.").WithReason(reasonUnknownClient)
	}
	client, err := s.clients.Client(ctx, id)
	switch {
	case errors.Is(err, ErrNotFound):
		return nil, Errorf(CodeInvalidClient, "No application is registered here under the client_id of the link.").WithReason(reasonUnknownClient).
			WithDetail("client_id %q is unknown", beginning(id))
	case err != nil:
		return nil, err
	case client.Disabled:
		return nil, Errorf(CodeUnauthorizedClient, "The application is disabled here.").WithReason("disabled")
	}
	return client, nil
}

// ChooseRedirectURI returns the URI that the answer goes to (RFC 6749 §3.1.2.3): exactly
// one of the registered URIs, or the only one if the request names none.
func (client *Client) ChooseRedirectURI(requested string) (string, error) {
	if requested == "" {
		switch len(client.RedirectURIs) {
		case 0:
			return "", Errorf(CodeInvalidRequest, "The application has no redirect URI registered.").WithReason("no_redirect_uri")
		case 1:
			return client.RedirectURIs[0], nil
		}
		return "", Errorf(CodeInvalidRequest, "The link has no redirect_uri, and the application has several registered.").WithReason("no_redirect_uri")
	}
	for _, registered := range client.RedirectURIs {
		if MatchRedirectURI(registered, requested) {
			return requested, nil
		}
	}
	return "", Errorf(CodeInvalidRequest, "The redirect_uri of the link is not one of those registered for the application.").WithReason("wrong_redirect_uri").
		WithDetail("%s", explainMismatch(client.RedirectURIs, requested))
}

// explainMismatch compares a redirect URI with each registered one, part by
// part: the answer to the question that every support thread asks.
func explainMismatch(registered []string, requested string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "redirect_uri %q matches none of %d registered", requested, len(registered))
	q, err := url.Parse(requested)
	for _, uri := range registered {
		if b.Len() > maxDetail {
			break
		}
		fmt.Fprintf(&b, "; %q: ", uri)
		r, rerr := url.Parse(uri)
		if err != nil || rerr != nil {
			b.WriteString("cannot be compared, one is not a URI")
			continue
		}
		var differ []string
		for _, part := range []struct{ name, registered, requested string }{
			{"scheme", r.Scheme, q.Scheme},
			{"host", r.Hostname(), q.Hostname()},
			{"port", r.Port(), q.Port()},
			{"path", r.EscapedPath(), q.EscapedPath()},
			{"query", r.RawQuery, q.RawQuery},
			{"fragment", r.Fragment, q.Fragment},
		} {
			if part.registered != part.requested {
				differ = append(differ, fmt.Sprintf("%s is %q, registered %q", part.name, part.requested, part.registered))
			}
		}
		if differ == nil {
			differ = []string{"same parts but written differently (letter case, encoding, a user name or an empty part)"}
		}
		b.WriteString(strings.Join(differ, ", "))
	}
	return b.String()
}

// newRequestSecret makes the secret of the code to come.
func newRequestSecret() (secret [32]byte) {
	_, _ = rand.Read(secret[:]) // never fails (crypto/rand)
	return secret
}
