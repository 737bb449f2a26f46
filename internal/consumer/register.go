package consumer

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/go-jose/go-jose/v4"

	"github.com/seed-e6a88a41/latchkey/internal/ui"
)

// registerPage is the data of the form with which this application registers itself at
// a provider.
type registerPage struct {
	Issuer, Name, AuthMethod, Scope, More string
	Grants                                []string
	RedirectURI, PostLogoutRedirectURI    string
	Error                                 ui.Text
	Exchange                              *jsonExchange // a request that was rejected, or nil
}

// Allows reports whether the grant type is selected, for the template.
func (p registerPage) Allows(grant string) bool { return slices.Contains(p.Grants, grant) }

func (c *consumer) registerForm(w http.ResponseWriter, r *http.Request) {
	page := registerPage{
		Issuer: c.defaults(r).Issuer, Name: "OAuth 2 consumer", AuthMethod: "client_secret_basic",
		Grants: []string{"authorization_code", "refresh_token"},
	}
	c.showRegister(w, r, http.StatusOK, page)
}

func (c *consumer) showRegister(w http.ResponseWriter, r *http.Request, status int, page registerPage) {
	page.RedirectURI, page.PostLogoutRedirectURI = c.redirectURI(), c.postLogoutRedirectURI()
	c.render(w, r, status, "register", ui.Text{"consumer.register.title"}, ui.View{Data: page})
}

// registeredPage is the data of the page that shows a registration. Client has its
// credentials in JSON, which the script of the page keeps in the tab.
type registeredPage struct {
	ClientID, Secret, Issuer, Scope string
	URI, Token                      string // of the management of the registration (RFC 7592)
	Client                          string
	Exchange                        jsonExchange
}

// register registers this application at the provider (RFC 7591 §3). The server sends
// the request, because few providers let web pages do so.
func (c *consumer) register(w http.ResponseWriter, r *http.Request) {
	if err := ui.ParseForm(r); err != nil {
		c.unreadable(w, r)
		return
	}
	get := func(name string) string { return strings.TrimSpace(r.PostForm.Get(name)) }
	page := registerPage{
		Issuer: get("issuer"), Name: get("client_name"), AuthMethod: get("auth_method"), Scope: get("scope"), More: get("more"), Grants: r.PostForm["grant"],
	}
	metadata, problem := c.registration(w, r, page)
	var p *provider
	if problem == nil {
		p, problem = c.discover(r.Context(), page.Issuer)
	}
	if problem == nil && p.Registration == "" {
		problem = ui.Text{"consumer.fault.no_registration"}
	}
	if problem != nil {
		page.Error = problem
		c.showRegister(w, r, http.StatusUnprocessableEntity, page)
		return
	}
	done := c.exchangeJSON(r, http.MethodPost, p.Registration, get("initial_access_token"), metadata)
	var client struct {
		ID     string `json:"client_id"`
		Secret string `json:"client_secret"`
		URI    string `json:"registration_client_uri"`
		Token  string `json:"registration_access_token"`
		// AuthMethod can be another one than the requested one (RFC 7591 §3.2.1).
		AuthMethod string `json:"token_endpoint_auth_method"`
	}
	if json.Unmarshal(done.body, &client) != nil || done.code/100 != 2 || client.ID == "" {
		page.Error, page.Exchange = explainRegistration(done.code), &done
		c.showRegister(w, r, http.StatusUnprocessableEntity, page)
		return
	}
	kept, err := json.Marshal(map[string]string{
		"client_id": client.ID, "client_secret": client.Secret, "issuer": page.Issuer, "auth_method": cmp.Or(client.AuthMethod, page.AuthMethod),
	})
	if err != nil {
		c.failed(w, r, err)
		return
	}
	c.render(w, r, http.StatusOK, "registered", ui.Text{"consumer.registered.title"}, ui.View{Scripts: []string{"registered.js"}, Data: registeredPage{
		ClientID: client.ID, Secret: client.Secret, Issuer: page.Issuer, Scope: c.Scope,
		URI: client.URI, Token: client.Token, Client: string(kept), Exchange: done,
	}})
}

// registration returns the metadata of this application in JSON (RFC 7591 §2).
func (c *consumer) registration(w http.ResponseWriter, r *http.Request, page registerPage) (metadata []byte, problem ui.Text) {
	members := map[string]any{
		"client_name": page.Name, "grant_types": page.Grants, "token_endpoint_auth_method": page.AuthMethod, "application_type": "web",
	}
	if !strings.HasPrefix(c.BaseURL, "https:") {
		members["application_type"] = "native" // only native applications can use http, and only on the user's machine
	}
	if page.Allows("authorization_code") {
		members["redirect_uris"], members["response_types"] = []string{c.redirectURI()}, []string{"code"}
		members["post_logout_redirect_uris"] = []string{c.postLogoutRedirectURI()}
	}
	if page.Scope != "" {
		members["scope"] = page.Scope
	}
	if page.AuthMethod == "private_key_jwt" {
		key, err := c.browserKey(w, r)
		if err != nil {
			return nil, ui.Text{"consumer.fault.browser_key"}
		}
		members["jwks"] = jose.JSONWebKeySet{Keys: []jose.JSONWebKey{key.Public()}}
	}
	if page.More != "" {
		if json.Unmarshal([]byte(page.More), &members) != nil || members == nil {
			return nil, ui.Text{"consumer.fault.register_more", "example", `{"logo_uri": "https://app.example/logo.png"}`}
		}
	}
	metadata, err := json.MarshalIndent(members, "", "  ")
	if err != nil {
		return nil, ui.Text{"consumer.fault.metadata_json"}
	}
	return metadata, nil
}

// explainRegistration returns what to do about a rejected registration.
func explainRegistration(code int) ui.Text {
	switch code {
	case 0:
		return ui.Text{"consumer.fault.register_silent"}
	case http.StatusUnauthorized, http.StatusForbidden:
		return ui.Text{"consumer.fault.register_closed"}
	case http.StatusTooManyRequests:
		return ui.Text{"consumer.fault.register_many"}
	case http.StatusBadRequest:
		return ui.Text{"consumer.fault.register_metadata"}
	}
	return ui.Text{"consumer.fault.register_other"}
}
