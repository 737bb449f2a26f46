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
)

// Consents lists and withdraws what people have allowed, and lists the permissions
// that are valid.
type Consents interface {
	Families(ctx context.Context, f oauth.FamilyFilter, p paging.Page) ([]oauth.FamilyRow, paging.Cursor, error)
	Consents(ctx context.Context, f oauth.FamilyFilter, p paging.Page) ([]oauth.ConsentRow, paging.Cursor, error)
	WithdrawConsent(ctx context.Context, subject, clientID string, at time.Time) error
}

type accountPage struct {
	Subject, Name  string               // the id and the name of the person
	User           *account.User        // nil if the account belongs to the host program
	Profile        account.Profile      // the fields of the form
	Claims         []string             // the names of the claims in Profile, in order
	Verified       bool                 // the email address is confirmed
	CanMail        bool                 // this server can send emails
	Sessions       []account.SessionRow // at most 50
	Places         map[string]string    // roughly where the addresses of Sessions are, if known
	Apps           map[string][]string  // names of applications, by session id
	CurrentSession string               // the id of the session of this browser
	Consents       []consentRow         // the permissions that the person has given
	More           string               // the cursor of the next page of consents
	Others         []otherApp           // other applications with access
	Errors         fieldErrors          // what is wrong with the fields of a form, by name
	// CanRegister reports whether the person can register applications, and
	// RegistrationToken is a token for that, which is shown once.
	CanRegister       bool
	RegistrationToken string // shown once, or empty; see CanRegister
}

// username returns the name with which the person logs in here, or "".
func (p *accountPage) username() string {
	if p.User == nil {
		return ""
	}
	return p.User.Username
}

type consentRow struct {
	oauth.ConsentRow
	Scopes []string // descriptions
	Open   string   // where the person can log in to the application, or ""
}

// accountNotes are the messages that the page shows after a change.
var accountNotes = map[string]ui.Text{
	"saved":      {"account.done_saved"},
	"password":   {"account.done_password"},
	"sent":       {"account.done_sent"},
	"session":    {"account.done_session"},
	"everywhere": {"account.done_everywhere"},
	"withdrawn":  {"account.done_withdrawn"},
}

func (h *Handler) showAccount(w http.ResponseWriter, r *http.Request, status int, page *accountPage) error {
	if err := h.OAuth.ReadScopes(r.Context()); err != nil { // their descriptions
		return err
	}
	fills, title := []func(*http.Request, *accountPage) error{h.fillConsents, h.fillOthers}, ui.Text{"account.title_applications"}
	if page.User != nil {
		fills, title = append(fills, h.fillProfile, h.fillSessions), ui.Text{"account.title"}
	}
	for _, fill := range fills {
		if err := fill(r, page); err != nil {
			return err
		}
	}
	page.CanRegister = h.OAuth.PersonCanRegister()
	view := ui.View{Title: title, User: page.Name, LogoutURL: h.LogoutURL(), IsolateFromOpener: true, Data: page}
	if text := accountNotes[r.URL.Query().Get("done")]; text != nil && status == http.StatusOK {
		view.Message = &ui.Message{Kind: "ok", Text: text}
	}
	return h.Pages.Render(w, r, status, "account", view)
}

func (h *Handler) fillProfile(r *http.Request, page *accountPage) (err error) {
	page.Claims, page.Verified, page.CanMail = account.ProfileClaims(), page.User.EmailVerified(), h.Mail != nil
	if page.Profile, err = page.User.Profile(); err != nil {
		return err
	}
	if r.PostFormValue("action") == "profile" { // keep what the person typed
		page.Profile.Name, page.Profile.Email = r.PostFormValue("name"), r.PostFormValue("email")
		for name := range page.Profile.Claims {
			page.Profile.Claims[name] = r.PostFormValue(name)
		}
	}
	return nil
}

func (h *Handler) fillSessions(r *http.Request, page *accountPage) (err error) {
	page.Sessions, _, err = h.Accounts.Store.Sessions(r.Context(), account.SessionFilter{UserID: page.User.ID}, paging.Page{Limit: 50})
	page.Apps, page.Places = make(map[string][]string), make(map[string]string)
	for _, session := range page.Sessions {
		page.Places[session.Address] = h.place(session.Address)
		clients, err := h.OAuth.SessionApplications(r.Context(), session.ID)
		if err != nil {
			return err
		}
		for _, client := range clients {
			page.Apps[session.ID] = append(page.Apps[session.ID], clientName(client))
		}
	}
	return err
}

func (h *Handler) fillConsents(r *http.Request, page *accountPage) error {
	consents, cursor, err := h.Consents.Consents(r.Context(), oauth.FamilyFilter{Subject: page.Subject}, paging.Page{After: r.URL.Query().Get("after")})
	page.More = cursor.Next
	for _, consent := range consents {
		row := consentRow{ConsentRow: consent}
		for _, entry := range consent.Scope {
			name, resource := h.OAuth.ConsentEntry(entry)
			text := h.scopeText(name)
			if resource != "" {
				text += " (" + h.OAuth.ResourceName(resource) + ")"
			}
			row.Scopes = append(row.Scopes, text)
		}
		client, err := h.OAuth.Application(r.Context(), consent.ClientID)
		switch {
		case err == nil:
			row.Open = h.OAuth.InitiateLogin(client, page.username(), consent.Scope)
		case !errors.Is(err, oauth.ErrNotFound):
			return err
		}
		page.Consents = append(page.Consents, row)
	}
	return err
}

// claimLabel returns the label of a field of a profile.
func claimLabel(claim string) ui.Text { return ui.Text{"claim." + claim} }
