package web

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// askBefore shows a question before an action of the account page that cannot be
// undone. It reports false if there is nothing to ask, or the person has answered.
func (h *Handler) askBefore(w http.ResponseWriter, r *http.Request, page *accountPage) (asked bool, err error) {
	if r.PostFormValue("confirmed") == "yes" {
		return false, nil
	}
	var q *ui.Question
	action := r.PostFormValue("action")
	switch {
	case action == "withdraw":
		q, err = h.askWithdraw(r, page.Subject)
	case page.User == nil: // the account is the host's
	case action == "session":
		q, err = h.askSession(r, page.User)
	case action == "everywhere":
		q = &ui.Question{
			Heading: "Log out everywhere else?", Button: "Log out everywhere else", Fields: url.Values{},
			Text: "Your sessions in all other browsers end, tokens that depend on them are revoked, and the applications are notified. You stay logged in here.",
		}
	}
	if q == nil || err != nil {
		return false, err
	}
	q.Fields.Set("action", action)
	q.Cancel = h.base + "/account/"
	return true, h.Pages.Render(w, r, http.StatusOK, "confirm", ui.View{
		Title: q.Heading, User: page.Name, LogoutURL: h.LogoutURL(), IsolateFromOpener: true, Data: q,
	})
}

// askSession returns the question before one session ends, or nil if it is not one
// of the person's own.
func (h *Handler) askSession(r *http.Request, user *account.User) (*ui.Question, error) {
	session, err := h.ownSession(r.Context(), user, r.PostFormValue("session"))
	if errors.Is(err, account.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &ui.Question{
		Heading: "Log out of " + ui.Isolate(cmp.Or(ui.Browser(session.UserAgent), "another browser")) + "?", Button: "Log out",
		Text:   "Your session in that browser ends, tokens that depend on it are revoked, and the applications are notified.",
		Fields: url.Values{"session": {session.ID}},
	}, nil
}

// askWithdraw returns the question before the access of an application is withdrawn, or
// nil if the application has none.
func (h *Handler) askWithdraw(r *http.Request, subject string) (*ui.Question, error) {
	client := r.PostFormValue("client")
	if client == "" || !oauth.IsText(client) {
		return nil, nil
	}
	given, _, err := h.Consents.Consents(r.Context(), oauth.FamilyFilter{Subject: subject, ClientID: client}, paging.Page{Limit: 1})
	if err != nil {
		return nil, err
	}
	name, heading, button, text := "", "Withdraw permission from ", "Withdraw", "All tokens that the application has for your account become invalid at once. The application has to ask you for permission again."
	if len(given) > 0 {
		name = given[0].ClientName
	} else {
		others, _, err := h.Consents.Families(r.Context(), oauth.FamilyFilter{Subject: subject, ClientID: client, InSession: true}, paging.Page{Limit: 1})
		if err != nil || len(others) == 0 {
			return nil, err
		}
		name, heading, button, text = others[0].ClientName, "Revoke the access of ", "Revoke", "All tokens that the application has for your account become invalid at once. It can get new ones in the same way as before, without asking you on this site. To prevent that, ask an administrator."
	}
	return &ui.Question{
		Heading: heading + ui.Isolate(cmp.Or(name, client)) + "?", Button: button,
		Text:   text,
		Fields: url.Values{"client": {client}},
	}, nil
}
