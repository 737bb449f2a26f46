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
			Heading: ui.Text{"account.ask_everywhere"}, Button: ui.Text{"account.everywhere"}, Fields: url.Values{},
			Text: ui.Text{"account.ask_everywhere_text"},
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
	browser := ui.BrowserText(ui.Browser(session.UserAgent))
	if browser == nil {
		browser = ui.Text{"account.another_browser"}
	}
	return &ui.Question{
		Heading: ui.Text{"account.ask_session", "browser", browser}, Button: ui.Text{"button.log_out"},
		Text:   ui.Text{"account.ask_session_text"},
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
	q := &ui.Question{Fields: url.Values{"client": {client}}}
	if len(given) > 0 {
		q.Heading = ui.Text{"account.ask_withdraw", "app", cmp.Or(given[0].ClientName, client)}
		q.Text, q.Button = ui.Text{"account.ask_withdraw_text"}, ui.Text{"account.withdraw"}
	} else {
		others, _, err := h.Consents.Families(r.Context(), oauth.FamilyFilter{Subject: subject, ClientID: client, InSession: true}, paging.Page{Limit: 1})
		if err != nil || len(others) == 0 {
			return nil, err
		}
		q.Heading = ui.Text{"account.ask_revoke", "app", cmp.Or(others[0].ClientName, client)}
		q.Text, q.Button = ui.Text{"account.ask_revoke_text"}, ui.Text{"account.revoke"}
	}
	return q, nil
}
