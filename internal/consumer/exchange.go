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
type errorPage struct {
	Heading, Text, Advice ui.Text
	Code, Description     string
}

// exchange handles the authorization response. It checks that the response belongs
// to a request of this browser and comes from the right provider, and shows the
// page on which the browser exchanges the code.
func (c *consumer) exchange(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	code, state := q.Get("code"), q.Get("state")
	if code == "" && q.Get("error") == "" {
		c.showError(w, r, http.StatusOK, errorPage{
			Heading: ui.Text{"consumer.answer.no_code_heading"},
			Text:    ui.Text{"consumer.answer.no_code"},
			Advice:  ui.Text{"consumer.answer.no_code_advice"},
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
			Heading: ui.Text{"consumer.answer.unknown_state_heading"},
			Text:    ui.Text{"consumer.answer.unknown_state"},
			Advice:  ui.Text{"consumer.answer.unknown_state_advice"},
		})
		return
	}
	if iss, known := q.Get("iss"), pending.Provider.Issuer; known != "" && iss != "" && iss != known {
		c.showError(w, r, http.StatusBadRequest, errorPage{
			Heading: ui.Text{"consumer.answer.other_provider_heading"},
			Text:    ui.Text{"consumer.answer.other_provider", "issuer", iss, "expected", known},
			Advice:  ui.Text{"consumer.answer.other_provider_advice"},
		})
		return
	}
	if e := q.Get("error"); e != "" {
		heading, advice := explainError(e)
		c.showError(w, r, http.StatusOK, errorPage{Heading: heading, Text: ui.Text{"consumer.answer.error"}, Advice: advice, Code: e, Description: q.Get("error_description")})
		return
	}
	p := &pending.Provider
	if p.Issuer != "" {
		var problem ui.Text
		if p, problem = c.discover(r.Context(), p.Issuer); problem != nil {
			c.showError(w, r, http.StatusBadGateway, errorPage{Heading: ui.Text{"consumer.answer.silent_heading"}, Text: problem, Advice: ui.Text{"consumer.answer.silent_advice"}})
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
	c.render(w, r, http.StatusOK, "exchange", ui.Text{"consumer.exchange.title"}, ui.View{Data: page, Scripts: []string{"exchange.js"}, ConnectSrc: anyServer})
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
func explainError(code string) (heading, advice ui.Text) {
	switch code {
	case "access_denied":
		return ui.Text{"consumer.answer.denied_heading"}, ui.Text{"consumer.answer.denied_advice"}
	case "invalid_scope":
		return ui.Text{"consumer.answer.scope_heading"}, ui.Text{"consumer.answer.scope_advice"}
	case "unauthorized_client":
		return ui.Text{"consumer.answer.client_heading"}, ui.Text{"consumer.answer.client_advice"}
	case "unsupported_response_type":
		return ui.Text{"consumer.answer.response_type_heading"}, ui.Text{"consumer.answer.response_type_advice"}
	case "invalid_request":
		return ui.Text{"consumer.answer.invalid_heading"}, ui.Text{"consumer.answer.invalid_advice"}
	case "login_required", "consent_required", "interaction_required", "account_selection_required":
		return ui.Text{"consumer.answer.ask_heading"}, ui.Text{"consumer.answer.ask_advice"}
	case "server_error", "temporarily_unavailable":
		return ui.Text{"consumer.answer.server_heading"}, ui.Text{"consumer.answer.server_advice"}
	}
	return ui.Text{"consumer.answer.other_heading"}, ui.Text{"consumer.answer.other_advice"}
}
