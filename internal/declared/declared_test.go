package declared_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/acts"
	"github.com/seed-e6a88a41/latchkey/internal/declared"
	"github.com/seed-e6a88a41/latchkey/internal/loginproviders"
	"github.com/seed-e6a88a41/latchkey/internal/outbound"
	"github.com/seed-e6a88a41/latchkey/internal/upstream"
	"github.com/seed-e6a88a41/latchkey/memstore"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
	"github.com/seed-e6a88a41/latchkey/validate"
)

var now = time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)

// database is an empty database, and the changes that were reported.
type database struct {
	*declared.Target
	store   *memstore.Store
	joined  *provider.Definitions
	changed []string
	env     map[string]string
	folder  string
	t       *testing.T
}

func open(t *testing.T) *database {
	t.Helper()
	clock := func() time.Time { return now }
	store := memstore.New(clock)
	d := &database{store: store, env: make(map[string]string), folder: t.TempDir(), t: t}
	join := func(_ context.Context, rows []oauth.Definition) (*provider.Definitions, error) {
		configured := provider.Settings{
			Scopes:    append(oauth.DefaultScopeInfos(), oauth.ScopeInfo{Name: "pay", SecondFactor: true}),
			Resources: []oauth.ResourceInfo{{URI: "https://configured.example"}},
		}
		return provider.JoinDefinitions(configured, "https://id.example", "", rows), nil
	}
	d.joined, _ = join(t.Context(), nil)
	d.Target = &declared.Target{
		Store: store, Clock: clock,
		Acts: &acts.Acts{
			Store: store, ReadScopes: func(context.Context) error { return nil }, OwnLogin: true, Clock: clock,
			Validate: func(c *oauth.Client) validate.FieldErrors { return provider.ValidateClient(c, d.joined.AllScopes) },
			IsResource: func(uri string) bool {
				return slices.ContainsFunc(d.joined.AllResources, func(r oauth.ResourceInfo) bool { return r.URI == uri })
			},
			Join: join,
		},
		Define: func(ctx context.Context, rows []oauth.Definition) (err error) {
			d.joined, err = join(ctx, rows)
			return err
		},
		Accounts: account.New(account.Config{Store: store, Clock: clock, InsecurePasswordHashes: true}),
		Providers: loginproviders.New(loginproviders.Config{
			Store: store, Key: []byte("key"), Clock: clock,
			Open: func(s upstream.Settings) (*upstream.Provider, error) {
				return upstream.New(s, upstream.Config{Outbound: outbound.New(outbound.Options{}), Clock: clock}), nil
			},
		}),
		Changed: func(_ *declared.Step, target string, details *oauth.EventDetails) {
			var fields []string
			for _, c := range details.Changes {
				fields = append(fields, c.Field)
			}
			d.changed = append(d.changed, target+": "+strings.Join(fields, " "))
		},
	}
	return d
}

func (d *database) parse(text string) (*declared.File, error) {
	return declared.Parse([]byte(text), declared.LocalSecrets(d.folder, func(name string) (string, bool) { value, set := d.env[name]; return value, set }))
}

// plan compares a file with the database.
func (d *database) plan(text string, prune bool) (*declared.Plan, error) {
	f, err := d.parse(text)
	if err != nil {
		return nil, err
	}
	return d.Plan(d.t.Context(), f, prune)
}

// steps describes the steps of a plan.
func steps(p *declared.Plan) string {
	var all []string
	for _, s := range p.Steps {
		text := fmt.Sprintf("%s %s %s", s.Action, declared.Noun(s.Kind), s.Name)
		for _, c := range s.Changes {
			if s.Action == declared.Change {
				text += fmt.Sprintf(" [%s: %s→%s]", c.Field, c.Before, c.After)
			}
		}
		all = append(all, text)
	}
	return strings.Join(all, "; ")
}

func (d *database) apply(text string, prune bool) {
	d.t.Helper()
	p, err := d.plan(text, prune)
	if err == nil {
		_, err = d.Apply(d.t.Context(), p)
	}
	if err != nil {
		d.t.Fatal(err)
	}
	if again, err := d.plan(text, prune); err != nil || len(again.Steps) > 0 {
		d.t.Errorf("the file was applied, and differs: %v, %v", again, err)
	}
}

func (d *database) addUser(name, email string, roles ...account.Role) {
	d.t.Helper()
	_, err := d.Accounts.Create(d.t.Context(), account.NewUser{Username: name, Password: "correct horse battery staple", Email: email, EmailVerified: strings.HasPrefix(name, "v"), Roles: roles})
	must(d.t, err)
}

// generated returns a secret of the form that is hashed quickly.
func generated() string { return oauth.NewToken(oauth.KindClientSecret, now).String() }

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// sample sets a field of an application, by its name in JSON, to a value that is not the
// default. A new type of field needs a case.
func sample(t *testing.T, c *oauth.Client, name string) {
	t.Helper()
	for _, field := range reflect.VisibleFields(reflect.TypeFor[oauth.Client]()) {
		member, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if member != name {
			continue
		}
		var value any
		zero := int64(0)
		switch reflect.Zero(field.Type).Interface().(type) {
		case []string:
			value = []string{"https://a.example/?b=c,d", "yes", "a: b", "# c", "0x10", "2026-11-29", ""}
		case oauth.Scopes:
			value = oauth.Scopes{"read", "write"}
		case bool:
			value = true
		case oauth.Lifetime:
			value = oauth.Lifetime(90 * time.Second)
		case *int64:
			value = &zero
		case json.RawMessage:
			value = json.RawMessage(`{"z": [true, null, 12345678901234567890, 1.50], "a": {"<b>": "\u202e\n  x "}}`)
		case oauth.Translations:
			value = oauth.Translations{"client_name#de": "Laden"}
		case []oauth.LegacyException:
			value = []oauth.LegacyException{{Feature: oauth.LegacyImplicit, Until: "2027-03-31"}}
		default:
			value = "null"
		}
		reflect.ValueOf(c).Elem().FieldByIndex(field.Index).Set(reflect.ValueOf(value).Convert(field.Type))
		return
	}
	t.Fatalf("oauth.Client has no member %s", name)
}

// TestApplyingAnExportChangesNothing: for each member of an application, also those that later
// releases add. A file without the member differs, so that this test can fail.
func TestApplyingAnExportChangesNothing(t *testing.T) {
	d := open(t)
	d.Acts.Validate = func(*oauth.Client) validate.FieldErrors { return nil } // not all samples are valid
	d.Acts.OwnLogin = false                                                   // nor are they accounts
	d.Acts.IsResource = nil                                                   // nor are there such resources
	fields := declared.ApplicationFields()
	if len(fields) < 60 {
		t.Fatalf("only %d fields", len(fields))
	}
	for i, f := range fields {
		c := &oauth.Client{ID: fmt.Sprintf("c%d", i), Type: oauth.Confidential, CreatedAt: now, UpdatedAt: now}
		if f.Name != "client_id" && f.Name != "client_type" {
			sample(t, c, f.Name)
		}
		must(t, d.store.CreateClient(t.Context(), c))
	}
	must(t, d.store.CreateClient(t.Context(), &oauth.Client{ID: "public", Type: oauth.Public, GrantTypes: []string{}, CreatedAt: now}))
	must(t, d.Providers.Add(t.Context(), upstream.Settings{
		Name: "acme", Issuer: "https://acme.example", ClientID: "c", ClientSecret: "hush", EmailDomains: []string{"a.example", "b.example"},
		TrustSecondFactor: true, Claims: map[string]string{"groups": "realm_access.roles", "username": "upn"},
	}))
	d.addUser("ada", "", account.RoleAdministrator, account.RoleAuditor)
	d.addUser("bob", "")

	var file bytes.Buffer
	must(t, d.Export(t.Context(), &file))
	if strings.Contains(file.String(), "hush") || strings.Contains(file.String(), "bob") {
		t.Errorf("the export has a secret, or a person without a role:\n%s", &file)
	}
	p, err := d.plan(file.String(), true)
	if err != nil || len(p.Steps) > 0 {
		t.Fatalf("%v: %s\n%s", err, steps(p), &file)
	}
	for i, f := range fields {
		if f.Name == "client_id" || f.Name == "client_type" {
			continue
		}
		p, err := d.plan(fmt.Sprintf("applications: [{client_id: c%d, client_type: confidential, grant_types: []}]", i), false)
		if f.Name == "disabled" { // a missing member keeps the state
			if err != nil || len(p.Steps) > 0 {
				t.Errorf("the file would enable a disabled application: %v: %s", err, steps(p))
			}
			continue
		}
		if err != nil || len(p.Steps) != 1 || len(p.Steps[0].Changes) != 1 || p.Steps[0].Changes[0].Field != f.Name {
			t.Errorf("a file without %s: %v: %+v", f.Name, err, p)
		}
	}
}

const shop = `
applications:
  - client_id: shop
    client_name: Shop
    redirect_uris: [https://shop.example/cb]
    secret_env: SHOP_SECRET
`

// TestFileIsAppliedOnce: the second time, nothing differs. Each change is reported once, and no
// secret is shown.
func TestFileIsAppliedOnce(t *testing.T) {
	d := open(t)
	d.env["SHOP_SECRET"], d.env["ACME"] = "the secret of the shop", "hush"
	d.addUser("ada", "", account.RoleAdministrator)
	text := shop + `
login_providers:
  - name: acme
    issuer: https://acme.example
    client_id: c
    secret_env: ACME
people:
  - username: ADA
    roles: [administrator, auditor]
`
	p, err := d.plan(text, false)
	must(t, err)
	if got, want := steps(p), "create login provider acme; create application shop; change person ada [roles: administrator→administrator, auditor]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	shown, err := json.Marshal(p)
	must(t, err)
	if strings.Contains(string(shown), "hush") || strings.Contains(string(shown), "the secret") || !strings.Contains(string(shown), "(new)") {
		t.Errorf("the plan shows secrets: %s", shown)
	}
	d.apply(text, false)
	if len(d.changed) != 3 {
		t.Errorf("reported %q", d.changed)
	}
	c, err := d.store.Client(t.Context(), "shop")
	must(t, err)
	if known, err := c.HasSecret("the secret of the shop", now); !known || err != nil || len(c.GrantTypes) != 2 {
		t.Errorf("got %+v: %v", c, err)
	}
}

// TestChangesOfAFile: what differs, and what is left alone.
func TestChangesOfAFile(t *testing.T) {
	for name, test := range map[string]struct {
		text, want string
		prune      bool
	}{
		"a missing member has its default":        {text: "applications: [{client_id: shop, client_name: Shop, redirect_uris: ['https://shop.example/cb']}]", want: "change application shop [tos_uri: https://shop.example/tos→]"},
		"null is the default":                     {text: "applications: [{client_id: shop, client_name: Shop, tos_uri: null, redirect_uris: ['https://shop.example/cb']}]", want: "change application shop [tos_uri: https://shop.example/tos→]"},
		"an unchanged application":                {text: "applications: [{client_id: shop, client_name: Shop, tos_uri: https://shop.example/tos, redirect_uris: ['https://shop.example/cb']}]"},
		"disabled only if the file has it":        {text: "applications: [{client_id: shop, client_name: Shop, tos_uri: https://shop.example/tos, redirect_uris: ['https://shop.example/cb'], disabled: true}]", want: "change application shop [disabled: →true]"},
		"pruned are the kinds of the file only":   {text: "login_providers: [{name: other, issuer: https://other.example, client_id: c}]", prune: true, want: "create login provider other; delete login provider acme"},
		"applications that registered themselves": {text: "applications: [{client_id: new, client_name: New, grant_types: [], resource_server: true, secret_env: S}]", prune: true, want: "create application new; delete application shop"},
		"people who are not in the file":          {text: "people: [{username: ada, roles: [administrator]}]", prune: true, want: "change person vera [roles: operator→]"},
		"a role for another person first":         {text: "people: [{username: ada, roles: []}, {username: bob, roles: [administrator]}]", want: "change person bob [roles: →administrator]; change person ada [roles: administrator→]"},
		"a confirmed address":                     {text: "people: [{email: vera@example.com, roles: [auditor]}]", want: "change person vera [roles: operator→auditor]"},
		"a list without a value is not in it":     {text: "applications:\npeople: [{username: ada, roles: [administrator]}]", prune: true, want: "change person vera [roles: operator→]"},
	} {
		t.Run(name, func(t *testing.T) {
			d := open(t)
			d.env["SHOP_SECRET"], d.env["S"] = generated(), generated()
			d.addUser("ada", "", account.RoleAdministrator)
			d.addUser("bob", "vera@example.com")
			d.addUser("vera", "vera@example.com", account.RoleOperator)
			d.apply(shop+"    tos_uri: https://shop.example/tos\nlogin_providers: [{name: acme, issuer: 'https://acme.example', client_id: c}]", false)
			must(t, d.store.CreateClient(t.Context(), &oauth.Client{ID: oauth.RegistrationPrefix + oauth.NewID(now).String(), Type: oauth.Public, CreatedAt: now}))
			p, err := d.plan(test.text, test.prune)
			must(t, err)
			if got := steps(p); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
			if test.want != "" {
				d.apply(test.text, test.prune)
			}
		})
	}
}

// TestMistakesAreReportedWithTheirLines: all of them, before anything is changed, and without a
// secret.
func TestMistakesAreReportedWithTheirLines(t *testing.T) {
	d := open(t)
	d.addUser("ada", "ada@example.com", account.RoleAdministrator)
	must(t, os.WriteFile(filepath.Join(d.folder, "empty"), nil, 0o600))
	must(t, d.store.CreateClient(t.Context(), &oauth.Client{ID: "gone", Type: oauth.Public}))
	must(t, d.store.DiscardClient(t.Context(), "gone", 0, d.Clock()))
	for text, want := range map[string]string{
		"":                             "the file is empty",
		"applications: []\n---\n":      "more than one document",
		"- a":                          "line 1: write a map",
		"aplications: []":              "line 1: unknown member aplications (did you mean applications?)",
		"trusted_issuers: []":          "line 1: trusted_issuers are settings of the server",
		"policies:\n  sign_up: true\n": "line 2: policies are settings of the server: declare them in its configuration file (--config)",
		"policies: []":                 "line 1: policies are settings of the server",
		"require_second_factor: all":   "line 1: require_second_factor is a setting of the server: declare it in its configuration file (--config)",
		"applications: {}":             "line 1: applications: write a list, not a map",
		"applications:\n- client_id: a\n  redirect_uri: x":                                        "line 3: unknown member redirect_uri (did you mean redirect_uris?)",
		"applications:\n- client_id: a\n  redirect_uris: x":                                       "line 3: redirect_uris: the value must not be a string; write a list",
		"applications:\n- client_id: a\n  access_token_ttl: 1.5s":                                 "line 3: access_token_ttl: a lifetime must be a duration such as 5m, 1h or 30d, or a whole number of seconds, such as 300",
		"applications:\n- client_id: a\n  default_max_age: soon":                                  "line 3: default_max_age: a lifetime must be a duration such as 5m",
		"applications:\n- client_id: a\n  client_id: b":                                           "line 3: client_id is repeated",
		"applications:\n- client_id: a\n- client_id: a":                                           "line 3: a is already in line 2",
		"applications:\n- client_name: a":                                                         "line 2: client_id is missing",
		"applications:\n- client_id: a\n  version: 3":                                             "line 3: only the server sets version",
		"applications:\n- client_id: a\n  client_secret: hush":                                    "line 3: client_secret: a secret cannot be in this file",
		"applications:\n- client_id: a\n  secret_env: NONE":                                       "line 3: secret_env: the environment variable NONE is not set",
		"applications:\n- client_id: a\n  secret_file: empty":                                     "is empty",
		"applications:\n- client_id: a\n  secret_file: empty\n  secret_env: X":                    "line 2: secret_file and secret_env are both set",
		"applications:\n- &a {client_id: a}\n- *a":                                                "line 3: anchors and aliases (*a) are not supported",
		"applications:\n- client_id: a\n  client_name: A\n  redirect_uris: [https://a.example/]":  "line 2: the application a is new and needs a secret",
		"applications:\n- client_id: a\n  client_name: A\n  client_type: public":                  "line 2: application a: ",
		"applications:\n- client_id: gone\n  client_type: public":                                 "line 2: the application gone was deleted, and its client ID is reserved. To restore it: latchkey app restore gone. To add a new application, choose another client ID",
		"login_providers:\n- name: acme\n  isuer: x":                                              "line 3: unknown member isuer (did you mean issuer?)",
		"login_providers:\n- name: acme\n  issuer: acme":                                          "line 2: login provider acme: ",
		"login_providers:\n- name: acme\n  scopes: 7":                                             "line 3: scopes has a value of another type",
		"people:\n- username: ada\n  roles: [admin]":                                              "line 3: roles: there is no role \"admin\"",
		"people:\n- username: ada":                                                                "line 2: roles is missing",
		"people:\n- username: ada\n  email: ada@example.com\n  roles: []":                         "line 2: name the person with id and username, or with either",
		"people:\n- email: ada@example.com\n  roles: [operator]":                                  "line 2: no person has confirmed the email address",
		"people:\n- username: nobody\n  roles: []":                                                "line 2: there is no person with the username",
		"people:\n- username: ada\n  roles: [auditor]\n- username: ADA\n  roles: [administrator]": "line 4: the person ada is in the file twice",
		"applications:\n- client_id: a\n  client_name: !!binary aHVzaA==":                         "line 3: values with the tag !!binary",
		"applications: [" + strings.Repeat("{},", declared.MaxObjects) + "{}]":                    "more than 10000 elements",
		strings.Repeat("#", declared.MaxBytes+1):                                                  "larger than 4 MiB",
	} {
		p, err := d.plan(text, false)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hush") {
			t.Errorf("%.100s\nwant %s\ngot  %v, %v", text, want, err, p)
		}
	}
}

// TestNothingIsDeletedByAnEmptyList: a template that finds no values deletes nothing.
func TestNothingIsDeletedByAnEmptyList(t *testing.T) {
	d := open(t)
	d.env["SHOP_SECRET"] = generated()
	d.apply(shop, false)
	if _, err := d.plan("applications: []", true); err == nil || !strings.Contains(err.Error(), "the list applications is empty") {
		t.Errorf("got %v", err)
	}
	p, err := d.plan("applications: []", false)
	if err != nil || len(p.Steps) > 0 || strings.Join(p.Kept[declared.Applications], "") != "shop" {
		t.Errorf("without prune: %+v, %v", p, err)
	}
}

// TestObjectThatHasChangedIsNotOverwritten: each step is conditional on the version that was
// compared.
func TestObjectThatHasChangedIsNotOverwritten(t *testing.T) {
	const other = "applications: [{client_id: other, client_name: Other, client_type: public, redirect_uris: ['https://other.example/']}]\n"
	for name, test := range map[string]struct {
		text  string
		prune bool
	}{
		"application":             {text: strings.Replace(shop, "Shop", "Renamed", 1)},
		"disabled application":    {text: shop + "    disabled: true"},
		"secret of application":   {text: strings.Replace(shop, "SHOP_SECRET", "NEW_SECRET", 1)},
		"deleted application":     {text: other, prune: true},
		"login provider":          {text: "login_providers: [{name: acme, issuer: 'https://acme.example', client_id: c, title: X}]"},
		"removed login provider":  {text: "login_providers: [{name: other, issuer: 'https://other.example', client_id: c}]", prune: true},
		"role":                    {text: "people: [{username: vera, roles: [auditor]}]"},
		"role that is taken away": {text: "people: [{username: ada, roles: [administrator]}]", prune: true},
	} {
		t.Run(name, func(t *testing.T) {
			d := open(t)
			d.env["SHOP_SECRET"], d.env["NEW_SECRET"] = generated(), generated()
			d.addUser("ada", "", account.RoleAdministrator)
			d.addUser("vera", "", account.RoleOperator)
			d.apply(shop+"login_providers: [{name: acme, issuer: 'https://acme.example', client_id: c}]", false)
			p, err := d.plan(test.text, test.prune)
			must(t, err)
			if len(p.Steps) == 0 {
				t.Fatal("there is no step")
			}
			c, err := d.store.Client(t.Context(), "shop")
			must(t, err)
			c.Name = "Renamed by another person"
			must(t, d.store.UpdateClient(t.Context(), c))
			must(t, d.Providers.Update(t.Context(), upstream.Settings{Name: "acme", Issuer: "https://acme.example", ClientID: "c", Title: "Changed"}, 1))
			u, err := d.store.UserByName(t.Context(), "vera")
			must(t, err)
			u.Name = "Vera"
			must(t, d.Accounts.Update(t.Context(), u))
			d.changed = nil
			done, err := d.Apply(t.Context(), p)
			if !errors.Is(err, declared.ErrChanged) {
				t.Errorf("got %d, %v", done, err)
			}
			for _, change := range d.changed {
				if strings.HasPrefix(change, "shop:") || strings.HasPrefix(change, "acme:") || strings.HasPrefix(change, u.ID) {
					t.Errorf("reported %q", d.changed)
				}
			}
		})
	}
}

// TestAnotherSecretIsAddedBesideTheOld: the earlier one is accepted for a day. A disabled
// application loses its tokens.
func TestAnotherSecretIsAddedBesideTheOld(t *testing.T) {
	d := open(t)
	d.env["SHOP_SECRET"] = "the secret of the shop"
	d.apply(shop, false)
	d.env["SHOP_SECRET"] = "another secret of the shop"
	d.apply(shop+"    disabled: true", false)
	c, err := d.store.Client(t.Context(), "shop")
	must(t, err)
	for _, test := range []struct {
		secret string
		after  time.Duration
		want   bool
	}{{"another secret of the shop", 48 * time.Hour, true}, {"the secret of the shop", 23 * time.Hour, true}, {"the secret of the shop", 25 * time.Hour, false}, {"x", 0, false}} {
		if known, err := c.HasSecret(test.secret, now.Add(test.after)); known != test.want || err != nil {
			t.Errorf("%+v: %t, %v", test, known, err)
		}
	}
	if !c.Disabled || !c.RevokedBefore.Equal(now) {
		t.Errorf("got %+v", c)
	}
}
