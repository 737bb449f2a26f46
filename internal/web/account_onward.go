package web

import (
	"net/http"
	"net/url"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// An onwardLink leads a person, who came to their account to add a second factor, back to
// the page that requires it.
type onwardLink struct {
	URL  string  // empty if the person came on their own
	Text ui.Text // the text of the link
	// Required is a sentence about why the person must add a factor, or nil if they need not.
	Required ui.Text
}

// nextOf returns the path of this server where the person continues after a change of
// their account, or "".
func nextOf(r *http.Request) string { return localPath(r.URL.Query().Get("next"), "") }

// nextIn is nextOf for an address.
func nextIn(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return localPath(u.Query().Get("next"), "")
}

// onwardTo returns the address of a page that continues at next, if it is not empty.
func onwardTo(page, next string) string {
	if next == "" {
		return page
	}
	return page + "?next=" + url.QueryEscape(next)
}

// continueLink returns the link to where the request continues.
func (h *Handler) continueLink(r *http.Request) onwardLink {
	link := onwardLink{URL: nextOf(r), Text: ui.Text{"button.continue"}}
	if req := h.pendingRequest(r, link.URL); req != nil {
		link.Text = ui.Text{"factor.continue_to", "app", clientName(req.Client)}
	}
	return link
}

// onwardLink is continueLink with the reason why the person must add a factor first.
func (h *Handler) onwardLink(r *http.Request, user *account.User) (onwardLink, error) {
	link := h.continueLink(r)
	if link.URL == "" {
		return link, nil
	}
	person, err := h.person(r)
	if err != nil {
		return link, err
	}
	step, name, passkey := h.OAuth.PageStep(person.Authentication), "", len(user.Factors) > 0 // other factors are not enough
	if req := h.pendingRequest(r, link.URL); req != nil {
		name, passkey = clientName(req.Client), passkey || h.OAuth.NeedsPasskey(req)
		if step, err = h.OAuth.Next(r.Context(), req, person.Authentication); err != nil {
			return link, nil //nolint:nilerr // the request fails again, with a message, where the link leads
		}
	}
	switch {
	case step != provider.StepAddFactor:
	case passkey:
		link.Required = ui.Text{"factor.passkey_required"}
	case name == "":
		link.Required = ui.Text{"factor.required"}
	default:
		link.Required = ui.Text{"factor.required_by", "app", name}
	}
	return link, nil
}
