package web

import (
	"net/http"
	"slices"

	"github.com/seed-e6a88a41/latchkey/internal/ui"
)

type homePage struct {
	User    string
	IsAdmin bool
	// AccountURL is the page of the person's account.
	AccountURL string
	Issuer     string
	Links      []ui.Link
}

// home serves the page at "/", and answers every path that is not a route.
func (h *Handler) home(w http.ResponseWriter, r *http.Request) error {
	if r.URL.Path != "/" {
		return &ui.Problem{
			Status: http.StatusNotFound, Heading: "Page not found", Text: "This server has no page at this address.",
			Advice: "Check the address, or go to the start page.",
		}
	}
	page := homePage{Issuer: h.OAuth.Issuer, Links: h.HomeLinks}
	if h.CatchMails {
		page.Links = append(slices.Clone(page.Links), ui.Link{Text: "View emails", URL: h.base + "/mails/"})
	}
	view := ui.View{Title: "Welcome", Narrow: true}
	person, err := h.person(r)
	if err != nil {
		return err
	}
	if person.Authentication != nil {
		page.User, page.IsAdmin, page.AccountURL = person.Name, person.Admin, h.base+"/account/"
		view.User, view.LogoutURL = page.User, h.LogoutURL()
	}
	view.Data = page
	return h.Pages.Render(w, r, http.StatusOK, "home", view)
}
