package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
)

// Consents lists and withdraws what people have allowed, and lists the permissions
// that are valid.
type Consents interface {
	PersonStore
	WithdrawConsent(ctx context.Context, subject, clientID string, at time.Time) error
}

// An owner is a person who is logged in, on a page of their own account.
type owner struct {
	Subject, Name string
	Roles         account.Roles   // roles in the back office
	User          *account.User   // nil if the account belongs to the host program
	Session       account.Session // of this browser; empty if User is nil
	zone          *time.Location  // see local
}

// local changes times to the time zone of the person, for the page.
func (o *owner) local(times ...*time.Time) {
	if o.User == nil {
		return
	}
	if o.zone == nil {
		o.zone = o.User.Zone()
	}
	for _, t := range times {
		*t = t.In(o.zone)
	}
}

// username returns the name with which the person logs in here, or "".
func (o *owner) username() string {
	if o.User == nil {
		return ""
	}
	return o.User.Username
}

// ownPage wraps the handler of a page of the person's own account. A person who is not
// logged in is sent to the login page first.
func (h *Handler) ownPage(serve func(http.ResponseWriter, *http.Request, *owner) error) http.HandlerFunc {
	return h.page(h.form(func(w http.ResponseWriter, r *http.Request) error {
		o, err := h.owner(r)
		if err != nil {
			return err
		}
		if o == nil {
			return h.LogIn(w, r, onwardTo(r.Pattern+"/", nextOf(r)))
		}
		return serve(w, r, o)
	}))
}

// owner returns the person who is logged in, or nil.
func (h *Handler) owner(r *http.Request) (*owner, error) {
	if h.Host != nil {
		p, err := h.person(r)
		if err != nil || p.Authentication == nil {
			return nil, err
		}
		return &owner{Subject: p.Subject, Name: p.Name, Roles: p.Roles}, nil
	}
	user, session, err := h.user(r)
	if user == nil {
		return nil, err
	}
	return &owner{Subject: user.ID, Name: user.DisplayName(), Roles: user.Roles(), User: user, Session: session}, nil
}

// accountLinks returns the pages of an account that exist, in the order of the
// navigation.
func (h *Handler) accountLinks(current string, providers, passwords bool) (links []ui.Link) {
	for _, link := range []ui.Link{
		{Icon: "home", Text: ui.Text{"account.overview"}, URL: "/account"},
		{Icon: "person", Text: ui.Text{"account.profile"}, URL: "/account/profile"},
		{Icon: "key", Text: ui.Text{"field.password"}, URL: "/account/password"},
		{Icon: "shield", Text: ui.Text{"account.security"}, URL: "/account/security"},
		{Icon: "globe", Text: ui.Text{"providers.title"}, URL: "/account/providers"},
		{Icon: "session", Text: ui.Text{"account.sessions"}, URL: "/account/sessions"},
		{Icon: "apps", Text: ui.Text{"account.applications"}, URL: "/account/applications"},
		{Icon: "flow", Text: ui.Text{"apps.title"}, URL: "/applications"},
		{Icon: "audit", Text: ui.Text{"account.activity"}, URL: "/account/activity"},
		{Icon: "down", Text: ui.Text{"account.data"}, URL: "/account/data"},
	} {
		link.URL = h.base + link.URL + "/"
		if link.URL == h.providersURL() && !providers || link.URL == h.passwordURL() && !passwords ||
			link.URL == h.developersURL() && h.Developers.Closed() && current != link.URL {
			continue
		}
		if _, exists := h.exact[link.URL]; exists && (h.Host == nil || link.URL != h.base+"/account/") {
			link.Active = link.URL == current
			links = append(links, link)
		}
	}
	return links
}

// accountNotes are the messages that the pages show after a change.
var accountNotes = map[string]ui.Text{
	"saved":            {"account.done_saved"},
	"password":         {"account.done_password"},
	"sent":             {"account.done_sent"},
	"password_removed": {"account.done_password_removed"},
	"session":          {"account.done_session"},
	"everywhere":       {"account.done_everywhere"},
	"withdrawn":        {"account.done_withdrawn"},

	"withdrawn_all": {"account.done_withdrawn_all"},

	"connected":       {"providers.done_connected"},
	"disconnected":    {"providers.done_disconnected"},
	"passkey_added":   {"factor.passkey_added"},
	"passkey_removed": {"factor.passkey_removed"},
	"totp_added":      {"factor.totp_added"},
	"totp_removed":    {"factor.totp_removed"},

	"totp_added_others_ended": {"factor.totp_replaced"},

	"app_deleted":       {"apps.done_deleted"},
	"app_left":          {"apps.done_left"},
	"app_offers":        {"apps.done_offers"},
	"app_owner":         {"apps.done_owner"},
	"app_owner_removed": {"apps.done_owner_removed"},

	"renamed":   {"account.done_saved"},
	"forgotten": {"factor.forgotten"},
}

// An ownView is a page of the person's own account.
type ownView struct {
	page   string // the name of the template
	url    string // the canonical URL of the page
	title  ui.Text
	status int // of the response; 0 means 200
	data   any
	// scripts are names of assets that the page loads.
	scripts []string
}

// showOwn shows a page of the person's own account, with the note about the change that
// the person has just made.
func (h *Handler) showOwn(w http.ResponseWriter, r *http.Request, o *owner, v ownView) error {
	providers, err := h.Providers.All(r.Context())
	if err != nil {
		return err
	}
	view := ui.View{Title: v.title, User: o.Name, LogoutURL: h.LogoutURL(), Nav: h.accountLinks(v.url, len(providers) > 0, o.User == nil || h.Accounts.LogsInHere(o.User)), Calm: true, IsolateFromOpener: true, Data: v.data, Scripts: v.scripts}
	if len(o.Roles) > 0 && h.AdminURL != "" {
		view.Nav = append(view.Nav, ui.Link{Icon: "gear", Text: ui.Text{"account.back_office"}, URL: h.AdminURL})
	}
	if v.status == 0 {
		v.status = http.StatusOK
	}
	if text := accountNotes[r.URL.Query().Get("done")]; text != nil && r.Method != http.MethodPost {
		view.Message = &ui.Message{Kind: "ok", Text: text}
	}
	return h.Pages.Render(w, r, v.status, v.page, view)
}

// doneOwn goes on to a page that shows the note of accountNotes with this name.
func (h *Handler) doneOwn(w http.ResponseWriter, r *http.Request, page, done string) error {
	query := url.Values{"done": {done}}
	if next := nextOf(r); next != "" {
		query.Set("next", next)
	}
	return h.redirect(w, r, page+"?"+query.Encode())
}

// askOwn shows a question before an action that cannot be undone.
func (h *Handler) askOwn(w http.ResponseWriter, r *http.Request, o *owner, cancel string, q *ui.Question) error {
	q.Fields.Set("action", r.PostFormValue("action"))
	q.Cancel = cancel
	return h.showOwn(w, r, o, ownView{page: "confirm", url: cancel, title: q.Heading, data: q})
}

// answered reports whether the person has answered the question of askOwn.
func answered(r *http.Request) bool { return r.PostFormValue("confirmed") == "yes" }

// addOwn adds the message of an error that the person can correct on a page of their
// account, and returns the status of the answer. For any other error it returns 0.
func (f fieldErrors) addOwn(w http.ResponseWriter, err error) (status int) {
	_, isProblem := errors.AsType[*ui.Problem](err)
	switch {
	case isProblem:
		return 0
	case errors.Is(err, account.ErrWrongPassword):
		f["present"] = ui.Text{"account.wrong_password"}
		return http.StatusUnprocessableEntity
	case errors.Is(err, account.ErrConflict):
		f[""] = ui.Text{"account.conflict"}
		return http.StatusConflict
	}
	return f.add(w, err)
}
