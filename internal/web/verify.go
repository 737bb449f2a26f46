package web

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
)

// verify confirms an email address with a link that was sent to it. It asks for
// a click, because mail programs open links on their own.
func (h *Handler) verify(w http.ResponseWriter, r *http.Request) error {
	token := r.FormValue("token")
	if r.Method != http.MethodPost {
		return h.Pages.Render(w, r, http.StatusOK, "verify", ui.View{Title: "Confirm your email address", Narrow: true, Data: token})
	}
	if _, err := h.Accounts.VerifyEmail(r.Context(), token); err != nil {
		return linkProblem(err)
	}
	return h.message(w, r, messagePage{
		Heading: "Thank you", Text: "Your email address is confirmed.", Links: []ui.Link{{Text: "Your account", URL: h.base + "/account/"}},
	})
}

// link returns an address for an email. It begins with the issuer, whatever
// host the request had.
func (h *Handler) link(path, token string) string {
	return h.OAuth.Issuer + path + "?token=" + url.QueryEscape(token)
}

// linkProblem describes to the person why the link in an email does not work.
// Other errors are returned unchanged.
func linkProblem(err error) error {
	if !errors.Is(err, account.ErrInvalidLink) {
		return err
	}
	return &ui.Problem{
		Status: http.StatusBadRequest, Heading: "This link no longer works", Text: "It has expired, was used before, or is incomplete.",
		Advice: "Request a new link. If you copied this one from an email, check that you copied all of it.", Err: err,
	}
}
