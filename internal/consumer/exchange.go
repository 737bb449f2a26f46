package consumer

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"github.com/seed-e6a88a41/latchkey/internal/ui"
)

// exchangePage is the data of the page on which the browser exchanges the code.
type exchangePage struct {
	Code, State, RedirectURI, TokenURL, ClientID, Verifier string
	Nonce, Scope, Resource                                 string
	Provider                                               string // the metadata in JSON
}

// errorPage is the data of the page that explains why a code cannot be exchanged.
type errorPage struct{ Heading, Text, Advice, Code, Description string }

// exchange handles the authorization response. It checks that the response belongs
// to a request of this browser and comes from the right provider, and shows the
// page on which the browser exchanges the code.
func (c *consumer) exchange(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	code, state := q.Get("code"), q.Get("state")
	if code == "" && q.Get("error") == "" {
		c.showError(w, r, http.StatusOK, errorPage{
			Heading: "There is no code to exchange yet",
			Text:    "The provider sends you to this page with a code after you have given permission.",
			Advice:  "Start by building an authorization link.",
		})
		return
	}
	pending, found := c.findPending(r, state)
	if found && pending.Silent {
		c.silentAnswer(w, r, pending)
		return
	}
	if !found {
		c.showError(w, r, http.StatusBadRequest, errorPage{
			Heading: "This response does not belong to this browser",
			Text:    "Its state parameter is unknown: the request was started in another browser, or more than an hour ago. A real application must stop here, too, because an attacker could have sent you the response to their own request.",
			Advice:  "Build a new authorization link in this browser.",
		})
		return
	}
	if iss, known := q.Get("iss"), pending.Provider.Issuer; known != "" && iss != "" && iss != known {
		c.showError(w, r, http.StatusBadRequest, errorPage{
			Heading: "This response comes from another provider",
			Text:    "Its issuer is " + iss + ", but the request was sent to " + known + " (RFC 9207).",
			Advice:  "Do not continue. If you run the provider, check its issuer setting.",
		})
		return
	}
	if e := q.Get("error"); e != "" {
		heading, advice := explainError(e)
		c.showError(w, r, http.StatusOK, errorPage{Heading: heading, Text: "The provider returned an error.", Advice: advice, Code: e, Description: q.Get("error_description")})
		return
	}
	p := &pending.Provider
	if p.Issuer != "" {
		var problem string
		if p, problem = c.discover(r.Context(), p.Issuer); problem != "" {
			c.showError(w, r, http.StatusBadGateway, errorPage{Heading: "The provider is not responding", Text: problem, Advice: "Reload this page soon: the code is still valid for a short time. Or build a new link."})
			return
		}
	}
	metadata, err := json.Marshal(p)
	if err != nil {
		c.failed(w, r, err)
		return
	}
	page := exchangePage{
		Code: code, State: state, RedirectURI: c.redirectURI(), ClientID: pending.ClientID, Verifier: pending.Verifier,
		Nonce: pending.Nonce, Scope: pending.Scope, Resource: pending.Resource, TokenURL: p.Token, Provider: string(metadata),
	}
	if page.TokenURL == "" {
		page.TokenURL = guessTokenURL(p.Authorization)
	}
	c.render(w, r, http.StatusOK, "exchange", "Exchange the code", ui.View{Data: page, Scripts: []string{"exchange.js"}, ConnectSrc: anyServer})
}

func (c *consumer) showError(w http.ResponseWriter, r *http.Request, status int, page errorPage) {
	c.render(w, r, status, "error", page.Heading, ui.View{Data: page})
}

// guessTokenURL suggests a token URL if only the authorization URL is known. The
// person can change it on the page.
func guessTokenURL(authorization string) string {
	u, err := url.Parse(authorization)
	if err != nil {
		return ""
	}
	path := strings.TrimSuffix(u.Path, "/")
	rest, found := strings.CutSuffix(path, "/authorize")
	if !found {
		return ""
	}
	u.Path, u.RawQuery = rest+"/token", ""
	if strings.HasSuffix(authorization, "/") {
		u.Path += "/"
	}
	return u.String()
}

// explainError returns a heading and advice for the error code of an authorization
// response (RFC 6749 §4.1.2.1).
func explainError(code string) (heading, advice string) {
	switch code {
	case "access_denied":
		return "Permission was not given", "You or the provider denied the request. Build a new link to try again."
	case "invalid_scope":
		return "The provider does not accept these scopes", "Build a new link with other scopes, or without scopes."
	case "unauthorized_client":
		return "The application is not allowed to make this request", "Allow the grant type authorization_code in the application's settings at the provider."
	case "unsupported_response_type":
		return "The provider does not issue authorization codes", "Use a provider that supports response_type=code."
	case "invalid_request":
		return "The provider rejected the request as invalid", "See the description above."
	case "login_required", "consent_required", "interaction_required", "account_selection_required":
		return "The provider needs to ask you something", "The link contains prompt=none, which does not allow that. Build a new link without it."
	case "server_error", "temporarily_unavailable":
		return "The provider has a problem", "Wait a moment, then build a new link."
	}
	return "The provider rejected the request", "The description above may explain why."
}
