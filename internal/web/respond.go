package web

import (
	"html/template"
	"net/http"
	"strings"

	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

type formPostPage struct {
	App string
	// Action is a registered redirect URI; its scheme was checked when it was
	// registered.
	Action template.URL
	Fields []formField
}

type formField struct{ Name, Value string }

// respond sends an answer to the client: with a redirect, or in a form that the
// browser submits (OAuth 2.0 Form Post Response Mode).
func (h *Handler) respond(w http.ResponseWriter, r *http.Request, req *provider.AuthorizationRequest, answer *provider.AuthorizationResponse) error {
	if answer.Mode != oauth.ModeFormPost {
		redirect(w, r, answer.Location())
		return nil
	}
	data := formPostPage{App: clientName(req.Client), Action: template.URL(answer.RedirectURI)} //nolint:gosec // see formPostPage
	for i := 0; i < len(answer.Fields); i += 2 {
		data.Fields = append(data.Fields, formField{answer.Fields[i], answer.Fields[i+1]})
	}
	return h.Pages.Render(w, r, http.StatusOK, "form_post", ui.View{
		Title: "Back to " + data.App, Narrow: true, Data: data,
		FormAction: []string{formTarget(answer.RedirectURI)}, Scripts: []string{"form_post.js"},
	})
}

// redirect sends a browser to another address. After a POST the browser must
// not send the body again (RFC 9700 §4.12).
func redirect(w http.ResponseWriter, r *http.Request, location string) {
	status := http.StatusFound
	if r.Method == http.MethodPost {
		status = http.StatusSeeOther
	}
	header := w.Header()
	header.Set("Cache-Control", "no-store")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("Location", location)
	w.WriteHeader(status)
}

// formTarget returns the source expression that allows a form's answer to
// redirect to the client, because browsers apply form-action to redirects too
// (CSP §6.4.1).
func formTarget(redirectURI string) string {
	if origin := oauth.Origin(redirectURI); origin != "" && !strings.Contains(origin, "[") {
		return origin
	}
	// A source expression cannot have an address in brackets or the host of an
	// app's own scheme, so the whole scheme is allowed.
	scheme, _, _ := strings.Cut(redirectURI, ":")
	return scheme + ":"
}
