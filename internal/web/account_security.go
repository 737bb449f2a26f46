package web

import (
	"context"
	"encoding/hex"
	"errors"
	"net/http"
	"net/url"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// fewRecoveryCodes is the number of recovery codes at which the page warns.
const fewRecoveryCodes = 2

type securityPage struct {
	Passkeys []passkeyRow    // the passkeys of the person
	TOTP     *account.Factor // nil if there is none
	// Codes is how many recovery codes can still be used, of AllCodes.
	Codes, AllCodes int
	FewCodes        bool        // the person should create new recovery codes
	Browsers        []factorRow // remembered browsers
	// HasPasskeys reports whether passkeys can be used at this address.
	HasPasskeys bool
	// Signal is a list of the person's passkeys for the browser, as JSON, or empty.
	Signal string
	Errors fieldErrors // what is wrong with the fields of the form, by name
	// TOTPURL and PasskeyURL are the pages on which the person adds a factor.
	TOTPURL, PasskeyURL string
	// Onward is where the person came from.
	Onward onwardLink
}

// A factorRow is a factor with its ID as text.
type factorRow struct {
	account.Factor
	ID string // the value of the hidden field "id"
}

// A passkeyRow is a passkey with the name of its authenticator, which can be empty.
type passkeyRow struct {
	factorRow
	Authenticator string // the name of the authenticator, or empty
	// Synced is set if the passkey was copied to other devices of the person, and
	// OneDevice if it cannot be.
	Synced, OneDevice bool
}

func (h *Handler) securityURL() string { return h.base + "/account/security/" }

// ownSecurity is the page about the second factors of a person.
func (h *Handler) ownSecurity(w http.ResponseWriter, r *http.Request, o *owner) error {
	if r.Method != http.MethodPost {
		return h.showSecurity(w, r, o, http.StatusOK, nil)
	}
	done, err := "", error(nil)
	switch r.PostFormValue("action") {
	case "remove":
		return h.removeFactor(w, r, o)
	case "codes":
		return h.renewCodes(w, r, o)
	case "download":
		return h.downloadCodes(w, r)
	case "rename":
		done, err = "renamed", h.renameFactor(r, o)
	case "forget", "forget_all":
		done, err = "forgotten", h.forgetBrowsers(r, o)
	}
	if err == nil {
		return h.doneOwn(w, r, h.securityURL(), done)
	}
	return h.failSecurity(w, r, o, err)
}

// failSecurity shows the page with the reason why a change was refused.
func (h *Handler) failSecurity(w http.ResponseWriter, r *http.Request, o *owner, err error) error {
	faults := make(fieldErrors)
	status := faults.addFactor(w, err)
	if status == 0 {
		return err
	}
	return h.showSecurity(w, r, o, status, faults)
}

// addFactor adds the message of an error of a change of the factors, and returns the
// status of the answer. For any other error it returns 0.
func (f fieldErrors) addFactor(w http.ResponseWriter, err error) (status int) {
	if status := f.add(w, err); status != 0 {
		return status
	}
	status = http.StatusUnprocessableEntity
	switch {
	case errors.Is(err, account.ErrWrongCode), errors.Is(err, account.ErrFactorUsed):
		f["code"] = codeFault(err, "", false)
	case errors.Is(err, account.ErrPasskey):
		f[""] = ui.Text{"factor.passkey_refused"}
	case errors.Is(err, account.ErrTooManyFactors):
		f[""] = ui.Text{"factor.too_many", "n", account.MaxPasskeys}
	case errors.Is(err, account.ErrLastFactor):
		f[""] = ui.Text{"factor.last"}
	case errors.Is(err, account.ErrFormExpired), errors.Is(err, account.ErrConflict), errors.Is(err, account.ErrNotFound):
		f[""], status = ui.Text{"factor.conflict"}, http.StatusConflict
	default:
		return 0
	}
	return status
}

func (h *Handler) showSecurity(w http.ResponseWriter, r *http.Request, o *owner, status int, faults fieldErrors) error {
	page := securityPage{AllCodes: account.RecoveryCodes, HasPasskeys: h.Accounts.RelyingParty.ID != "", Errors: faults}
	have, err := h.Accounts.Factors(r.Context(), o.User.ID)
	if err != nil {
		return err
	}
	for _, f := range have {
		row := factorRow{f, hex.EncodeToString(f.ID[:])}
		row.Body = "" // not for templates
		o.local(&row.CreatedAt, &row.UsedAt, &row.ExpiresAt)
		switch {
		case f.Kind == account.FactorPasskey:
			info, err := f.Passkey()
			if err != nil {
				return err
			}
			page.Passkeys = append(page.Passkeys, passkeyRow{row, authenticatorName(info.AAGUID), info.BackedUp, !info.BackupEligible})
		case f.Kind == account.FactorTOTP:
			page.TOTP = &row.Factor
		case f.Kind == account.FactorRecoveryCode && f.Step == 0:
			page.Codes++
		case h.Accounts.Remembers(o.User, f):
			page.Browsers = append(page.Browsers, row)
		}
	}
	page.FewCodes = page.Codes <= fewRecoveryCodes
	page.TOTPURL, page.PasskeyURL = onwardTo(h.securityURL()+"totp/", nextOf(r)), onwardTo(h.securityURL()+"passkey/", nextOf(r))
	if page.Onward, err = h.onwardLink(r, o.User); err != nil {
		return err
	}
	view := ownView{page: "account_security", url: h.securityURL(), title: ui.Text{"account.security"}, status: status}
	if page.HasPasskeys {
		if page.Signal, err = h.signal(o.User, have); err != nil {
			return err
		}
		view.scripts = []string{"passkey_signal.js"}
	}
	view.data = page
	return h.showOwn(w, r, o, view)
}

// factorID returns the ID of the factor that the form names. It can be that of another
// person, for which the account package returns account.ErrNotFound.
func factorID(r *http.Request) (id account.FactorID, err error) {
	raw, err := hex.DecodeString(r.PostFormValue("id"))
	if err != nil || len(raw) != len(id) {
		return id, account.ErrNotFound
	}
	return account.FactorID(raw), nil
}

// ownFactor returns the factor that the form names, or account.ErrNotFound if the person
// does not have it.
func (h *Handler) ownFactor(r *http.Request, o *owner) (account.Factor, error) {
	id, err := factorID(r)
	if err != nil {
		return account.Factor{}, err
	}
	have, err := h.Accounts.Factors(r.Context(), o.User.ID)
	if err != nil {
		return account.Factor{}, err
	}
	for _, f := range have {
		if f.ID == id {
			return f, nil
		}
	}
	return account.Factor{}, account.ErrNotFound
}

// removeFactor removes a passkey or the authenticator app, after a question.
func (h *Handler) removeFactor(w http.ResponseWriter, r *http.Request, o *owner) error {
	if asked, err := h.confirmFirst(w, r, o.User, o.Session); asked || err != nil {
		return err
	}
	f, err := h.ownFactor(r, o)
	if err != nil {
		return h.failSecurity(w, r, o, err)
	}
	if !answered(r) {
		return h.askOwn(w, r, o, onwardTo(h.securityURL(), nextOf(r)), removeQuestion(r, f, o.User))
	}
	kind, done := oauth.FactorChangePasskeyRemoved, "passkey_removed"
	if f.Kind == account.FactorTOTP {
		kind, done = oauth.FactorChangeTOTPRemoved, "totp_removed"
	}
	ctx := context.WithoutCancel(r.Context())
	err = h.Accounts.RemoveFactor(ctx, h.sessionCookie(r), f.ID, h.OAuth.SecondFactorRequired(len(o.Roles) > 0))
	h.reportFactorChange(r, kind, o.User.ID, err)
	if err != nil {
		return h.failSecurity(w, r, o, err)
	}
	if err := h.othersEnded(w, r, o.User.ID); err != nil {
		return err
	}
	return h.doneOwn(w, r, h.securityURL(), done)
}

// removeQuestion returns the question before a factor is removed.
func removeQuestion(r *http.Request, f account.Factor, user *account.User) *ui.Question {
	q := &ui.Question{Fields: url.Values{"id": {r.PostFormValue("id")}}, Button: ui.Text{"factor.remove"}}
	switch {
	case f.Kind == account.FactorTOTP:
		q.Heading, q.Button = ui.Text{"factor.ask_totp"}, ui.Text{"factor.turn_off"}
	case f.Name == "":
		q.Heading = ui.Text{"factor.ask_unnamed"}
	default:
		q.Heading = ui.Text{"factor.ask_passkey", "name", f.Name}
	}
	q.Text = ui.Text{"factor.ask_text"}
	if user.PasswordHash == "" {
		q.Text = ui.Text{"factor.ask_text_no_password"}
	}
	return q
}

// othersEnded is called after a change that ended the other sessions of the person. This
// browser remains one that the person has used.
func (h *Handler) othersEnded(w http.ResponseWriter, r *http.Request, userID string) error {
	ctx := context.WithoutCancel(r.Context())
	h.OAuth.SessionsEnded(ctx)
	user, err := h.Accounts.Store.User(ctx, userID)
	if err != nil {
		return err
	}
	h.markBrowser(w, r, user)
	return nil
}

func (h *Handler) renameFactor(r *http.Request, o *owner) error {
	id, err := factorID(r)
	if err == nil {
		err = h.Accounts.RenameFactor(r.Context(), h.sessionCookie(r), id, r.PostFormValue("name"))
	}
	h.reportFactorChange(r, oauth.FactorChangePasskeyRenamed, o.User.ID, err)
	return err
}

// forgetBrowsers deletes one remembered browser, or all. That needs no confirmation, because it only
// makes logins safer.
func (h *Handler) forgetBrowsers(r *http.Request, o *owner) error {
	ctx, cookie := context.WithoutCancel(r.Context()), h.sessionCookie(r)
	if r.PostFormValue("action") == "forget_all" {
		err := h.Accounts.ForgetBrowsers(ctx, cookie)
		h.reportFactorChange(r, oauth.FactorChangeBrowserForgotten, o.User.ID, err)
		return err
	}
	f, err := h.ownFactor(r, o)
	if err == nil && f.Kind != account.FactorBrowser {
		err = account.ErrNotFound
	}
	if err == nil {
		err = h.Accounts.RemoveFactor(ctx, cookie, f.ID, false)
	}
	h.reportFactorChange(r, oauth.FactorChangeBrowserForgotten, o.User.ID, err)
	return err
}

// reportFactorChange reports a change of the factors of a person, or the attempt.
func (h *Handler) reportFactorChange(r *http.Request, kind, subject string, err error) {
	h.reportFactor(r, oauth.Event{Name: oauth.EventFactorChange, Kind: kind, Subject: subject}, err)
}
