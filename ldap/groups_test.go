package ldap_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	client "github.com/go-ldap/ldap/v3"

	"github.com/seed-e6a88a41/latchkey/internal/outbound"
	"github.com/seed-e6a88a41/latchkey/internal/upstream"
	"github.com/seed-e6a88a41/latchkey/ldap"
)

// addGroup adds a group. A class is groupOfNames or groupOfUniqueNames.
func addGroup(class, name string, members ...string) func(*client.Conn) error {
	return func(c *client.Conn) error {
		add := client.NewAddRequest("cn="+name+","+base, nil)
		add.Attribute("objectClass", []string{class})
		add.Attribute("cn", []string{name})
		add.Attribute(map[string]string{"groupOfNames": "member", "groupOfUniqueNames": "uniqueMember"}[class], members)
		return c.Add(add)
	}
}

// groupsOf returns the groups of ada after a login.
func groupsOf(t *testing.T, settings upstream.Settings) ([]string, error) {
	t.Helper()
	d, err := ldap.Open(settings)
	if err != nil {
		t.Fatal(err)
	}
	p := upstream.New(settings, upstream.Config{Directory: d, Outbound: outbound.New(outbound.Options{})})
	e, err := p.Find(ctx, "ada")
	if err != nil {
		t.Fatal(err)
	}
	if err := p.CheckPassword(ctx, e, "engine"); err != nil {
		return nil, err
	}
	names := slices.Clone(e.Attributes[settings.ClaimName("groups")])
	slices.Sort(names)
	return names, nil
}

// TestGroupsInsideGroupsAreFoundWithoutMemberOf: over both kinds of groups, with a cycle, with
// a name that must be escaped, and each once. The groups of other people are not found.
func TestGroupsInsideGroupsAreFoundWithoutMemberOf(t *testing.T) {
	s := newServer(t)
	for _, add := range []func(*client.Conn) error{
		addGroup("groupOfUniqueNames", `all \28*\29`, "cn=staff,"+base),
		addGroup("groupOfNames", "company", `cn=all \28*\29,`+base, "cn=staff,"+base, "cn=company,"+base),
		addGroup("groupOfNames", "guests", "uid=eve,ou=people,"+base),
	} {
		s.change(t, add)
	}
	s.change(t, func(c *client.Conn) error { // a cycle
		m := client.NewModifyRequest("cn=staff,"+base, nil)
		m.Add("member", []string{"cn=company," + base})
		return c.Modify(m)
	})
	s.withoutMemberOf(t)
	settings := s.settings()
	settings.Groups = []string{"CN=Company, dc=acme,dc=example"}
	got, err := groupsOf(t, settings)
	if err != nil || len(got) != 3 || got[0] != settings.Groups[0] || !strings.HasPrefix(got[1], "cn=all ") || got[2] != "cn=staff,"+base {
		t.Errorf("got %q, %v", got, err)
	}
	if _, err := logIn(s.open(t, func(set *upstream.Settings) { set.Groups = settings.Groups }), "eve", "apple"); !errors.Is(err, upstream.ErrNotAllowed) {
		t.Errorf("a person in another group: %v", err)
	}
	settings.GroupFilter = "(&(objectClass=groupOfNames)(member={dn}))"
	if got, err := groupsOf(t, settings); err != nil || fmt.Sprint(got) != "[cn=staff,"+base+"]" {
		t.Errorf("with a filter of the administrator: %q, %v", got, err)
	}
	settings.GroupFilter, settings.Claims = "", map[string]string{"groups": "departmentNumber"}
	if got, err := groupsOf(t, settings); err != nil || len(got) != 0 {
		t.Errorf("with another attribute: %q, %v", got, err)
	}
}

// TestTooManyGroupsAreAnError and not only the first ones: neither very deep ones, nor more
// than the limit.
func TestTooManyGroupsAreAnError(t *testing.T) {
	s := newServer(t)
	inside := "cn=staff"
	for i := range 10 {
		name := fmt.Sprint("level", i)
		s.change(t, addGroup("groupOfNames", name, inside+","+base))
		inside = "cn=" + name
	}
	s.withoutMemberOf(t)
	if got, err := groupsOf(t, s.settings()); !errors.Is(err, upstream.ErrUnavailable) || !strings.Contains(err.Error(), "more than 10 levels deep") {
		t.Errorf("11 groups nested: %q, %v", got, err)
	}
	s.change(t, func(c *client.Conn) error { return c.Del(client.NewDelRequest(inside+","+base, nil)) })
	if got, err := groupsOf(t, s.settings()); err != nil || len(got) != 10 {
		t.Errorf("10 groups nested: %q, %v", got, err)
	}
	s.change(t, func(c *client.Conn) error {
		for i := range 501 { // slapd itself returns at most 500
			if err := addGroup("groupOfNames", fmt.Sprint("team", i), "uid=ada,ou=people,"+base)(c); err != nil {
				return err
			}
		}
		return nil
	})
	if got, err := groupsOf(t, s.settings()); !errors.Is(err, upstream.ErrUnavailable) || !strings.Contains(err.Error(), "more than 1000 groups") {
		t.Errorf("too many groups: %d, %v", len(got), err)
	}
}
