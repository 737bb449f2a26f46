package web

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/validate"
)

// An invitation has a link to the page on which a person creates an account. The code is
// in the fragment, which browsers send neither to the server nor to a proxy nor in a
// Referer header, and then in the bodies of forms. While the person logs in at another
// provider, it is in the sealed state of that login, so that no other login can use it.

type invitePage struct {
	// Code is the secret part of the link.
	Code string
	// Checked is set if the code is valid, and the page asks for the account.
	Checked bool
	// Next is where the person continues.
	Next string
	// App is the application that the person comes from. Its Name can be empty.
	App consentApp
	// Invited is the address to which the invitation was sent, or empty. The account gets
	// this address.
	Invited string
	// Admin is set if the account will be able to use the back office.
	Admin bool
	// Here is set if the person can create a password or a passkey. Otherwise, they use one of
	// the Providers.
	Here bool
	// Other is the person who is logged in now, or empty.
	Other string
	// Username, Name and Email are what the person typed.
	Username, Name, Email string
	// NeedsEmail is set if the person must enter an email address.
	NeedsEmail bool
	// Passkeys is set if the person can create a passkey instead of a password.
	Passkeys bool
	// Options contains the options for the browser, as JSON, if the person chose to create a
	// passkey. Otherwise it is empty.
	Options string
	// Providers are other providers at which the person can log in.
	Providers []inviteProvider
	// LoginURL is the page for people who have an account.
	LoginURL string
	// Errors contains the messages next to the fields, by field name.
	Errors fieldErrors
}

// An inviteProvider is a button of another provider.
type inviteProvider struct {
	Name  string // the name in the settings, which the button sends
	Label string // the name that people see
}

// InvitationLink returns the link of an invitation.
func (h *Handler) InvitationLink(code string) string { return h.OAuth.Issuer + "/invite/#" + code }

// inviteURL returns the page for people who have an invitation. They then continue at next.
func (h *Handler) inviteURL(next string) string {
	return h.base + "/invite/?next=" + url.QueryEscape(next)
}

// invite is the page on which a person with an invitation creates an account.
func (h *Handler) invite(w http.ResponseWriter, r *http.Request) error {
	page := invitePage{
		Next: localPath(r.FormValue("next"), h.base+"/account/"), Code: strings.TrimSpace(r.PostFormValue("code")), Username: r.PostFormValue("username"),
		Name: r.PostFormValue("name"), Email: r.PostFormValue("email"), Errors: make(fieldErrors),
	}
	if r.Method != http.MethodPost {
		return h.showInvite(w, r, http.StatusOK, page)
	}
	i, err := h.Accounts.CheckInvitation(r.Context(), page.Code)
	if errors.Is(err, account.ErrInvalidLink) {
		page.Errors["code"] = ui.Text{"invite.wrong_code"}
		return h.showInvite(w, r, http.StatusUnprocessableEntity, page)
	}
	if err != nil {
		return h.inviteProblem(page.Next, err)
	}
	page.Checked, page.Invited, page.Admin = true, i.Email, len(i.Roles()) > 0
	page.Here = h.Accounts.LogsInHere(&account.User{Admin: i.Admin})
	action, provider, _ := strings.Cut(r.PostFormValue("action"), ":")
	switch {
	case action == "create" && page.Here:
		return h.acceptInvitation(w, r, page)
	case action == "passkey" && page.Here:
		return h.invitePasskey(w, r, page)
	case action == "provider":
		r.SetPathValue("provider", provider)
		p, err := h.providerOf(r)
		if err != nil {
			return err
		}
		return h.toLoginAt(w, r, p, loginState{Next: page.Next, Invitation: page.Code})
	}
	return h.showInvite(w, r, http.StatusOK, page)
}

// chosen returns the values of the form, and what is wrong with them.
func (h *Handler) chosen(r *http.Request, page invitePage, withPassword bool) account.NewUser {
	n := account.NewUser{Username: page.Username, Name: page.Name, Email: page.Email, Locale: h.pageLanguage(r)}
	if withPassword {
		n.Password, n.Faults = newPassword(r)
	}
	if h.Mail != nil && page.Invited == "" && page.Email == "" {
		n.Faults = append(n.Faults, validate.Field("email", "Enter your email address. You need it if you forget your password.").WithCode("email_needed")...)
	}
	return n
}

// acceptInvitation creates the account, logs its person in, and continues.
func (h *Handler) acceptInvitation(w http.ResponseWriter, r *http.Request, page invitePage) error {
	passkey := r.PostFormValue("passkey")
	user, added, err := h.Accounts.AcceptInvitation(r.Context(), account.Acceptance{
		Code: page.Code, User: h.chosen(r, page, passkey == ""), Passkey: []byte(passkey), PasskeyName: h.deviceName(r),
		Address: h.Address(r), Browser: h.thisBrowser(r), OldCookie: h.sessionCookie(r),
	})
	h.reportAccount(r, oauth.EventSignUp, user, err)
	if status := page.Errors.addFactor(w, err); user == nil && status != 0 {
		return h.showInvite(w, r, status, page)
	}
	if user == nil {
		return h.inviteProblem(page.Next, err)
	}
	h.sendFirstVerification(r, user)
	h.markBrowser(w, r, user)
	if err != nil {
		return h.loginFailed(ui.Text{"sign_up.created"}, page.Next, err)
	}
	h.sessionStarted(w, r, user, added.Cookie, added.Session)
	if len(added.RecoveryCodes) > 0 {
		o := &owner{Subject: user.ID, Name: user.DisplayName(), Roles: user.Roles(), User: user, Session: added.Session}
		return h.showCodes(w, r, o, codesPage{Codes: added.RecoveryCodes, Done: ui.Text{"invite.created"}})
	}
	return h.redirect(w, r, page.Next)
}

// invitePasskey shows the page on which the browser creates a passkey for the account.
func (h *Handler) invitePasskey(w http.ResponseWriter, r *http.Request, page invitePage) error {
	options, err := h.Accounts.PrepareInvitedPasskey(r.Context(), page.Code, h.chosen(r, page, false))
	if status := page.Errors.add(w, err); status != 0 {
		return h.showInvite(w, r, status, page)
	}
	if err != nil {
		return h.inviteProblem(page.Next, err)
	}
	page.Options = string(options)
	return h.showInvite(w, r, http.StatusOK, page)
}

func (h *Handler) showInvite(w http.ResponseWriter, r *http.Request, status int, page invitePage) error {
	user, _, err := h.user(r)
	if err != nil {
		return err
	}
	if user != nil {
		page.Other = user.DisplayName()
	}
	page.LoginURL, page.NeedsEmail, page.Passkeys = h.loginURL(page.Next), h.Mail != nil, h.Accounts.RelyingParty.ID != ""
	providers, err := h.Providers.All(r.Context())
	if err != nil {
		return err
	}
	for _, p := range providers {
		if p.TakesInvitations() {
			page.Providers = append(page.Providers, inviteProvider{p.Name, p.Button()})
		}
	}
	view := ui.View{Title: ui.Text{"invite.title"}, Narrow: true, Scripts: []string{"fragment.js"}}
	if page.Options != "" {
		view.Scripts = []string{"passkey.js"}
	}
	if req := h.pendingRequest(r, page.Next); req != nil {
		page.App, view.Color = h.requestingApp(req), req.Client.BrandColor
		view.FormAction = appScheme(req.RedirectURI)
	}
	view.Data = page
	return h.Pages.Render(w, r, status, "invite", view)
}

// inviteProblem returns the Problem for an invitation that is not open.
func (h *Handler) inviteProblem(next string, err error) error {
	closed, ok := errors.AsType[*account.InvitationError](err)
	if errors.Is(err, account.ErrInvalidLink) { // it was deleted since its code was checked
		closed, ok = &account.InvitationError{State: account.InvitationWithdrawn}, true
	}
	if !ok {
		return err
	}
	p := &ui.Problem{Status: http.StatusGone, Err: err}
	switch closed.State {
	case account.InvitationUsed:
		p.Heading, p.Text = ui.Text{"invite.used_heading"}, ui.Text{"invite.used"}
		p.Links = []ui.Link{{Text: ui.Text{"button.log_in"}, URL: h.loginURL(next)}}
	case account.InvitationWithdrawn:
		p.Heading, p.Text = ui.Text{"invite.withdrawn_heading"}, ui.Text{"invite.withdrawn"}
	default:
		p.Heading, p.Text = ui.Text{"invite.expired_heading"}, ui.Text{"invite.expired"}
	}
	return p
}
