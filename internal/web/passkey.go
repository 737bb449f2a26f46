package web

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// hasPasskey reports whether the person can use a passkey at this server.
func (h *Handler) hasPasskey(user *account.User) bool {
	return h.offersPasskeys() && slices.Contains(user.Factors, account.FactorPasskey)
}

func hasTOTP(user *account.User) bool { return slices.Contains(user.Factors, account.FactorTOTP) }

// offersPasskeys reports whether there are passkeys at this server.
func (h *Handler) offersPasskeys() bool { return h.Accounts.RelyingParty.ID != "" }

// loginOptions returns the options with which a browser offers passkeys, as JSON for
// PublicKeyCredential.parseRequestOptionsFromJSON: those of the person who continues a login
// or confirms who they are, those of the person whose name was entered, or those of any person.
func (h *Handler) loginOptions(w http.ResponseWriter, r *http.Request) error {
	if r.Method != http.MethodPost {
		return methodNotAllowed(w, r, "POST")
	}
	if err := h.checkOrigin(r); err != nil {
		return err
	}
	if err := ui.ParseForm(r); err != nil {
		return err
	}
	if !h.offersPasskeys() {
		return oauth.Errorf(oauth.CodeInvalidRequest, "This server does not offer passkeys. Log in another way.")
	}
	options, err := h.passkeyOptions(w, r)
	if errors.Is(err, account.ErrLoginExpired) || errors.Is(err, account.ErrNotFound) {
		return oauth.Errorf(oauth.CodeInvalidRequest, "This login took too long, or the person has no passkey. Log in again.")
	}
	if err != nil {
		return err
	}
	header := w.Header()
	header.Set("Content-Type", "application/json")
	header.Set("Cache-Control", "no-store")
	_, _ = w.Write(options)
	return nil
}

func (h *Handler) passkeyOptions(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if r.PostForm.Get("step") != "second" {
		login := account.PasskeyLogin{Secret: h.ensureBrowser(w, r), Request: passkeyRequest(r), Username: h.enteredName(r)}
		return h.Accounts.PreparePasskeyLogin(r.Context(), login)
	}
	step, err := h.secondStepOf(r, r.PostForm.Get("login"))
	switch {
	case err != nil:
		return nil, err
	case step.login != nil:
		return h.Accounts.PrepareSecondStep(r.Context(), *step.login)
	}
	return h.Accounts.PrepareConfirmation(r.Context(), step.session)
}

// passkeyRequest returns what a login with a passkey is for.
func passkeyRequest(r *http.Request) string { return localPath(r.PostForm.Get("next"), "/") }

// passkeyLogin logs a person in with a passkey alone.
func (h *Handler) passkeyLogin(w http.ResponseWriter, r *http.Request) error {
	page := loginPage{Next: passkeyRequest(r)}
	if r.Method != http.MethodPost {
		return h.redirect(w, r, h.waysURL(localPath(r.URL.Query().Get("next"), "/"), r.URL.Query().Get("name")))
	}
	cookie, session, user, err := h.tryPasskey(r)
	proof, leaves := keepProof(err)
	switch {
	case leaves:
		return h.redirect(w, r, h.keepURL(proof))
	case errors.Is(err, account.ErrPasskey), errors.Is(err, account.ErrFactorUsed):
		h.noteLoginFailure(r, "", account.ErrPasskey)
		h.report(r, oauth.Event{Name: oauth.EventLogin, Outcome: oauth.OutcomeWrongCode})
		h.Logger.InfoContext(r.Context(), "a login with a passkey was rejected", "error", err.Error())
		page.Error = ui.Text{"login.wrong_passkey"}
		if page.UnknownPasskey, err = unknownPasskey(err); err != nil {
			return err
		}
	case errors.Is(err, account.ErrLoginExpired):
		page.Error = ui.Text{"second.expired"}
	case err != nil:
		return err
	default:
		h.reportLogin(r, user)
		h.sessionStarted(w, r, user, cookie, session)
		h.markBrowser(w, r, user)
		return h.redirect(w, r, page.Next)
	}
	return h.showLogin(w, r, http.StatusUnauthorized, page)
}

// unknownPasskey returns the passkey that a browser used, if it belongs to no account, as
// JSON for passkey_signal.js, or an empty text.
func unknownPasskey(failure error) (string, error) {
	unknown, ok := errors.AsType[*account.UnknownPasskeyError](failure)
	if !ok {
		return "", nil
	}
	text, err := json.Marshal(unknown)
	return string(text), err
}

// tryPasskey logs in with the answer of the browser. A challenge is bound to one of the
// values that only this browser has.
func (h *Handler) tryPasskey(r *http.Request) (cookie string, session account.Session, user *account.User, err error) {
	err = account.ErrLoginExpired
	for _, secret := range h.browsers(r) {
		login := account.PasskeyLogin{Secret: secret, Request: passkeyRequest(r), Username: h.enteredName(r), Browser: h.thisBrowser(r), OldCookie: h.sessionCookie(r)}
		cookie, session, user, err = h.Accounts.LoginWithPasskey(r.Context(), login, []byte(r.PostForm.Get("passkey")))
		_, unknown := errors.AsType[*account.UnknownPasskeyError](err)
		if err == nil || unknown || !errors.Is(err, account.ErrPasskey) {
			break
		}
	}
	return cookie, session, user, err
}
