package web

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/seal"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/internal/upstream"
)

// A loginProvider is a button on the login page.
type loginProvider struct {
	Name string // the name of the provider on the button
	URL  string // where the button leads
	ID   string // the name of the provider in the settings
	Last bool   // the last person in this browser logged in there
	// hasPasswords is set if it leads to our own page for the password in a directory.
	hasPasswords bool
}

// loginProviders returns the buttons of the providers for which offered is true, or of all
// if it is nil. The person continues at next.
func (h *Handler) loginProviders(ctx context.Context, next string, offered func(*upstream.Provider) bool) (buttons []loginProvider, err error) {
	all, err := h.Providers.All(ctx)
	for _, p := range all {
		if offered != nil && !offered(p) {
			continue
		}
		buttons = append(buttons, loginProvider{Name: p.Button(), URL: h.providerURL(p, next), ID: p.Name, hasPasswords: p.HasPasswords()})
	}
	return buttons, err
}

// signsUp reports whether a provider creates accounts for people without an invitation.
func signsUp(p *upstream.Provider) bool { return p.SignsUp() }

// connectedTo returns a function that reports whether a provider is among the factors.
func connectedTo(factors []account.Factor) func(*upstream.Provider) bool {
	return func(p *upstream.Provider) bool {
		return slices.ContainsFunc(factors, func(f account.Factor) bool { return issued(p, f) })
	}
}

// issued reports whether a factor is an identity of a provider: a person can log in with
// it there. Its name is not enough, because the issuer of a provider can be changed.
func issued(p *upstream.Provider, f account.Factor) bool {
	issuer, _ := f.ProviderSubject()
	return f.Kind == account.FactorIdentity && p.Issues(issuer)
}

// errProviderDisabled means that nobody can log in with the provider at present.
var errProviderDisabled = errors.New("the login provider is disabled")

// providerOf returns the provider in the path of a request, at which a person wants to log in.
func (h *Handler) providerOf(r *http.Request) (*upstream.Provider, error) {
	p, err := h.knownProviderOf(r)
	if err == nil && p.Disabled {
		return nil, h.providerProblem(p, localPath(r.URL.Query().Get("next"), "/"), errProviderDisabled)
	}
	return p, err
}

// knownProviderOf is providerOf for requests that log nobody in. The provider can be disabled.
func (h *Handler) knownProviderOf(r *http.Request) (*upstream.Provider, error) {
	p, err := h.Providers.Known(r.Context(), r.PathValue("provider"))
	if p == nil && err == nil {
		err = &ui.Problem{
			Status: http.StatusNotFound, Heading: ui.Text{"with.unknown_heading"}, Text: ui.Text{"with.unknown"},
			Links: []ui.Link{{Text: ui.Text{"button.log_in"}, URL: h.loginURL("/")}},
		}
	}
	return p, err
}

const (
	// stateTTL is how long a login at a provider can take.
	stateTTL = 30 * time.Minute
	// maxStateNext is the length of the longest next in the state. A longer one is stored by
	// the server, because some providers limit the length of the state.
	maxStateNext = 1500
)

// A loginState is the sealed state of a login at a provider. It is bound to the provider
// and the browser, and used once.
type loginState struct {
	ID       string `json:"i"`
	Nonce    string `json:"n"`
	Verifier string `json:"v"`
	At       int64  `json:"t"` // milliseconds
	Next     string `json:"x,omitempty"`
	Kept     string `json:"k,omitempty"` // the ID of a next that is stored
	Fresh    bool   `json:"f,omitempty"`
	MaxAge   int64  `json:"a"` // seconds, or negative
	// Session is the session of the person who connects the provider with their account, or
	// empty for a login.
	Session string `json:"s,omitempty"`
	// Invitation is the code of the invitation with which the person logs in, or empty.
	Invitation string `json:"c,omitempty"`
	// Trial is the session of an administrator who tests the provider, or empty. Nobody is
	// logged in then.
	Trial string `json:"r,omitempty"`
}

func (s loginState) began() time.Time { return time.UnixMilli(s.At) }

// request returns what the answer is compared with.
func (s loginState) request() upstream.Request {
	r := upstream.NewRequest("", s.Nonce, s.began())
	r.Verifier, r.Fresh, r.MaxAge = s.Verifier, s.Fresh, time.Duration(s.MaxAge)*time.Second
	return r
}

// errNoNewLogin means that a new login is required, and the provider cannot confirm one.
var errNoNewLogin = errors.New("the login provider cannot confirm a new login")

// loginWith sends a person to a provider, to log in there and continue at next.
func (h *Handler) loginWith(w http.ResponseWriter, r *http.Request) error {
	p, err := h.providerOf(r)
	if err != nil {
		return err
	}
	if p.HasPasswords() && (r.Method == http.MethodGet || r.Method == http.MethodPost) {
		return h.loginWithPassword(w, r, p)
	}
	if r.Method != http.MethodGet {
		return methodNotAllowed(w, r, "GET")
	}
	return h.toLoginAt(w, r, p, loginState{Next: localPath(r.URL.Query().Get("next"), "/")})
}

// toLoginAt sends a person to a provider with the state of a login.
func (h *Handler) toLoginAt(w http.ResponseWriter, r *http.Request, p *upstream.Provider, state loginState) error {
	location, err := h.loginLocation(w, r, p, state)
	if err != nil {
		return err
	}
	return h.redirect(w, r, location)
}

// loginLocation returns the address at which a person logs in with the state of a login, or a
// Problem.
func (h *Handler) loginLocation(w http.ResponseWriter, r *http.Request, p *upstream.Provider, state loginState) (string, error) {
	request, err := h.upstreamRequest(r, state.Next)
	if err != nil {
		return "", err
	}
	if (request.Fresh || request.MaxAge >= 0) && !p.ConfirmsNewLogins() {
		return "", h.notReached(r, p, state, errNoNewLogin)
	}
	request.OtherAccount = request.OtherAccount || r.URL.Query().Get("other") != "" && !request.Fresh
	location, err := h.toProvider(w, r, p, request, state)
	if err != nil {
		return "", h.notReached(r, p, state, err)
	}
	return location, nil
}

// notReached is providerProblem for a person who could not be sent to the provider.
func (h *Handler) notReached(r *http.Request, p *upstream.Provider, state loginState, err error) error {
	h.noteLoginFailure(withNext(r, state.Next), p.Name, err)
	return h.providerProblem(p, state.Next, err)
}

// upstreamRequest returns what the application wants of the login that continues at next.
// A person who is already logged in is confirming their identity.
func (h *Handler) upstreamRequest(r *http.Request, next string) (upstream.Request, error) {
	request := upstream.NewRequest("", rand.Text(), h.Clock())
	person, err := h.person(r)
	if err != nil {
		return request, err
	}
	req := h.pendingRequest(r, next)
	if req == nil {
		request.Fresh = person.Authentication != nil
		return request, nil
	}
	if req.MaxAge != nil {
		request.MaxAge = time.Duration(min(*req.MaxAge, 1<<31)) * time.Second
	}
	request.Fresh = req.Prompts("login") || request.MaxAge == 0
	request.OtherAccount, request.Create = person.Authentication != nil && !request.Fresh, req.Prompts("create")
	request.LoginHint, request.ACRValues, request.UILocales = req.LoginHint, req.WantedACRs(), req.UILocales
	return request, nil
}

// toProvider returns the address to which the browser is sent.
func (h *Handler) toProvider(w http.ResponseWriter, r *http.Request, p *upstream.Provider, request upstream.Request, s loginState) (location string, err error) {
	s.ID, s.Nonce, s.Verifier, s.At = rand.Text(), request.Nonce, request.Verifier, request.BeganAt.UnixMilli()
	s.Fresh, s.MaxAge = request.Fresh, int64(request.MaxAge/time.Second)
	if request.MaxAge < 0 {
		s.MaxAge = -1
	}
	if len(s.Next) > maxStateNext {
		if err = h.Accounts.CountKeptRequest(r.Context()); err == nil {
			s.Kept, err = h.OAuth.KeepRequest(r.Context(), s.Next, s.ID, "", stateTTL)
		}
		if err != nil {
			return "", err
		}
		s.Next = ""
	}
	if request.State, err = h.sealState(p, s, h.ensureBrowser(w, r)); err != nil {
		return "", err
	}
	if p.HasPasswords() {
		return h.base + "/login/with/" + p.Name + "/?state=" + url.QueryEscape(request.State), nil
	}
	return p.URL(r.Context(), request)
}

func (h *Handler) sealState(p *upstream.Provider, s loginState, browser string) (string, error) {
	plain, err := json.Marshal(s)
	if err != nil {
		return "", err
	}
	var id [16]byte
	_, _ = rand.Read(id[:]) // never fails (crypto/rand)
	return seal.Sealer{Key: h.StateKey}.Seal(id, plain, stateContext(p, browser))
}

// stateContext returns the text to which a state is bound.
func stateContext(p *upstream.Provider, browser string) string {
	return fmt.Sprintf("%d %s%s", len(p.Name), p.Name, browser)
}

// openState opens the state of an answer, and uses it up. It returns
// account.ErrLoginExpired if the login did not begin in this browser, if it took too long,
// or if the state was used before.
func (h *Handler) openState(r *http.Request, p *upstream.Provider) (s loginState, err error) {
	if s, err = h.readState(r, p); err == nil {
		err = h.useState(r, &s)
	}
	return s, err
}

// readState is openState, but does not use up the state.
func (h *Handler) readState(r *http.Request, p *upstream.Provider) (s loginState, err error) {
	const maxState = 8 << 10
	text := r.URL.Query().Get("state")
	if len(text) > maxState {
		return s, account.ErrLoginExpired
	}
	for _, browser := range h.browsers(r) {
		plain, err := seal.Sealer{Key: h.StateKey}.Open(text, stateContext(p, browser))
		if err != nil || json.Unmarshal(plain, &s) != nil {
			continue
		}
		if age := h.Clock().Sub(s.began()); age >= stateTTL || age < -stateTTL {
			return s, account.ErrLoginExpired
		}
		return s, nil
	}
	return s, account.ErrLoginExpired
}

// useState uses up a state, and completes its Next.
func (h *Handler) useState(r *http.Request, s *loginState) error {
	first, err := h.OAuth.UseOnce(r.Context(), "login state", s.ID, s.began().Add(2*stateTTL))
	if err == nil && !first {
		err = account.ErrLoginExpired
	}
	if err == nil && s.Kept != "" {
		s.Next, err = h.OAuth.TakeRequest(r.Context(), s.Kept, s.ID, "")
	}
	s.Next = cmp.Or(s.Next, "/")
	return err
}
