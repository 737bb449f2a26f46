package web

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"unicode"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

type passkeyPage struct {
	// Options are the options with which the browser creates a passkey, as JSON.
	Options string
	Name    string      // what the person typed, or the name of the browser
	Errors  fieldErrors // what is wrong with the fields of the form, by name
	BackURL string      // the page to which the person returns
}

// addPasskey is the page on which a person adds a passkey.
func (h *Handler) addPasskey(w http.ResponseWriter, r *http.Request, o *owner) error {
	if h.Accounts.RelyingParty.ID == "" {
		return h.redirect(w, r, onwardTo(h.securityURL(), nextOf(r)))
	}
	if asked, err := h.confirmFirst(w, r, o.User, o.Session); asked || err != nil {
		return err
	}
	name := h.deviceName(r)
	if r.Method != http.MethodPost {
		return h.showPasskey(w, r, o, http.StatusOK, passkeyPage{Name: name})
	}
	page := passkeyPage{Name: r.PostFormValue("name"), Errors: make(fieldErrors)}
	added, err := h.Accounts.AddPasskey(context.WithoutCancel(r.Context()), h.sessionCookie(r), []byte(r.PostFormValue("passkey")), page.Name)
	h.reportFactorChange(r, oauth.FactorChangePasskeyAdded, o.User.ID, err)
	if err == nil {
		return h.factorAdded(w, r, o, added, "passkey_added")
	}
	status := page.Errors.addFactor(w, err)
	if status == 0 {
		return err
	}
	return h.showPasskey(w, r, o, status, page)
}

// deviceName returns a name for the passkeys of this browser, in the language of the page. The
// characters that isolate words of another script must not be in a name.
func (h *Handler) deviceName(r *http.Request) string {
	name := h.Pages.LanguageOf(r).Plain(ui.BrowserText(ui.KnownBrowser(r.UserAgent())))
	return strings.Map(func(c rune) rune {
		if unicode.Is(unicode.Cf, c) && c != '\u200c' { // ZWNJ is part of Persian words
			return -1
		}
		return c
	}, name)
}

func (h *Handler) showPasskey(w http.ResponseWriter, r *http.Request, o *owner, status int, page passkeyPage) error {
	options, err := h.Accounts.PreparePasskey(r.Context(), h.sessionCookie(r))
	if err != nil {
		return err
	}
	page.Options, page.BackURL = string(options), onwardTo(h.securityURL(), nextOf(r))
	return h.showOwn(w, r, o, ownView{page: "account_passkey", url: h.securityURL(), title: ui.Text{"factor.add_passkey"}, status: status, scripts: []string{"passkey.js"}, data: page})
}

// signal returns the argument of PublicKeyCredential.signalAllAcceptedCredentials, as
// JSON: the browser then hides passkeys that the person has removed.
func (h *Handler) signal(user *account.User, have []account.Factor) (string, error) {
	accepted, err := h.Accounts.AcceptedPasskeys(user, have)
	if err != nil {
		return "", err
	}
	text, err := json.Marshal(accepted)
	return string(text), err
}
