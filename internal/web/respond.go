package web

import (
	"html/template"
	"net/http"

	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

type formPostPage struct {
	App string // the name of the application
	// Action is a registered redirect URI; its scheme was checked when it was
	// registered.
	Action template.URL
	Fields []formField // the parameters of the response
}

type formField struct {
	Name, Value string // the name and the value of a hidden field
}

// respond sends an answer to the client: with a redirect, or in a form that the
// browser submits (OAuth 2.0 Form Post Response Mode). The form has only what the
// client gets, and may be followed by any redirects of the client.
func (h *Handler) respond(w http.ResponseWriter, r *http.Request, req *provider.AuthorizationRequest, answer *provider.AuthorizationResponse) error {
	if answer.Mode != oauth.ModeFormPost {
		return h.leave(w, r, answer.Location(), clientName(req.Client), req.Resumed || r.Method == http.MethodPost)
	}
	data := formPostPage{App: clientName(req.Client), Action: template.URL(answer.RedirectURI)} //nolint:gosec // see formPostPage
	for i := 0; i < len(answer.Fields); i += 2 {
		data.Fields = append(data.Fields, formField{answer.Fields[i], answer.Fields[i+1]})
	}
	return h.Pages.Render(w, r, http.StatusOK, "form_post", ui.View{
		Title: ui.Text{"onward.heading", "app", data.App}, Narrow: true, Data: data,
		AnyFormAction: true, Scripts: []string{"form_post.js"},
	})
}
