package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

type sessionsPage struct {
	Sessions []sessionRow // the sessions on this page, newest first
	Current  string       // the id of the session of this browser
	// Others reports whether there may be sessions in other browsers.
	Others bool
	More   string // the cursor of the next page
}

// A sessionRow is a browser in which the person is logged in.
type sessionRow struct {
	account.SessionRow
	Place string   // roughly where the address is, if known
	Apps  []string // the names of the applications that know the session
}

// ownSessions is the page that lists where the person is logged in. It asks before a
// session ends.
func (h *Handler) ownSessions(w http.ResponseWriter, r *http.Request, o *owner) error {
	view := ownView{page: "account_sessions", url: h.base + "/account/sessions/", title: ui.Text{"account.sessions"}}
	if r.Method == http.MethodPost {
		question, err := h.sessionQuestion(r, o.User)
		if err != nil {
			return err
		}
		if question != nil {
			return h.askOwn(w, r, o, view.url, question)
		}
		done, err := h.endSessionsOf(w, r, o)
		if err != nil {
			return err
		}
		return h.doneOwn(w, r, view.url, done)
	}
	page, err := h.listSessions(r, o)
	if err != nil {
		return err
	}
	view.data = page
	return h.showOwn(w, r, o, view)
}

func (h *Handler) listSessions(r *http.Request, o *owner) (sessionsPage, error) {
	after := r.URL.Query().Get("after")
	rows, cursor, err := h.Accounts.Store.Sessions(r.Context(), account.SessionFilter{UserID: o.User.ID}, paging.Page{After: after})
	page := sessionsPage{Current: o.Session.ID, More: cursor.Next, Others: after != "" || cursor.Next != ""}
	for _, row := range rows {
		page.Others = page.Others || row.ID != o.Session.ID
		clients, err := h.OAuth.SessionApplications(r.Context(), row.ID)
		if err != nil {
			return page, err
		}
		o.local(&row.CreatedAt, &row.SeenAt)
		listed := sessionRow{SessionRow: row, Place: h.place(row.Address)}
		for _, client := range clients {
			listed.Apps = append(listed.Apps, clientName(client))
		}
		page.Sessions = append(page.Sessions, listed)
	}
	return page, err
}

// sessionQuestion returns the question before a session ends, or nil if the person has
// answered it, or the form names no session of the person.
func (h *Handler) sessionQuestion(r *http.Request, user *account.User) (*ui.Question, error) {
	switch action := r.PostFormValue("action"); {
	case answered(r):
	case action == "everywhere":
		return &ui.Question{
			Heading: ui.Text{"account.ask_everywhere"}, Button: ui.Text{"account.everywhere"}, Fields: url.Values{},
			Text: ui.Text{"account.ask_everywhere_text"},
		}, nil
	case action == "session":
		return h.askSession(r, user)
	}
	return nil, nil
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

// endSessionsOf ends the session that the form names, or all other sessions, even if the
// client closes the connection. It returns the name of a note for the page.
func (h *Handler) endSessionsOf(w http.ResponseWriter, r *http.Request, o *owner) (done string, err error) {
	switch r.PostFormValue("action") {
	case "everywhere":
		return "everywhere", h.endOtherSessions(w, r, o.User.ID, o.Session.ID)
	case "session":
		return "session", h.endOwnSession(context.WithoutCancel(r.Context()), o.User, r.PostFormValue("session"))
	}
	return "", nil
}

// endOtherSessions ends all sessions of the person but the current one. This browser
// remains one that the person has used.
func (h *Handler) endOtherSessions(w http.ResponseWriter, r *http.Request, userID, current string) error {
	ctx := context.WithoutCancel(r.Context())
	if err := h.OAuth.EndSessionsOf(ctx, userID, current); err != nil {
		return err
	}
	user, err := h.Accounts.Store.User(ctx, userID)
	if err != nil {
		return err
	}
	h.markBrowser(w, r, user) // the previous one is no longer valid
	return nil
}

// endOwnSession ends a session, if it is one of the person's own.
func (h *Handler) endOwnSession(ctx context.Context, user *account.User, id string) error {
	_, err := h.ownSession(ctx, user, id)
	if errors.Is(err, account.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return h.OAuth.EndSession(ctx, user.ID, id)
}

// ownSession returns a session, or account.ErrNotFound if it is not one of the
// person's own.
func (h *Handler) ownSession(ctx context.Context, user *account.User, id string) (account.Session, error) {
	if !oauth.IsText(id) {
		return account.Session{}, account.ErrNotFound
	}
	session, _, err := h.Accounts.Store.Session(ctx, id)
	if err == nil && session.UserID != user.ID {
		err = account.ErrNotFound
	}
	return session, err
}
