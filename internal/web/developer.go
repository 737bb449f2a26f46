package web

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/internal/developers"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// A developersPage lists the applications that a person owns.
type developersPage struct {
	Apps []developerRow // the applications of the person
	More string         // the cursor of the next page, or empty
	// MayRegister is set if the person can register applications, and Limit is how many.
	MayRegister bool
	Limit       int // see MayRegister
}

// A developerRow is an application of a person.
type developerRow struct {
	ID, Name    string           // the client_id and the name
	URL         string           // its page
	Responsible bool             // the person is responsible for it
	State       developerState   // whether it works
	Client      developerOutline // what the page shows of the application
}

// A developerOutline is what the list shows of an application.
type developerOutline struct {
	Public bool // the application has no secret
}

// A developerState says whether an application works.
type developerState struct {
	Kind   string  // "ok", "warn" or "off", for the look of the text
	Text   ui.Text // the state
	Reason string  // why it was rejected, or empty
}

func stateOf(c *oauth.Client) developerState {
	switch {
	case c.Review == oauth.ReviewWaiting:
		return developerState{"warn", ui.Text{"apps.state_waiting"}, ""}
	case c.Review == oauth.ReviewRejected:
		return developerState{"off", ui.Text{"apps.state_rejected"}, c.ReviewReason}
	case c.Disabled:
		return developerState{"off", ui.Text{"apps.state_disabled"}, ""}
	}
	return developerState{"ok", ui.Text{"apps.state_active"}, ""}
}

// developersURL returns the address of a page of the applications that people manage.
func (h *Handler) developersURL(parts ...string) string {
	address := h.base + "/applications/"
	for _, part := range parts {
		address += url.PathEscape(part) + "/"
	}
	return address
}

// developerPage wraps the handler of a page of the applications that people manage. A person who
// is not logged in is sent to the login page first, and then to the page.
func (h *Handler) developerPage(serve func(http.ResponseWriter, *http.Request, *owner) error) http.HandlerFunc {
	return h.page(h.form(func(w http.ResponseWriter, r *http.Request) error {
		o, err := h.owner(r)
		if err != nil {
			return err
		}
		if o == nil {
			next := h.developersURL()
			if r.Method == http.MethodGet {
				next = localPath(r.URL.RequestURI(), next)
			}
			return h.LogIn(w, r, next)
		}
		return developerProblem(serve(w, r, o))
	}))
}

// developerProblem describes the errors of package developers. An application with other owners
// does not exist for the person.
func developerProblem(err error) error {
	switch {
	case errors.Is(err, oauth.ErrNotFound), errors.Is(err, account.ErrForbidden):
		return &ui.Problem{Status: http.StatusNotFound, Heading: ui.Text{"apps.gone_heading"}, Text: ui.Text{"apps.gone"}, Err: err}
	case errors.Is(err, developers.ErrNotAllowed):
		return &ui.Problem{Status: http.StatusForbidden, Heading: ui.Text{"apps.not_allowed_heading"}, Text: ui.Text{"apps.not_allowed"}, Err: err}
	case errors.Is(err, developers.ErrManaged):
		return &ui.Problem{Status: http.StatusForbidden, Heading: ui.Text{"apps.managed_heading"}, Text: ui.Text{"apps.managed"}, Err: err}
	case errors.Is(err, developers.ErrOffer):
		return &ui.Problem{Status: http.StatusNotFound, Heading: ui.Text{"problem.link_heading"}, Text: ui.Text{"problem.link"}, Advice: ui.Text{"apps.offer_advice"}, Err: err}
	case errors.Is(err, developers.ErrTooManyOffers):
		return &ui.Problem{Status: http.StatusConflict, Heading: ui.Text{"apps.offers_heading"}, Text: ui.Text{"apps.offers_full"}, Err: err}
	case errors.Is(err, account.ErrTooMany):
		return &ui.Problem{Status: http.StatusConflict, Heading: ui.Text{"apps.too_many_heading"}, Text: ui.Text{"apps.too_many"}, Err: err}
	case errors.Is(err, oauth.ErrConflict):
		return &ui.Problem{Status: http.StatusConflict, Heading: ui.Text{"apps.conflict_heading"}, Text: ui.Text{"apps.conflict"}, Err: err}
	}
	return err
}

// ownDevelopers lists the applications that the person owns.
func (h *Handler) ownDevelopers(w http.ResponseWriter, r *http.Request, o *owner) (err error) {
	page := developersPage{Limit: h.Developers.DeveloperLimit}
	if page.MayRegister, err = h.Developers.MayRegister(r.Context(), o.User); err != nil {
		return err
	}
	apps, cursor, err := h.Developers.Own(r.Context(), o.User, paging.Page{Limit: 50, After: r.URL.Query().Get("after")})
	if err != nil {
		return err
	}
	page.More = cursor.Next
	for _, c := range apps {
		page.Apps = append(page.Apps, developerRow{c.ID, c.Name, h.developersURL(c.ID), c.OwnerID == o.Subject, stateOf(c), developerOutline{c.Type == oauth.Public}})
	}
	return h.showOwn(w, r, o, ownView{page: "developers", url: h.developersURL(), title: ui.Text{"apps.title"}, data: page})
}

// reportApp reports what an owner did with an application. Both applications may be nil.
func (h *Handler) reportApp(r *http.Request, o *owner, act string, before, after *oauth.Client) {
	details := &oauth.EventDetails{}
	if after != nil {
		details.ClientID, details.ClientName = after.ID, after.Name
	}
	if before != nil || act == "add" {
		details.Changes = audit.ClientChanges(before, after)
	}
	h.report(r, oauth.Event{Name: oauth.EventOwnerChange, Kind: developers.ActPrefix + act, Outcome: oauth.OutcomeOK, Actor: o.Subject, Target: details.ClientID, Details: details})
}
