package web

import (
	"net/http"

	"golang.org/x/text/language"

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

func localized(r *http.Request, req *provider.AuthorizationRequest) *provider.AuthorizationRequest {
	if req != nil && req.Client != nil && len(req.Client.Translations) > 0 {
		req.Client = req.Client.Localized(append(req.UILocales[:len(req.UILocales):len(req.UILocales)], acceptedLanguages(r)...))
	}
	return req
}

// acceptedLanguages returns the languages that a person prefers, by the settings of
// the browser (RFC 9110 §12.5.4), the most preferred first.
func acceptedLanguages(r *http.Request) (tags []string) {
	const longest, most = 256, 16
	header := r.Header.Get("Accept-Language")
	if len(header) > longest {
		return nil
	}
	accepted, _, err := language.ParseAcceptLanguage(header)
	if err != nil {
		return nil
	}
	for _, tag := range accepted[:min(len(accepted), most)] {
		tags = append(tags, tag.String())
	}
	return tags
}
