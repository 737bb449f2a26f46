package latchkey

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"regexp"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/admin"
	"github.com/seed-e6a88a41/latchkey/internal/bodylimit"
	"github.com/seed-e6a88a41/latchkey/internal/flows"
	"github.com/seed-e6a88a41/latchkey/internal/outbound"
	"github.com/seed-e6a88a41/latchkey/internal/rejections"
	"github.com/seed-e6a88a41/latchkey/internal/settings"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/internal/web"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// defaultAdminPath is the path of the back office if Options.AdminPath is empty.
const defaultAdminPath = "/admin/"

// adminPath matches a path at which the back office can be mounted. It must contain no
// wildcard of http.ServeMux, and no character that a browser or a proxy encodes.
var adminPath = regexp.MustCompile(`^/([A-Za-z0-9_~-][A-Za-z0-9._~-]*/)*$`)

// pages are the parsed pages of the server.
type pages struct {
	ui         *ui.UI
	web, admin *ui.Pages
}

// parsePages returns the pages, or the faults of all templates.
func parsePages(o Options) (pages, error) {
	options := ui.Options{Templates: o.Templates, Brand: o.Brand, Color: o.BrandColor, ColorDark: o.BrandColorDark, Logo: o.BrandLogo, AssetPrefix: issuerPath(o.Issuer) + "/static/", Clock: o.Clock}
	if issuer, err := url.Parse(o.Issuer); err == nil { // package provider reports the fault
		options.ThemeURL, options.ThemeCookie = web.Theme(issuer, o.CookieSuffix)
		options.LanguageURL, options.Address = web.LanguageURL(issuer), web.PageAddress
	}
	shared, err := ui.New(options)
	if shared == nil {
		return pages{}, errors.Join(settings.OfField("Templates", err)...)
	}
	public, publicErr := web.ParsePages(shared, o.Issuer)
	office, officeErr := admin.ParsePages(shared, o.AdminPath)
	return pages{shared, public, office}, errors.Join(settings.OfField("Templates", errors.Join(err, publicErr, officeErr, shared.CheckFiles("web", "admin")))...)
}

// languages returns the languages of the pages for people.
func (p pages) languages() []string {
	if p.web == nil {
		return nil // New reports the fault
	}
	return p.web.Languages()
}

// issuerPath returns the path of the issuer, such as "/o".
func issuerPath(issuer string) string {
	u, err := url.Parse(issuer)
	if err != nil {
		return "" // package provider reports the fault
	}
	return u.EscapedPath()
}

// mount creates the handlers of the public URLs and of the back office. With options that
// newServer has checked, it returns no error.
func (s *Server) mount(p pages, client *outbound.Client) error {
	o := s.options
	s.flows = flows.New(o.Store, o.Clock, o.Logger)
	s.rejected = rejections.New(rejections.Config{Store: o.Store, Key: s.provider.Key("rejection sources"), OnEvent: o.OnEvent, Logger: o.Logger})
	var err error
	s.web, err = web.New(web.Options{
		OAuth: s.provider, Accounts: s.accounts, UI: p.ui, Pages: p.web, Rejections: s.rejected, Flows: s.flows,
		TrustedProxies: o.TrustedProxies, Place: o.Place, InsecureAllowAnyOrigin: o.InsecureAllowAnyOrigin,
		Consents: o.Store, SetupKey: s.provider.Key("setup links"), AdminURL: o.AdminPath, SignUp: o.SignUp, Mail: o.SendMail, CatchMails: o.InsecureCatchMails,
		CookieSuffix: o.CookieSuffix, HomeLinks: homeLinks(o), Host: s.hostLogin(), Providers: s.logins, StateKey: s.provider.Key("login state"), FetchLogo: client.GetFollowing, Developers: s.developers(), OnEvent: o.OnEvent, TokenTook: s.counts.TokenTook, Clock: o.Clock, Logger: o.Logger,
	})
	if err != nil {
		return err
	}
	s.public = secured(o.Issuer, bodylimit.Handler(s.reportRequests(s.web, "/")))
	consumerCallback := ""
	if o.ConsumerURL != "" {
		consumerCallback = o.ConsumerURL + "/consumer/exchange/"
	}
	office, err := admin.New(admin.Options{
		Prefix: o.AdminPath, Pages: p.admin, Store: o.Store, Accounts: s.accounts, Acts: s.acts, Person: s.adminPerson, LogIn: s.web.LogIn, Confirm: s.web.Confirm, LogoutURL: s.web.LogoutURL(), AccountURL: s.web.AccountURL(),
		InvitationLink: s.web.InvitationLink, CanMail: s.web.CanMail(), MailLanguages: s.web.Pages.LanguageNames, PersonData: func(ctx context.Context, u *account.User) (any, error) {
			return web.PersonDataOf(ctx, o.Store, o.Store, u, s.accounts.Clock())
		},
		Scopes: s.provider.KnownScopes, DefaultScopes: s.provider.ScopesByDefault, Resources: s.provider.KnownResources, Definitions: s.provider.Definitions, HostScopes: o.ScopeSource != nil, TrustedIssuers: o.TrustedIssuers, Webhooks: o.Webhooks, Settings: settingRows(o), Findings: s.findings, Protocol: &s.provider.Settings, Embedded: o.AllSettings == nil, Grants: o.Grants, ValidateClient: s.provider.ValidateClient, SigningAlgorithms: s.provider.SigningAlgorithms, Issuer: o.Issuer, OwnLogin: s.provider.OwnLogin, ProgramClaims: s.provider.HostClaims || !s.provider.OwnLogin && s.provider.AddClaims != nil, Registration: s.provider.Registration, RegistrationWarnings: s.provider.RegistrationWarnings(),
		ConsumerURL: o.ConsumerURL, ConsumerCallback: consumerCallback,
		Rejections: s.rejected, Flows: s.flows, Counts: s.counts, Keys: s.provider, KeyRotation: s.provider.KeyRotation, NewerTables: o.Store.NewerTables(), Tokens: s.provider, Secrets: s.provider.SecretKeeper(), Outbound: s.provider.Outbound, DocumentFetchedAt: s.provider.DocumentFetchedAt, Logins: s.provider, Providers: s.logins, BeginTrial: s.web.BeginTrial, FinishTrial: s.web.FinishTrial, TryDirectory: s.web.TryDirectory,
		OnEvent: o.OnEvent, Address: s.web.Address, Clock: o.Clock, Logger: o.Logger,
	})
	if err != nil {
		return err
	}
	s.admin = secured(o.Issuer, bodylimit.Handler(limitStoreWait(s.withAPIs(s.web.Localized(s.reportRequests(office, o.AdminPath))))))
	return nil
}

// adminPerson returns the person who requests a page of the back office, or nil.
func (s *Server) adminPerson(r *http.Request) (*admin.Person, error) {
	p, err := s.web.Person(r)
	if err != nil || p.Authentication == nil || s.provider.PageStep(p.Authentication) != provider.StepDone {
		return nil, err
	}
	return &admin.Person{ID: p.Subject, Name: p.Name, Session: p.SessionID, Roles: p.Roles}, nil
}

// homeLinks returns the links on the page at "/".
func homeLinks(o Options) []ui.Link {
	links := []ui.Link{{Text: ui.Text{"home.back_office"}, URL: o.AdminPath}}
	if o.ConsumerURL != "" {
		links = append(links, ui.Link{Text: ui.Text{"home.consumer"}, URL: o.ConsumerURL})
	}
	return links
}
