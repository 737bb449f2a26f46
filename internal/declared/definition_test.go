package declared_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/declared"
	"github.com/seed-e6a88a41/latchkey/memstore"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// define adds a scope or a resource to the database.
func (d *database) define(kind oauth.DefinitionKind, name, settings string) {
	d.t.Helper()
	must(d.t, d.store.AddDefinition(d.t.Context(), oauth.Definition{Kind: kind, Name: name, Settings: json.RawMessage(settings), CreatedAt: now, UpdatedAt: now}))
}

const (
	scope    = oauth.DefinesScope
	resource = oauth.DefinesResource
)

// TestMembersOfAFileAreThoseOfTheJSONForm: a member that a later release adds must be in the file,
// and in an export of it.
func TestMembersOfAFileAreThoseOfTheJSONForm(t *testing.T) {
	filled := func(v reflect.Value) any {
		for _, field := range reflect.VisibleFields(v.Type()) {
			if f := v.FieldByIndex(field.Index); !field.Anonymous {
				switch f.Interface().(type) {
				case bool:
					f.SetBool(true)
				case time.Duration:
					f.SetInt(int64(time.Minute))
				case []string, oauth.Scopes:
					f.Set(reflect.ValueOf([]string{"a"}).Convert(f.Type()))
				default:
					f.SetString("jwt")
				}
			}
		}
		return v.Interface()
	}
	for kind, sample := range map[string]any{
		declared.Scopes: filled(reflect.ValueOf(new(oauth.ScopeDefinition)).Elem()), declared.Resources: filled(reflect.ValueOf(new(oauth.ResourceInfo)).Elem()),
	} {
		text, err := json.Marshal(sample)
		must(t, err)
		var object map[string]json.RawMessage
		must(t, json.Unmarshal(text, &object))
		members := declared.ScopeMembers()
		if kind == declared.Resources {
			members = declared.ResourceMembers()
		}
		for _, m := range members {
			if _, found := object[m.Name]; !found {
				t.Errorf("%s: there is no member %s", kind, m.Name)
			}
			delete(object, m.Name)
		}
		if len(object) > 0 {
			t.Errorf("%s: the file lacks %v", kind, object)
		}
	}
}

// TestExportOfScopesResourcesAndGroupsChangesNothing: with each member, and without the people in
// groups. A file without a member differs.
func TestExportOfScopesResourcesAndGroupsChangesNothing(t *testing.T) {
	d := open(t)
	d.addUser("root", "", account.RoleAdministrator)
	d.define(scope, "ship", `{"description":"Ship: \"parcels\"","optional":true,"default":true,"weight":"read","second_factor":true}`)
	d.define(scope, "team", `{"claims":["team"]}`)
	d.define(resource, "https://ship.example", `{"name":"Ship","scopes":["ship"],"token_format":"jwt","signing_alg":"RS256","access_token_ttl":90,"client_id":"api"}`)
	must(t, d.Accounts.CreateGroup(t.Context(), &account.Group{Name: "Crew", Description: "On board", Roles: account.Roles{account.RoleAuditor}}))
	must(t, d.Accounts.CreateGroup(t.Context(), &account.Group{Name: "Guests"}))
	var file bytes.Buffer
	must(t, d.Export(t.Context(), &file))
	p, err := d.plan(file.String(), true)
	if err != nil || len(p.Steps) > 0 || len(p.Warnings) > 0 {
		t.Fatalf("%v: %s %v\n%s", err, steps(p), p.Warnings, &file)
	}
	lines := strings.Split(file.String(), "\n")
	without := 0
	for i, line := range lines {
		if !strings.HasPrefix(line, "    ") || strings.Contains(line, "username") || !strings.Contains(line, ": ") {
			continue
		}
		if strings.Contains(line, "roles:") && strings.Contains(line, "administrator") {
			continue
		}
		without++
		p, err := d.plan(strings.Join(slices.Delete(slices.Clone(lines), i, i+1), "\n"), false)
		if err != nil || len(p.Steps) != 1 || len(p.Steps[0].Changes) != 1 {
			t.Errorf("without the line %q: %v: %s", line, err, steps(p))
		}
	}
	if without < 10 {
		t.Errorf("only %d lines were removed from\n%s", without, &file)
	}
}

const harbor = `
scopes:
  - {name: dock, description: Use a dock}
  - {name: crane, second_factor: true}
resources:
  - {uri: https://harbor.example, name: Harbor, scopes: [dock, crane], access_token_ttl: 5m, client_id: harbor}
groups:
  - {name: Pilots, description: They steer, roles: [auditor]}
applications:
  - {client_id: harbor, client_name: Harbor, grant_types: [], resource_server: true, secret_env: S}
  - {client_id: ship, client_name: Ship, client_type: public, redirect_uris: ['https://ship.example/cb'], scope: dock crane, allowed_resources: ['https://harbor.example'], access_token_ttl: 1h30m, refresh_token_ttl: 3600, default_max_age: 30 days}
`

// TestScopesExistBeforeTheApplicationsThatListThem, and are deleted after them. So an apply that is
// interrupted after any change leaves no application with an unknown scope, and can be repeated.
func TestScopesExistBeforeTheApplicationsThatListThem(t *testing.T) {
	apply := func(d *database, text string, prune bool) {
		for n := 0; ; n++ {
			interrupted := &interrupted{Store: d.store, left: n}
			d.Store, d.Acts.Store, d.Providers.Store, d.Accounts.Store = interrupted, interrupted, interrupted, interrupted
			p, err := d.plan(text, prune)
			must(t, err)
			_, err = d.Apply(t.Context(), p)
			d.Store, d.Acts.Store, d.Providers.Store, d.Accounts.Store = d.store, d.store, d.store, d.store
			must(t, eachApplication(t, d, func(c *oauth.Client) error {
				if missing := d.known().Missing(c.Scopes); len(missing) > 0 {
					return fmt.Errorf("%s has the unknown scopes %s after %d changes of %s", c.ID, missing, n, steps(p))
				}
				return nil
			}))
			if err == nil {
				break
			}
			if !errors.Is(err, errInterrupted) {
				t.Fatal(err)
			}
		}
		d.apply(text, prune)
	}
	d := open(t)
	d.env["S"] = generated()
	apply(d, harbor, false)
	p, err := d.plan(strings.Replace(harbor, "[dock, crane]", "[dock]", 1), false)
	must(t, err)
	if got, want := steps(p), "change resource https://harbor.example [scopes: [\"dock\",\"crane\"]→[\"dock\"]]"; got != want {
		t.Errorf("got %s", got)
	}
	apply(d, `
scopes: [{name: tow}]
resources: [{uri: 'https://tow.example', scopes: [tow], client_id: tow}]
groups: [{name: Tugs}]
applications: [{client_id: tug, client_name: Tug, client_type: public, redirect_uris: ['https://tug.example/cb'], scope: tow}]
`, true)
	rows, err := d.store.Definitions(t.Context())
	must(t, err)
	if len(rows) != 2 {
		t.Errorf("got %+v", rows)
	}
}

// known returns the scopes that exist.
func (d *database) known() (names oauth.Scopes) {
	must(d.t, d.Define(d.t.Context(), must1(d.store.Definitions(d.t.Context()))))
	for _, s := range d.joined.AllScopes {
		names = append(names, s.Name)
	}
	return names
}

func must1[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func eachApplication(t *testing.T, d *database, do func(*oauth.Client) error) (err error) {
	t.Helper()
	for _, id := range []string{"harbor", "ship", "tug"} {
		if c, missing := d.store.Client(t.Context(), id); missing == nil {
			err = errors.Join(err, do(c))
		}
	}
	return err
}

var errInterrupted = errors.New("interrupted")

// interrupted makes some changes, and then fails as a process that was killed.
type interrupted struct {
	*memstore.Store
	left int
}

func (i *interrupted) spend(change func() error) error {
	if i.left == 0 {
		return errInterrupted
	}
	i.left--
	return change()
}

func (i *interrupted) AddDefinition(ctx context.Context, d oauth.Definition) error {
	return i.spend(func() error { return i.Store.AddDefinition(ctx, d) })
}

func (i *interrupted) RemoveDefinition(ctx context.Context, kind oauth.DefinitionKind, name string, version, revision int64) error {
	return i.spend(func() error { return i.Store.RemoveDefinition(ctx, kind, name, version, revision) })
}

func (i *interrupted) CreateClient(ctx context.Context, c *oauth.Client) error {
	return i.spend(func() error { return i.Store.CreateClient(ctx, c) })
}

func (i *interrupted) DiscardClient(ctx context.Context, id string, version int64, at time.Time) error {
	return i.spend(func() error { return i.Store.DiscardClient(ctx, id, version, at) })
}

func (i *interrupted) CreateGroup(ctx context.Context, g *account.Group, canonical string, members []string) error {
	return i.spend(func() error { return i.Store.CreateGroup(ctx, g, canonical, members) })
}

func (i *interrupted) DeleteGroup(ctx context.Context, id string, revision int64, at time.Time) error {
	return i.spend(func() error { return i.Store.DeleteGroup(ctx, id, revision, at) })
}

// TestDependentChangesOfScopesAreMadeInAnAllowedOrder: each change is valid when it is made.
func TestDependentChangesOfScopesAreMadeInAnAllowedOrder(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"a scope gets claims after the resource has dropped it": {
			"scopes: [{name: ship, claims: [team]}, {name: sail}]\nresources: [{uri: 'https://ship.example', scopes: [sail], client_id: api}]",
			`create scope sail; change resource https://ship.example [scopes: ["ship"]→["sail"]]; change scope ship [claims: →["team"]]`,
		},
		"a claim moves to another scope": {
			"scopes: [{name: crew, claims: [badge]}, {name: staff}]",
			`change scope staff [claims: ["badge"]→]; create scope crew`,
		},
		"an API moves to another resource": {
			"resources: [{uri: 'https://ship.example', scopes: [ship]}, {uri: 'https://sea.example', client_id: api}]",
			`create resource https://sea.example; change resource https://ship.example [client_id: api→]`,
		},
		"an API is no longer one": {
			"resources: [{uri: 'https://ship.example', scopes: [ship]}]\napplications: [{client_id: api, client_name: API, client_type: public, redirect_uris: ['https://api.example/cb']}]",
			`change application api [resource_server: true→]; change resource https://ship.example [client_id: api→]`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := open(t)
			must(t, d.store.CreateClient(t.Context(), &oauth.Client{ID: "api", Name: "API", Type: oauth.Public, RedirectURIs: []string{"https://api.example/cb"}, GrantTypes: []string{"authorization_code", "refresh_token"}, ResourceServer: true, CreatedAt: now}))
			d.define(scope, "ship", `{}`)
			d.define(scope, "staff", `{"claims":["badge"]}`)
			d.define(resource, "https://ship.example", `{"scopes":["ship"],"client_id":"api"}`)
			p, err := d.plan(test.text, false)
			must(t, err)
			if got := steps(p); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
			d.apply(test.text, false)
		})
	}
}

// TestFaultsOfScopesAndResourcesAreReportedBeforeTheFirstChange, with their lines.
func TestFaultsOfScopesAndResourcesAreReportedBeforeTheFirstChange(t *testing.T) {
	var many strings.Builder
	for i := range oauth.MaxDefinitions {
		fmt.Fprintf(&many, "- name: s%d\n", i)
	}
	for name, test := range map[string]struct {
		text, want string
		prune      bool
	}{
		"scope of the configuration":    {"scopes:\n- name: ship\n- name: pay", "line 3: scope pay: name: The configuration of the server already has this scope", false},
		"scope of a standard":           {"scopes:\n- name: openid", "line 2: scope openid: name: The configuration", false},
		"resource of the configuration": {"resources:\n- uri: https://CONFIGURED.example/", "line 2: resource https://CONFIGURED.example/: uri: The configuration", false},
		"unknown member":                {"scopes:\n- name: a\n  second_facto: true", "line 3: unknown member second_facto (did you mean second_factor?)", false},
		"wrong type":                    {"scopes:\n- name: a\n  claims: b", "line 3: claims: the value must not be a string", false},
		"lifetime":                      {"resources:\n- uri: https://a.example\n  access_token_ttl: \"300\"", "line 3: access_token_ttl: a lifetime must be a duration such as 5m, 1h or 30d, or a whole number of seconds, such as 300", false},
		"negative lifetime":             {"resources:\n- uri: https://a.example\n  access_token_ttl: -5m", "line 3: access_token_ttl: a lifetime must be a duration", false},
		"no name":                       {"scopes:\n- description: a", "line 2: name is missing", false},
		"no URI":                        {"resources:\n- name: a", "line 2: uri is missing", false},
		"twice":                         {"scopes:\n- name: a\n- name: a", "line 3: a is already in line 2", false},
		"unknown scope":                 {"resources:\n- uri: https://a.example\n  scopes: [shp]", "line 2: resource https://a.example: ", false},
		"weight":                        {"scopes:\n- name: a\n  weight: heavy", "line 2: scope a: ", false},
		"too many":                      {"scopes:\n" + many.String(), "too many scopes", false},
		"scope of another resource":     {"scopes:\n- name: sail", "--prune: scope ship: Change the resource https://ship.example first", true},
		"unreadable":                    {"scopes:\n- name: newer", "line 2: scope newer: this release cannot read all of its settings", false},
		"empty list":                    {"scopes: []", "the list scopes is empty", true},
		"API that would be freed":       {"resources:\n- uri: https://ship.example\n  scopes: [ship]", "line 2: resource https://ship.example: client_id: No other resource names the application api", false},
		"unknown resource":              {"applications:\n- {client_id: a, client_name: A, client_type: public, redirect_uris: ['https://a.example/'], allowed_resources: ['https://b.example']}", "There is no resource 'https://b.example'", false},
		"people in a group":             {"groups:\n- name: Crew\n  members: [ada]", "line 3: members: the people in a group are not part of the file", false},
		"role of a group":               {"groups:\n- name: Crew\n  roles: [captain]", `line 3: roles: there is no role "captain"`, false},
		"group with another spelling":   {"groups:\n- name: Crew\n- name: crew", "line 3: crew is already in line 2", false},
		"name of a group":               {"groups:\n- name: the crew", "line 2: group the crew: name: Enter a name", false},
	} {
		t.Run(name, func(t *testing.T) {
			d := open(t)
			must(t, d.store.CreateClient(t.Context(), &oauth.Client{ID: "api", Type: oauth.Confidential, ResourceServer: true, CreatedAt: now}))
			d.define(scope, "ship", `{}`)
			d.define(scope, "newer", `{"approval":true}`)
			d.define(resource, "https://ship.example", `{"scopes":["ship"],"client_id":"api"}`)
			p, err := d.plan(test.text, test.prune)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v: %v\nwant %s", err, p, test.want)
			}
		})
	}
}

// TestScopeWithoutEffectIsExplained: the configuration has the same name. If the file changes it, that
// is an error.
func TestScopeWithoutEffectIsExplained(t *testing.T) {
	d := open(t)
	d.define(scope, "pay", `{}`)
	p, err := d.plan("scopes:\n- name: pay", false)
	if err != nil || len(p.Steps) > 0 || len(p.Warnings) != 1 || !strings.Contains(p.Warnings[0], "line 2: the scope pay in the database has no effect: the configuration of the server defines it") {
		t.Errorf("got %v: %+v", err, p)
	}
	if p, err := d.plan("scopes:\n- {name: pay, optional: true}", false); err == nil || !strings.Contains(err.Error(), "line 2: scope pay: name: The configuration") {
		t.Errorf("got %v: %+v", err, p)
	}
	d.apply("scopes: [{name: sail}]", true)
}

// TestDeletedScopeNamesTheApplicationsThatListIt: so nobody deletes it without noticing. Those that
// the file changes, and those that it deletes, do not count.
func TestDeletedScopeNamesTheApplicationsThatListIt(t *testing.T) {
	const sail = "scopes: [{name: sail}]\nresources: [{uri: 'https://sail.example'}]\n"
	for text, want := range map[string]string{
		sail: "delete resource https://ship.example: other; delete scope ship: REGISTERED other",
		sail + "applications: [{client_id: new, client_name: N, client_type: public, redirect_uris: ['https://n.example/']}]":     "delete application other: ; delete resource https://ship.example: ; delete scope ship: REGISTERED",
		sail + "applications: [{client_id: other, client_name: O, client_type: public, redirect_uris: ['https://o.example/cb']}]": "delete resource https://ship.example: ; delete scope ship: REGISTERED",
	} {
		d := open(t)
		d.define(scope, "ship", `{}`)
		d.define(resource, "https://ship.example", `{}`)
		registered := oauth.RegistrationPrefix + oauth.NewID(now).String()
		must(t, d.store.CreateClient(t.Context(), &oauth.Client{ID: registered, Type: oauth.Public, DefaultScopes: oauth.Scopes{"ship"}, CreatedAt: now}))
		must(t, d.store.CreateClient(t.Context(), &oauth.Client{ID: "other", Name: "O", Type: oauth.Public, RedirectURIs: []string{"https://o.example/cb"}, Scopes: oauth.Scopes{"ship"}, Resources: []string{"https://ship.example"}, CreatedAt: now}))
		p, err := d.plan(text, true)
		must(t, err)
		var deleted []string
		for _, s := range p.Steps {
			if s.Action == declared.Delete {
				deleted = append(deleted, fmt.Sprintf("%s %s %s: %s", s.Action, declared.Noun(s.Kind), s.Name, strings.Join(s.UsedBy, " ")))
			}
		}
		if got := strings.ReplaceAll(strings.Join(deleted, "; "), registered, "REGISTERED"); got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", text, got, want)
		}
		if n := strings.Count(want, ": REGISTERED") + strings.Count(want, ": other"); len(p.Unconfirmed()) != n {
			t.Errorf("%d are in use, want %d", len(p.Unconfirmed()), n)
		}
	}
}

// TestTooManyScopesAreNotCompared with each other: the time would grow with the square of their number.
func TestTooManyScopesAreNotCompared(t *testing.T) {
	d := open(t)
	join, joins := d.Acts.Join, 0
	d.Acts.Join = func(ctx context.Context, rows []oauth.Definition) (*provider.Definitions, error) {
		joins++
		return join(ctx, rows)
	}
	var file strings.Builder
	file.WriteString("scopes:\n")
	for i := range oauth.MaxDefinitions + 1 {
		fmt.Fprintf(&file, "- {name: s%d}\n", i)
	}
	if _, err := d.plan(file.String(), false); !errors.Is(err, oauth.ErrTooManyDefinitions) || joins > 2 {
		t.Errorf("after %d joins: %v", joins, err)
	}
}

// TestLifetimesHaveAUnitOrAreSeconds: both forms are the same value, of each object that has lifetimes.
func TestLifetimesHaveAUnitOrAreSeconds(t *testing.T) {
	d := open(t)
	const file = `
resources: [{uri: https://harbor.example, access_token_ttl: %s}]
applications: [{client_id: ship, client_name: Ship, client_type: public, redirect_uris: ['https://ship.example/cb'], access_token_ttl: %[1]s, default_max_age: %[1]s}]
`
	for i, value := range []string{"5400", "90m", "1h30m", "90 minutes", "5400s"} {
		p, err := d.plan(fmt.Sprintf(file, value), false)
		must(t, err)
		if i > 0 && len(p.Steps) != 0 {
			t.Errorf("%s: the value differs: %+v", value, p.Steps)
		}
		_, err = d.Apply(t.Context(), p)
		must(t, err)
	}
}
