package web

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

type loginPage struct {
	// URL is the address of the form, and Next is where the person continues. Username is
	// the name that they typed.
	URL, Next, Username string
	// Named is set if the person has entered their name, and Ways are then the ways in which
	// they can log in. Without Settings.IdentifierFirst, there is no such page.
	Named bool
	Ways  account.LoginWays // see Named
	// Error is the reason why the person was not logged in.
	Error ui.Text
	// Reauth is the name of the person if this person must log in again, or empty.
	Reauth string
	// App is the application that the person comes from. Its Name can be empty.
	App consentApp
	// OtherURL is the login page for another person.
	OtherURL string
	// PasskeyURL is the address of the form for a passkey, and OptionsURL is where the
	// script requests the options. They are empty if the server has no passkeys.
	PasskeyURL, OptionsURL string
	// UnknownPasskey is the passkey that the person used, if it belongs to no account, as JSON,
	// or empty. The script reports it to the browser, which then no longer offers it.
	UnknownPasskey string
	// PasskeyFirst is set if the last login in this browser was with a passkey.
	PasskeyFirst bool
	// ProviderFirst is set if the last login in this browser was at the first of the Providers.
	ProviderFirst bool
	// SignUpURL and ResetURL are the pages to create an account and to set a new
	// password, or empty.
	SignUpURL, ResetURL string
	// InviteURL is the page for people with an invitation.
	InviteURL string
	// Providers are the buttons for other providers.
	Providers []loginProvider
	// ProvidersOnly is set if the page offers only the providers. LocalURL then leads
	// administrators to the page with Local, which has the form for their password.
	ProvidersOnly, Local bool
	LocalURL             string // the page with Local; see ProvidersOnly
	// forAll is set if the page must not show the ways of one person.
	forAll bool
}

// login shows the login page, and logs a person in. Then it continues at next,
// which is a path of this server.
func (h *Handler) login(w http.ResponseWriter, r *http.Request) error {
	page := loginPage{Username: r.PostForm.Get("username"), Next: localPath(cmp.Or(r.PostForm.Get("next"), r.URL.Query().Get("next")), "/")}
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		if passed, err := h.passLoginPage(w, r, page.Next); passed || err != nil {
			return err
		}
		return h.showLogin(w, r, http.StatusOK, page)
	case http.MethodPost:
		if h.Accounts.IdentifierFirst && !r.PostForm.Has("password") {
			return h.nameEntered(w, r, page)
		}
		return h.loginPost(w, r, page)
	}
	return methodNotAllowed(w, r, "GET, HEAD, POST")
}

func (h *Handler) loginPost(w http.ResponseWriter, r *http.Request, page loginPage) error {
	attempt := account.Attempt{Username: page.Username, Password: r.PostForm.Get("password"), Address: h.Address(r), Browser: ui.KnownBrowser(r.UserAgent()), DeviceCookie: h.deviceMarks(r)}
	user, device, err := h.Accounts.Login(r.Context(), attempt)
	if err == nil && len(user.Factors) > 0 {
		return h.afterPassword(w, r, user, page.Next)
	}
	if err == nil {
		err = h.logInWithPassword(w, r, user)
	}
	if errors.Is(err, account.ErrSecondFactor) { // added since the password was checked
		return h.afterPassword(w, r, user, page.Next)
	}
	if err != nil {
		h.reportDetails(r, oauth.EventLogin, "", h.attempted(r, page.Username), err)
	}
	if proof, leaves := keepProof(err); leaves {
		return h.redirect(w, r, h.keepURL(proof))
	}
	if errors.Is(err, account.ErrWrongPassword) {
		page.Error = ui.Text{"login.wrong"}
		return h.showLogin(w, r, http.StatusUnauthorized, page)
	}
	faults := make(fieldErrors)
	if status := faults.add(w, err); status != 0 {
		page.Error = faults[""]
		return h.showLogin(w, r, status, page)
	}
	if err != nil {
		return err
	}
	h.setDeviceCookie(w, device)
	return h.redirect(w, r, h.afterLogin(w, r, user, page.Next))
}

// logInWithPassword logs in a person whose password was right, in this browser.
func (h *Handler) logInWithPassword(w http.ResponseWriter, r *http.Request, user *account.User) error {
	cookie, session, err := h.Accounts.StartSession(r.Context(), user, h.thisBrowser(r), h.sessionCookie(r))
	if err == nil {
		h.reportLogin(r, user)
		h.sessionStarted(w, r, user, cookie, session)
	}
	return err
}

// afterPassword continues the login of a person who has a second factor.
func (h *Handler) afterPassword(w http.ResponseWriter, r *http.Request, user *account.User, next string) error {
	login, err := h.Accounts.SealLogin(user, h.ensureBrowser(w, r))
	if err != nil {
		return err
	}
	return h.toSecondStep(w, r, user, login, next)
}

// showLogin shows the login page. If the person comes from an application, the
// page names it.
func (h *Handler) showLogin(w http.ResponseWriter, r *http.Request, status int, page loginPage) error {
	var query string
	if r.URL.Query().Get("other") != "" { // also after an error
		query = "?other=yes"
	} else if r.URL.Query().Get("local") != "" && h.Accounts.LoginProvidersOnly {
		query = "?local=yes"
	}
	page.URL, page.OtherURL = h.base+"/login/"+query, h.loginURL(page.Next)+"&other=yes"
	view := ui.View{Title: ui.Text{"login.title"}, Narrow: true, Scripts: []string{"password_field.js"}}
	if h.offersPasskeys() {
		page.PasskeyURL, page.OptionsURL = h.base+"/login/passkey/"+query, h.base+"/login/options/"
		page.PasskeyFirst = h.lastMethod(r) == methodPasskey
		view.Scripts = append(view.Scripts, "login_passkey.js", "passkey_offer.js")
		if page.UnknownPasskey != "" {
			view.Scripts = append(view.Scripts, "passkey_signal.js")
		}
	}
	page.InviteURL = h.inviteURL(page.Next)
	if h.SignUp {
		page.SignUpURL = h.signUpURL(page.Next)
	}
	if h.Mail != nil {
		page.ResetURL = h.base + "/reset/"
		if page.Next != "/" {
			page.ResetURL += "?next=" + url.QueryEscape(page.Next)
		}
	}
	page.Username = cmp.Or(page.Username, h.enteredName(r))
	var err error
	if page.Providers, err = h.loginProviders(r.Context(), page.Next, nil); err != nil {
		return err
	}
	if req := h.pendingRequest(r, page.Next); req != nil {
		user, _, err := h.user(r)
		if err != nil {
			return err
		}
		page.App, view.Color = h.requestingApp(req), req.Client.BrandColor
		if query != "?other=yes" {
			page.expect(user, req.LoginHint)
		}
		// The login may be followed at once by the redirect to the client.
		view.FormAction = appScheme(req.RedirectURI)
	}
	if h.Accounts.LoginProvidersOnly {
		h.onlyProviders(r, &page)
	}
	template, err := h.loginTemplate(w, r, &page)
	if err != nil {
		return err
	}
	h.lastFirst(r, &page)
	view.Data = page
	return h.Pages.Render(w, r, status, template, view)
}

// expect fills in the person who is logged in, or the one whom the application names. If the
// person has entered another name, it is neither of them.
func (p *loginPage) expect(user *account.User, hint string) {
	switch {
	case user == nil:
		p.Username = cmp.Or(p.Username, hint)
	case p.Username != "" && !user.IsNamed(p.Username):
	case p.Username == "" && user.IsNamed(hint):
		p.Reauth, p.Username = user.DisplayName(), hint
	default:
		p.Reauth, p.Username = user.DisplayName(), cmp.Or(p.Username, user.Username)
	}
}

// pendingRequest returns the authorization request that continues at next, or
// nil.
func (h *Handler) pendingRequest(r *http.Request, next string) *provider.AuthorizationRequest {
	u, err := url.Parse(next)
	if err != nil || strings.TrimSuffix(u.Path, "/") != h.base+"/authorize" {
		return nil
	}
	req, err := h.openRequest(r, u.Query().Get("resume"))
	if err != nil {
		return nil // it fails again, with a message, after the login
	}
	return req
}

// loginURL returns the address where a person logs in, and then continues at
// next, which is a path of this server.
func (h *Handler) loginURL(next string) string {
	return h.base + "/login/?next=" + url.QueryEscape(next)
}
