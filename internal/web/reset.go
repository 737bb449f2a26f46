package web

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

type resetPage struct {
	// Token is the proof of the link; without one the page asks for a name.
	Token, Username string
	Errors          map[string]string
}

// link is an address to send by mail: of the issuer, whatever host the request
// named.
func (h *Handler) link(path, token string) string {
	return h.OAuth.Issuer + path + "?token=" + url.QueryEscape(token)
}

// reset sends a link to set a new password, and takes what is set with it.
func (h *Handler) reset(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	page := resetPage{Token: r.FormValue("token"), Username: r.PostFormValue("username"), Errors: make(map[string]string)}
	switch {
	case page.Token == "" && r.Method == http.MethodPost:
		h.resetAsk(w, r, page)
	case page.Token == "":
		h.showReset(w, r, http.StatusOK, page)
	case r.Method == http.MethodPost:
		h.resetSet(w, r, page)
	default:
		if err := h.Accounts.CheckResetProof(r.Context(), page.Token); err != nil {
			h.refuseLink(w, r, err)
			return
		}
		h.showReset(w, r, http.StatusOK, page)
	}
}

// resetAsk sends the link, if there is somebody to send it to; the answer is
// the same for everybody.
func (h *Handler) resetAsk(w http.ResponseWriter, r *http.Request, page resetPage) {
	user, proof, err := h.Accounts.NewResetProof(r.Context(), page.Username, h.Address(r))
	if err == nil || errors.Is(err, account.ErrNotFound) {
		h.tell(r, oauth.Event{Name: oauth.EventPasswordReset, Outcome: oauth.OutcomeAsked})
	} else {
		h.tell(r, personal(oauth.EventPasswordReset, err))
	}
	status, known := formFaults(err, page.Errors)
	switch {
	case known:
		h.showReset(w, r, status, page)
		return
	case err == nil:
		h.send(Mail{To: user.Email, Subject: "Set a new password", Text: "Hello " + user.DisplayName() + ",\n\n" +
			"with this link you can set a new password for " + user.Username + ":\n" + h.link("/reset/", proof) + "\n\n" +
			"It works once, for half an hour. If you did not ask for it, ignore it: your password stays as it is.\n"})
	case !errors.Is(err, account.ErrNotFound):
		h.failPerson(w, r, err)
		return
	}
	h.pages.Render(w, r, http.StatusOK, "message", ui.View{Title: "Look into your mail", Narrow: true, Data: messagePage{
		Heading: "Look into your mail",
		Text:    "If there is an account of that name and it has an e-mail address, a link to set a new password is on its way there. It works for half an hour.",
		Links:   []ui.Link{{Text: "Log in", URL: h.loginURL("/")}},
	}})
}

// resetSet sets the new password. Every session ends, and the applications are
// told.
func (h *Handler) resetSet(w http.ResponseWriter, r *http.Request, page resetPage) {
	password := r.PostFormValue("password")
	if password != r.PostFormValue("password_again") {
		page.Errors["password_again"] = "The two passwords are not the same."
		h.showReset(w, r, http.StatusUnprocessableEntity, page)
		return
	}
	user, err := h.Accounts.ResetPassword(r.Context(), page.Token, password)
	h.tell(r, personal(oauth.EventPasswordReset, err))
	status, known := formFaults(err, page.Errors)
	switch {
	case known:
		h.showReset(w, r, status, page)
		return
	case errors.Is(err, account.ErrInvalidLink):
		h.refuseLink(w, r, err)
		return
	case err == nil:
		err = h.OAuth.EndSessionsOf(r.Context(), user.ID)
	}
	if err != nil {
		h.failPerson(w, r, err)
		return
	}
	h.pages.Render(w, r, http.StatusOK, "message", ui.View{Title: "Your password is changed", Narrow: true, Data: messagePage{
		Heading: "Your password is changed",
		Text:    "You are logged out everywhere, and applications have to ask you again.",
		Links:   []ui.Link{{Text: "Log in", URL: h.loginURL("/")}},
	}})
}

func (h *Handler) showReset(w http.ResponseWriter, r *http.Request, status int, page resetPage) {
	h.pages.Render(w, r, status, "reset", ui.View{Title: "Set a new password", Narrow: true, Data: page})
}

func (h *Handler) refuseLink(w http.ResponseWriter, r *http.Request, err error) {
	if !errors.Is(err, account.ErrInvalidLink) {
		h.failPerson(w, r, err)
		return
	}
	h.refusePerson(w, r, http.StatusBadRequest, &refusal{
		heading: "This link does not work any more", text: "It is too old, was used already, or is incomplete.",
		advice: "Ask for a new one. If you copied it from a mail, check that it is whole.",
	})
}

// verify takes the link with which a person shows that an e-mail address is
// theirs. It asks for a click, because mail programs open links by themselves.
func (h *Handler) verify(w http.ResponseWriter, r *http.Request) {
	token := r.FormValue("token")
	if r.Method != http.MethodPost {
		h.pages.Render(w, r, http.StatusOK, "verify", ui.View{Title: "Confirm your e-mail address", Narrow: true, Data: token})
		return
	}
	if _, err := h.Accounts.VerifyEmail(r.Context(), token); err != nil {
		h.refuseLink(w, r, err)
		return
	}
	h.pages.Render(w, r, http.StatusOK, "message", ui.View{Title: "Thank you", Narrow: true, Data: messagePage{
		Heading: "Thank you", Text: "Your e-mail address is confirmed.", Links: []ui.Link{{Text: "Your account", URL: h.base + "/account/"}},
	}})
}
