package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/clientfields"
	"github.com/seed-e6a88a41/latchkey/internal/developers"
	"github.com/seed-e6a88a41/latchkey/internal/rejections"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// A developedPage is the page of an application that a person owns.
type developedPage struct {
	ID, Name   string                  // the client_id and the name
	Connection clientfields.Connection // the settings and examples of the application
	AllScopes  bool                    // the application can have all scopes
	Version    int64                   // the version that is changed
	State      developerState          // whether the application works
	Fields     []developerField        // the fields of the form
	Managed    bool                    // administrators manage how the application connects
	HasSecret  bool                    // the application authenticates with a secret
	Secrets    []developedSecret       // the secrets
	Secret     string                  // a new secret, which is shown once, or empty
	New        bool                    // the application was just registered
	Owners     []developedOwner        // all owners
	Leader     bool                    // the person is responsible for the application
	Offers     int                     // how many offers are open
	OfferLink  string                  // the link of a new offer, which is shown once, or empty
	Transfer   bool                    // the new offer transfers the application
	Attempts   []developedAttempt      // the last attempts to log in to the application
	Rejections []developedProblem      // recent requests of the application that were rejected
	Errors     fieldErrors             // what is wrong with the fields, by name
}

// A developedSecret is a secret of an application.
type developedSecret struct {
	End                  string    // the last characters
	CreatedAt, ExpiresAt time.Time // ExpiresAt is zero if the secret does not expire
}

// A developedOwner is an owner of an application.
type developedOwner struct {
	ID, Name    string // of the account
	Responsible bool   // the person is responsible for the application
	Self        bool   // it is the person who is logged in
	Removable   bool   // the person who is logged in can remove this owner
}

// A developedProblem is a rejected request of an application.
type developedProblem struct {
	At          time.Time    // when the request was rejected
	Description string       // what was wrong, in English
	RedirectURI string       // the redirect URI that is not registered, or empty
	ID          string       // the error ID
	CanAdd      bool         // the redirect URI can be added with one click
	URL         string       // the page with the comparison of the redirect URIs, or empty
	Fix         developedFix // how to fix it
}

// developed is the page of an application that the person owns, with its actions.
func (h *Handler) developed(w http.ResponseWriter, r *http.Request, o *owner) error {
	c, err := h.Developers.App(r.Context(), o.User, r.PathValue("app"))
	if err != nil {
		return err
	}
	if r.Method != http.MethodPost {
		return h.showDeveloped(w, r, o, c, developedPage{})
	}
	if asked, err := h.confirmFirst(w, r, o.User, o.Session); asked || err != nil {
		return err
	}
	switch r.PostFormValue("action") {
	case "save", "add_redirect":
		return h.changeDeveloped(w, r, o, c)
	case "rotate":
		return h.rotateDeveloped(w, r, o, c)
	case "delete":
		return h.deleteDeveloped(w, r, o, c)
	case "offer", "transfer", "withdraw":
		return h.offerDeveloped(w, r, o, c)
	case "remove_owner":
		return h.removeDeveloperOwner(w, r, o, c)
	}
	return h.showDeveloped(w, r, o, c, developedPage{})
}

// changeDeveloped saves the form, or adds the redirect URI of a rejected request.
func (h *Handler) changeDeveloped(w http.ResponseWriter, r *http.Request, o *owner, c *oauth.Client) error {
	version, err := strconv.ParseInt(r.PostFormValue("version"), 10, 64)
	if err != nil {
		return oauth.ErrConflict
	}
	values := developerValues(r)
	if r.PostFormValue("action") == "add_redirect" {
		uri, err := h.addableRedirect(r.Context(), c, r.PostFormValue("problem"))
		if err != nil {
			return err
		}
		values = developers.Values{"redirect_uris": append(slices.Clone(c.RedirectURIs), uri)}
	}
	before, after, err := h.Developers.Change(r.Context(), o.User, c.ID, version, values)
	if err == nil {
		h.reportApp(r, o, "edit", before, after)
		return h.doneOwn(w, r, h.developersURL(c.ID), "saved")
	}
	page := developedPage{Errors: make(fieldErrors)}
	if page.Errors.addApp(err) == 0 {
		return err
	}
	return h.showDeveloped(w, r, o, c, page)
}

// addableRedirect returns the redirect URI of a rejected request of the application, if it can be
// added with one click.
func (h *Handler) addableRedirect(ctx context.Context, c *oauth.Client, problem string) (string, error) {
	rejected, found, err := h.Rejections.Find(ctx, strings.ToLower(problem))
	if err != nil {
		return "", err
	}
	compared := h.ownRedirect(c, rejected)
	if !found || rejected.ClientID != c.ID || compared == nil || compared.Added || compared.Refused != nil {
		return "", oauth.ErrConflict
	}
	return compared.Sent, nil
}

// rotateDeveloped adds a secret, and shows it once.
func (h *Handler) rotateDeveloped(w http.ResponseWriter, r *http.Request, o *owner, c *oauth.Client) error {
	overlap, known := map[string]time.Duration{"0": 0, "1d": 24 * time.Hour, "7d": 7 * 24 * time.Hour}[r.PostFormValue("overlap")]
	if !known {
		return oauth.ErrConflict
	}
	after, secret, err := h.Developers.Rotate(r.Context(), o.User, c.ID, overlap)
	if err != nil {
		return err
	}
	h.reportApp(r, o, "secret", nil, after)
	return h.showDeveloped(w, r, o, after, developedPage{Secret: secret})
}

// deleteDeveloped deletes the application, after a question.
func (h *Handler) deleteDeveloped(w http.ResponseWriter, r *http.Request, o *owner, c *oauth.Client) error {
	if !answered(r) {
		return h.askOwn(w, r, o, h.developersURL(c.ID), &ui.Question{
			Heading: ui.Text{"apps.ask_delete", "app", ui.Isolate(c.Name)}, Text: ui.Text{"apps.ask_delete_text"}, Button: ui.Text{"apps.delete"}, Fields: url.Values{},
		})
	}
	gone, err := h.Developers.Delete(r.Context(), o.User, c.ID)
	if err != nil {
		return err
	}
	h.reportApp(r, o, "delete", nil, gone)
	return h.doneOwn(w, r, h.developersURL(), "app_deleted")
}

// offerDeveloped makes an offer to become an owner, and shows its link once, or withdraws all.
func (h *Handler) offerDeveloped(w http.ResponseWriter, r *http.Request, o *owner, c *oauth.Client) error {
	act := r.PostFormValue("action")
	if act == "withdraw" {
		if err := h.Developers.WithdrawOffers(r.Context(), o.User, c.ID); err != nil {
			return err
		}
		h.reportApp(r, o, "withdraw", nil, c)
		return h.doneOwn(w, r, h.developersURL(c.ID), "app_offers")
	}
	code, err := h.Developers.Offer(r.Context(), o.User, c.ID, act == "transfer")
	if err != nil {
		return err
	}
	h.reportApp(r, o, act, nil, c)
	after, err := h.Developers.App(r.Context(), o.User, c.ID)
	if err != nil {
		return err
	}
	link := h.OAuth.Issuer + "/applications/offer/?code=" + url.QueryEscape(code)
	return h.showDeveloped(w, r, o, after, developedPage{OfferLink: link, Transfer: act == "transfer"})
}

// removeDeveloperOwner removes an owner, after a question.
func (h *Handler) removeDeveloperOwner(w http.ResponseWriter, r *http.Request, o *owner, c *oauth.Client) error {
	id := r.PostFormValue("owner")
	if !c.OwnedBy(id) {
		return oauth.ErrConflict
	}
	if !answered(r) {
		q := &ui.Question{Heading: ui.Text{"apps.ask_remove", "person", h.ownerName(r.Context(), id), "app", c.Name}, Text: ui.Text{"apps.ask_remove_text"}, Button: ui.Text{"apps.remove"}, Fields: url.Values{"owner": {id}}}
		if id == o.Subject {
			q.Heading, q.Button = ui.Text{"apps.ask_leave", "app", c.Name}, ui.Text{"apps.leave"}
		}
		return h.askOwn(w, r, o, h.developersURL(c.ID), q)
	}
	after, err := h.Developers.RemoveOwner(r.Context(), o.User, c.ID, id)
	if err != nil {
		return err
	}
	h.reportApp(r, o, "remove_owner", c, after)
	if id == o.Subject {
		return h.doneOwn(w, r, h.developersURL(), "app_left")
	}
	return h.doneOwn(w, r, h.developersURL(c.ID), "app_owner_removed")
}

// ownerName returns the username of an owner, or "".
func (h *Handler) ownerName(ctx context.Context, id string) string {
	u, err := h.Accounts.Store.User(ctx, id)
	if err != nil {
		return ""
	}
	return u.Username
}

// showDeveloped shows an application.
func (h *Handler) showDeveloped(w http.ResponseWriter, r *http.Request, o *owner, c *oauth.Client, page developedPage) error {
	rejected, err := h.Rejections.Recent(r.Context(), oauth.RejectionFilter{ClientID: c.ID}, 10)
	if err != nil {
		return err
	}
	if page.Attempts, err = h.ownAttempts(r, c, rejected); err != nil {
		return err
	}
	page.ID, page.Name, page.Version, page.State, page.AllScopes = c.ID, c.Name, c.Version, stateOf(c), len(c.Scopes) == 0
	page.Connection = clientfields.NewConnection(h.OAuth.Issuer, c, clientfields.PersonClaimsOf(h.OAuth.HostClaims, h.OAuth.OwnLogin), page.Secret)
	page.Managed, page.HasSecret, page.Leader = developers.Managed(c), c.NeedsSecret(), c.OwnerID == o.Subject
	page.Fields = developerFields(c, page.Errors)
	status := http.StatusOK
	if len(page.Errors) > 0 {
		status = http.StatusUnprocessableEntity
		keepTyped(r, page.Fields)
	}
	for _, s := range c.Secrets {
		page.Secrets = append(page.Secrets, developedSecret{s.End, s.CreatedAt, s.ExpiresAt})
	}
	for _, offer := range c.Offers {
		if offer.ExpiresAt.After(h.Clock()) {
			page.Offers++
		}
	}
	for _, id := range append([]string{c.OwnerID}, c.CoOwnerIDs...) {
		if id != "" {
			page.Owners = append(page.Owners, developedOwner{id, h.ownerName(r.Context(), id), id == c.OwnerID, id == o.Subject, id != c.OwnerID && (page.Leader || id == o.Subject)})
		}
	}
	for _, problem := range rejected {
		row := developedProblem{At: problem.At, Description: rejections.CauseOf(problem), ID: problem.ID, Fix: h.ownFix(c, problem)}
		if compared := h.ownRedirect(c, problem); compared != nil {
			row.RedirectURI, row.CanAdd, row.URL = compared.Sent, compared.Refused == nil && !compared.Added, h.developersURL(c.ID, "attempts", problem.ID)
		}
		page.Rejections = append(page.Rejections, row)
	}
	return h.showOwn(w, r, o, ownView{page: "developed", url: h.developersURL(), title: ui.Plain(ui.Isolate(c.Name)), status: status, data: page})
}

// A developerOfferPage asks a person whether they want to become an owner of an application.
type developerOfferPage struct {
	Code     string // the code of the offer, for the form
	Name     string // the application
	By       string // the username of the owner who made the offer
	Transfer bool   // the person becomes responsible for the application
}

// developerOffer is the page of the link of an offer.
func (h *Handler) developerOffer(w http.ResponseWriter, r *http.Request, o *owner) error {
	code := r.FormValue("code")
	c, offer, err := h.Developers.Offered(r.Context(), code)
	if err != nil {
		return err
	}
	if r.Method != http.MethodPost {
		page := developerOfferPage{code, c.Name, h.ownerName(r.Context(), offer.By), offer.Transfer}
		return h.showOwn(w, r, o, ownView{page: "developer_offer", url: h.developersURL(), title: ui.Text{"apps.offer_title"}, data: page})
	}
	after, err := h.Developers.Accept(r.Context(), o.User, code)
	if errors.Is(err, account.ErrForbidden) {
		err = developers.ErrOffer
	}
	if err != nil {
		return err
	}
	h.reportApp(r, o, "accept", c, after)
	return h.doneOwn(w, r, h.developersURL(after.ID), "app_owner")
}
