package consumer

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/seed-e6a88a41/latchkey/internal/ui"
)

// formPage is the data of the form: the values that the person entered, and error
// messages by field.
type formPage struct {
	ClientID, Issuer, AuthorizationURL, TokenURL, Scope, Resource, Prompt string
	RedirectURI                                                           string
	PushURL, AuthMethod                                                   string // of a pushed request
	More                                                                  string // further parameters, one per line
	Errors                                                                map[string]string
}

// form shows the form in which a person enters a client ID and a provider.
func (c *consumer) form(w http.ResponseWriter, r *http.Request) {
	c.showForm(w, r, http.StatusOK, c.formDefaults(r))
}

// formDefaults returns the values with which a form begins.
func (c *consumer) formDefaults(r *http.Request) formPage {
	f := readForm(r.URL.Query())
	if f.Issuer == "" && f.AuthorizationURL == "" {
		f.Issuer = c.Issuer
	}
	if f.Scope == "" {
		f.Scope = c.Scope
	}
	return f
}

func readForm(q url.Values) formPage {
	get := func(name string) string { return strings.TrimSpace(q.Get(name)) }
	return formPage{
		ClientID: get("client_id"), Issuer: get("issuer"), AuthorizationURL: get("authorization_url"),
		TokenURL: get("token_url"), Scope: get("scope"), Resource: get("resource"), Prompt: get("prompt"),
		PushURL: get("push_url"), AuthMethod: get("auth_method"), More: get("more"), Errors: make(map[string]string),
	}
}

func (c *consumer) showForm(w http.ResponseWriter, r *http.Request, status int, f formPage) {
	f.RedirectURI = c.redirectURI()
	c.render(w, r, status, "form", "Build an authorization link", ui.View{Data: f})
}

// linkPage is the data of the page that shows the authorization link and explains
// its parameters.
type linkPage struct {
	Link, Origin string
	Verifier     string
	Parameters   []parameter
}

type parameter struct{ Name, Value, Purpose string }

// build shows the authorization link for the values in the form.
func (c *consumer) build(w http.ResponseWriter, r *http.Request) {
	if err := ui.ParseForm(r); err != nil {
		c.unreadable(w, r)
		return
	}
	f := readForm(r.PostForm)
	p, more := c.checkForm(r.Context(), &f)
	if len(f.Errors) > 0 {
		c.showForm(w, r, http.StatusUnprocessableEntity, f)
		return
	}
	pending := newPending(c.Clock(), f, p)
	if err := c.storePending(w, pending); err != nil {
		c.failed(w, r, err)
		return
	}
	target, err := url.Parse(p.Authorization)
	if err != nil {
		http.Error(w, "The URL of the authorization endpoint is not valid.", http.StatusBadRequest)
		return
	}
	page := linkPage{Origin: target.Host, Verifier: pending.Verifier, Parameters: append(c.parameters(pending, f.Prompt), more...)}
	page.Link = withParameters(target, page.Parameters)
	c.render(w, r, http.StatusOK, "link", "Your authorization link", ui.View{Data: page})
}

// checkForm returns the provider and the further parameters that were entered. It adds an
// error message to the form for each mistake.
func (c *consumer) checkForm(ctx context.Context, f *formPage) (*provider, []parameter) {
	if f.ClientID == "" {
		f.Errors["client_id"] = "Enter the client ID of your application at the provider."
	}
	more, problem := furtherParameters(f.More)
	if problem != "" {
		f.Errors["more"] = problem
	}
	return c.chosenProvider(ctx, f), more
}

// chosenProvider returns the provider that was entered in the form. It adds an
// error message to the form if the provider cannot be used.
func (c *consumer) chosenProvider(ctx context.Context, f *formPage) *provider {
	switch {
	case f.AuthorizationURL != "":
		if _, ok := parseURL(f.AuthorizationURL); !ok {
			f.Errors["authorization_url"] = "The authorization URL must begin with http:// or https://, as in http://localhost:8000/o/authorize."
		}
		if _, ok := parseURL(f.TokenURL); !ok && f.TokenURL != "" {
			f.Errors["token_url"] = "The token URL must begin with http:// or https://, as in http://localhost:8000/o/token."
		}
		return &provider{Authorization: f.AuthorizationURL, Token: f.TokenURL, Pushed: f.PushURL}
	case f.Issuer != "":
		p, problem := c.discover(ctx, f.Issuer)
		if problem != "" {
			f.Errors["issuer"] = problem
		}
		return p
	}
	f.Errors["issuer"] = "Enter the issuer URL of the provider here, or its authorization URL below."
	return nil
}

// parameters returns the parameters of an authorization request that have a value.
func (c *consumer) parameters(request *pending, prompt string) []parameter {
	return slices.DeleteFunc([]parameter{
		{"response_type", "code", "Requests an authorization code. Only this application can exchange it for tokens."},
		{"client_id", request.ClientID, "Identifies the application."},
		{"redirect_uri", c.redirectURI(), "The address to which the provider sends you back. It must be registered at the provider in exactly this form."},
		{"scope", request.Scope, "The permissions that the application asks for. Without it, the provider chooses."},
		{"resource", request.Resource, "The API for which the application requests an access token (RFC 8707). Other APIs do not accept it."},
		{"state", request.State, "A random value that the provider must return. It proves that the response belongs to this browser and this request."},
		{"nonce", request.Nonce, "A random value that the ID token must contain. It proves that the ID token was issued for this request."},
		{"code_challenge", request.challenge(), "The SHA-256 hash of a secret, the code verifier (PKCE). An attacker who steals the code cannot exchange it without the verifier."},
		{"code_challenge_method", "S256", "The hash function that was used for the challenge."},
		{"prompt", prompt, "Chooses the page that the provider shows: login, consent, account selection, or none."},
	}, func(p parameter) bool { return p.Value == "" })
}

// furtherParameters parses the parameters that the person entered, one per line.
func furtherParameters(text string) (parameters []parameter, problem string) {
	own := []string{"response_type", "client_id", "redirect_uri", "scope", "resource", "state", "nonce", "code_challenge", "code_challenge_method", "prompt", "client_secret"}
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		name, value, found := strings.Cut(line, "=")
		if name = strings.TrimSpace(name); !found || name == "" {
			return nil, "Write each parameter on its own line, as in login_hint=ada@example.com."
		}
		if slices.Contains(own, name) {
			return nil, "The parameter " + name + " is set by this application. Remove it here."
		}
		parameters = append(parameters, parameter{name, strings.TrimSpace(value), "You added this parameter."})
	}
	return parameters, ""
}

// withParameters returns a URL with more parameters.
func withParameters(target *url.URL, parameters []parameter) string {
	query := target.Query()
	for _, p := range parameters {
		query.Set(p.Name, p.Value)
	}
	longer := *target
	longer.RawQuery = query.Encode()
	return longer.String()
}
