package web

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
	"github.com/seed-e6a88a41/latchkey/validate"
)

// Consents is what people have allowed.
type Consents interface {
	Consents(ctx context.Context, f oauth.FamilyFilter, p paging.Page) ([]oauth.ConsentRow, paging.Cursor, error)
	WithdrawConsent(ctx context.Context, subject, clientID string, at time.Time) error
}

type accountPage struct {
	User     *account.User
	Profile  account.Profile
	Names    []string // of the claims
	Verified bool
	CanMail  bool
	Sessions []account.SessionRow
	Apps     map[string][]string // names, by session
	Mine     string
	Consents []consentRow
	More     string // leads to the next page of consents
	Errors   map[string]string
}

type consentRow struct {
	oauth.ConsentRow
	Scopes []string // in words
}

// account is the person's own page: what is known of them, where they are
// logged in, and what they have allowed.
func (h *Handler) account(w http.ResponseWriter, r *http.Request) {
	user, session, known := h.Session(r)
	if !known {
		redirect(w, r, h.loginURL(h.base+"/account/"))
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	page := &accountPage{User: user, Mine: session.ID, Errors: make(map[string]string)}
	if r.Method != http.MethodPost {
		h.showAccount(w, r, http.StatusOK, page)
		return
	}
	done, err := h.accountAction(w, r, user, session)
	status, faulty := formFaults(err, page.Errors)
	switch {
	case errors.Is(err, account.ErrWrongPassword):
		page.Errors["present"] = "This is not your present password."
		h.showAccount(w, r, http.StatusUnprocessableEntity, page)
	case errors.Is(err, account.ErrConflict):
		page.Errors[""] = "Your account was changed elsewhere meanwhile. Please look again, and repeat your change."
		h.showAccount(w, r, http.StatusConflict, page)
	case faulty:
		h.showAccount(w, r, status, page)
	case err != nil:
		h.failPerson(w, r, err)
	default:
		redirect(w, r, h.base+"/account/?done="+done)
	}
}

// accountAction does what the pressed button says, and tells what was done.
// What takes something away is done, also if the person does not wait for it.
func (h *Handler) accountAction(w http.ResponseWriter, r *http.Request, user *account.User, mine account.Session) (done string, err error) {
	ctx := context.WithoutCancel(r.Context())
	switch action := r.PostFormValue("action"); action {
	case "profile":
		return "saved", h.changeProfile(r, user)
	case "password":
		return "password", h.changePassword(w, r, user)
	case "verify":
		return "sent", h.sendVerification(r.Context(), user)
	case "session":
		chosen := r.PostFormValue("session")
		return "session", h.endOwnSessions(ctx, user, func(id string) bool { return id == chosen })
	case "everywhere":
		return "everywhere", h.endOwnSessions(ctx, user, func(id string) bool { return id != mine.ID })
	case "withdraw":
		if client := r.PostFormValue("client"); oauth.IsText(client) {
			return "withdrawn", h.Consents.WithdrawConsent(ctx, user.ID, client, h.Clock())
		}
	}
	return "", nil
}

func (h *Handler) changeProfile(r *http.Request, user *account.User) error {
	p := account.Profile{Name: r.PostFormValue("name"), Email: r.PostFormValue("email"), CurrentPassword: r.PostFormValue("email_password"), Claims: make(map[string]string)}
	for _, name := range account.ProfileClaims() {
		p.Claims[name] = r.PostFormValue(name)
	}
	before := user.Email
	if err := h.Accounts.ChangeProfile(r.Context(), user, p); err != nil {
		return err
	}
	if user.Email != before {
		h.sendFirstVerification(r, user)
	}
	return nil
}

// changePassword ends every session but this browser's, which gets a new one.
func (h *Handler) changePassword(w http.ResponseWriter, r *http.Request, user *account.User) error {
	password := r.PostFormValue("password")
	if password != r.PostFormValue("password_again") {
		return validate.Field("password_again", "The two passwords are not the same.")
	}
	if err := h.Accounts.ChangePassword(r.Context(), user, r.PostFormValue("present"), password); err != nil {
		return err
	}
	if err := h.OAuth.EndSessionsOf(r.Context(), user.ID); err != nil {
		return err
	}
	return h.startSession(w, r, user)
}

// endOwnSessions ends some of the person's own sessions, and nobody else's.
func (h *Handler) endOwnSessions(ctx context.Context, user *account.User, which func(id string) bool) error {
	const most = 500 // more are ended by the next click
	sessions, _, err := h.Accounts.Store.Sessions(ctx, account.SessionFilter{UserID: user.ID}, paging.Page{Limit: most})
	if err != nil {
		return err
	}
	var ids []string
	for _, session := range sessions {
		if which(session.ID) {
			ids = append(ids, session.ID)
		}
	}
	return h.OAuth.EndSessions(ctx, ids...)
}

// accountNotes are what the page says after an action.
var accountNotes = map[string]string{
	"saved": "Saved.", "password": "Your password is changed. You are logged out everywhere else.", "sent": "A mail is on its way.",
	"session": "Logged out there.", "everywhere": "You are logged out everywhere else.",
	"withdrawn": "The application may no longer act for you.",
}

func (h *Handler) showAccount(w http.ResponseWriter, r *http.Request, status int, page *accountPage) {
	if err := h.fillAccount(r, page); err != nil {
		h.failPerson(w, r, err)
		return
	}
	view := ui.View{Title: "Your account", User: page.User.DisplayName(), LogoutURL: h.base + "/logout/", IsolateFromOpener: true, Data: page}
	if text := accountNotes[r.URL.Query().Get("done")]; text != "" && status == http.StatusOK {
		view.Message = &ui.Message{Kind: "ok", Text: text}
	}
	h.pages.Render(w, r, status, "account", view)
}

func (h *Handler) fillAccount(r *http.Request, page *accountPage) (err error) {
	user := page.User
	if page.Profile, err = user.Profile(); err != nil {
		return err
	}
	if r.PostFormValue("action") == "profile" { // what was typed is not lost
		page.Profile.Name, page.Profile.Email = r.PostFormValue("name"), r.PostFormValue("email")
		for name := range page.Profile.Claims {
			page.Profile.Claims[name] = r.PostFormValue(name)
		}
	}
	page.Names, page.Verified, page.CanMail = account.ProfileClaims(), user.EmailVerified(), h.Mail != nil
	page.Sessions, _, err = h.Accounts.Store.Sessions(r.Context(), account.SessionFilter{UserID: user.ID}, paging.Page{Limit: 50})
	if err != nil {
		return err
	}
	if page.Apps, err = h.applicationsOf(r.Context(), page.Sessions); err != nil {
		return err
	}
	consents, cursor, err := h.Consents.Consents(r.Context(), oauth.FamilyFilter{Subject: user.ID}, paging.Page{After: r.URL.Query().Get("after")})
	page.More = cursor.Next
	for _, consent := range consents {
		row := consentRow{ConsentRow: consent}
		for _, name := range consent.Scope {
			info, _ := h.OAuth.Scope(name)
			if info.Description == "" {
				info.Description = name
			}
			row.Scopes = append(row.Scopes, info.Description)
		}
		page.Consents = append(page.Consents, row)
	}
	return err
}

// applicationsOf names the applications that the person logged in to in these
// sessions.
func (h *Handler) applicationsOf(ctx context.Context, sessions []account.SessionRow) (map[string][]string, error) {
	apps := make(map[string][]string)
	for _, session := range sessions {
		clients, err := h.OAuth.SessionApplications(ctx, session.ID)
		if err != nil {
			return nil, err
		}
		for _, client := range clients {
			apps[session.ID] = append(apps[session.ID], clientName(client))
		}
	}
	return apps, nil
}

// claimLabels are the claims of a profile in plain words.
var claimLabels = map[string]string{
	"given_name": "First name", "family_name": "Last name", "nickname": "Nickname", "phone_number": "Telephone", "website": "Website",
	"picture": "Picture (web address)", "birthdate": "Birthday (year-month-day)", "gender": "Gender", "locale": "Language (like en-GB)", "zoneinfo": "Time zone (like Europe/London)",
}

func claimLabel(name string) string { return claimLabels[name] }
