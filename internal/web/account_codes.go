package web

import (
	"context"
	"net/http"
	"strings"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

type codesPage struct {
	Codes []string // shown once
	// Brand is the name of this server, and Username the name with which the person logs
	// in: a printed page must say what it is for.
	Brand, Username string
	// Done is a sentence about the action of the person that led to this page, or nil.
	Done ui.Text
	// OthersEnded is set if the person was logged out in all other browsers.
	OthersEnded bool
	// URL is the page about the factors.
	URL string
	// Onward is where the person came from, and continues now.
	Onward onwardLink
}

// renewCodes replaces the recovery codes of a person, and shows the new ones.
func (h *Handler) renewCodes(w http.ResponseWriter, r *http.Request, o *owner) error {
	if asked, err := h.confirmFirst(w, r, o.User, o.Session); asked || err != nil {
		return err
	}
	codes, err := h.Accounts.RenewRecoveryCodes(context.WithoutCancel(r.Context()), h.sessionCookie(r))
	h.reportFactorChange(r, oauth.FactorChangeCodesRenewed, o.User.ID, err)
	if err != nil {
		return h.failSecurity(w, r, o, err)
	}
	return h.showCodes(w, r, o, codesPage{Codes: codes, Done: ui.Text{"factor.codes_renewed"}})
}

// showCodes shows recovery codes. The answer is not stored by the browser.
func (h *Handler) showCodes(w http.ResponseWriter, r *http.Request, o *owner, page codesPage) error {
	page.Brand, page.Username, page.URL, page.Onward = h.UI.Brand, o.User.Username, onwardTo(h.securityURL(), nextOf(r)), h.continueLink(r)
	return h.showOwn(w, r, o, ownView{page: "account_codes", url: h.securityURL(), title: ui.Text{"factor.recovery_codes"}, data: page})
}

// downloadCodes returns the recovery codes of the form as a text file. It accepts nothing
// else, so that a form cannot make this server offer other files.
func (h *Handler) downloadCodes(w http.ResponseWriter, r *http.Request) error {
	codes := r.PostForm["code"]
	if len(codes) == 0 || len(codes) > account.RecoveryCodes {
		return h.redirect(w, r, h.securityURL())
	}
	for _, code := range codes {
		if !account.IsRecoveryCode(code) || strings.Trim(code, "abcdefghijklmnopqrstuvwxyz234567-") != "" {
			return h.redirect(w, r, h.securityURL())
		}
	}
	header := w.Header()
	header.Set("Content-Type", "text/plain; charset=utf-8")
	header.Set("Content-Disposition", `attachment; filename="recovery-codes.txt"`)
	header.Set("X-Content-Type-Options", "nosniff")
	header["Cache-Control"] = noStore
	_, _ = w.Write([]byte(h.OAuth.Issuer + "\n\n" + strings.Join(codes, "\n") + "\n"))
	return nil
}
