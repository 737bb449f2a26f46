package web

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
)

type homePage struct {
	User    string // the name of the person, or empty
	IsAdmin bool   // the person can use the back office
	// AccountURL is the page of the person's account, which asks for a login first.
	AccountURL string
	Issuer     string    // the address of this server for applications
	Links      []ui.Link // to the back office, for example
}

// home serves the page at "/", and answers every path that is not a route.
func (h *Handler) home(w http.ResponseWriter, r *http.Request) error {
	if r.URL.Path != "/" {
		misplaced := h.misplaced(r.URL.Path)
		if misplaced != nil {
			h.warnMount.Do(func() { h.Logger.WarnContext(r.Context(), misplaced.Error()) })
		}
		return &ui.Problem{
			Status: http.StatusNotFound, Heading: ui.Text{"problem.not_found_heading"}, Text: ui.Text{"problem.not_found"},
			Advice: ui.Text{"problem.not_found_advice"}, Err: misplaced,
			Links: []ui.Link{{Text: ui.Text{"problem.start_page"}, URL: "/"}},
		}
	}
	page := homePage{Issuer: h.OAuth.Issuer, Links: h.HomeLinks, AccountURL: h.AccountURL()}
	if h.CatchMails {
		page.Links = append(slices.Clone(page.Links), ui.Link{Text: ui.Text{"home.emails"}, URL: h.base + "/mails/"})
	}
	view := ui.View{Title: ui.Text{"home.title"}, Narrow: true}
	person, err := h.person(r)
	if err != nil {
		return err
	}
	if person.Authentication != nil {
		page.User, page.IsAdmin = person.Name, person.Roles.Allow(account.OverviewRead)
		view.User, view.LogoutURL = page.User, h.LogoutURL()
	}
	view.Data = page
	return h.Pages.Render(w, r, http.StatusOK, "home", view)
}

// misplaced returns an error for the log if a path is that of an endpoint with another
// prefix than the path of the issuer. The handler is then mounted in the wrong place. A
// prefix of more than two segments is not detected, so that long paths cost no time.
func (h *Handler) misplaced(path string) error {
	for range 3 {
		if _, ok := h.exact[h.base+path]; ok {
			return fmt.Errorf("the path of this page is %s%s: mount the Server so that it sees the path of the issuer, without http.StripPrefix", h.base, path)
		}
		segment := strings.IndexByte(strings.TrimPrefix(path, "/"), '/')
		if segment < 0 {
			return nil
		}
		path = path[segment+1:]
	}
	return nil
}
