package web

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

type consentPage struct {
	App       consentApp        // the application
	User      string            // the name of the person
	Groups    []scopeGroup      // the requested scopes, by weight; without those in Held
	Held      []consentScope    // the requested scopes that the person has allowed before, if others are new
	Resources []consentResource // the APIs for which the permission is valid
	Request   string            // the value of the hidden field "request"
	// RedirectHost is the host of the redirect URI. If the URI has a private-use scheme,
	// it is that scheme, and LocalApp is set.
	RedirectHost string
	LocalApp     bool // RedirectHost is a scheme
	// Unverified is set if another program could have made the request in the name of
	// the application, such as another app on the same device.
	Unverified bool
	// Device is set if the request came from a device without a browser (RFC 8628).
	Device *consentDevice
	// SelfRegistered is set if the application registered itself, so that no
	// administrator has checked it.
	SelfRegistered bool
	// OfPerson is set if the application belongs to a person, and no administrator has checked
	// it. Approved is set if a person registered it, and it was checked.
	OfPerson, Approved bool
	// DocumentHost is the host of the client_id, if the document there describes the
	// application. Trusted is set if administrators trust it.
	DocumentHost string
	Trusted      bool // administrators trust DocumentHost
	// Lifetime is a sentence that says how long the permission lasts.
	Lifetime ui.Text
	// FirstAllowed is when the person first gave the application permission, or zero.
	FirstAllowed time.Time
	// Periods are the choices of how long the permission lasts. It can be empty.
	Periods []consentPeriod
	// CancelFirst puts the button "Cancel" first, so that the Enter key presses it.
	CancelFirst bool
	// Error is set if the form was sent without "allow".
	Error ui.Text
}

type consentApp struct {
	// Name is the name of the application.
	Name string
	// VerifiedHost belongs to the application: it is the host of the client_id, if the
	// document there describes the application, or else the one that receives the response.
	// For an app on the device, it is a scheme. It is empty for a device.
	VerifiedHost string
	// Logo is the address of an image on this server, or empty.
	Logo string
	// HomepageURL, TermsURL and PolicyURL can be empty.
	HomepageURL, TermsURL, PolicyURL string
	// Since is when the application was added to this server. It is zero if the
	// application is not stored yet.
	Since time.Time
	// Operator is the name that an administrator entered for the operator of the application,
	// or empty.
	Operator string
	// Publisher is the issuer of the software statement of the application, or empty.
	Publisher string
	// Agent is set if the application decides by itself what it does.
	Agent bool
}

type consentResource struct {
	// Name is URI if the resource has no name.
	Name, URI string
}

// A scopeGroup contains the scopes of one weight.
type scopeGroup struct {
	Weight string         // "identity", "read", "change" or "keep"
	Title  ui.Text        // the heading of the group
	Heavy  bool           // people should look twice at these scopes
	Scopes []consentScope // in the order of the request
}

type consentScope struct {
	// Name is the value of the scope, and Description says what it permits.
	Name, Description string
	Icon              string // the name of the symbol for the weight of the scope
	Heavy             bool   // the scope changes data or keeps the access
	// Optional is set if the person can decline this scope and allow the others. New is
	// set if they have allowed others before, but not this one.
	Optional, New bool
	// Unticked is set for an optional scope that is not selected.
	Unticked bool
}

// consent shows the consent page, and notes in the sealed request to which
// login session it was shown. answer is a submitted form without "allow", or
// nil.
func (h *Handler) consent(w http.ResponseWriter, r *http.Request, req *provider.AuthorizationRequest, p Person, answer url.Values) error {
	req.Show(*p.Authentication)
	handle, err := h.seal(w, r, req)
	if err != nil {
		return err
	}
	missing, before, err := h.OAuth.NotYetAllowed(r.Context(), req, p.Subject)
	if err != nil {
		return err
	}
	total, idle, err := h.OAuth.GrantLifetime(r.Context(), req, p.Subject)
	if err != nil {
		return err
	}
	length, total := h.lifetime(total, idle, req.BoundToLogin(*p.Authentication))
	data := consentPage{
		App: h.requestingApp(req), User: p.Name, Request: handle, Device: h.consentDevice(r, req.Device),
		Unverified: req.Unverified(), SelfRegistered: strings.HasPrefix(req.ClientID, oauth.RegistrationPrefix),
		OfPerson: req.Client.Unverified(), Approved: req.Client.RegisteredByPerson && !req.Client.Unverified(),
		Lifetime: length, FirstAllowed: before.GrantedAt,
	}
	data.Groups, data.Held = h.consentGroups(h.Pages.LanguageOf(r), req, missing, answer)
	data.RedirectHost, data.LocalApp = destination(req.RedirectURI)
	if described, trusted := h.OAuth.FromDocument(req.Client); described {
		data.DocumentHost, data.Trusted = hostOf(req.ClientID), trusted
	}
	for _, uri := range req.Resources {
		data.Resources = append(data.Resources, consentResource{h.OAuth.ResourceName(uri), uri})
	}
	data.CancelFirst = data.App.Agent || data.SelfRegistered || data.OfPerson || data.Unverified || data.DocumentHost != "" && !data.Trusted
	data.Periods = periods(req.Client, total, answer, provider.LastPeriod(before))
	if answer != nil {
		data.Error = ui.Text{"consent.not_allowed"}
	}
	view := ui.View{Title: ui.Text{"consent.title", "app", data.App.Name}, Narrow: true, Wide: len(data.Groups) > 2, Data: data, Color: req.Client.BrandColor, FormAction: appScheme(req.RedirectURI)}
	return h.Pages.Render(w, r, http.StatusOK, "authorize", view)
}

// requestingApp describes the application of an authorization request.
func (h *Handler) requestingApp(req *provider.AuthorizationRequest) consentApp {
	app := h.consentApp(req.Client)
	app.VerifiedHost = h.verifiedHost(req)
	return app
}

func (h *Handler) verifiedHost(req *provider.AuthorizationRequest) string {
	if described, _ := h.OAuth.FromDocument(req.Client); described {
		return hostOf(req.ClientID)
	}
	host, _ := destination(req.RedirectURI)
	return host
}

func (h *Handler) consentApp(c *oauth.Client) consentApp {
	name := clientName(c)
	return consentApp{Name: name, Logo: h.logoURL(c), HomepageURL: c.HomepageURL, TermsURL: c.TermsURL, PolicyURL: c.PolicyURL, Since: c.CreatedAt, Operator: c.Operator, Publisher: c.StatementIssuer, Agent: c.Agent}
}

type selectAccountPage struct {
	App  consentApp // the application
	User string     // the name of the person
	// Request is the value of the hidden field "request".
	Request string
}

// selectAccount shows the page on which a person chooses the account to
// continue with.
func (h *Handler) selectAccount(w http.ResponseWriter, r *http.Request, req *provider.AuthorizationRequest, p Person) error {
	req.OfferedTo = p.Key()
	req.SawPage()
	handle, err := h.seal(w, r, req)
	if err != nil {
		return err
	}
	return h.Pages.Render(w, r, http.StatusOK, "select_account", ui.View{
		Title: ui.Text{"select.title"}, Narrow: true, FormAction: appScheme(req.RedirectURI), Color: req.Client.BrandColor,
		Data: selectAccountPage{App: h.requestingApp(req), User: p.Name, Request: handle},
	})
}
