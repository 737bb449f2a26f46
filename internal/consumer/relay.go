package consumer

import (
	"net/http"
	"strings"

	"github.com/seed-e6a88a41/latchkey/internal/ui"
)

// relayed is the response of a provider to a request that this server sent for a page.
type relayed struct {
	Status int    `json:"status"`
	Text   string `json:"text"` // such as "HTTP 200 OK"
	Body   string `json:"body"`
	Type   string `json:"type"` // the Content-Type
}

// relay sends a form to a provider that does not allow requests from web pages. It
// follows no redirect, and stores and logs nothing.
func (c *consumer) relay(w http.ResponseWriter, r *http.Request) {
	if err := ui.ParseForm(r); err != nil {
		c.problem(w, r, http.StatusBadRequest, ui.Text{"consumer.fault.relay_large"})
		return
	}
	header := http.Header{"Content-Type": {ui.FormType}}
	if authorization := r.PostForm.Get("authorization"); authorization != "" {
		header.Set("Authorization", authorization)
	}
	answer, err := c.send(r.Context(), http.MethodPost, strings.TrimSpace(r.PostForm.Get("url")), header, r.PostForm.Get("body"))
	if err != nil {
		c.problem(w, r, http.StatusBadGateway, ui.Text{"consumer.fault.relay", "reason", reason(err)})
		return
	}
	writeJSON(w, http.StatusOK, relayed{answer.Code, "HTTP " + answer.Status, string(answer.Body), answer.Type})
}
