package admin

import (
	"net/http"
	"strings"

	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

type problemListPage struct {
	ID         string                // the error ID for which the administrator searched
	Filter     oauth.RejectionFilter // the filter of the list
	Rejections []oauth.Rejection     // the rejected requests, newest first
}

// problemList finds a rejected request by its error ID, or shows the last ones.
func (b *office) problemList(r *request) error {
	q := r.URL.Query()
	data := problemListPage{
		ID:     strings.ToLower(strings.TrimSpace(q.Get("id"))),
		Filter: oauth.RejectionFilter{ClientID: q.Get("application"), NoClient: q.Get("show") == "other"},
	}
	if data.ID != "" {
		found, ok, err := b.Rejections.Find(r.Context(), data.ID)
		if err != nil {
			return err
		}
		if ok {
			data.Rejections = []oauth.Rejection{found}
		}
	} else {
		var err error
		if data.Rejections, err = b.Rejections.Recent(r.Context(), data.Filter, 50); err != nil {
			return err
		}
	}
	r.render(http.StatusOK, "problem_list", ui.Text{"admin.title.problems"}, "problems", data)
	return nil
}
