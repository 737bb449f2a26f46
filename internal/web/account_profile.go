package web

import (
	"errors"
	"net/http"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

type profilePage struct {
	Email     string          // the stored email address, or empty
	ExpiresAt time.Time       // when the account is deleted unless the address is confirmed, or zero
	Profile   account.Profile // the fields of the form
	Claims    []string        // the names of the claims in Profile, in order
	Verified  bool            // the email address is confirmed
	CanMail   bool            // this server can send emails
	// ByPassword is set if the person confirms a new address with the current password.
	ByPassword bool
	Name       string      // of the person, for a page without a Picture
	Picture    string      // the address of the picture, or empty
	Errors     fieldErrors // what is wrong with the fields of the form, by name
}

// ownProfile is the page on which people change their profile and confirm their email
// address.
func (h *Handler) ownProfile(w http.ResponseWriter, r *http.Request, o *owner) (err error) {
	view := ownView{page: "account_profile", url: h.base + "/account/profile/", title: ui.Text{"account.profile"}}
	page := profilePage{Claims: account.ProfileClaims(), CanMail: h.Mail != nil, Errors: make(fieldErrors)}
	if r.Method == http.MethodPost {
		done, err := "saved", error(nil)
		if r.PostFormValue("action") == "verify" {
			done, err = "sent", h.sendVerification(r, o.User)
		} else {
			err = h.changeProfile(w, r, o.User, o.Session)
		}
		if err == nil {
			return h.doneOwn(w, r, view.url, done)
		}
		if errors.Is(err, account.ErrReauthenticate) {
			if asked, err := h.confirmFirst(w, r, o.User, o.Session); asked || err != nil {
				return err
			}
		}
		if view.status = page.Errors.addOwn(w, err); view.status == 0 {
			return err
		}
	}
	page.Name, page.Picture = o.Name, h.pictureOf(o.User)
	page.Email, page.ExpiresAt, page.Verified, page.ByPassword = o.User.Email, o.User.ExpiresAt.In(o.User.Zone()), o.User.EmailVerified(), h.Accounts.ConfirmsByPassword(o.User)
	if page.Profile, err = typedProfile(r, o.User); err != nil {
		return err
	}
	view.data = page
	return h.showOwn(w, r, o, view)
}

// typedProfile returns the profile with what the person typed, if anything.
func typedProfile(r *http.Request, user *account.User) (account.Profile, error) {
	p, err := user.Profile()
	if err != nil || r.Method != http.MethodPost || r.PostFormValue("action") == "verify" {
		return p, err
	}
	p.Name, p.Email = r.PostFormValue("name"), r.PostFormValue("email")
	for name := range p.Claims {
		p.Claims[name] = r.PostFormValue(name)
	}
	return p, nil
}

func (h *Handler) changeProfile(w http.ResponseWriter, r *http.Request, user *account.User, session account.Session) error {
	p := account.Profile{Session: session, Name: r.PostFormValue("name"), Email: r.PostFormValue("email"), CurrentPassword: r.PostFormValue("email_password"), Visitor: h.visitor(r), Claims: make(map[string]string)}
	for _, name := range account.ProfileClaims() {
		p.Claims[name] = r.PostFormValue(name)
	}
	before, err := user.Profile()
	if err != nil {
		return err
	}
	stored := *user
	err = h.Accounts.ChangeProfile(r.Context(), user, p)
	h.reportDetails(r, oauth.EventProfileChange, user.ID, &oauth.EventDetails{PersonName: user.Username, Changes: audit.UserChanges(&stored, user)}, err)
	if err != nil {
		return err
	}
	if p.Claims["locale"] != before.Claims["locale"] {
		h.keepProfileLanguage(w, r, user)
	}
	if user.Email != before.Email {
		h.sendFirstVerification(r, user)
	}
	return nil
}

// claimLabel returns the label of a field of a profile.
func claimLabel(claim string) ui.Text { return ui.Text{"claim." + claim} }
