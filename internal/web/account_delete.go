package web

import (
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

type deletionPage struct {
	Username string // the username, which the person has to type
	// Grace is how long the person can change their mind, or empty if they cannot.
	Grace   ui.Text
	JWTs    ui.Text     // for how long services can accept tokens that were revoked, or empty
	Mails   bool        // the person gets an email, with a link to keep the account
	DataURL string      // the page on which the person downloads their data
	Errors  fieldErrors // what is wrong with the fields of the form, by name
}

// deletable reports whether people can delete their own accounts.
func (h *Handler) deletable() bool { return h.Accounts != nil && !h.Accounts.ForbidDeletion }

// ownDeletion is the page on which people delete their account. They have to type their
// username.
func (h *Handler) ownDeletion(w http.ResponseWriter, r *http.Request, o *owner) error {
	if asked, err := h.confirmFirst(w, r, o.User, o.Session); asked || err != nil {
		return err
	}
	view := ownView{page: "account_delete", url: h.base + "/account/data/", title: ui.Text{"account.delete"}}
	page := deletionPage{Username: o.User.Username, DataURL: view.url, Errors: make(fieldErrors)}
	page.Mails = h.Mail != nil && o.User.EmailVerified() // an address that is not confirmed gets no link
	if grace := h.Accounts.DeletionGrace; grace > 0 {
		page.Grace = ui.DurationText(grace)
	}
	ids, err := h.withAccess(r.Context(), o.Subject)
	if err != nil {
		return err
	}
	if page.JWTs, err = h.jwtsOf(r.Context(), ids...); err != nil {
		return err
	}
	if r.Method == http.MethodPost {
		keep, err := h.requestDeletion(r, o.User)
		if err == nil {
			return h.deletionRequested(w, r, keep)
		}
		if view.status = page.Errors.addDeletion(w, err); view.status == 0 {
			return err
		}
	}
	view.data = page
	return h.showOwn(w, r, o, view)
}

// errOtherUsername is the error if the person did not type the username of the account.
var errOtherUsername = errors.New("the typed username is another one")

func (h *Handler) requestDeletion(r *http.Request, user *account.User) (keep string, err error) {
	typed, invalid := account.CanonicalUsername(r.PostFormValue("username"))
	if own, err := account.CanonicalUsername(user.Username); invalid != nil || err != nil || typed != own {
		return "", errOtherUsername
	}
	id := user.ID
	keep, err = h.Accounts.RequestDeletion(r.Context(), user, h.visitor(r))
	h.reportDeletion(r, oauth.DeletionRequested, id, err)
	return keep, err
}

// addDeletion adds the message of an error that the person can correct, and returns the
// status of the answer. For any other error it returns 0.
func (f fieldErrors) addDeletion(w http.ResponseWriter, err error) (status int) {
	switch {
	case errors.Is(err, errOtherUsername):
		f["username"] = ui.Text{"account.delete_other_name"}
		return http.StatusUnprocessableEntity
	case errors.Is(err, account.ErrLastAdmin):
		f[""] = ui.Text{"account.delete_last_admin"}
		return http.StatusConflict
	}
	return f.addOwn(w, err)
}

// deletionRequested logs the browser out of an account that is to be deleted.
func (h *Handler) deletionRequested(w http.ResponseWriter, r *http.Request, keep string) error {
	h.OAuth.SessionsEnded(r.Context())
	h.setCookie(w, sessionCookie, "", -1)
	h.setBrowserState(w, "")
	if keep == "" {
		return h.message(w, r, messagePage{Heading: ui.Text{"account.deleted"}, Text: ui.Text{"account.deleted_text"}})
	}
	return h.redirect(w, r, h.keepURL(keep))
}

// keepProof returns the proof for a person who has logged in to an account that they
// delete.
func keepProof(err error) (proof string, leaves bool) {
	if err, ok := errors.AsType[*account.ToBeDeletedError](err); ok {
		return err.Proof, true
	}
	return "", false
}

// keepURL returns the address of the page on which a person keeps an account.
func (h *Handler) keepURL(proof string) string {
	return h.base + "/account/keep/?token=" + url.QueryEscape(proof)
}

type keepPage struct {
	Token    string    // the value of the hidden field "token"
	Username string    // the account that the link keeps
	DeleteAt time.Time // when the account is deleted
}

// keepAccount cancels the deletion of an account. Nothing happens without a click, because
// mail programs open links on their own.
func (h *Handler) keepAccount(w http.ResponseWriter, r *http.Request) error {
	token := r.Form.Get("token")
	if r.Method == http.MethodPost {
		user, err := h.Accounts.KeepAccount(r.Context(), token)
		if user != nil {
			h.reportDeletion(r, oauth.DeletionCanceled, user.ID, err)
		}
		if err != nil {
			return linkProblem(err)
		}
		return h.message(w, r, messagePage{
			Heading: ui.Text{"account.kept"}, Text: ui.Text{"account.kept_text"},
			Links: []ui.Link{{Text: ui.Text{"button.log_in"}, URL: h.loginURL(h.base + "/account/")}},
		})
	}
	user, err := h.Accounts.CheckKeepProof(r.Context(), token)
	if err != nil {
		return linkProblem(err)
	}
	page := keepPage{Token: token, Username: user.Username, DeleteAt: user.DeleteAt.In(user.Zone())}
	return h.Pages.Render(w, r, http.StatusOK, "account_keep", ui.View{Title: ui.Text{"account.keep_title"}, Narrow: true, IsolateFromOpener: true, Data: page})
}

// reportDeletion reports that a person deletes or keeps their account, or tried to.
func (h *Handler) reportDeletion(r *http.Request, kind, subject string, err error) {
	h.reportFactor(r, oauth.Event{Name: oauth.EventAccountDeletion, Kind: kind, Subject: subject}, err)
}

// deletionMail writes the email to a person who deletes their account.
func (h *Handler) deletionMail(l account.Letter) *letter {
	link := l.Links[0]
	mail := h.write(l, ui.Text{"mail.deletion_subject"}).
		add(ui.Text{"mail.deletion", "account", h.noticeAccount(l), "time", ui.Date(link.User.DeleteAt.In(link.User.Zone()))}).add(h.requested(l.RequestedAt, l.MailDetails))
	if link.Proof == "" {
		return mail.add(ui.Text{"mail.deletion_log_in"}, ui.Text{"mail.unknown_account"})
	}
	return mail.link(ui.Text{"mail.deletion_keep"}, ui.Text{"account.keep_button"}, h.link("/account/keep/", link.Proof)).
		add(ui.Text{"mail.deletion_was_you"})
}
