package web

import (
	"net/http"
	"net/url"
	"slices"

	"github.com/seed-e6a88a41/latchkey/internal/upstream"
)

// If Settings.IdentifierFirst is set, the login has two pages. The first one asks for the name,
// and the second one shows the ways in which this person can log in. The name is in the address
// of the second page, encrypted for this browser: so a person can go back, reload, and log in in
// two tabs, and the name is neither in a log nor in the history of a proxy.

// nameEntered leads a person who has entered their name to the second page.
func (h *Handler) nameEntered(w http.ResponseWriter, r *http.Request, page loginPage) error {
	sealed, err := h.Accounts.SealName(page.Username, h.ensureBrowser(w, r))
	faults := make(fieldErrors)
	if status := faults.add(w, err); status != 0 {
		page.Username, page.Error = "", faults["username"]
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

// enteredName returns the name in the address of the second page, or "".
func (h *Handler) enteredName(r *http.Request) string {
	for _, browser := range h.browsers(r) {
		if name := h.Accounts.OpenName(r.URL.Query().Get("name"), browser); name != "" {
			return name
		}
	}
	return ""
}

// loginTemplate returns the name of the page, and completes the data of the second page.
func (h *Handler) loginTemplate(r *http.Request, page *loginPage) (string, error) {
	if !h.Accounts.IdentifierFirst {
		return "login", nil
	}
	name := h.enteredName(r)
	switch {
	case page.Reauth != "": // the name is known
		page.Named = true
	case name != "" && r.Method != http.MethodPost:
		page.Named, page.Username = true, name
	}
	if name != "" && name == page.Username { // so that a choice of the language shows this page again
		query := "?name=" + url.QueryEscape(r.URL.Query().Get("name"))
		page.URL += query
		if page.PasskeyURL != "" {
			page.PasskeyURL += query
		}
	}
	if !page.Named || page.Username == "" {
		return "login_name", nil
	}
	var err error
	if page.Ways, err = h.Accounts.LoginWays(r.Context(), page.Username); err != nil {
		return "", err
	}
	page.PasskeyFirst = page.Ways.Passkeys && (page.PasskeyFirst || !page.Ways.Password)
	page.Providers, err = h.loginProviders(r.Context(), page.Next, func(p *upstream.Provider) bool { return slices.Contains(page.Ways.Providers, p.Name) })
	return "login_ways", err
}
