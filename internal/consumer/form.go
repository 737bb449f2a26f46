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
	Errors                                                                map[string]ui.Text
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
		PushURL: get("push_url"), AuthMethod: get("auth_method"), More: get("more"), Errors: make(map[string]ui.Text),
	}
}

func (c *consumer) showForm(w http.ResponseWriter, r *http.Request, status int, f formPage) {
	f.RedirectURI = c.redirectURI()
	c.render(w, r, status, "form", ui.Text{"consumer.form.title"}, ui.View{Data: f})
}

// linkPage is the data of the page that shows the authorization link and explains
// its parameters.
type linkPage struct {
	Link, Origin string
	Verifier     string
	Parameters   []parameter
}

type parameter struct {
	Name, Value string
	Purpose     ui.Text
}

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
		http.Error(w, c.plain(r, ui.Text{"consumer.fault.authorization_endpoint"}), http.StatusBadRequest)
		return
	}
	page := linkPage{Origin: target.Host, Verifier: pending.Verifier, Parameters: append(c.parameters(pending, f.Prompt), more...)}
	page.Link = withParameters(target, page.Parameters)
	c.render(w, r, http.StatusOK, "link", ui.Text{"consumer.link.title"}, ui.View{Data: page})
}

// checkForm returns the provider and the further parameters that were entered. It adds an
// error message to the form for each mistake.
func (c *consumer) checkForm(ctx context.Context, f *formPage) (*provider, []parameter) {
	if f.ClientID == "" {
		f.Errors["client_id"] = ui.Text{"consumer.fault.client_id"}
	}
	more, problem := furtherParameters(f.More)
	if problem != nil {
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
			f.Errors["authorization_url"] = ui.Text{"consumer.fault.authorization_url"}
		}
		if _, ok := parseURL(f.TokenURL); !ok && f.TokenURL != "" {
			f.Errors["token_url"] = ui.Text{"consumer.fault.token_url"}
		}
		return &provider{Authorization: f.AuthorizationURL, Token: f.TokenURL, Pushed: f.PushURL}
	case f.Issuer != "":
		p, problem := c.discover(ctx, f.Issuer)
		if problem != nil {
			f.Errors["issuer"] = problem
		}
		return p
	}
	f.Errors["issuer"] = ui.Text{"consumer.fault.issuer_missing"}
	return nil
}

// parameters returns the parameters of an authorization request that have a value.
func (c *consumer) parameters(request *pending, prompt string) []parameter {
	return slices.DeleteFunc([]parameter{
		{"response_type", "code", ui.Text{"consumer.parameter.response_type"}},
		{"client_id", request.ClientID, ui.Text{"consumer.parameter.client_id"}},
		{"redirect_uri", c.redirectURI(), ui.Text{"consumer.parameter.redirect_uri"}},
		{"scope", request.Scope, ui.Text{"consumer.parameter.scope"}},
		{"resource", request.Resource, ui.Text{"consumer.parameter.resource"}},
		{"state", request.State, ui.Text{"consumer.parameter.state"}},
		{"nonce", request.Nonce, ui.Text{"consumer.parameter.nonce"}},
		{"code_challenge", request.challenge(), ui.Text{"consumer.parameter.code_challenge"}},
		{"code_challenge_method", "S256", ui.Text{"consumer.parameter.code_challenge_method"}},
		{"prompt", prompt, ui.Text{"consumer.parameter.prompt"}},
	}, func(p parameter) bool { return p.Value == "" })
}

// furtherParameters parses the parameters that the person entered, one per line.
func furtherParameters(text string) (parameters []parameter, problem ui.Text) {
	own := []string{"response_type", "client_id", "redirect_uri", "scope", "resource", "state", "nonce", "code_challenge", "code_challenge_method", "prompt", "client_secret"}
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		name, value, found := strings.Cut(line, "=")
		if name = strings.TrimSpace(name); !found || name == "" {
			return nil, ui.Text{"consumer.fault.parameter_line"}
		}
		if slices.Contains(own, name) {
			return nil, ui.Text{"consumer.fault.parameter_own", "name", name}
		}
		parameters = append(parameters, parameter{name, strings.TrimSpace(value), ui.Text{"consumer.parameter.added"}})
	}
	return parameters, nil
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
