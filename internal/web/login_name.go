package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/seed-e6a88a41/latchkey/internal/upstream"
)

// If Settings.IdentifierFirst is set, the login has two pages. The first one asks for the name,
// and the second one shows the ways in which this person can log in. The name is in the address
// of the second page, encrypted for this browser: so a person can go back, reload, and log in in
// two tabs, and the name is neither in a log nor in the history of a proxy.

// nameEntered leads a person who has entered their name to the second page.
func (h *Handler) nameEntered(w http.ResponseWriter, r *http.Request, page loginPage) error {
	sealed, err := h.Accounts.EnterName(r.Context(), page.Username, h.ensureBrowser(w, r), h.Address(r))
	if isThrottled(err) { // the page for every person reveals nothing
		page.forAll = true
		return h.showLogin(w, r, http.StatusOK, page)
	}
	faults := make(fieldErrors)
	if status := faults.add(w, err); status != 0 {
		page.Error = faults["username"]
		return h.showLogin(w, r, status, page)
	}
	if err != nil {
		return err
	}
	return h.redirect(w, r, h.waysURL(page.Next, sealed))
}

// waysURL returns the address of the second page, or of the first one without a sealed name.
func (h *Handler) waysURL(next, sealed string) string {
	if sealed == "" {
		return h.loginURL(next)
	}
	return h.loginURL(next) + "&name=" + url.QueryEscape(sealed)
}

// enteredName returns the name in the address of the second page or of one of its forms, or "".
func (h *Handler) enteredName(r *http.Request) string {
	if !h.Accounts.IdentifierFirst {
		return ""
	}
	for _, browser := range h.browsers(r) {
		if name := h.Accounts.OpenName(r.URL.Query().Get("name"), browser); name != "" {
			return name
		}
	}
	return ""
}

// loginTemplate returns the name of the page, and completes the data of the second page.
func (h *Handler) loginTemplate(w http.ResponseWriter, r *http.Request, page *loginPage) (string, error) {
	switch name := h.enteredName(r); {
	case !h.Accounts.IdentifierFirst, page.forAll:
		return "login", nil
	case page.Username != "" && (page.Reauth != "" || page.Username == name):
		page.Named = true
	case r.PostForm.Has("password"): // of a program, or of a page for every person
		return "login", nil
	default:
		return "login_name", nil
	}
	sealed, err := h.Accounts.SealName(page.Username, h.ensureBrowser(w, r))
	if err != nil {
		return "", err
	}
	query := "?name=" + url.QueryEscape(sealed)
	page.URL = h.base + "/login/" + query
	if h.offersPasskeys() {
		page.PasskeyURL, page.OptionsURL = h.base+"/login/passkey/"+query, h.base+"/login/options/"+query
	}
	if page.Ways, err = h.Accounts.LoginWays(r.Context(), page.Username); err != nil {
		return "", err
	}
	page.PasskeyFirst = page.Ways.Passkeys && (page.PasskeyFirst || !page.Ways.Password)
	page.Providers, err = h.loginProviders(r.Context(), page.Next, func(p *upstream.Provider) bool { return slices.Contains(page.Ways.Providers, p.Name) })
	for i := range page.Providers {
		page.Providers[i].withName(sealed)
	}
	return "login_ways", err
}

// withName adds the name that the person has entered to the address of the page for the
// password in a directory, which then does not ask for it again. Other providers do not learn it.
func (p *loginProvider) withName(sealed string) {
	if !p.hasPasswords {
		return
	}
	separator := "?"
	if strings.Contains(p.URL, "?") {
		separator = "&"
	}
	p.URL += separator + "name=" + url.QueryEscape(sealed)
}
