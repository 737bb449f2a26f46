package web

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

type verifyPage struct {
	Token    string // the value of the hidden field "token"
	Username string // the username of the account
	Name     string // the name of the person, or empty
	Email    string // the address to confirm
	// Requested is a sentence about the browser that requested the link.
	Requested ui.Text
	// Mine reports whether the person is logged in to the account. Otherwise they
	// log in at LoginURL.
	Mine     bool
	LoginURL string // the URL of the login page
}

// verify confirms an email address with a link that was sent to it. The page
// names the account. The person must log in to that account to confirm the
// address; if it is not theirs, they can remove the address from it. Nothing
// happens without a click, because mail programs open links on their own.
func (h *Handler) verify(w http.ResponseWriter, r *http.Request) error {
	token := r.Form.Get("token")
	request, err := h.Accounts.CheckEmailProof(r.Context(), token)
	if err != nil {
		return linkProblem(err, h.profileLink())
	}
	user, _, err := h.user(r)
	if err != nil {
		return err
	}
	if request.User.EmailVerified() {
		return h.emailVerified(w, r)
	}
	if r.Method == http.MethodPost {
		if r.PostForm.Get("action") == "reject" {
			return h.rejectEmail(w, r, token, request.User.ID)
		}
		if user != nil && user.ID == request.User.ID {
			err := h.Accounts.VerifyEmail(r.Context(), token, user.ID)
			h.reportOwn(r, oauth.EventProfileChange, user.ID, err)
			if err != nil {
				return linkProblem(err, h.profileLink())
			}
			return h.emailVerified(w, r)
		}
	}
	page := verifyPage{
		Token: token, Username: request.User.Username, Name: request.User.Name, Email: request.User.Email,
		Requested: h.requested(request.RequestedAt, request.MailDetails), Mine: user != nil && user.ID == request.User.ID,
		LoginURL: h.loginURL(h.base + "/verify/?token=" + url.QueryEscape(token)),
	}
	return h.Pages.Render(w, r, http.StatusOK, "verify", ui.View{Title: ui.Text{"verify.title"}, Narrow: true, Data: page})
}

func (h *Handler) emailVerified(w http.ResponseWriter, r *http.Request) error {
	return h.message(w, r, messagePage{
		Heading: ui.Text{"verify.done_heading"}, Text: ui.Text{"verify.done"}, Links: []ui.Link{{Text: ui.Text{"account.title"}, URL: h.base + "/account/"}},
	})
}

func (h *Handler) rejectEmail(w http.ResponseWriter, r *http.Request, token, userID string) error {
	err := h.Accounts.RejectEmail(r.Context(), token)
	h.reportOwn(r, oauth.EventProfileChange, userID, err)
	if err != nil {
		return linkProblem(err)
	}
	return h.message(w, r, messagePage{
		Heading: ui.Text{"verify.removed_heading"},
		Text:    ui.Text{"verify.removed"},
	})
}

// profileLink leads to the profile, where a person can request another confirmation email.
func (h *Handler) profileLink() ui.Link {
	return ui.Link{Text: ui.Text{"account.profile"}, URL: h.base + "/account/profile/"}
}

// link returns an address for an email. It begins with the issuer, whatever
// host the request had.
func (h *Handler) link(path, token string) string {
	return h.OAuth.Issuer + path + "?token=" + url.QueryEscape(token)
}

// linkProblem describes to the person why the link in an email does not work, and where they can
// request a new one. Other errors are returned unchanged.
func linkProblem(err error, next ...ui.Link) error {
	if !errors.Is(err, account.ErrInvalidLink) {
		return err
	}
	return &ui.Problem{
		Status: http.StatusBadRequest, Heading: ui.Text{"problem.link_heading"}, Text: ui.Text{"problem.link"},
		Advice: ui.Text{"problem.link_advice"}, Links: next, Err: err,
	}
}
