package admin_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/account"
)

// promoting is a Store that changes roles after a page has checked them, and before it makes its
// change.
type promoting struct {
	latchkey.Store
	before func()
}

func (p *promoting) now() {
	if change := p.before; change != nil {
		p.before = nil
		change()
	}
}

func (p *promoting) SwitchUser(ctx context.Context, s account.Switch) error {
	p.now()
	return p.Store.SwitchUser(ctx, s)
}

func (p *promoting) DeleteUser(ctx context.Context, id string, version int64, at time.Time) error {
	p.now()
	return p.Store.DeleteUser(ctx, id, version, at)
}

func (p *promoting) SetPassword(ctx context.Context, c account.PasswordChange) error {
	p.now()
	return p.Store.SetPassword(ctx, c)
}

// TestRoleOfTheMomentOfAChangeCounts: an operator cannot disable or delete a person who becomes an
// administrator while the request is processed, and a person who loses their role in that moment
// cannot set a password.
func TestRoleOfTheMomentOfAChangeCounts(t *testing.T) {
	store := new(promoting)
	o := enter(t, func(o *latchkey.Options) {
		store.Store = o.Store
		o.Store = store
	})
	give := func(name string, roles ...account.Role) {
		u := o.user(name)
		u.SetRoles(roles)
		if err := store.UpdateUser(t.Context(), u, name, nil); err != nil {
			t.Error(err)
		}
	}
	o.AddUser("other-admin", true)
	operator := office{o.Provider, o.as(account.RoleOperator), t}
	for i, act := range []struct {
		by     office
		path   string
		fields url.Values
		before func(name string)
	}{
		{operator, "switch/", url.Values{"to": {"disabled"}}, func(name string) { give(name, account.RoleAdministrator) }},
		{operator, "delete/", url.Values{}, func(name string) { give(name, account.RoleAuditor) }},
		{operator, "switch/", url.Values{"to": {"disabled"}}, func(string) { give("person-operator") }},
		{o, "password/", url.Values{"password": {"another correct horse"}}, func(string) { give("root", account.RoleOperator) }},
	} {
		name := fmt.Sprint("person", i)
		before := o.AddUser(name, false)
		store.before = func() { act.before(name) }
		act.fields.Set("confirmed", "yes")
		response, err := act.by.PostForm(o.URL+"/admin/users/"+before.ID+"/"+act.path, act.fields)
		if err != nil {
			t.Fatal(err)
		}
		read(t, response)
		if u := o.user(name); response.StatusCode != http.StatusForbidden || u.Disabled || u.PasswordHash != before.PasswordHash || store.before != nil {
			t.Errorf("%d %s: %s, %+v", i, act.path, response.Status, u)
		}
	}
}

// TestOnlyRolesThatWereChangedInTheFormAreSaved: a form that was opened before another
// administrator changed the roles does not undo that change.
func TestOnlyRolesThatWereChangedInTheFormAreSaved(t *testing.T) {
	o := enter(t)
	for i, test := range []struct {
		had, given, chosen, want account.Roles
	}{
		{nil, account.Roles{account.RoleOperator}, nil, account.Roles{account.RoleOperator}},
		{account.Roles{account.RoleOperator}, nil, account.Roles{account.RoleOperator}, nil},
		{nil, account.Roles{account.RoleOperator}, account.Roles{account.RoleAuditor}, account.Roles{account.RoleAuditor, account.RoleOperator}},
		{account.Roles{account.RoleAdministrator}, account.Roles{account.RoleAdministrator, account.RoleAuditor}, nil, account.Roles{account.RoleAuditor}},
	} {
		name := fmt.Sprint("p", i)
		u := o.AddUser(name, false)
		set := func(roles account.Roles) {
			u = o.user(name)
			u.SetRoles(roles)
			if err := o.Store.UpdateUser(t.Context(), u, name, nil); err != nil {
				t.Fatal(err)
			}
		}
		set(test.had)
		form := controls(o.open("users/" + u.ID + "/").Body)
		set(test.given)
		form["role"], form["confirmed"] = nil, []string{"yes"}
		for _, role := range test.chosen {
			form.Add("role", string(role))
		}
		response, err := o.PostForm(o.URL+"/admin/users/"+u.ID+"/", form)
		if err != nil {
			t.Fatal(err)
		}
		read(t, response)
		if got := o.user(name).Roles(); !slices.Equal(got, test.want) {
			t.Errorf("%v, then %v elsewhere, and %v chosen: %v, want %v; %s", test.had, test.given, test.chosen, got, test.want, response.Status)
		}
	}
}

// TestFormShowsFieldsThatTheRoleCannotChange as text.
func TestFormShowsFieldsThatTheRoleCannotChange(t *testing.T) {
	o := enter(t)
	c, _ := o.AddClient("https://app.example/cb", nil)
	form := office{o.Provider, o.as(account.RoleOperator), t}.open("applications/" + c.ID + "/edit/")
	inputs := controls(form.Body)
	for _, name := range []string{"redirect_uris", "grant_types", "scope", "scope_choice", "owner", "co_owners", "skip_authorization", "jwks"} {
		if inputs.Has(name) {
			t.Errorf("an operator can enter %s", name)
		}
	}
	if !strings.Contains(form.Body, "<bdi>https://app.example/cb</bdi>") {
		t.Error("the page does not show the redirect URI")
	}
	if !inputs.Has("client_name") || !inputs.Has("access_token_ttl") {
		t.Error("an operator cannot enter the name or a lifetime")
	}
}
