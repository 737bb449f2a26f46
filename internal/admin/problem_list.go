package admin

import (
	"net/http"
	"strings"

	"github.com/seed-e6a88a41/latchkey/internal/rejections"
)

// problemList finds a rejected request by its error ID, or shows the last ones.
func (b *office) problemList(r *request) error {
	q := r.URL.Query()
	data := struct {
		ID, ClientID string
		Rejections   []rejections.Rejection
	}{ID: strings.ToLower(strings.TrimSpace(q.Get("id"))), ClientID: q.Get("application")}
	if data.ID != "" {
		if f, ok := b.Rejections.Find(data.ID); ok {
			data.Rejections = []rejections.Rejection{f}
		}
	} else {
		data.Rejections = b.Rejections.Recent(data.ClientID, 50)
	}
	r.render(http.StatusOK, "problem_list", "Errors", "problems", data)
	return nil
}
