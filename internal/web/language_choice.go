package web

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/validate"
)

// chosen marks a language in the cookie that the person chose on a page. It comes before the
// language of the profile.
const chosen = "chosen."

// LanguageURL returns the address of the form in which people choose a language, for
// ui.Options.
func LanguageURL(issuer *url.URL) string { return issuer.EscapedPath() + "/language/" }

// language keeps the choice of a language in a cookie, and in the profile of a person who is
// logged in: their emails are in this language, too. It returns to the page on which the person
// chose. With any other value, the pages are in the language that the browser prefers.
func (h *Handler) language(w http.ResponseWriter, r *http.Request) error {
	if r.Method != http.MethodPost {
		return methodNotAllowed(w, r, "POST")
	}
	tag := r.PostForm.Get("language")
	if slices.Contains(h.Pages.Languages(), tag) {
		h.setCookie(w, languageCookie, chosen+tag, int(languageCookieTTL.Seconds()))
	} else {
		tag = ""
		h.setCookie(w, languageCookie, "", -1)
	}
	if err := h.keepLocale(r, tag); err != nil {
		return err
	}
	return h.redirect(w, r, localPath(r.PostForm.Get("page"), "/"))
}

// keepLocale sets the language in the profile of the person who is logged in, or removes it. A
// person who changes it too often, or at the same time as something else, keeps only the cookie.
func (h *Handler) keepLocale(r *http.Request, tag string) error {
	if h.Host != nil {
		return nil
	}
	user, _, err := h.user(r)
	if user == nil {
		return err
	}
	profile, err := user.Profile()
	if err != nil || profile.Claims["locale"] == tag {
		return err
	}
	stored := *user
	profile.Claims, profile.Visitor = map[string]string{"locale": tag}, h.visitor(r)
	err = h.Accounts.ChangeProfile(r.Context(), user, profile)
	h.reportDetails(r, oauth.EventProfileChange, user.ID, &oauth.EventDetails{PersonName: user.Username, Changes: audit.UserChanges(&stored, user)}, err)
	if isThrottled(err) || errors.Is(err, account.ErrConflict) {
		return nil
	}
	if _, invalid := errors.AsType[validate.FieldErrors](err); invalid { // of another field, from before it was checked
		return nil
	}
	return err
}

// languageChoice returns the language in the cookie, or "", and whether the person chose it
// on a page.
func (h *Handler) languageChoice(r *http.Request) (tag string, onPage bool) {
	const longest = 64 // comparing a long tag with all translations takes seconds
	cookie, err := r.Cookie(h.cookieName(languageCookie))
	if err != nil || len(cookie.Value) > longest {
		return "", false
	}
	return strings.CutPrefix(cookie.Value, chosen)
}

// shownAgain are the fields of our forms with which a GET shows the page again that a POST
// was sent from, and the names of the parameters of the GET. They contain no password and
// no code.
var shownAgain = map[string]string{
	"next": "next", "request": "resume", "login": "login", "with": "with", "token": "token", "user_code": "user_code",
	"id_token_hint": "id_token_hint", "client_id": "client_id", "post_logout_redirect_uri": "post_logout_redirect_uri", "state": "state",
}

// PageAddress returns the path and the query that show the page again that answers r, for
// ui.Options. Without it, a choice of the language after a mistake in a form would lose the
// authorization request.
func PageAddress(r *http.Request) string {
	address, query, changed := *r.URL, r.URL.Query(), false
	if r.Method == http.MethodPost {
		for field, parameter := range shownAgain {
			if value := r.PostForm.Get(field); value != "" {
				query.Set(parameter, value)
				changed = true
			}
		}
	}
	if next := query.Get("next"); next != "" && localPath(next, "") == "" { // of another site
		query.Del("next")
		changed = true
	}
	if changed {
		address.RawQuery = query.Encode()
	}
	return localPath(address.RequestURI(), "/")
}
