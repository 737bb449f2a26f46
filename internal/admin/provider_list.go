package admin

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/internal/upstream"
)

// providersPath is the path of the login providers.
const providersPath = "login-providers"

// testWait is how long a test of a provider can take.
const testWait = 20 * time.Second

type providerListPage struct {
	Providers []providerRow // the login providers, in the order of the settings
}

// A providerRow is a login provider.
type providerRow struct {
	Name    string // the name in the settings, which is part of the addresses
	Title   string // the name that people see
	Kind    string // the protocol or the preset
	Address string // the issuer, the authorization endpoint or the LDAP server
	SignUp  bool   // people without an account can sign up
}

type providerPage struct {
	providerRow
	Directory bool // people log in with a password of an LDAP directory
	// RedirectURI, LogoutURI and BackchannelURI must be registered at the provider.
	RedirectURI, LogoutURI, BackchannelURI string
	// Settings are the other settings, without secrets.
	Settings []providerSetting
	Steps    []upstream.Step // the result of the test, or empty
	Username string          // the person for whom the test searched
	OK       bool            // the test had no fault
}

// A providerSetting is a setting and its value.
type providerSetting struct {
	Name  string // the name in the configuration
	Value string // the value, without secrets
}

// providerList shows the login providers.
func (b *office) providerList(r *request) error {
	var page providerListPage
	for _, p := range b.Providers {
		page.Providers = append(page.Providers, providerRowOf(p))
	}
	r.render(http.StatusOK, "provider_list", ui.Text{"admin.title.providers"}, providersPath, page)
	return nil
}

func providerRowOf(p *upstream.Provider) providerRow {
	return providerRow{Name: p.Name, Title: p.Button(), Kind: p.Kind(), Address: p.Address(), SignUp: p.SignUp}
}

// providerShow shows a login provider.
func (b *office) providerShow(r *request) error { return b.showProvider(r, nil, "") }

// providerTest tests a login provider, and shows the result of each step.
func (b *office) providerTest(r *request) error {
	p, err := b.findProvider(r)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(r.Context(), testWait)
	defer cancel()
	username := r.PostForm.Get("username")
	steps := p.Test(ctx, username)
	r.changed(p.Name) // also if a step failed: the server sent its credentials to the provider
	return b.showProvider(r, steps, username)
}

func (b *office) findProvider(r *request) (*upstream.Provider, error) {
	i := slices.IndexFunc(b.Providers, func(p *upstream.Provider) bool { return p.Name == r.PathValue("id") })
	if i < 0 {
		return nil, errGone
	}
	return b.Providers[i], nil
}

func (b *office) showProvider(r *request, steps []upstream.Step, username string) error {
	p, err := b.findProvider(r)
	if err != nil {
		return err
	}
	page := providerPage{providerRow: providerRowOf(p), Directory: p.HasPasswords(), Steps: steps, Username: username}
	page.OK = !slices.ContainsFunc(steps, func(s upstream.Step) bool { return s.Fault != "" })
	if !page.Directory {
		page.RedirectURI = b.Issuer + "/login/with/" + p.Name + "/callback/"
	}
	if p.IsOpenID() {
		page.LogoutURI, page.BackchannelURI = b.Issuer+"/login/with/"+p.Name+"/logged-out/", b.Issuer+"/login/with/"+p.Name+"/backchannel-logout/"
	}
	for _, s := range p.Shown() {
		page.Settings = append(page.Settings, providerSetting{s[0], strings.TrimSpace(s[1])})
	}
	r.render(http.StatusOK, "provider_show", ui.Text{"admin.title.provider", "provider", p.Button()}, providersPath, page)
	return nil
}
