package consumer

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/seed-e6a88a41/latchkey/internal/ui"
)

// exchangePage is what came back from the provider, ready to be exchanged.
type exchangePage struct {
	Code, State, RedirectURI, TokenURL, ClientID, Verifier string
	Introspection, Revocation                              string
	Issuer                                                 string
}

// refusedPage explains why there is nothing to exchange.
type refusedPage struct{ Heading, Text, Advice, Code, Description string }

// exchange takes the provider's answer: it checks that the answer belongs to
// this browser and comes from the provider that was asked, and prepares the
// exchange, which the browser itself does.
func (c *consumer) exchange(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	code, state := q.Get("code"), q.Get("state")
	if code == "" && q.Get("error") == "" {
		c.refuse(w, r, http.StatusOK, refusedPage{
			Heading: "There is nothing to exchange yet",
			Text:    "A provider sends you to this page with a code, once you have given permission.",
			Advice:  "Begin with the authorization link.",
		})
		return
	}
	waiting, err := c.find(r, state)
	if err != nil {
		c.refuse(w, r, http.StatusBadRequest, refusedPage{
			Heading: "This answer does not belong here",
			Text:    "Its state is not one that this browser was given: the request was begun elsewhere, or more than an hour ago. A real application stops here too, because somebody might be slipping you their own answer.",
			Advice:  "Build a new authorization link in this browser.",
		})
		return
	}
	if iss, known := q.Get("iss"), waiting.Provider.Issuer; known != "" && iss != "" && iss != known {
		c.refuse(w, r, http.StatusBadRequest, refusedPage{
			Heading: "This answer comes from another provider",
			Text:    "It says that it was issued by " + iss + ", but " + known + " was asked (RFC 9207).",
			Advice:  "Do not go on. If you run the provider, check its issuer setting.",
		})
		return
	}
	if e := q.Get("error"); e != "" {
		heading, advice := explain(e)
		c.refuse(w, r, http.StatusOK, refusedPage{Heading: heading, Text: "The provider answered with an error.", Advice: advice, Code: e, Description: q.Get("error_description")})
		return
	}
	page := exchangePage{
		Code: code, State: state, RedirectURI: c.callback(), ClientID: waiting.ClientID, Verifier: waiting.Verifier,
		TokenURL: waiting.Provider.Token, Introspection: waiting.Provider.Introspection, Revocation: waiting.Provider.Revocation, Issuer: waiting.Provider.Issuer,
	}
	if page.TokenURL == "" {
		page.TokenURL = guessTokenURL(waiting.Provider.Authorization)
	}
	c.render(w, r, http.StatusOK, "exchange", "Exchange the code", ui.View{Data: page, Scripts: []string{"exchange.js"}, ConnectSrc: anyServer})
}

func (c *consumer) refuse(w http.ResponseWriter, r *http.Request, status int, page refusedPage) {
	c.render(w, r, status, "refused", page.Heading, ui.View{Data: page})
}

// guessTokenURL suggests a token URL where only the other was typed; the
// person sees it and may change it.
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

// explain says in words what a provider's error means (RFC 6749 §4.1.2.1), and
// what to do.
func explain(code string) (heading, advice string) {
	switch code {
	case "access_denied":
		return "Permission was not given", "You, or the provider, said no. Build a new link if you want to try again."
	case "invalid_scope":
		return "The provider does not know this scope", "Build a new link with other scopes, or with none."
	case "unauthorized_client":
		return "The application may not ask this way", "Allow the grant type authorization_code in the application's settings at the provider."
	case "unsupported_response_type":
		return "The provider does not give codes", "Use a provider that supports response_type=code."
	case "invalid_request":
		return "The provider did not understand the request", "Its description below says what it misses."
	case "login_required", "consent_required", "interaction_required", "account_selection_required":
		return "The provider needs to ask you something", "The link said prompt=none, which forbids asking. Build a new link without it."
	case "server_error", "temporarily_unavailable":
		return "The provider is in trouble", "Wait a moment and build a new link."
	}
	return "The provider said no", "Its description below may say why."
}
