package ldap_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	client "github.com/go-ldap/ldap/v3"

	"github.com/seed-e6a88a41/latchkey/internal/outbound"
	"github.com/seed-e6a88a41/latchkey/internal/upstream"
	"github.com/seed-e6a88a41/latchkey/ldap"
)

var ctx = context.Background()

// open returns the provider with the settings of the server, changed by change.
func (s *server) open(t *testing.T, change func(*upstream.Settings)) *upstream.Provider {
	t.Helper()
	settings := s.settings()
	if change != nil {
		change(&settings)
	}
	if err := upstream.Check([]upstream.Settings{settings}, nil); err != nil {
		t.Fatal(err)
	}
	d, err := ldap.Open(settings)
	if err != nil {
		t.Fatal(err)
	}
	return upstream.New(settings, upstream.Config{Directory: d, Outbound: outbound.New(outbound.Options{})})
}

// logIn returns the person with a username and a password.
func logIn(p *upstream.Provider, username, password string) (*upstream.Identity, error) {
	e, err := p.Find(ctx, username)
	if err == nil {
		err = p.CheckPassword(ctx, e, password)
	}
	if err != nil {
		return nil, err
	}
	return p.Person(e)
}

// TestPersonLogsInWithThePasswordOfTheDirectory, over LDAPS and with StartTLS. The person
// is the entry, not the typed name.
func TestPersonLogsInWithThePasswordOfTheDirectory(t *testing.T) {
	s := newServer(t)
	for name, change := range map[string]func(*upstream.Settings){
		"LDAPS": nil, "StartTLS": func(set *upstream.Settings) { set.URL = s.plain },
	} {
		p := s.open(t, change)
		var subject string
		for _, username := range []string{"ada", "ADA", " ada ", "ａｄａ"} {
			i, err := logIn(p, username, "engine")
			if err != nil {
				t.Fatalf("%s: %q: %v", name, username, err)
			}
			if i.Username != "ada" || i.Name != "Ada Lovelace" || i.Email != "ada@acme.example" || !i.EmailVerified || i.Claims["family_name"] != "Lovelace" ||
				i.Issuer != "ldap:dc=acme,dc=example" || len(i.Subject) != 36 || (subject != "" && i.Subject != subject) {
				t.Errorf("%s: %q: %+v", name, username, i)
			}
			subject = i.Subject
		}
	}
}

// TestWrongLoginsAreRefused: filter injection, an anonymous login with an empty password
// (RFC 4513 §5.1.2), two entries with the same name, and the entry of another person.
func TestWrongLoginsAreRefused(t *testing.T) {
	s := newServer(t)
	s.change(t, func(c *client.Conn) error { // the server accepts it
		if err := c.UnauthenticatedBind("uid=ada,ou=people," + base); err != nil {
			return fmt.Errorf("the attack with an empty password does not work at all: %w", err)
		}
		return nil
	})
	p := s.open(t, nil)
	for name, login := range map[string][2]string{
		"a wrong password":                {"ada", "apple"},
		"an empty password":               {"ada", ""},
		"a password that begins with NUL": {"ada", "\x00engine"},
		"a long password":                 {"ada", strings.Repeat("x", 1025)},
		"nobody":                          {"nobody", "engine"},
		"nobody with an empty password":   {"nobody", ""},
		"an empty name":                   {"", "engine"},
		"every entry":                     {"*", "engine"},
		"a prefix":                        {"ad*", "engine"},
		"an injected filter":              {"ada)(uid=*", "engine"},
		"an injected alternative":         {"x)(|(uid=ada)", "engine"},
		"an injected end":                 {"ada))(|(objectClass=*", "engine"},
		"an escape":                       {`\61da`, "engine"},
		"a NUL":                           {"ada\x00", "engine"},
		"a line break":                    {"ada\n", "apple"},
		"invalid UTF-8":                   {"ada\xff", "engine"},
		"a long name":                     {strings.Repeat("a", 300), "engine"},
		"two entries that differ in case": {"zoe", "twin"},
		"two entries, full width":         {"ｚｏｅ", "twin"},
		"a distinguished name":            {"uid=ada,ou=people," + base, "engine"},
		"a group":                         {"staff", "engine"},
	} {
		if i, err := logIn(p, login[0], login[1]); !errors.Is(err, upstream.ErrWrongPassword) {
			t.Errorf("%s: %+v, %v", name, i, err)
		}
	}
	// The password is not sent at all, even by a caller that omits the check.
	d, err := ldap.Open(s.settings())
	if err != nil {
		t.Fatal(err)
	}
	e, err := d.Find(ctx, "ada")
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Check(ctx, e, ""); !errors.Is(err, upstream.ErrWrongPassword) {
		t.Errorf("an empty password: %v", err)
	}
}

// TestIdentityIsTheEntryAndNotItsName: a renamed person is the same, and a new person with
// the name of a deleted one is another, even between the search and the check.
func TestIdentityIsTheEntryAndNotItsName(t *testing.T) {
	s := newServer(t)
	p := s.open(t, nil)
	ada, err := logIn(p, "ada", "engine")
	if err != nil {
		t.Fatal(err)
	}
	dn := "uid=ada,ou=people," + base
	s.change(t, func(c *client.Conn) error {
		return c.ModifyDN(client.NewModifyDNRequest(dn, "uid=countess", true, ""))
	})
	renamed, err := logIn(p, "countess", "engine")
	if err != nil || renamed.Subject != ada.Subject || renamed.Issuer != ada.Issuer || renamed.Username != "countess" {
		t.Errorf("renamed: %+v, %v", renamed, err)
	}
	if _, err := logIn(p, "ada", "engine"); !errors.Is(err, upstream.ErrWrongPassword) {
		t.Errorf("the old name: %v", err)
	}
	recreate := func(c *client.Conn) error {
		if err := c.Del(client.NewDelRequest("uid=countess,ou=people,"+base, nil)); err != nil {
			return err
		}
		add := client.NewAddRequest("uid=countess,ou=people,"+base, nil)
		add.Attribute("objectClass", []string{"inetOrgPerson"})
		for name, value := range map[string]string{"uid": "countess", "cn": "Another", "sn": "Another", "userPassword": "engine"} {
			add.Attribute(name, []string{value})
		}
		return c.Add(add)
	}
	old, err := p.Find(ctx, "countess")
	if err != nil {
		t.Fatal(err)
	}
	s.change(t, recreate)
	if err := p.CheckPassword(ctx, old, "engine"); !errors.Is(err, upstream.ErrWrongPassword) {
		t.Errorf("the entry was replaced before the check: %v", err)
	}
	if another, err := logIn(p, "countess", "engine"); err != nil || another.Subject == ada.Subject {
		t.Errorf("created again: %+v, %v", another, err)
	}
}

// TestActiveDirectoryShape: the ID is the objectGUID, as Active Directory shows it, and an
// account that userAccountControl disables cannot log in.
func TestActiveDirectoryShape(t *testing.T) {
	s := newServer(t)
	p := s.open(t, func(set *upstream.Settings) {
		set.Filter, set.IDAttribute = "(&(objectClass=user)(sAMAccountName={username}))", "objectGUID"
		set.Claims = map[string]string{"username": "sAMAccountName"}
	})
	bob, err := logIn(p, "BOB", "builder")
	if err != nil || bob.Subject != "03020100-0504-0706-0809-0a0b0c0d0e0f" || bob.Username != "bob" {
		t.Errorf("%+v, %v", bob, err)
	}
	if _, err := logIn(p, "mallory", "disabled"); !errors.Is(err, upstream.ErrWrongPassword) {
		t.Errorf("a disabled account: %v", err)
	}
}

// TestGroupsAreSearchedAfterThePasswordWasChecked: the time of the search would reveal which
// people exist, and how many groups they have.
func TestGroupsAreSearchedAfterThePasswordWasChecked(t *testing.T) {
	s := newServer(t)
	settings := s.settings()
	settings.GroupFilter = "(&(objectClass=groupOfNames)(member={dn}))"
	d, err := ldap.Open(settings)
	if err != nil {
		t.Fatal(err)
	}
	p := upstream.New(settings, upstream.Config{Directory: d, Outbound: outbound.New(outbound.Options{})})
	e, err := p.Find(ctx, "ada")
	if err != nil {
		t.Fatal(err)
	}
	groups := func() int { return len(e.Attributes[settings.ClaimName("groups")]) }
	before, wrong := groups(), p.CheckPassword(ctx, e, "apple")
	if before != 0 || !errors.Is(wrong, upstream.ErrWrongPassword) || groups() != 0 {
		t.Errorf("%d groups before the check, %d after a wrong password: %v", before, groups(), wrong)
	}
	if err := p.CheckPassword(ctx, e, "engine"); err != nil || groups() == 0 {
		t.Errorf("%d groups after the check: %v", groups(), err)
	}
}

// TestGroupsOfADirectoryRestrictLogins: by memberOf, or by a search for groups. Names of
// groups that differ in case or spaces are the same.
func TestGroupsOfADirectoryRestrictLogins(t *testing.T) {
	s := newServer(t)
	s.change(t, func(c *client.Conn) error { // the overlay adds memberOf from now on
		add := client.NewAddRequest("cn=Crew,"+base, nil)
		add.Attribute("objectClass", []string{"groupOfNames"})
		add.Attribute("cn", []string{"Crew"})
		add.Attribute("member", []string{"uid=eve,ou=people," + base})
		return c.Add(add)
	})
	for name, test := range map[string]struct {
		change   func(*upstream.Settings)
		ada, eve bool
	}{
		"memberOf": {func(set *upstream.Settings) { set.Groups = []string{"CN=crew, DC=acme,DC=example"} }, false, true},
		"a search": {func(set *upstream.Settings) {
			set.Groups, set.GroupFilter = []string{"cn=staff," + base}, "(&(objectClass=groupOfNames)(member={dn}))"
		}, true, false},
		"no group":  {func(set *upstream.Settings) { set.Groups = []string{"cn=other," + base} }, false, false},
		"a domain":  {func(set *upstream.Settings) { set.EmailDomains = []string{"acme.example"} }, true, true},
		"no domain": {func(set *upstream.Settings) { set.EmailDomains = []string{"other.example"} }, false, false},
	} {
		p := s.open(t, test.change)
		for login, want := range map[[2]string]bool{{"ada", "engine"}: test.ada, {"eve", "apple"}: test.eve} {
			_, err := logIn(p, login[0], login[1])
			if (err == nil) != want || (err != nil && !errors.Is(err, upstream.ErrNotAllowed)) {
				t.Errorf("%s: %s: %v", name, login[0], err)
			}
		}
	}
}

// TestUntrustedServersGetNoPassword: neither one with another certificate, nor one without
// encryption. A server that cannot be used is unavailable. This is not reported as a wrong password.
func TestUntrustedServersGetNoPassword(t *testing.T) {
	s, other := newServer(t), newServer(t)
	for name, change := range map[string]func(*upstream.Settings){
		"another authority":           func(set *upstream.Settings) { set.CAFile = other.ca },
		"another authority, StartTLS": func(set *upstream.Settings) { set.URL, set.CAFile = s.plain, other.ca },
		"another name":                func(set *upstream.Settings) { set.URL = strings.Replace(s.secure, "127.0.0.1", "localhost", 1) },
		"no TLS":                      func(set *upstream.Settings) { set.URL = strings.Replace(s.plain, "ldap:", "ldaps:", 1) },
		"a wrong secret":              func(set *upstream.Settings) { set.ClientSecret = "wrong" },
		"nothing listens":             func(set *upstream.Settings) { set.URL = "ldaps://127.0.0.1:1" },
	} {
		p := s.open(t, change)
		if i, err := logIn(p, "ada", "engine"); !errors.Is(err, upstream.ErrUnavailable) || strings.Contains(err.Error(), "engine") || strings.Contains(err.Error(), "of the server") {
			t.Errorf("%s: %+v, %v", name, i, err)
		}
	}
	p := s.open(t, nil)
	e, err := p.Find(ctx, "ada")
	if err != nil {
		t.Fatal(err)
	}
	s.stop()
	if err := p.CheckPassword(ctx, e, "engine"); !errors.Is(err, upstream.ErrUnavailable) {
		t.Errorf("a server that has stopped: %v", err)
	}
}

// TestWrongSettingsOfADirectoryAreReported before anybody logs in.
func TestWrongSettingsOfADirectoryAreReported(t *testing.T) {
	for want, change := range map[string]func(*upstream.Settings){
		"is not a distinguished name": func(s *upstream.Settings) { s.BaseDN = "acme" },
		"the filter (uid={username}":  func(s *upstream.Settings) { s.Filter = "(uid={username}" },
		"the filter (member={dn}":     func(s *upstream.Settings) { s.GroupFilter = "(member={dn}" },
		"ca_file: open /nowhere":      func(s *upstream.Settings) { s.CAFile = "/nowhere" },
		"contains no certificate":     func(s *upstream.Settings) { s.CAFile = "ldap_test.go" },
	} {
		s := upstream.Settings{URL: "ldaps://ldap.example", BindDN: service, BaseDN: base}
		change(&s)
		if _, err := ldap.Open(s); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}
