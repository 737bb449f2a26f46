package web

import (
	"errors"
	"net/http"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
)

// pictureBase returns the address below which this server serves the pictures of people. It is
// absolute, because applications receive the addresses (OpenID Connect Core §5.1).
func (h *Handler) pictureBase() string { return h.OAuth.Issuer + "/picture/" }

// pictureOf returns the address of the picture of a person, or "" if this server does not serve
// it. Pages show no others, because their servers would learn who opens them.
func (h *Handler) pictureOf(u *account.User) string {
	if u == nil || !u.HasPicture(h.pictureBase()) {
		return ""
	}
	return u.PictureClaim()
}

// picture serves the picture of a person to every client that has the address, because
// applications show it to people who are not logged in here.
func (h *Handler) picture(w http.ResponseWriter, r *http.Request) error {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return methodNotAllowed(w, r, "GET, HEAD")
	}
	id := r.PathValue("picture")
	w.Header().Set("Cache-Control", "no-store") // unless it exists
	if !account.IsPictureID(id) {
		return errNoPicture
	}
	p, err := h.Accounts.Store.Picture(r.Context(), id)
	if errors.Is(err, account.ErrNotFound) {
		return errNoPicture
	}
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "public, max-age=300") // until it is removed
	w.Header().Set("ETag", `"`+p.ID+`"`)
	serveImage(w, r, account.PictureType, p.Image, "cross-origin")
	return nil
}

// errNoPicture has no heading, so that it is plain text.
var errNoPicture = &ui.Problem{Status: http.StatusNotFound, Text: ui.Plain("This picture does not exist.")}
