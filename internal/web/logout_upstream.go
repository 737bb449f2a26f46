package web

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/seal"
	"github.com/seed-e6a88a41/latchkey/internal/upstream"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// logoutToken ends the sessions that began with a login that has ended at a provider
// (OpenID Connect Back-Channel Logout 1.0 §2.5). Their tokens are
// revoked, and the applications are notified, as after every logout.
func (h *Handler) logoutToken(ctx context.Context, r *http.Request, params oauth.Params) (any, error) {
	p, err := h.Providers.Known(ctx, r.PathValue("provider"))
	if err != nil {
		return nil, err // a provider repeats the request
	}
	if p == nil {
		return nil, oauth.Errorf(oauth.CodeInvalidRequest, "There is no login provider with this name.").WithReason("logout_provider")
	}
	var logout upstream.Logout
	err = h.Accounts.CheckLogoutToken(ctx, h.Address(r), func() (err error) {
		logout, err = p.Logout(ctx, params.Get("logout_token"))
		if errors.Is(err, upstream.ErrUnavailable) {
			return fmt.Errorf("%w: %w", account.ErrNotChecked, err) // it does not count as an invalid token
		}
		return err
	})
	if err != nil {
		return nil, logoutTokenError(err)
	}
	sessions, err := h.Accounts.SessionsOf(ctx, account.IdentityLogout{Provider: p.Name, Issuer: logout.Issuer, Subject: logout.Subject, SessionID: logout.SessionID})
	if err != nil {
		return nil, err
	}
	first, err := h.OAuth.UseOnce(ctx, "logout token", fmt.Sprintf("%s %x", p.Name, sha256.Sum256([]byte(logout.TokenID))), logout.Expires)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, s := range sessions {
		// The first attempt may have failed to end the sessions. So a token that was used
		// before still ends them, but no session that has begun since then.
		if first || s.CreatedAt.Before(logout.IssuedAt) {
			ids = append(ids, s.ID)
		}
	}
	switch {
	case len(ids) > 0:
		return nil, h.OAuth.EndSessions(context.WithoutCancel(ctx), ids...)
	case !first:
		return nil, oauth.Errorf(oauth.CodeInvalidRequest, "This logout token was used before.").WithReason("logout_token_used")
	}
	return nil, nil
}

// logoutTokenError returns the error for the provider (§2.8). A provider repeats a request
// that failed for another reason than the token.
func logoutTokenError(err error) error {
	if throttled, ok := errors.AsType[*account.ThrottledError](err); ok {
		rejected := *oauth.Errorf(oauth.CodeInvalidRequest, "There were too many invalid logout tokens from this address. Try again later.").WithReason("logout_tokens")
		rejected.RetryAfter = throttled.RetryAfter
		return &rejected
	}
	switch {
	case errors.Is(err, upstream.ErrUnavailable):
		return oauth.Errorf(oauth.CodeTemporarilyUnavailable, "The keys of the provider cannot be fetched. Try again later.").WithReason("logout_token_keys").WithDetail("%v", err)
	case errors.Is(err, upstream.ErrInvalid):
		return oauth.Errorf(oauth.CodeInvalidRequest, "The logout_token is not valid. The log of this server has the reason.").WithReason("logout_token").WithDetail("%v", err)
	}
	return err
}

// A logoutState is the sealed state of a logout at a provider: where the person continues.
type logoutState struct {
	At int64 `json:"t"` // milliseconds
	// Location is the address of an application, and App its name. Next is a path of this
	// server.
	Location string `json:"l,omitempty"`
	App      string `json:"a,omitempty"`
	Next     string `json:"n,omitempty"`
	ID       string `json:"i"`
	Kept     string `json:"k,omitempty"` // the ID of a Location that is stored
}

// providerOfSession returns the provider at which the session of a request began, or nil.
func (h *Handler) providerOfSession(r *http.Request) (*upstream.Provider, error) {
	if h.Host != nil {
		return nil, nil
	}
	if all, err := h.Providers.Entries(r.Context()); len(all) == 0 {
		return nil, err
	}
	_, session, err := h.user(r)
	if err != nil || session.Provider() == "" {
		return nil, err
	}
	return h.Providers.Known(r.Context(), session.Provider())
}

// endSessionURL returns the address at which a person logs out at a provider, and then
// continues as the state says, or "".
func (h *Handler) endSessionURL(w http.ResponseWriter, r *http.Request, p *upstream.Provider, s logoutState) (location string, err error) {
	s.At, s.ID = h.Clock().UnixMilli(), rand.Text()
	if len(s.Location) > maxStateNext {
		if s.Kept, err = h.OAuth.KeepRequest(r.Context(), s.Location, s.ID, "", stateTTL); err != nil {
			return "", err
		}
		s.Location = ""
	}
	plain, err := json.Marshal(s)
	if err != nil {
		return "", err
	}
	var id [16]byte
	_, _ = rand.Read(id[:]) // never fails (crypto/rand)
	state, err := seal.Sealer{Key: h.StateKey}.Seal(id, plain, logoutContext(p, h.ensureBrowser(w, r)))
	if err != nil {
		return "", err
	}
	return p.EndSessionURL(r.Context(), h.OAuth.Issuer+"/login/with/"+p.Name+"/logged-out/", state), nil
}

func logoutContext(p *upstream.Provider, browser string) string {
	return "logout " + stateContext(p, browser)
}

// logoutWith sends a person who has logged out here to a provider, to log out there, too.
func (h *Handler) logoutWith(w http.ResponseWriter, r *http.Request) error {
	if r.Method != http.MethodGet {
		return methodNotAllowed(w, r, "GET")
	}
	p, err := h.knownProviderOf(r)
	if err != nil {
		return err
	}
	location, err := h.endSessionURL(w, r, p, logoutState{})
	if err != nil {
		return err
	}
	if location == "" {
		return h.providerProblem(p, "/", upstream.ErrUnavailable)
	}
	return h.leave(w, r, location, p.Button(), false)
}

// loggedOutWith is the address to which a provider returns a person after the logout there.
// Without a valid state, the person only sees that they are logged out.
func (h *Handler) loggedOutWith(w http.ResponseWriter, r *http.Request) error {
	if r.Method != http.MethodGet {
		return methodNotAllowed(w, r, "GET")
	}
	p, err := h.knownProviderOf(r)
	if err != nil {
		return err
	}
	s, err := h.openLogoutState(r, p)
	switch {
	case err != nil:
		return err
	case s.Location != "":
		return h.leave(w, r, s.Location, s.App, false)
	case s.Next != "":
		return h.redirect(w, r, s.Next)
	}
	return h.showLoggedOut(w, r, nil)
}

func (h *Handler) openLogoutState(r *http.Request, p *upstream.Provider) (s logoutState, err error) {
	const maxState = 8 << 10
	text := r.URL.Query().Get("state")
	if len(text) > maxState {
		return s, nil
	}
	for _, browser := range h.browsers(r) {
		plain, err := seal.Sealer{Key: h.StateKey}.Open(text, logoutContext(p, browser))
		if err != nil || json.Unmarshal(plain, &s) != nil {
			continue
		}
		if age := h.Clock().Sub(time.UnixMilli(s.At)); age >= stateTTL || age < -stateTTL {
			return logoutState{}, nil
		}
		if s.Kept != "" {
			kept, err := h.OAuth.TakeRequest(r.Context(), s.Kept, s.ID, "")
			s.Location = cmp.Or(kept, s.Location)
			return s, err
		}
		return s, nil
	}
	return s, nil
}
