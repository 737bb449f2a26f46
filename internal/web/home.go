package web

import (
	"net/http"
	"slices"

	"github.com/seed-e6a88a41/latchkey/internal/ui"
)

type homePage struct {
	User    string
	IsAdmin bool
	// AccountURL is the person's own page.
	AccountURL string
	Issuer     string
	Links      []ui.Link
}

// elsewhere serves the page at "/" and says of all other paths that there is
// nothing.
func (h *Handler) elsewhere(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/" {
		h.refusePerson(w, r, http.StatusNotFound, &refusal{
			heading: "There is nothing here", text: "This address leads nowhere on this server.",
			advice: "Check the address, or go to the start page.",
		})
		return
	}
	page := homePage{Issuer: h.OAuth.Issuer, Links: h.HomeLinks}
	if h.CatchMails {
		page.Links = append(slices.Clone(page.Links), ui.Link{Text: "See the mails", URL: h.base + "/mails/"})
	}
	view := ui.View{Title: "Welcome", Narrow: true}
	if h.Who == nil {
		if user, _, ok := h.Session(r); ok {
			page.User, page.IsAdmin, page.AccountURL = user.DisplayName(), user.Admin, h.base+"/account/"
			view.User, view.LogoutURL = page.User, h.base+"/logout/"
		}
	}
	view.Data = page
	h.pages.Render(w, r, http.StatusOK, "home", view)
}
