package web

import (
	"net/http"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

type resetPage struct {
	// Token is the secret in the link, and Username is the account that it belongs to.
	// Without a Token, the page asks for a username.
	Token, Username string
	// Next is where the person continues after the next login.
	Next string
	// Errors contains the messages next to the fields, by field name.
	Errors fieldErrors
	// back is where the person continues after the reset.
	back account.Return
}

// reset sends a link for a new password, and sets the password with it.
func (h *Handler) reset(w http.ResponseWriter, r *http.Request) error {
	page := resetPage{Token: r.Form.Get("token"), Username: r.PostForm.Get("username"), Next: localPath(r.Form.Get("next"), "/"), Errors: make(fieldErrors)}
	if page.Token != "" {
		user, back, err := h.Accounts.CheckResetProof(r.Context(), page.Token)
		if err != nil {
			return linkProblem(err, ui.Link{Text: ui.Text{"reset.title"}, URL: h.base + "/reset/"})
		}
		page.Username, page.back = user.Username, back
	}
	switch {
	case r.Method != http.MethodPost:
		return h.showReset(w, r, http.StatusOK, page)
	case page.Token == "":
		return h.sendResetLink(w, r, page)
	}
	return h.setPassword(w, r, page)
}

func (h *Handler) showReset(w http.ResponseWriter, r *http.Request, status int, page resetPage) error {
	h.pendingRequest(r, page.Next) // which can have a language
	return h.Pages.Render(w, r, status, "reset", ui.View{Title: ui.Text{"reset.title"}, Narrow: true, Data: page})
}

// sendResetLink sends the link to the person with this username. The answer is
// the same if there is no such person, so that it does not reveal who has an
// account.
func (h *Handler) sendResetLink(w http.ResponseWriter, r *http.Request, page resetPage) error {
	back, handle := h.requestToReturnTo(r, page.Next)
	err := h.Accounts.RequestReset(r.Context(), page.Username, h.visitor(r), back)
	if err == nil {
		h.report(r, oauth.Event{Name: oauth.EventPasswordReset, Outcome: oauth.OutcomeRequested})
	} else {
		h.reportAccount(r, oauth.EventPasswordReset, nil, err)
	}
	if status := page.Errors.add(w, err); status != 0 {
		return h.showReset(w, r, status, page)
	}
	if err != nil {
		return err
	}
	h.keepRequest(w, r, back, handle)
	return h.message(w, r, messagePage{
		Heading: ui.Text{"reset.sent_heading"},
		Text:    ui.Text{"reset.sent"},
		Links:   []ui.Link{{Text: ui.Text{"button.log_in"}, URL: h.loginURL(page.Next)}},
	})
}

// setPassword sets the new password. All sessions of the person end, and their
// applications are notified.
func (h *Handler) setPassword(w http.ResponseWriter, r *http.Request, page resetPage) error {
	password, faults := newPassword(r)
	if faults != nil {
		return h.showReset(w, r, page.Errors.add(w, faults), page)
	}
	user, err := h.Accounts.ResetPassword(r.Context(), page.Token, password, h.visitor(r))
	h.reportAccount(r, oauth.EventPasswordReset, user, err)
	if status := page.Errors.add(w, err); status != 0 {
		return h.showReset(w, r, status, page)
	}
	if err != nil {
		return linkProblem(err, ui.Link{Text: ui.Text{"reset.title"}, URL: h.base + "/reset/"})
	}
	h.OAuth.SessionsEnded(r.Context())
	if len(user.Factors) == 0 { // otherwise a mailbox would be enough for a known browser
		h.markBrowser(w, r, user) // the previous one is no longer valid
	}
	return h.message(w, r, messagePage{
		Heading: ui.Text{"reset.done_heading"},
		Text:    ui.Text{"reset.done"},
		Links:   h.linksAfterReset(w, r, page.back),
	})
}
