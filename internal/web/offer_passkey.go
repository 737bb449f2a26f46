package web

import (
	"net/http"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// Another passkey is offered in this browser after passkeyOfferTTL, or after noPasskeyOfferTTL
// if the person chose not to be asked again.
const (
	passkeyOfferTTL   = 30 * 24 * time.Hour
	noPasskeyOfferTTL = 365 * 24 * time.Hour
)

type offerPasskeyPage struct {
	// AddURL is the page on which the person adds a passkey, and Next is where they continue.
	AddURL, Next string
	App          consentApp // the application that the person comes from; its Name can be empty
}

func (h *Handler) offerPasskeyURL() string { return h.securityURL() + "offer/" }

// afterLogin returns where a person continues who has just used their password: at the page
// that offers a passkey, or else at next. The script of the login page says whether this device
// can have a passkey, so programs and browsers without scripts never see that page.
func (h *Handler) afterLogin(w http.ResponseWriter, r *http.Request, user *account.User, next string) string {
	_, err := r.Cookie(h.cookieName(offerCookie))
	switch {
	case r.PostForm.Get("can_have_passkey") == "", err == nil:
		return next
	case !h.offersPasskeys(), h.hasPasskey(user), !h.Accounts.LogsInHere(user), strings.HasPrefix(next, h.securityURL()):
		return next
	}
	if req := h.pendingRequest(r, next); req != nil && asksForLogin(req) {
		return next
	}
	h.setCookie(w, offerCookie, "later", int(passkeyOfferTTL.Seconds()))
	return onwardTo(h.offerPasskeyURL(), next)
}

// asksForLogin reports whether the application requires a recent login. The person perhaps logs
// in for it every time, and the time of the login counts.
func asksForLogin(req *provider.AuthorizationRequest) bool {
	return req.Prompts("login") || req.MaxAge != nil
}

// offerPasskey is the page that offers a person who has logged in to add a passkey.
func (h *Handler) offerPasskey(w http.ResponseWriter, r *http.Request, o *owner) error {
	page := offerPasskeyPage{Next: localPath(r.FormValue("next"), h.AccountURL())}
	if r.Method == http.MethodPost || !h.offersPasskeys() || h.hasPasskey(o.User) {
		if r.PostFormValue("never") != "" {
			h.setCookie(w, offerCookie, "never", int(noPasskeyOfferTTL.Seconds()))
		}
		return h.redirect(w, r, page.Next)
	}
	page.AddURL = onwardTo(h.securityURL()+"passkey/", page.Next)
	view := ui.View{Title: ui.Text{"offer.title"}, Narrow: true, IsolateFromOpener: true}
	if req := h.pendingRequest(r, page.Next); req != nil {
		page.App, view.Color = h.requestingApp(req), req.Client.BrandColor
		view.FormAction = appScheme(req.RedirectURI)
	}
	view.Data = page
	return h.Pages.Render(w, r, http.StatusOK, "offer_passkey", view)
}
