package web

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
)

// rememberedCookie returns the name of the cookie of a browser in which a person is not
// asked for a second factor. It depends on the person, because several can share a browser.
func (h *Handler) rememberedCookie(user *account.User) string {
	sum := sha256.Sum256([]byte("remembered browser of " + user.ID))
	return h.cookieName("lk_remembered_" + hex.EncodeToString(sum[:4]))
}

// rememberBrowser sets and stores the cookie of a remembered browser. The person is logged
// in, even if that fails.
func (h *Handler) rememberBrowser(w http.ResponseWriter, r *http.Request, user *account.User, session string) {
	value, err := h.Accounts.RememberBrowser(r.Context(), session, ui.KnownBrowser(r.UserAgent()))
	if err != nil {
		h.Logger.WarnContext(r.Context(), "the browser could not be remembered", "user", user.ID, "error", err.Error())
		return
	}
	if value == "" {
		return
	}
	http.SetCookie(w, &http.Cookie{
		Name: h.rememberedCookie(user), Value: value, Path: "/", MaxAge: int(h.Accounts.RememberBrowserTTL.Seconds()),
		Secure: h.secure, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}
