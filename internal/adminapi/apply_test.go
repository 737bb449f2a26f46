package adminapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// declaration returns the body of a request to apply a file. more are further members.
func declaration(file string, more map[string]any) string {
	body := map[string]any{"file": file}
	for name, value := range more {
		body[name] = value
	}
	text, _ := json.Marshal(body) // texts and booleans
	return string(text)
}

// apply applies a file as an administrator, after a dry run.
func (s server) apply(status int, token, file string, more map[string]any) answer {
	s.t.Helper()
	more["dry_run"] = true
	plan := s.want(http.StatusOK, token, "POST", "apply", declaration(file, more)).text("plan")
	delete(more, "dry_run")
	more["plan"] = plan
	return s.want(status, token, "POST", "apply", declaration(file, more))
}

const declaredShop = `
scopes: [{name: sail}]
groups: [{name: Crew}]
login_providers: [{name: acme, issuer: "https://acme.example", client_id: c, secret_file: acme.secret}]
applications:
  - {client_id: shop, client_name: Shop, redirect_uris: ["https://shop.example/cb"], scope: openid sail, secret_env: SHOP}
`

func shopSecrets() map[string]any {
	return map[string]any{"secrets": map[string]any{"secret_env": map[string]any{"SHOP": "correct horse battery"}, "secret_file": map[string]any{"acme.secret": "staple of the provider"}}}
}

// TestFileIsAppliedThroughTheAPI: with an event for each object, and without secrets in the
// response and the events. The export then declares the same.
func TestFileIsAppliedThroughTheAPI(t *testing.T) {
	s := start(t)
	token := s.as(account.RoleAdministrator)
	a := s.apply(http.StatusOK, token, declaredShop, shopSecrets())
	if got, want := fmt.Sprint(a.json["applied"]), "4"; got != want {
		t.Errorf("applied %s: %s", got, a.body)
	}
	var kinds []string
	for _, e := range *s.events {
		kinds = append(kinds, e.Kind+" "+e.Target)
	}
	events, _ := json.Marshal(*s.events)
	for _, want := range []string{"scopes/add sail", "login-providers/add acme", "applications/add shop"} {
		if !slices.Contains(kinds, want) {
			t.Errorf("%q is not among the events %q", want, kinds)
		}
	}
	for _, secret := range []string{"correct horse", "staple"} {
		if strings.Contains(string(a.body)+string(events), secret) {
			t.Errorf("the secret is in %s or %s", a.body, events)
		}
	}
	c, err := s.Store.Client(t.Context(), "shop")
	if err != nil {
		t.Fatal(err)
	}
	if known, err := c.HasSecret("correct horse battery", s.Now()); err != nil || !known || c.Scopes.String() != "openid sail" {
		t.Errorf("the application has the scopes %q and the secret: %t, %v", c.Scopes, known, err)
	}
	file := s.want(http.StatusOK, token, "GET", "export", "").text("file")
	again := s.want(http.StatusOK, s.as(account.RoleAuditor), "POST", "apply", declaration(file, map[string]any{"dry_run": true}))
	if steps, _ := again.json["steps"].([]any); !strings.Contains(file, "client_id: shop") || len(steps) > 0 {
		t.Errorf("the export differs: %s\n%s", again.body, file)
	}
}

// TestEachObjectOfAFileNeedsItsPermission: the response names the first object that the caller cannot
// change, and nothing is changed.
func TestEachObjectOfAFileNeedsItsPermission(t *testing.T) {
	s := start(t)
	c, _ := s.AddClient("https://old.example/cb", func(c *oauth.Client) { c.Name = "Old" })
	administers, _ := s.machine(account.RoleAdministrator, oauth.ScopeAdmin)
	administrator := s.as(account.RoleAdministrator)
	export := s.want(http.StatusOK, administrator, "GET", "export", "").text("file")
	changed := func(from, to string) string {
		if !strings.Contains(export, from) {
			t.Fatalf("%q is not in %s", from, export)
		}
		_, applications, _ := strings.Cut(export, "applications:\n")
		applications, _, _ = strings.Cut(applications, "people:")
		return "applications:\n" + strings.Replace(applications, from, to, 1)
	}
	const harmless = "applications: [{client_id: new, client_name: New, client_type: public, redirect_uris: ['https://new.example/cb']}]\n"
	all := []string{oauth.ScopeAdmin}
	for name, test := range map[string]struct {
		role       account.Role
		scopes     []string
		file       string
		status     int // of the dry run
		permission account.Permission
	}{
		"an auditor adds an application":            {account.RoleAuditor, all, harmless, 200, account.ApplicationsTrust},
		"an operator adds an application":           {account.RoleOperator, all, harmless, 200, account.ApplicationsTrust},
		"an operator reads scopes":                  {account.RoleOperator, all, harmless + "scopes: [{name: sail}]", 403, account.SettingsRead},
		"an auditor adds a scope":                   {account.RoleAuditor, all, "scopes: [{name: sail}]", 200, account.ScopesWrite},
		"an operator adds a group":                  {account.RoleOperator, all, "groups: [{name: Crew}]", 200, account.PeopleRoles},
		"an operator changes a redirect URI":        {account.RoleOperator, all, changed("https://old.example/cb", "https://evil.example/cb"), 200, account.ApplicationsSecrets},
		"an operator changes a name":                {account.RoleOperator, all, changed("client_name: Old", "client_name: Older"), 200, ""},
		"an operator sets a secret":                 {account.RoleOperator, all, changed("client_id: "+c.ID, "client_id: "+c.ID+"\n    secret_env: SHOP"), 403, account.ApplicationsSecrets},
		"an operator adds a login provider":         {account.RoleOperator, all, "login_providers: [{name: acme, issuer: 'https://acme.example', client_id: c, secret_env: SHOP}]", 200, account.ProvidersWrite},
		"a narrow token reads people":               {account.RoleAdministrator, []string{"latchkey:applications:write"}, "people: []", 403, account.PeopleRead},
		"a narrow token gives access to the API":    {account.RoleAdministrator, []string{"latchkey:applications:write", "latchkey:applications:read"}, changed("client_name: Old", "client_name: Old\n    admin_role: administrator"), 200, account.PeopleRoles},
		"a narrow token sets the secret of an API":  {account.RoleAdministrator, []string{"latchkey:applications:write", "latchkey:applications:read"}, changed("client_id: "+administers.ID, "client_id: "+administers.ID+"\n    secret_env: SHOP"), 403, account.PeopleRoles},
		"a person without a role compares anything": {"", all, harmless, 403, "no role"},
	} {
		token := s.as(test.role, test.scopes...)
		more := map[string]any{"secrets": shopSecrets()["secrets"], "dry_run": true}
		a := s.want(test.status, token, "POST", "apply", declaration(test.file, more))
		if delete(more, "dry_run"); test.status == http.StatusOK {
			more["plan"] = a.text("plan")
			want := http.StatusForbidden
			if test.permission == "" {
				want = http.StatusOK
			}
			a = s.want(want, token, "POST", "apply", declaration(test.file, more))
		}
		if !strings.Contains(a.text("detail"), string(test.permission)) {
			t.Errorf("%s: %s", name, a.body)
		}
	}
	after := s.want(http.StatusOK, administrator, "GET", "export", "").text("file")
	for _, other := range []string{"evil", "client_id: new", "sail", "Crew", "acme"} {
		if strings.Contains(after, other) {
			t.Errorf("%s was added or changed:\n%s", other, after)
		}
	}
	block := func(text, id string) string {
		_, text, _ = strings.Cut(text, "client_id: "+id)
		text, _, _ = strings.Cut(text, "- client_id")
		text, _, _ = strings.Cut(text, "people:")
		return strings.TrimSpace(text)
	}
	for _, id := range []string{c.ID, administers.ID} {
		if want := strings.Replace(block(export, id), "client_name: Old", "client_name: Older", 1); block(after, id) != want {
			t.Errorf("the application is now %s, want %s", block(after, id), want)
		}
		stored, err := s.Store.Client(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if known, err := stored.HasSecret("correct horse battery", s.Now()); err != nil || known {
			t.Errorf("%s has the secret of the file: %t, %v", id, known, err)
		}
	}
	s.want(http.StatusForbidden, s.as(account.RoleOperator), "GET", "export", "")
}

// TestAppliedFileIsTheOneThatWasCompared: the difference must be that of the dry run, and a step that
// cannot be undone needs a person.
func TestAppliedFileIsTheOneThatWasCompared(t *testing.T) {
	s := start(t)
	token := s.as(account.RoleAdministrator)
	crew := &account.Group{Name: "Crew", Roles: account.Roles{account.RoleOperator}}
	if err := s.Accounts.CreateGroup(t.Context(), crew); err != nil {
		t.Fatal(err)
	}
	ada := s.AddUser("ada", false)
	const other, both = "groups: [{name: Other}]", "groups: [{name: Other}, {name: Crew, roles: [operator]}]"
	if a := s.want(http.StatusUnprocessableEntity, token, "POST", "apply", declaration(other, nil)); !slices.Equal(a.fields(), []string{"plan"}) {
		t.Errorf("without a plan: %s", a.body)
	}
	plan := s.want(http.StatusOK, token, "POST", "apply", declaration(both, map[string]any{"dry_run": true})).text("plan")
	if a := s.want(http.StatusConflict, token, "POST", "apply", declaration(other, map[string]any{"plan": plan, "prune": true})); a.problem() != "conflict" {
		t.Errorf("another difference: %s", a.body)
	}
	s.apply(http.StatusOK, token, both, map[string]any{})
	if _, _, err := s.Accounts.AddMembers(t.Context(), crew.ID, ada.ID); err != nil {
		t.Fatal(err)
	}
	pruned := map[string]any{"prune": true, "dry_run": true}
	before := s.want(http.StatusOK, token, "POST", "apply", declaration(other, pruned)).text("plan")
	if _, _, err := s.Accounts.RemoveMembers(t.Context(), crew.ID, nil, ada.ID); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Accounts.AddMembers(t.Context(), crew.ID, s.AddUser("eve", false).ID); err != nil {
		t.Fatal(err)
	}
	if s.want(http.StatusOK, token, "POST", "apply", declaration(other, pruned)).text("plan") == before {
		t.Error("the plan is the same after another person replaced a member of the group")
	}
	a := s.apply(http.StatusUnprocessableEntity, token, other, map[string]any{"prune": true})
	if !slices.Equal(a.fields(), []string{"confirmed"}) {
		t.Errorf("without a person: %s", a.body)
	}
	a = s.apply(http.StatusOK, token, other, map[string]any{"prune": true, "confirmed": true})
	if !strings.Contains(string(a.body), `"confirm":"loss"`) || !strings.Contains(string(a.body), `"before":"operator"`) {
		t.Errorf("the loss is not shown: %s", a.body)
	}
}

// TestPeopleCannotChangeTheirOwnRolesWithAFile: as with the other operations.
func TestPeopleCannotChangeTheirOwnRolesWithAFile(t *testing.T) {
	s := start(t)
	root := s.AddUser("root", true)
	other := s.AddUser("other", true)
	admins := &account.Group{Name: "Admins", Roles: account.Roles{account.RoleAdministrator}}
	if err := s.Accounts.CreateGroup(t.Context(), admins); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Accounts.AddMembers(t.Context(), admins.ID, root.ID); err != nil {
		t.Fatal(err)
	}
	token, err := s.personToken("root", oauth.ScopeAdmin)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{
		fmt.Sprintf("people: [{id: %s, username: root, roles: [administrator, auditor]}]", root.ID),
		"groups: [{name: Admins}]",
	} {
		if a := s.apply(http.StatusConflict, token, file, map[string]any{}); !strings.Contains(a.text("detail"), "their own roles") {
			t.Errorf("%s: %s", file, a.body)
		}
	}
	s.apply(http.StatusOK, token, fmt.Sprintf("people: [{id: %s, username: other, roles: [administrator, auditor]}]", other.ID), map[string]any{})
}

// TestFileOfARequestRefersOnlyToItsOwnSecrets: the server reads neither a file nor a variable. Mistakes
// have their lines, and a file can be larger than other requests.
func TestFileOfARequestRefersOnlyToItsOwnSecrets(t *testing.T) {
	t.Setenv("SHOP", "a secret of the server")
	s := start(t)
	token := s.as(account.RoleAdministrator)
	for file, want := range map[string]string{
		"applications:\n  - {client_id: a, client_name: A, redirect_uris: ['https://a.example/'], secret_env: SHOP}":         "line 2: secret_env: the request has no secret for SHOP",
		"applications:\n  - {client_id: a, client_name: A, redirect_uris: ['https://a.example/'], secret_file: /etc/passwd}": "line 2: secret_file: the request has no secret for /etc/passwd",
		"scopes: [{name: sail}]\n" + strings.Repeat("# a long comment\n", 10_000):                                            "",
		"scopes: [{nam: sail}]": "unknown member nam",
	} {
		status := http.StatusUnprocessableEntity
		if want == "" {
			status = http.StatusOK
		}
		a := s.want(status, token, "POST", "apply", declaration(file, map[string]any{"dry_run": true}))
		if !strings.Contains(string(a.body), want) {
			t.Errorf("%s", a.body)
		}
	}
	s.want(http.StatusRequestEntityTooLarge, token, "POST", "apply", declaration(strings.Repeat("# a long comment\n", 1_000_000), map[string]any{"dry_run": true}))
}

// TestASecretIsComparedOnlyForCallersWhoCanSetIt: the difference shows whether a guess is the secret, and a dry
// run has no limit of tries.
func TestASecretIsComparedOnlyForCallersWhoCanSetIt(t *testing.T) {
	s := start(t)
	administrator := s.as(account.RoleAdministrator)
	s.apply(http.StatusOK, administrator, declaredShop, shopSecrets())
	for file, permission := range map[string]account.Permission{
		"applications: [{client_id: shop, client_name: Shop, redirect_uris: ['https://shop.example/cb'], scope: openid sail, secret_env: X}]": account.ApplicationsSecrets,
		"login_providers: [{name: acme, issuer: 'https://acme.example', client_id: c, secret_env: X}]":                                        account.ProvidersWrite,
	} {
		for _, guess := range []string{"wrong horse battery", "correct horse battery", "staple of the provider"} {
			more := map[string]any{"dry_run": true, "secrets": map[string]any{"secret_env": map[string]any{"X": guess}}}
			for _, role := range []account.Role{account.RoleAuditor, account.RoleOperator} {
				if a := s.want(http.StatusForbidden, s.as(role), "POST", "apply", declaration(file, more)); !strings.Contains(a.text("detail"), string(permission)) {
					t.Errorf("%s: %s", role, a.body)
				}
			}
			s.want(http.StatusOK, administrator, "POST", "apply", declaration(file, more))
		}
	}
}

// TestMistakesOfAFileAreBounded: a caller who cannot read a kind gets no information about its objects, and the
// response has the first mistakes only.
func TestMistakesOfAFileAreBounded(t *testing.T) {
	s := start(t)
	roles := declaration("people: [{username: a, roles: ["+strings.Repeat("x,", 1000)+"]}]", map[string]any{"dry_run": true})
	narrow := s.as(account.RoleOperator, "latchkey:applications:read")
	if a := s.want(http.StatusForbidden, narrow, "POST", "apply", roles); !strings.Contains(a.text("detail"), string(account.PeopleRead)) {
		t.Errorf("%s", a.body)
	}
	administrator := s.as(account.RoleAdministrator)
	for _, body := range []string{roles, declaration("people: ["+strings.Repeat("{email: nobody@x.example, roles: []},", 200)+"]", map[string]any{"dry_run": true})} {
		a := s.want(http.StatusUnprocessableEntity, administrator, "POST", "apply", body)
		if n := len(a.fields()); n != 101 || !strings.Contains(string(a.body), "There are more mistakes. Correct these first.") {
			t.Errorf("%d mistakes: %s", n, a.body)
		}
	}
}

// hooked is a Store that calls a function before it adds a group, or searches for one.
type hooked struct {
	latchkey.Store
	before func(g *account.Group) error
	search func() error
}

func (h *hooked) GroupByName(ctx context.Context, canonical string) (*account.Group, error) {
	if h.search != nil {
		if err := h.search(); err != nil {
			return nil, err
		}
	}
	return h.Store.GroupByName(ctx, canonical)
}

// TestAnErrorOfTheServerIsNotAMistakeOfTheFile: it is logged once, with the ID of the response.
func TestAnErrorOfTheServerIsNotAMistakeOfTheFile(t *testing.T) {
	store, log := &hooked{}, new(bytes.Buffer)
	s := start(t, func(o *latchkey.Options) {
		store.Store, o.Store = o.Store, store
		o.Logger = slog.New(slog.NewTextHandler(log, nil))
	})
	token := s.as(account.RoleAdministrator)
	file := declaration("groups: [{name: crew}]\npeople: [{username: nobody, roles: []}]", map[string]any{"dry_run": true})
	for _, test := range []struct {
		err    error
		status int
	}{
		{errors.New("a failure of the driver"), http.StatusInternalServerError},
		{fmt.Errorf("%w: no connection", account.ErrUnavailable), http.StatusServiceUnavailable},
		{nil, http.StatusUnprocessableEntity},
	} {
		log.Reset()
		store.search = func() error { return test.err }
		a := s.want(test.status, token, "POST", "apply", file)
		logged := 0
		if test.err != nil {
			logged = 1
		}
		id := a.text("error_id")
		if n := strings.Count(log.String(), "request of the admin API failed"); n != logged || (id != "") != (logged == 1) || !strings.Contains(log.String(), id) {
			t.Errorf("%v: the response %s, and %d records:\n%s", test.err, a.body, n, log)
		}
		if test.err != nil && (len(a.fields()) > 0 || !strings.HasSuffix(a.text("detail"), "Nothing was changed.") || strings.Contains(string(a.body), test.err.Error())) {
			t.Errorf("%v: %s", test.err, a.body)
		}
	}
}

func (h *hooked) CreateGroup(ctx context.Context, g *account.Group, canonical string, members []string) error {
	if err := h.before(g); err != nil {
		return err
	}
	return h.Store.CreateGroup(ctx, g, canonical, members)
}

// TestAnErrorSaysHowManyChangesWereMade, also if the database fails between two changes. Meanwhile, another
// file is rejected, because each can take much memory.
func TestAnErrorSaysHowManyChangesWereMade(t *testing.T) {
	store := &hooked{}
	s := start(t, func(o *latchkey.Options) { store.Store, o.Store = o.Store, store })
	token := s.as(account.RoleAdministrator)
	other := declaration("groups: []", map[string]any{"dry_run": true})
	store.before = func(g *account.Group) error {
		if a := s.want(http.StatusTooManyRequests, token, "POST", "apply", other); a.Header.Get("Retry-After") == "" {
			t.Errorf("no Retry-After: %s", a.body)
		}
		if g.Name == "Second" {
			return fmt.Errorf("%w: no connection", account.ErrUnavailable)
		}
		return nil
	}
	a := s.apply(http.StatusServiceUnavailable, token, "groups: [{name: First}, {name: Second}, {name: Third}]", map[string]any{})
	if !strings.Contains(a.text("detail"), "1 of 3 changes were made. It is not known whether the next one was made.") {
		t.Errorf("%s", a.body)
	}
	s.want(http.StatusOK, token, "POST", "apply", other)
}

// TestExportOfAHostProgramCanBeApplied: it has only the kinds that a file can have there.
func TestExportOfAHostProgramCanBeApplied(t *testing.T) {
	s := start(t, func(o *latchkey.Options) { o.People = nobody{} })
	token := s.as(account.RoleAdministrator)
	file := s.want(http.StatusOK, token, "GET", "export", "").text("file")
	s.want(http.StatusOK, token, "POST", "apply", declaration(file, map[string]any{"dry_run": true}))
}
