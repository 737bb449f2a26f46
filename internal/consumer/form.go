package consumer

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/seed-e6a88a41/latchkey/internal/ui"
)

// formPage is the form with what was typed and what was wrong with it.
type formPage struct {
	ClientID, Issuer, AuthorizationURL, TokenURL, Scope, Prompt string
	Callback                                                    string
	Errors                                                      map[string]string
}

// form asks for the client id and the provider.
func (c *consumer) form(w http.ResponseWriter, r *http.Request) {
	f := read(r.URL.Query())
	if f.Issuer == "" && f.AuthorizationURL == "" {
		f.Issuer = c.Issuer
	}
	if f.Scope == "" {
		f.Scope = c.Scope
	}
	c.showForm(w, r, http.StatusOK, f)
}

func read(q url.Values) formPage {
	get := func(name string) string { return strings.TrimSpace(q.Get(name)) }
	return formPage{
		ClientID: get("client_id"), Issuer: get("issuer"), AuthorizationURL: get("authorization_url"),
		TokenURL: get("token_url"), Scope: get("scope"), Prompt: get("prompt"), Errors: make(map[string]string),
	}
}

func (c *consumer) showForm(w http.ResponseWriter, r *http.Request, status int, f formPage) {
	f.Callback = c.callback()
	c.render(w, r, status, "form", "Build an authorization link", ui.View{Data: f})
}

// linkPage shows the authorization link and what it is made of.
type linkPage struct {
	Link, Origin string
	Verifier     string
	Parameters   []parameter
	Form         formPage
}

type parameter struct{ Name, Value, Why string }

// build makes the authorization link.
func (c *consumer) build(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	if err := r.ParseForm(); err != nil {
		c.render(w, r, http.StatusBadRequest, "message", "Too long", ui.View{Data: note{"The form could not be read", "It was too long, or not a form."}})
		return
	}
	f := read(r.PostForm)
	if f.ClientID == "" {
		f.Errors["client_id"] = "Please type the client id that the provider gave your application."
	}
	p := &provider{Authorization: f.AuthorizationURL, Token: f.TokenURL}
	switch {
	case f.AuthorizationURL != "":
		if _, err := absolute(f.AuthorizationURL); err != nil {
			f.Errors["authorization_url"] = "The authorization URL: " + err.Error() + "/authorize."
		}
		if f.TokenURL != "" {
			if _, err := absolute(f.TokenURL); err != nil {
				f.Errors["token_url"] = "The token URL: " + err.Error() + "/token."
			}
		}
	case f.Issuer != "":
		found, err := c.discover(r.Context(), f.Issuer)
		if err != nil {
			f.Errors["issuer"] = "The issuer URL: " + err.Error() + "."
			break
		}
		p = found
	default:
		f.Errors["issuer"] = "Please type the provider's issuer URL here, or its authorization URL below."
	}
	if len(f.Errors) > 0 {
		c.showForm(w, r, http.StatusUnprocessableEntity, f)
		return
	}
	pending := newPending(c.Clock(), f.ClientID, p)
	if err := c.keep(w, pending); err != nil {
		c.Logger.ErrorContext(r.Context(), "pending request not sealed", "error", err.Error())
		http.Error(w, "Something went wrong.", http.StatusInternalServerError)
		return
	}
	c.showLink(w, r, f, p, pending)
}

func (c *consumer) showLink(w http.ResponseWriter, r *http.Request, f formPage, p *provider, pending *pending) {
	page := linkPage{Form: f, Verifier: pending.Verifier, Parameters: []parameter{
		{"response_type", "code", "Asks for an authorization code, which only this application can exchange."},
		{"client_id", f.ClientID, "Says which application asks."},
		{"redirect_uri", c.callback(), "Where the provider sends you back to. It must be registered there, letter by letter."},
		{"scope", f.Scope, "What the application wants to be allowed. Without it the provider decides."},
		{"state", pending.State, "A random text that must come back. It shows that the answer belongs to this browser and this request."},
		{"code_challenge", pending.challenge(), "The SHA-256 of a secret that stays here (PKCE). Whoever steals the code cannot exchange it without that secret."},
		{"code_challenge_method", "S256", "How the challenge was made."},
		{"prompt", f.Prompt, "Asks the provider to log in or to ask again, or to ask nothing."},
	}}
	target, err := url.Parse(p.Authorization)
	if err != nil {
		http.Error(w, "The authorization endpoint cannot be read.", http.StatusBadRequest)
		return
	}
	query := target.Query()
	for i := 0; i < len(page.Parameters); i++ {
		if page.Parameters[i].Value == "" {
			page.Parameters = append(page.Parameters[:i], page.Parameters[i+1:]...)
			i--
			continue
		}
		query.Set(page.Parameters[i].Name, page.Parameters[i].Value)
	}
	target.RawQuery = query.Encode()
	page.Link, page.Origin = target.String(), target.Host
	c.render(w, r, http.StatusOK, "link", "Here is the link", ui.View{Data: page})
}
