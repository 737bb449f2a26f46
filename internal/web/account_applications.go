package web

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
	"github.com/seed-e6a88a41/latchkey/provider"
)

type applicationsPage struct {
	Agents   []ownApp // the agents that the person has allowed
	Consents []ownApp // the other applications that the person has allowed
	Others   []ownApp // other applications with access, on the first page
	More     string   // the cursor of the next page of consents
	// JWTs is a sentence about how long services can accept tokens that were revoked, or empty.
	JWTs ui.Text
	// CanRegister reports whether the person can register applications, and
	// RegistrationToken is a token for that, which is shown once.
	CanRegister       bool
	RegistrationToken string // shown once, or empty; see CanRegister
}

// ownApplications is the page that lists the applications that can act for the person.
// It asks before a permission is withdrawn.
func (h *Handler) ownApplications(w http.ResponseWriter, r *http.Request, o *owner) (err error) {
	view := ownView{page: "account_applications", url: h.base + "/account/applications/", title: ui.Text{"account.title_applications"}}
	page := applicationsPage{}
	if page.CanRegister, err = h.canRegister(r.Context(), o); err != nil {
		return err
	}
	switch action := r.PostFormValue("action"); {
	case action == "withdraw_all":
		return h.withdrawAll(w, r, o, view.url)
	case action == "withdraw":
		return h.ownWithdrawal(w, r, o, view.url)
	case action == "register" && page.CanRegister:
		if page.RegistrationToken, err = h.OAuth.PersonToken(r.Context(), o.Subject); err != nil {
			return err
		}
	}
	if err := h.listApplications(r, o, &page); err != nil {
		return err
	}
	view.data = page
	return h.showOwn(w, r, o, view)
}

// canRegister reports whether the person is offered a token with which programs register. With
// open registration, programs need none. If the administrators have chosen the people who
// register applications, the others are not offered one.
func (h *Handler) canRegister(ctx context.Context, o *owner) (bool, error) {
	if h.OAuth.Registration != provider.RegistrationPerson || h.Developers.Closed() || o.User == nil {
		return h.OAuth.Registration == provider.RegistrationPerson, nil
	}
	return h.Developers.MayRegister(ctx, o.User)
}

// ownWithdrawal withdraws the access of an application, after a question.
func (h *Handler) ownWithdrawal(w http.ResponseWriter, r *http.Request, o *owner, list string) error {
	question, err := h.askWithdraw(r, o.Subject)
	if err != nil {
		return err
	}
	if question != nil {
		return h.askOwn(w, r, o, list, question)
	}
	if err := h.withdraw(r, o.Subject, r.PostFormValue("client")); err != nil {
		return err
	}
	return h.doneOwn(w, r, list, "withdrawn")
}

// withdraw withdraws the access of an application, even if the client closes the
// connection. It reports nothing if the application has no access.
func (h *Handler) withdraw(r *http.Request, subject, client string) error {
	if !isClientID(client) {
		return nil
	}
	ctx := context.WithoutCancel(r.Context())
	given, others, err := h.accessOf(ctx, oauth.FamilyFilter{Subject: subject, ClientID: client})
	if err != nil {
		return err
	}
	err = h.Consents.WithdrawConsent(ctx, subject, client, h.Clock())
	if err == nil && len(given)+len(others) == 0 {
		return nil
	}
	e := provider.OutcomeEvent(ctx, oauth.EventWithdrawal, "", err)
	e.ClientID, e.Subject = client, subject
	h.report(r, e)
	return err
}

// askWithdraw returns the question before the access of an application is withdrawn, or
// nil if the person has answered it, or the application has none.
func (h *Handler) askWithdraw(r *http.Request, subject string) (*ui.Question, error) {
	client := r.PostFormValue("client")
	if answered(r) || !isClientID(client) {
		return nil, nil
	}
	given, others, err := h.accessOf(r.Context(), oauth.FamilyFilter{Subject: subject, ClientID: client, InSession: h.OAuth.OwnLogin})
	if err != nil {
		return nil, err
	}
	more, err := h.jwtsOf(r.Context(), client)
	if err != nil {
		return nil, err
	}
	q := &ui.Question{More: more, Fields: url.Values{"client": {client}}}
	if len(given) > 0 {
		name, err := h.distinct(r.Context(), client, given[0].ClientName)
		if err != nil {
			return nil, err
		}
		q.Heading = ui.Text{"account.ask_withdraw", "app", name}
		q.Text, q.Button = ui.Text{"account.ask_withdraw_text"}, ui.Text{"account.withdraw"}
		return q, nil
	}
	if len(others) == 0 {
		return nil, nil
	}
	name, err := h.distinct(r.Context(), client, others[0].ClientName)
	if err != nil {
		return nil, err
	}
	q.Heading = ui.Text{"account.ask_revoke", "app", name}
	q.Text, q.Button = ui.Text{"account.ask_revoke_text"}, ui.Text{"account.revoke"}
	return q, nil
}

// isClientID reports whether a text can be the client_id of an application.
func isClientID(text string) bool {
	return text != "" && len(text) <= oauth.MaxClientID && oauth.IsText(text)
}

// accessOf returns the consent of a person for an application, or else one of its other permissions.
func (h *Handler) accessOf(ctx context.Context, f oauth.FamilyFilter) ([]oauth.ConsentRow, []oauth.FamilyRow, error) {
	given, _, err := h.Consents.Consents(ctx, oauth.FamilyFilter{Subject: f.Subject, ClientID: f.ClientID}, paging.Page{Limit: 1})
	if err != nil || len(given) > 0 {
		return given, nil, err
	}
	others, _, err := h.Consents.Families(ctx, f, paging.Page{Limit: 1})
	return nil, others, err
}

// listApplications fills the lists of the page.
func (h *Handler) listApplications(r *http.Request, o *owner, page *applicationsPage) error {
	if err := h.OAuth.ReadScopes(r.Context()); err != nil { // their descriptions
		return err
	}
	consents, cursor, err := h.Consents.Consents(r.Context(), oauth.FamilyFilter{Subject: o.Subject}, paging.Page{After: r.URL.Query().Get("after")})
	if err != nil {
		return err
	}
	page.More = cursor.Next
	say := h.Pages.LanguageOf(r)
	for _, consent := range consents {
		app, err := h.consentedApp(r.Context(), say, o, consent)
		if err != nil {
			return err
		}
		page.Consents = append(page.Consents, app)
	}
	err = h.listOthers(r, o, page)
	longest := time.Duration(0)
	for _, apps := range [][]ownApp{page.Consents, page.Others} {
		for i := range apps {
			longest = max(longest, apps[i].jwts)
			o.local(&apps[i].Since, &apps[i].UsedAt, &apps[i].Until)
		}
	}
	page.JWTs = jwtText(longest)
	agent := func(app ownApp) bool { return app.Agent }
	page.Agents = slices.DeleteFunc(slices.Clone(page.Consents), func(app ownApp) bool { return !agent(app) })
	page.Consents = slices.DeleteFunc(page.Consents, agent)
	return err
}

// identify adds to an application of a page how the person can tell it from others that have
// the same name.
func (h *Handler) identify(app *ownApp, c *oauth.Client) {
	app.jwts = h.OAuth.JWTLifetime(c)
	app.Agent, app.Operator, app.Unverified = c.Agent, c.Operator, c.Unverified() || strings.HasPrefix(c.ID, oauth.RegistrationPrefix)
	if !app.Unverified {
		app.Logo = h.logoURL(c)
	}
	app.Host = provenHost(c)
}

// provenHost returns the host of an application whose client_id is the URL of its description, or
// to which all responses go, or "". An application that also lists the host of another
// application, or uses it in a private scheme, must not be shown with that host.
func provenHost(c *oauth.Client) string {
	addresses := c.RedirectURIs
	if isDocument(c.ID) {
		addresses = []string{c.ID}
	}
	host := ""
	for _, address := range addresses {
		u, err := url.Parse(address)
		if err != nil || u.Scheme != "https" || u.Host == "" || host != "" && u.Host != host {
			return ""
		}
		host = u.Host
	}
	return host
}

// isDocument reports whether a client_id is the URL of a description of the application.
func isDocument(clientID string) bool { return strings.Contains(clientID, "://") }

// knownApp returns an application that has access, as it is stored: the page of a person does not
// depend on a description that the application serves. oauth.ErrNotFound: it was deleted or
// disabled.
func (h *Handler) knownApp(ctx context.Context, clientID string) (*oauth.Client, error) {
	if !isDocument(clientID) {
		return h.OAuth.Application(ctx, clientID)
	}
	client, err := h.OAuth.Store.Client(ctx, clientID)
	if err == nil && client.Disabled {
		return nil, oauth.ErrNotFound
	}
	return client, err
}

// distinct returns the name of an application for a question about it, with its host.
func (h *Handler) distinct(ctx context.Context, clientID, name string) (string, error) {
	app := ownApp{Name: cmp.Or(name, clientID)}
	client, err := h.knownApp(ctx, clientID)
	if errors.Is(err, oauth.ErrNotFound) {
		return app.Name, nil
	}
	if err != nil {
		return "", err
	}
	if h.identify(&app, client); app.Host != "" {
		app.Name += " (" + app.Host + ")"
	}
	return app.Name, nil
}

// consentedApp describes an application that the person has allowed.
func (h *Handler) consentedApp(ctx context.Context, say *ui.Language, o *owner, consent oauth.ConsentRow) (ownApp, error) {
	app := ownApp{ID: consent.ClientID, Name: cmp.Or(consent.ClientName, consent.ClientID), Since: consent.GrantedAt}
	for _, entry := range consent.Scope {
		name, resource := h.OAuth.ConsentEntry(entry)
		text := h.scopeText(say, name)
		if resource != "" {
			text += " (" + h.OAuth.ResourceName(resource) + ")"
		}
		app.Scopes = append(app.Scopes, text)
	}
	client, err := h.knownApp(ctx, consent.ClientID)
	if errors.Is(err, oauth.ErrNotFound) {
		return app, nil
	}
	if err == nil {
		h.identify(&app, client)
		app.Open, app.Agent = cmp.Or(h.OAuth.InitiateLogin(client, o.username(), consent.Scope), client.HomepageURL), client.Agent
	}
	return app, err
}
