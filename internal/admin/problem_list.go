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
	// Live is set if the browser loads the page again every few seconds. LiveURL is the page
	// that does, and StillURL the one that does not.
	Live              bool
	LiveURL, StillURL string // see Live
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
	if data.Live = q.Has("live"); data.Live {
		r.w.Header().Set("Refresh", "10") // works without scripts
	}
	q.Del("live")
	data.StillURL = b.path("problems") + "?" + q.Encode()
	q.Set("live", "1")
	data.LiveURL = b.path("problems") + "?" + q.Encode()
	r.render(http.StatusOK, "problem_list", ui.Text{"admin.title.problems"}, "problems", data)
	return nil
}
