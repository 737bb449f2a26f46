package web

import (
	"context"
	"net/http"
	"strings"

	"golang.org/x/text/language"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// beginRequest is provider.Begin. The application has the name and the links in the
// language of the person.
func (h *Handler) beginRequest(r *http.Request, p oauth.Params) (*provider.AuthorizationRequest, error) {
	req, err := h.OAuth.Begin(r.Context(), p)
	return localized(r, req), err
}

// openRequest is provider.Open, with the application as beginRequest returns it.
func (h *Handler) openRequest(r *http.Request, handle string) (*provider.AuthorizationRequest, error) {
	req, err := h.OAuth.Open(r.Context(), handle, h.browsers(r)...)
	return localized(r, req), err
}

// localized returns the request with the application in the language of the person. The
// pages that answer r are in a language of the request.
func localized(r *http.Request, req *provider.AuthorizationRequest) *provider.AuthorizationRequest {
	if req == nil {
		return nil
	}
	c, ok := r.Context().Value(addressedKey{}).(*addressed)
	if ok {
		c.uiLocales = req.UILocales
	}
	if ok && req.Client != nil && len(req.Client.Translations) > 0 {
		req.Client = req.Client.Localized(append(c.languages(), ui.AcceptedLanguages(r)...))
	}
	return req
}

// languages returns the languages of the request that come before those of the browser:
// what the person chose on a page or in the profile, and then ui_locales (OpenID Connect
// Core §3.1.2.1).
func (c *addressed) languages() (tags []string) {
	if tag, _ := c.h.languageChoice(c.r); tag != "" {
		tags = append(tags, tag)
	}
	return append(tags, c.uiLocales...)
}

// pageLanguage returns the language of the page that answers a request, as a tag. It is empty
// if the page is in English only because neither the person nor the browser wants a language
// in which there are pages.
func (h *Handler) pageLanguage(r *http.Request) string {
	shown := h.Pages.LanguageOf(r).Tag
	wanted := append(h.context(r).languages(), ui.AcceptedLanguages(r)...)
	for _, tag := range wanted {
		if h.Pages.Language(tag).Tag == shown && strings.EqualFold(strings.Split(tag, "-")[0], strings.Split(shown, "-")[0]) {
			return shown
		}
	}
	return ""
}

// Localized returns a handler whose pages are in the language that the person chose, as the
// pages of this package are.
func (h *Handler) Localized(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		chosen := h.context(r).languages
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), ui.PreferredLanguages{}, chosen)))
	})
}

// keepLanguage stores the language of the person's profile in this browser after a login,
// unless a language was chosen on a page in this browser.
func (h *Handler) keepLanguage(w http.ResponseWriter, r *http.Request, user *account.User) {
	if _, onPage := h.languageChoice(r); !onPage {
		h.keepProfileLanguage(w, r, user)
	}
}

// keepProfileLanguage stores the language of the person's profile in this browser, for
// pages that they see before they log in. Without one, it deletes the language of another
// person, of an earlier profile, or of a choice on a page.
func (h *Handler) keepProfileLanguage(w http.ResponseWriter, r *http.Request, user *account.User) {
	if len(h.Pages.Languages()) == 1 {
		return
	}
	profile, err := user.Profile()
	if err != nil {
		return
	}
	if tag, err := language.Parse(profile.Claims["locale"]); err == nil && tag != language.Und {
		h.setCookie(w, languageCookie, tag.String(), int(languageCookieTTL.Seconds()))
	} else if _, err := r.Cookie(h.cookieName(languageCookie)); err == nil {
		h.setCookie(w, languageCookie, "", -1)
	}
}
