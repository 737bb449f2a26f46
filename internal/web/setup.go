package web

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/validate"
)

// SetupTTL is how long a setup link is valid.
const SetupTTL = time.Hour

type setupPage struct {
	// Code, Username and Email are what the person typed.
	Code, Username, Email string
	// Errors contains the messages next to the fields, by field name.
	Errors fieldErrors
}

// SetupLink returns a link to the page on which a person can create the first
// administrator. The code is in the fragment, which browsers send neither to the
// server nor to a proxy nor in a Referer header.
func (h *Handler) SetupLink() string {
	return h.OAuth.Issuer + "/setup/#" + h.setupCode(h.Clock().Add(SetupTTL))
}

// setupPrefix is the beginning of a setup code. With it, oauth.Redacted recognizes
// a code.
const setupPrefix = "lk_su_"

// setupCode returns the code that is valid until that time: the time, and a proof
// that a process of this issuer with the master key created it. It needs no row, so that every
// process accepts the codes of all others. Another issuer can have the same master key by mistake.
func (h *Handler) setupCode(expires time.Time) string {
	code := binary.BigEndian.AppendUint64(nil, uint64(expires.Unix())) //nolint:gosec // after 1970
	mac := hmac.New(sha256.New, h.SetupKey)
	mac.Write(code)
	mac.Write([]byte(h.OAuth.Issuer))
	return setupPrefix + hex.EncodeToString(mac.Sum(code))
}

// isSetupCode reports whether the code is valid now.
func (h *Handler) isSetupCode(code string) bool {
	given, err := hex.DecodeString(strings.TrimPrefix(code, setupPrefix))
	if err != nil || len(given) < 8 {
		return false
	}
	expires := time.Unix(int64(binary.BigEndian.Uint64(given)), 0) //nolint:gosec // compared below
	return hmac.Equal([]byte(h.setupCode(expires)), []byte(code)) && h.Clock().Before(expires)
}

// setupCommand is the other way to create an administrator.
const setupCommand ui.Code = "latchkey user add NAME --admin"

// useAccountsCommand records that people have accounts again.
const useAccountsCommand ui.Code = "latchkey user use-accounts"

// setup creates the first administrator and logs them in. A request without a valid
// code does not reach the Store.
func (h *Handler) setup(w http.ResponseWriter, r *http.Request) error {
	page := setupPage{
		Code: strings.TrimSpace(r.PostFormValue("code")), Username: r.PostFormValue("username"), Email: r.PostFormValue("email"), Errors: make(fieldErrors),
	}
	if r.Method != http.MethodPost {
		return h.showSetup(w, r, http.StatusOK, page)
	}
	user, err := h.createAdministrator(r, page)
	if status := page.Errors.add(w, err); status != 0 {
		return h.showSetup(w, r, status, page)
	}
	if errors.Is(err, account.ErrConflict) {
		return &ui.Problem{
			Status: http.StatusConflict, Heading: ui.Text{"setup.exists_heading"},
			Text:   ui.Text{"setup.exists"},
			Advice: ui.Text{"setup.exists_advice", "command", setupCommand},
			Links:  []ui.Link{{Text: ui.Text{"button.log_in"}, URL: h.loginURL(h.AdminURL)}},
		}
	}
	if errors.Is(err, account.ErrHostPeople) {
		h.Logger.WarnContext(r.Context(), "the setup link created no administrator, because the people in the database are those of a program with Options.People. If people are to have accounts from now on, stop that program, run latchkey user use-accounts, and use the link again")
		page.Errors[""] = ui.Text{"setup.host", "command", useAccountsCommand}
		return h.showSetup(w, r, http.StatusConflict, page)
	}
	if err != nil {
		return err
	}
	h.Logger.InfoContext(r.Context(), "the first administrator was created with the setup link", "username", user.Username)
	h.markBrowser(w, r, user)
	if err := h.startFirstSession(w, r, user); err != nil {
		return h.loginFailed(ui.Text{"setup.created"}, h.AdminURL, err)
	}
	return h.redirect(w, r, h.AdminURL)
}

func (h *Handler) createAdministrator(r *http.Request, page setupPage) (*account.User, error) {
	if !h.isSetupCode(page.Code) {
		return nil, validate.Field("code", "This setup code is not valid, or is more than an hour old. Restart the server to get a new link, or run %s.", setupCommand).WithCode("setup_code", "command", setupCommand)
	}
	password, faults := newPassword(r)
	return h.Accounts.CreateFirstAdmin(r.Context(), account.NewUser{Username: page.Username, Password: password, Email: page.Email, Faults: faults})
}

func (h *Handler) showSetup(w http.ResponseWriter, r *http.Request, status int, page setupPage) error {
	return h.Pages.Render(w, r, status, "setup", ui.View{Title: ui.Text{"setup.title"}, Narrow: true, Data: page, Scripts: []string{"fragment.js"}})
}
