package admin

import (
	"errors"
	"net/http"
	"strings"

	"github.com/seed-e6a88a41/latchkey/internal/flows"
	"github.com/seed-e6a88a41/latchkey/internal/rejections"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

type problemPage struct {
	Rejection  oauth.Rejection   // the rejected request
	Cause      string            // what was wrong, in English
	Fix        *problemFix       // how to fix it, or nil
	Client     *oauth.Client     // the application, or nil if it is unknown or was deleted
	Redirect   *redirectFix      // the comparison of the redirect URIs, or nil
	Steps      []problemStep     // the checks that succeeded, and the one that failed
	NotReached []ui.Text         // the checks after it
	Others     []oauth.Rejection // the other recent errors of the application
}

// A problemStep is a check of a request.
type problemStep struct {
	Text   ui.Text // the check
	Failed bool    // the request did not pass it
	// Ignored is set for a part of the request that was ignored.
	Ignored bool
}

// checksOf returns the checks of a rejected request in words; see flows.ChecksOf.
func checksOf(r oauth.Rejection) (done []problemStep, after []ui.Text) {
	checks, names := flows.ChecksOf(r)
	for _, name := range names {
		after = append(after, stepTexts[name])
	}
	return checksInWords(checks), after
}

// problemShow shows a rejected request, with its checks and how to fix it.
func (b *office) problemShow(r *request) error {
	found, ok, err := b.Rejections.Find(r.Context(), strings.ToLower(r.PathValue("id")))
	if err != nil {
		return err
	}
	if !ok {
		return errGone
	}
	page := problemPage{Rejection: found}
	page.Steps, page.NotReached = checksOf(found)
	if found.ClientID != "" {
		client, err := b.Store.Client(r.Context(), found.ClientID)
		if err != nil && !errors.Is(err, oauth.ErrNotFound) {
			return err
		}
		if err == nil {
			page.Redirect, page.Client = b.redirectFix(found, client), shownClient(client)
		}
		if page.Others, err = b.Rejections.Recent(r.Context(), oauth.RejectionFilter{ClientID: found.ClientID}, 8); err != nil {
			return err
		}
	}
	page.Fix, page.Cause = b.problemFix(r, found, page.Client), rejections.CauseOf(found)
	r.render(http.StatusOK, "problem_show", ui.Text{"admin.title.problem"}, "problems", page)
	return nil
}
