package admin

import (
	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// pictureOf returns the address of the picture of a user, or "" if this server does not serve
// it.
func (b *office) pictureOf(u *account.User) string {
	if !u.HasPicture(b.Issuer + "/picture/") {
		return ""
	}
	return u.PictureClaim()
}

func (b *office) askPicture(r *request) (bool, error) {
	u, err := b.Store.User(r.Context(), r.PathValue("id"))
	if err != nil {
		return false, err
	}
	return r.ask("users", question{
		Heading: ui.Text{"admin.ask.picture", "user", u.Username}, Button: ui.Text{"admin.button.remove_picture"}, Cancel: b.path("users", u.ID),
		Text: ui.Text{"admin.ask.picture_text"},
	})
}

// userPicture removes the picture of a user.
func (b *office) userPicture(r *request) error {
	u, err := b.Store.User(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	stored := *u
	if err := b.Accounts.RemovePicture(r.Context(), u); err != nil {
		return err
	}
	r.details = oauth.EventDetails{PersonName: u.Username, Changes: audit.UserChanges(&stored, u)}
	return r.goTo("saved", "users", u.ID)
}
