package declared_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/declared"
	"github.com/seed-e6a88a41/latchkey/memstore"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// TestLastAdministratorIsCheckedBeforeTheFirstChange: otherwise the file would stay applied in part.
func TestLastAdministratorIsCheckedBeforeTheFirstChange(t *testing.T) {
	for name, test := range map[string]struct {
		people, want string
		rejected     bool
	}{
		"named":                           {people: "people: [{username: ada, roles: []}]\n", want: "line 1: this is the only administrator", rejected: true},
		"pruned":                          {people: "people: [{username: bob, roles: [auditor]}]\n", want: "--prune: this is the only administrator", rejected: true},
		"with a disabled one":             {people: "people: [{username: ada, roles: []}, {username: off, roles: [administrator]}]\n", want: "the only administrator", rejected: true},
		"with a disabled one, who is new": {people: "people: [{username: ada, roles: []}, {username: idle, roles: [administrator]}]\n", want: "the only administrator", rejected: true},
		"with a successor":                {people: "people: [{username: ada, roles: []}, {username: bob, roles: [administrator]}]\n"},
	} {
		d := open(t)
		d.env["SHOP_SECRET"] = generated()
		d.addUser("ada", "", account.RoleAdministrator)
		d.addUser("bob", "")
		d.addUser("off", "", account.RoleAdministrator)
		d.addUser("idle", "")
		for _, name := range []string{"off", "idle"} {
			u, err := d.store.UserByName(t.Context(), name)
			must(t, err)
			must(t, d.store.SwitchUser(t.Context(), account.Switch{UserID: u.ID, Disabled: true, At: now}))
		}
		p, err := d.plan(test.people+shop, true)
		if test.rejected != (err != nil) || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, %v", name, err, p)
		}
		if err == nil {
			d.apply(test.people+shop, true)
		}
	}
}

// TestAdministratorByAGroupRemains: then the role of the last other administrator can be removed.
func TestAdministratorByAGroupRemains(t *testing.T) {
	d := open(t)
	d.addUser("ada", "", account.RoleAdministrator)
	d.addUser("bob", "")
	u, err := d.store.UserByName(t.Context(), "bob")
	must(t, err)
	group := &account.Group{Name: "Administrators", Roles: account.Roles{account.RoleAdministrator}}
	must(t, d.Accounts.CreateGroup(t.Context(), group))
	_, _, err = d.Accounts.AddMembers(t.Context(), group.ID, u.ID)
	must(t, err)
	d.apply("people: [{username: ada, roles: []}]", false)
}

// TestLoginProvidersAreCheckedTogether: each as if the changes before it had been made.
func TestLoginProvidersAreCheckedTogether(t *testing.T) {
	const directory = "{name: NAME, type: ldap, url: 'ldaps://NAME.example', base_dn: 'dc=acme', issuer: 'https://ISSUER.example', bind_dn: cn=x, secret_env: X}"
	declare := func(all ...string) string {
		var list []string
		for _, one := range all {
			name, issuer, _ := strings.Cut(one, " ")
			list = append(list, strings.NewReplacer("NAME", name, "ISSUER", issuer).Replace(directory))
		}
		return "login_providers: [" + strings.Join(list, ", ") + "]"
	}
	d := open(t)
	d.env["X"] = "x"
	if p, err := d.plan(declare("a acme", "b acme"), false); err == nil {
		t.Errorf("two new ones with the same issuer: %s", steps(p))
	}
	d.apply(declare("a one", "b two"), false)
	if p, err := d.plan(declare("a three", "b three"), false); err == nil {
		t.Errorf("two changes to the same issuer: %s", steps(p))
	}
	d.apply(declare("a three", "b one"), false)
}

// TestLoginProviderMovesWithTheSameSecret: the file refers to the secret, so nothing is missing.
func TestLoginProviderMovesWithTheSameSecret(t *testing.T) {
	d := open(t)
	d.env["ACME"] = "hush"
	d.apply("login_providers: [{name: acme, issuer: 'https://acme.example', client_id: c, secret_env: ACME}]", false)
	const moved = "login_providers: [{name: acme, issuer: 'https://acme.example', client_id: another, secret_env: ACME}]"
	p, err := d.plan(moved, false)
	must(t, err)
	if got, want := steps(p), "change login provider acme [client_id: c→another]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	d.apply(moved, false)
	e, err := d.Providers.Stored(t.Context(), "acme")
	if err != nil || e.Fault != nil || e.ClientSecret != "hush" {
		t.Errorf("the secret is %q: %v, %v", e.ClientSecret, err, e.Fault)
	}
}

// TestClientIDOfAPersonIsRejectedBeforeTheFirstChange: the Store would reject it later.
func TestClientIDOfAPersonIsRejectedBeforeTheFirstChange(t *testing.T) {
	d := open(t)
	d.addUser("ada", "")
	u, err := d.store.UserByName(t.Context(), "ada")
	must(t, err)
	if p, err := d.plan("applications: [{client_id: "+u.ID+", client_name: A, client_type: public, redirect_uris: ['https://a.example/']}]", false); err == nil || !strings.Contains(err.Error(), "a person has this ID") {
		t.Errorf("got %v, %v", p, err)
	}
}

// interfering calls do just before a change of the Store.
type interfering struct {
	*memstore.Store
	do func()
}

func (i *interfering) interfere() {
	if do := i.do; do != nil {
		i.do = nil
		do()
	}
}

func (i *interfering) UpdateClient(ctx context.Context, c *oauth.Client) error {
	i.interfere()
	return i.Store.UpdateClient(ctx, c)
}

func (i *interfering) DiscardClient(ctx context.Context, id string, version int64, at time.Time) error {
	i.interfere()
	return i.Store.DiscardClient(ctx, id, version, at)
}

func (i *interfering) RemoveLoginProvider(ctx context.Context, name string, version int64) error {
	i.interfere()
	return i.Store.RemoveLoginProvider(ctx, name, version)
}

// TestEachChangeIsOneConditionalStatement: a change that is made immediately before it is not lost.
func TestEachChangeIsOneConditionalStatement(t *testing.T) {
	const acme = "login_providers: [{name: acme, issuer: 'https://acme.example', client_id: c}]\n"
	for name, test := range map[string]struct {
		text  string
		prune bool
	}{
		"application that is deleted":    {"applications: [{client_id: other, client_name: Other, client_type: public, redirect_uris: ['https://other.example/']}]", true},
		"application that is enabled":    {shop + "    disabled: false", false},
		"secret":                         {strings.Replace(shop, "SHOP_SECRET", "NEW", 1), false},
		"login provider that is deleted": {"login_providers: [{name: other, issuer: 'https://other.example', client_id: c}]", true},
	} {
		t.Run(name, func(t *testing.T) {
			d := open(t)
			d.env["SHOP_SECRET"], d.env["NEW"] = generated(), generated()
			d.apply(acme+shop+"    disabled: true", false)
			p, err := d.plan(test.text, test.prune)
			must(t, err)
			p.Steps = p.Steps[len(p.Steps)-1:]
			between := &interfering{Store: d.store}
			d.Store, d.Acts.Store, d.Providers.Store = between, between, between
			between.do = func() {
				c, err := d.store.Client(t.Context(), "shop")
				must(t, err)
				c.Name = "Changed at the same time"
				must(t, d.store.UpdateClient(t.Context(), c))
				rows, err := d.store.LoginProviders(t.Context())
				must(t, err)
				must(t, d.store.UpdateLoginProvider(t.Context(), rows[0]))
			}
			if _, err := d.Apply(t.Context(), p); !errors.Is(err, declared.ErrChanged) || between.do != nil {
				t.Errorf("got %v", err)
			}
		})
	}
}
