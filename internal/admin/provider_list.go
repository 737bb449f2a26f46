package admin

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/internal/loginproviders"
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
	SignUp  string // the rule for new accounts
	Stored  bool   // it was added in the back office or with a command
	Broken  bool   // people cannot use it
	// Disabled is set if nobody can log in with it because it is disabled.
	Disabled bool
	// Editable is set if it can be changed here: it is stored, and this release can read all
	// settings.
	Editable bool
}

type providerPage struct {
	providerRow
	Directory bool // people log in with a password of an LDAP directory
	// RedirectURI, LogoutURI and BackchannelURI must be registered at the provider.
	RedirectURI, LogoutURI, BackchannelURI string
	// Settings are the other settings, without secrets.
	Settings []providerSetting
	Fault    string          // why people cannot use the provider, or empty
	Steps    []upstream.Step // the result of the test, or empty
	Username string          // the person for whom the test searched
	OK       bool            // the test had no fault
	History  auditHistory    // the newest records about the provider
}

// A providerSetting is a setting and its value.
type providerSetting struct {
	Name  string // the name in the configuration
	Value string // the value, without secrets
}

// providerList shows the login providers.
func (b *office) providerList(r *request) error {
	var page providerListPage
	all, err := b.Providers.Entries(r.Context())
	if err != nil {
		return err
	}
	for _, e := range all {
		page.Providers = append(page.Providers, providerRowOf(e))
	}
	r.render(http.StatusOK, "provider_list", ui.Text{"admin.title.providers"}, providersPath, page)
	return nil
}

func providerRowOf(e loginproviders.Entry) providerRow {
	return providerRow{
		Name: e.Name, Title: e.Button(), Kind: e.Kind(), Address: e.Address(), SignUp: cmp.Or(e.SignUp, upstream.SignUpInvitation), Stored: e.Row != nil, Broken: e.Fault != nil, Disabled: e.Disabled,
		Editable: e.Row != nil && !errors.Is(e.Fault, loginproviders.ErrUnreadable),
	}
}

// providerShow shows a login provider.
func (b *office) providerShow(r *request) error { return b.showProvider(r, nil, "") }

// providerTest tests a login provider, and shows the result of each step.
func (b *office) providerTest(r *request) error {
	e, err := b.Providers.Entry(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	if e.Provider == nil {
		return b.showProvider(r, nil, "") // which shows the fault
	}
	ctx, cancel := context.WithTimeout(r.Context(), testWait)
	defer cancel()
	username := r.PostForm.Get("username")
	steps := e.Provider.Test(ctx, username)
	r.changed(e.Name) // even if a step failed: the server sent its credentials to the provider
	return b.showProvider(r, steps, username)
}

func (b *office) showProvider(r *request, steps []upstream.Step, username string) error {
	p, err := b.Providers.Entry(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	page := providerPage{providerRow: providerRowOf(p), Directory: p.HasPasswords(), Steps: steps, Username: username}
	if p.Fault != nil {
		page.Fault = p.Fault.Error()
	}
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
	if page.History, err = b.historyOf(r, audit.Filter{Target: p.Name}, "target", p.Name); err != nil {
		return err
	}
	r.render(http.StatusOK, "provider_show", ui.Text{"admin.title.provider", "provider", p.Button()}, providersPath, page)
	return nil
}
