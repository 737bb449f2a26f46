package web

import (
	"html/template"
	"net/http"

	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

type formPostPage struct {
	App string
	// Action is a registered redirect URI; its scheme was checked with it.
	Action template.URL
	Fields []formField
}

type formField struct{ Name, Value string }

// respond takes an answer to the client: by redirect, or in a form that the
// browser sends (OAuth 2.0 Form Post Response Mode).
func (h *Handler) respond(w http.ResponseWriter, r *http.Request, req *provider.AuthorizationRequest, answer *provider.AuthorizationResponse) {
	if answer.Mode != oauth.ModeFormPost {
		redirect(w, r, answer.Location())
		return
	}
	data := formPostPage{App: clientName(req.Client), Action: template.URL(answer.RedirectURI)} //nolint:gosec // see formPostPage
	for i := 0; i < len(answer.Fields); i += 2 {
		data.Fields = append(data.Fields, formField{answer.Fields[i], answer.Fields[i+1]})
	}
	h.pages.Render(w, r, http.StatusOK, "form_post", ui.View{
		Title: "Back to " + data.App, Narrow: true, Data: data,
		FormAction: []string{formTarget(answer.RedirectURI)}, Scripts: []string{"form_post.js"},
	})
}
