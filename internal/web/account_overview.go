package web

import (
	"net/http"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/paging"
)

type overviewPage struct {
	Username  string    // the name with which the person logs in
	Picture   string    // the address of the picture, or empty
	Name      string    // the full name, or empty
	Email     string    // the email address, or empty
	Verified  bool      // the email address is confirmed
	CreatedAt time.Time // when the account was created
	// Advice lists what the person should do.
	Advice []advice
	// Facts are links to other pages, with the number of entries there.
	Facts []ui.Link
}

// advice is something that the person should do, with a link to the page for it.
type advice struct {
	Text   ui.Text // what the person should do
	Reason ui.Text // why
	Link   ui.Link // the page for it
}

// overview is the first page of an account: what needs attention, and short facts with
// links.
func (h *Handler) overview(w http.ResponseWriter, r *http.Request, o *owner) error {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return methodNotAllowed(w, r, "GET, HEAD")
	}
	u := o.User
	page := overviewPage{Username: u.Username, Picture: h.pictureOf(u), Name: u.Name, Email: u.Email, Verified: u.EmailVerified(), CreatedAt: u.CreatedAt, Advice: h.advice(o)}
	o.local(&page.CreatedAt)
	sessions, more, err := h.Accounts.Store.Sessions(r.Context(), account.SessionFilter{UserID: o.Subject}, paging.Page{})
	if err != nil {
		return err
	}
	var apps applicationsPage
	if err := h.listApplications(r, o, &apps); err != nil {
		return err
	}
	page.Facts = []ui.Link{
		{Text: counted(ui.Text{"account.browsers", "n", len(sessions)}, more), URL: h.base + "/account/sessions/"},
		{Text: counted(ui.Text{"account.apps", "n", len(apps.Agents) + len(apps.Consents) + len(apps.Others)}, paging.Cursor{Next: apps.More}), URL: h.base + "/account/applications/"},
	}
	return h.showOwn(w, r, o, ownView{page: "account_overview", url: h.base + "/account/", title: ui.Text{"account.title"}, data: page})
}

// counted returns a text about a number of rows, of which there may be more.
func counted(text ui.Text, more paging.Cursor) ui.Text {
	if more.Next == "" {
		return text
	}
	return ui.Text{"account.more_than", "count", text}
}

// advice returns what the person should do.
func (h *Handler) advice(o *owner) (all []advice) {
	profile := ui.Link{Text: ui.Text{"account.edit_profile"}, URL: h.base + "/account/profile/"}
	switch {
	case h.Mail == nil:
	case o.User.Email == "":
		all = append(all, advice{ui.Text{"account.no_email"}, ui.Text{"account.no_email_reason"}, profile})
	case !o.User.EmailVerified() && !o.User.ExpiresAt.IsZero():
		all = append(all, advice{ui.Text{"account.confirm_email"}, ui.Text{"account.expires", "time", ui.Date(o.User.ExpiresAt.In(o.User.Zone()))}, profile})
	case !o.User.EmailVerified():
		all = append(all, advice{ui.Text{"account.confirm_email"}, ui.Text{"account.no_email_reason"}, profile})
	}
	if h.Accounts.RelyingParty.ID != "" && !o.User.Has(account.FactorPasskey) {
		all = append(all, advice{ui.Text{"factor.add_passkey"}, ui.Text{"factor.passkeys_explanation"}, ui.Link{Text: ui.Text{"factor.add_passkey"}, URL: h.securityURL() + "passkey/"}})
	}
	return all
}
