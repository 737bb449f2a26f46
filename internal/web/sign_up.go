package web

import (
	"net/http"
	"net/url"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/validate"
)

type signUpPage struct {
	// Next is where the person continues.
	Next string
	// App is the application that the person comes from. Its Name can be empty.
	App consentApp
	// Username, Name and Email are what they typed.
	Username, Name, Email string
	// LoginURL is the page for people who have an account.
	LoginURL string
	// Kept is how long an unconfirmed account is kept, or zero.
	Kept time.Duration
	// Providers are the buttons of the providers that sign people up.
	Providers []loginProvider
	// Passkeys reports whether there are passkeys at this server.
	Passkeys bool
	// Errors contains the messages next to the fields, by field name.
	Errors fieldErrors
}

// signUp creates an account, logs its person in, and continues at next.
func (h *Handler) signUp(w http.ResponseWriter, r *http.Request) error {
	page := signUpPage{
		Next: localPath(r.FormValue("next"), h.base+"/account/"), Username: r.PostFormValue("username"),
		Name: r.PostFormValue("name"), Email: r.PostFormValue("email"), Errors: make(fieldErrors),
	}
	if h.Accounts.LoginProvidersOnly { // whose buttons also create accounts
		return h.redirect(w, r, h.loginURL(page.Next))
	}
	if r.Method != http.MethodPost {
		return h.showSignUp(w, r, http.StatusOK, page)
	}
	user, err := h.createAccount(r, page)
	if status := page.Errors.add(w, err); status != 0 {
		return h.showSignUp(w, r, status, page)
	}
	if err != nil {
		return err
	}
	h.markBrowser(w, r, user)
	err = h.startFirstSession(w, r, user)
	h.sendFirstVerification(r, user)
	if err != nil {
		return h.loginFailed(ui.Text{"sign_up.created"}, page.Next, err)
	}
	return h.redirect(w, r, h.afterLogin(w, r, user, page.Next))
}

func (h *Handler) createAccount(r *http.Request, page signUpPage) (*account.User, error) {
	password, faults := newPassword(r)
	if h.Mail != nil && page.Email == "" {
		faults = append(faults, validate.Field("email", "Enter your email address. You need it if you forget your password.").WithCode("email_needed")...)
	}
	user, err := h.Accounts.SignUp(r.Context(), account.NewUser{
		Username: page.Username, Password: password, Email: page.Email, Name: page.Name, MustConfirm: h.Mail != nil, Faults: faults, Locale: h.pageLanguage(r),
	}, h.Address(r))
	h.reportAccount(r, oauth.EventSignUp, user, err)
	return user, err
}

func (h *Handler) showSignUp(w http.ResponseWriter, r *http.Request, status int, page signUpPage) error {
	var err error
	if page.Providers, err = h.loginProviders(r.Context(), page.Next, signsUp); err != nil {
		return err
	}
	page.LoginURL = h.loginURL(page.Next)
	if h.Mail != nil && h.Accounts.UnconfirmedTTL > 0 {
		page.Kept = h.Accounts.UnconfirmedTTL
	}
	view := ui.View{Title: ui.Text{"sign_up.title"}, Narrow: true}
	if page.Passkeys = h.offersPasskeys(); page.Passkeys {
		view.Scripts = []string{"passkey_offer.js"}
	}
	if req := h.pendingRequest(r, page.Next); req != nil {
		page.App, view.Color = h.requestingApp(req), req.Client.BrandColor
		view.FormAction = appScheme(req.RedirectURI)
	}
	view.Data = page
	return h.Pages.Render(w, r, status, "sign_up", view)
}

// signUpURL returns the address where a person creates an account, and then
// continues at next.
func (h *Handler) signUpURL(next string) string {
	return h.base + "/signup/?next=" + url.QueryEscape(next)
}
