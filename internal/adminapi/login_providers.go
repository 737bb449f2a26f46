package adminapi

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/loginproviders"
	"github.com/seed-e6a88a41/latchkey/internal/upstream"
)

// testWait is how long a test of a login provider can take.
const testWait = 20 * time.Second

// A loginProvider is a provider at which people can log in, without its secret.
type loginProvider struct {
	Name              string           `json:"name" doc:"The name in addresses and identities, which never changes."`
	Settings          providerSettings `json:"settings" doc:"The settings that are set, with the names of the configuration file."`
	HasSecret         bool             `json:"has_secret" doc:"A secret is stored. It cannot be read."`
	Source            string           `json:"source" enum:"configuration,database" doc:"Where it is defined. Only those in the database can be changed."`
	Fault             string           `json:"fault,omitempty" doc:"Why people cannot log in with it."`
	RedirectURI       string           `json:"redirect_uri,omitempty" doc:"The redirect URI that must be registered at the provider."`
	LogoutURI         string           `json:"post_logout_redirect_uri,omitempty" doc:"The address to which the provider returns people after a logout."`
	BackchannelLogout string           `json:"backchannel_logout_uri,omitempty" doc:"The address at which the provider can report logouts."`
	CreatedAt         time.Time        `json:"created_at,omitzero" doc:"When it was added to the database."`
	UpdatedAt         time.Time        `json:"updated_at,omitzero" doc:"When it was last changed."`
	Version           int64            `json:"version,omitempty" doc:"The number of changes, which is also in the ETag."`
}

// providerSettings are settings by their names in the configuration file.
type providerSettings map[string]json.RawMessage

type loginProviders struct {
	Data []loginProvider `json:"data" doc:"The login providers: first those of the configuration, in its order."`
}

// A newLoginProvider is a login provider to be added.
type newLoginProvider struct {
	Name string `json:"name" required:"yes" doc:"The name in addresses: lower case letters, digits and hyphens."`
	loginProviderChange
}

// A loginProviderChange changes a login provider. Settings that are missing are not changed, and null
// is the default (RFC 7396).
type loginProviderChange struct {
	Settings     *providerSettings `json:"settings,omitempty" doc:"The settings to set. Those that are missing keep their values, and null is the default."`
	ClientSecret string            `json:"client_secret,omitempty" doc:"The client secret, or the password of bind_dn. It cannot be read. Without one, a change keeps the stored one."`
}

// providerPeople are the people of a login provider.
type providerPeople struct {
	Connected int  `json:"connected" doc:"The number of people who have connected an account at the provider."`
	Locked    int  `json:"locked" doc:"How many of them have no other way to log in: no password, no passkey and no other login provider that is enabled."`
	AtLeast   bool `json:"at_least,omitempty" doc:"There can be more people: only the first 10,000 connections with all login providers are counted."`
}

// A providerTest asks for a test of a login provider.
type providerTest struct {
	Username string `json:"username,omitempty" doc:"A person in an LDAP directory, for whom the test searches."`
}

// A testedProvider is the result of a test.
type testedProvider struct {
	OK    bool            `json:"ok" doc:"No step has failed."`
	Steps []upstream.Step `json:"steps" doc:"The steps, up to the first that has failed."`
}

func (a *api) loginProviders() []operation {
	const tag, path = "login providers", "login-providers"
	all := []operation{
		reads(tag, path, account.ProvidersRead, "all providers at which people can log in", a.listProviders),
		changes(tag, http.MethodPost, path, account.ProvidersWrite, "login-providers/add", "adds a login provider to the database", a.addProvider).created().ofVersion(false).
			says("The settings are those of login_providers in the configuration file."),
		reads(tag, path+"/{id}", account.ProvidersRead, "a login provider", a.getProvider).ofVersion(false).says("The ID is its name."),
		changes(tag, http.MethodPatch, path+"/{id}", account.ProvidersWrite, "login-providers/{id}/edit", "changes a login provider of the database", a.changeProvider).ofVersion(true).
			says("A change of the type, the address, the client ID or bind_dn needs the secret again, so that the stored one is not sent to another server."),
		changes(tag, http.MethodDelete, path+"/{id}", account.ProvidersWrite, "login-providers/{id}/delete", "removes a login provider from the database", a.deleteProvider).mayMatch().
			says("People keep their connections to it, which apply again if it is added again."),
		reads(tag, path+"/{id}/people", account.ProvidersRead, "how many people can log in with a login provider", a.providerPeople).
			says("Read it before you remove or disable the provider. To disable it, set the setting disabled to true."),
		changes(tag, http.MethodPost, path+"/{id}/test", account.ProvidersTest, "login-providers/{id}/test", "tests whether people can log in with a login provider", a.testProvider).
			says("Nobody is logged in. The server sends its own credentials to the provider."),
	}
	for i := range all {
		all[i] = all[i].ofAccounts()
	}
	return all
}

func (a *api) showProvider(e loginproviders.Entry) (loginProvider, error) {
	shown := loginProvider{Name: e.Name, Source: sourceConfiguration, HasSecret: e.ClientSecret != ""}
	text, err := e.JSON()
	if err == nil {
		err = json.Unmarshal(text, &shown.Settings)
	}
	delete(shown.Settings, "name")
	if e.Fault != nil {
		shown.Fault = e.Fault.Error()
	}
	below := a.Issuer + "/login/with/" + e.Name
	if !e.HasPasswords() {
		shown.RedirectURI = below + "/callback/"
	}
	if e.IsOpenID() {
		shown.LogoutURI, shown.BackchannelLogout = below+"/logged-out/", below+"/backchannel-logout/"
	}
	if row := e.Row; row != nil {
		shown.Source, shown.HasSecret = sourceDatabase, row.Secret != ""
		shown.CreatedAt, shown.UpdatedAt, shown.Version = row.CreatedAt, row.UpdatedAt, row.Version
	}
	return shown, err
}

func (a *api) listProviders(c *call) (loginProviders, error) {
	list := loginProviders{Data: []loginProvider{}}
	entries, err := a.Providers.Entries(c.Context())
	for _, e := range entries {
		shown, err := a.showProvider(e)
		if err != nil {
			return list, err
		}
		list.Data = append(list.Data, shown)
	}
	return list, err
}

func (a *api) getProvider(c *call) (loginProvider, error) {
	e, err := a.Providers.Entry(c.Context(), c.PathValue("id"))
	if err != nil {
		return loginProvider{}, err
	}
	return c.answerProvider(e)
}

// answerProvider returns the response with a provider and its version.
func (c *call) answerProvider(e loginproviders.Entry) (loginProvider, error) {
	if e.Row != nil {
		c.version = e.Row.Version
	}
	return c.api.showProvider(e)
}

// storedProvider reads a provider of the database again, after a change.
func (c *call) storedProvider(name string) (loginProvider, error) {
	e, err := c.api.Providers.Stored(c.Context(), name)
	if err != nil {
		return loginProvider{}, err
	}
	return c.answerProvider(e)
}

// apply sets the settings that a request has.
func (change loginProviderChange) apply(s *upstream.Settings) error {
	var faults []FieldError
	known := upstream.Fields()
	given := providerSettings{}
	if change.Settings != nil {
		given = *change.Settings
	}
	if given == nil {
		return fault("settings", "Send an object with the settings to change.")
	}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		i := slices.IndexFunc(known, func(f upstream.Field) bool { return f.Name == name && name != "name" })
		if i < 0 {
			faults = append(faults, FieldError{"settings." + name, "This setting does not exist."})
		} else if err := known[i].SetJSON(s, given[name]); err != nil {
			faults = append(faults, FieldError{"settings." + name, err.Error()})
		}
	}
	s.ClientSecret = change.ClientSecret
	if len(faults) > 0 {
		return invalid(faults...)
	}
	return nil
}

// settingsMember returns the member of a request that has a setting.
func settingsMember(name string) string {
	if name == "" || name == "name" || name == upstream.FieldSecret {
		return name
	}
	return "settings." + name
}

func (a *api) addProvider(c *call, n newLoginProvider) (loginProvider, error) {
	s := upstream.Settings{}
	if err := n.apply(&s); err != nil {
		return loginProvider{}, err
	}
	s.Name = n.Name
	if err := a.Providers.Add(c.Context(), s); err != nil {
		return loginProvider{}, providerProblem(err)
	}
	c.target, c.location, c.details.Changes = s.Name, "login-providers/"+escaped(s.Name), loginproviders.Changes(nil, &s)
	return c.storedProvider(s.Name)
}

func (a *api) changeProvider(c *call, change loginProviderChange) (loginProvider, error) {
	e, err := a.Providers.Stored(c.Context(), c.PathValue("id"))
	if err != nil {
		return loginProvider{}, providerProblem(err)
	}
	if errors.Is(e.Fault, loginproviders.ErrUnreadable) { // the settings that cannot be read would be lost
		return loginProvider{}, providerProblem(e.Fault)
	}
	version, err := c.ifMatch(e.Row.Version)
	if err != nil {
		return loginProvider{}, err
	}
	s := e.Settings
	if err := change.apply(&s); err != nil {
		return loginProvider{}, err
	}
	if err := a.Providers.Update(c.Context(), s, version); err != nil {
		return loginProvider{}, providerProblem(err)
	}
	c.details.Changes = loginproviders.Changes(&e.Settings, &s)
	return c.storedProvider(s.Name)
}

func (a *api) deleteProvider(c *call, _ none) (none, error) {
	e, err := a.Providers.Stored(c.Context(), c.PathValue("id"))
	if err != nil {
		return none{}, providerProblem(err)
	}
	version, err := c.maybeMatch(e.Row.Version)
	if err == nil {
		err = a.Providers.Remove(c.Context(), e.Name, version)
	}
	if err != nil {
		return none{}, providerProblem(err)
	}
	c.details.Changes = loginproviders.Changes(&e.Settings, nil)
	return none{}, nil
}

func (a *api) providerPeople(c *call) (providerPeople, error) {
	e, err := a.Providers.Entry(c.Context(), c.PathValue("id"))
	if err != nil {
		return providerPeople{}, err
	}
	people, err := a.Providers.People(c.Context(), e.Settings)
	return providerPeople{people.Connected.N, people.Locked.N, people.Connected.More}, err
}

func (a *api) testProvider(c *call, t providerTest) (testedProvider, error) {
	e, err := a.Providers.Entry(c.Context(), c.PathValue("id"))
	if err != nil {
		return testedProvider{}, err
	}
	if e.Provider == nil {
		return testedProvider{}, conflict("People cannot log in with this provider: " + e.Fault.Error())
	}
	ctx, cancel := context.WithTimeout(c.Context(), testWait)
	defer cancel()
	steps := e.Provider.Test(ctx, t.Username)
	failed := slices.ContainsFunc(steps, func(s upstream.Step) bool { return s.Fault != "" })
	return testedProvider{!failed, steps}, nil
}

// providerProblem describes an error of a change of a login provider.
func providerProblem(err error) error {
	if faults, ok := errors.AsType[loginproviders.Faults](err); ok {
		p := invalid()
		for _, f := range faults {
			p.Errors = append(p.Errors, FieldError{settingsMember(f.Field), f.Error()})
		}
		return p
	}
	for _, known := range []error{loginproviders.ErrFixed, loginproviders.ErrUnreadable, loginproviders.ErrNoNewLogins, account.ErrTooManyProviders} {
		if errors.Is(err, known) {
			return conflict(sentence(known.Error()))
		}
	}
	return err
}
