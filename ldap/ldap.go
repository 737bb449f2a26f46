// Package ldap lets people log in with their password in an LDAP directory, such as
// OpenLDAP or Active Directory. It is separate, so that programs without it do not link the
// LDAP protocol:
//
//	options.OpenDirectory = ldap.Open
package ldap

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/go-ldap/ldap/v3"

	"github.com/seed-e6a88a41/latchkey/internal/upstream"
)

const (
	// timeLimit is how long a search or a login can take.
	timeLimit = 5 * time.Second
	// maxLogins is how many logins use the server at the same time.
	maxLogins = 16
	// maxResponses is how much is read for one search or login, in bytes.
	maxResponses = 4 << 20

	defaultFilter = "(&(objectClass=person)(uid={username}))"
	defaultID     = "entryUUID"
)

// directory is an LDAP server.
type directory struct {
	upstream.Settings
	address string // host and port
	tls     *tls.Config
	slots   chan struct{}
	idle    chan idleConnection
}

// Open returns the directory of a login provider. It sends nothing to the server yet.
func Open(s upstream.Settings) (upstream.Directory, error) {
	u, err := url.Parse(s.URL)
	if err != nil {
		return nil, err
	}
	if s.Filter == "" {
		s.Filter = defaultFilter
	}
	if s.IDAttribute == "" {
		s.IDAttribute = defaultID
	}
	for _, filter := range []string{s.Filter, s.GroupFilter} {
		if _, err := ldap.CompileFilter(fillIn(filter, "username", "dn")); filter != "" && err != nil {
			return nil, fmt.Errorf("the filter %s: %w", filter, err)
		}
	}
	for _, dn := range []string{s.BindDN, s.BaseDN} {
		if _, err := ldap.ParseDN(dn); err != nil {
			return nil, fmt.Errorf("%q is not a distinguished name such as ou=people,dc=example,dc=com: %w", dn, err)
		}
	}
	d := &directory{Settings: s, tls: &tls.Config{ServerName: u.Hostname(), MinVersion: tls.VersionTLS12}, slots: make(chan struct{}, maxLogins), idle: make(chan idleConnection, maxIdle)}
	port := u.Port()
	if port == "" {
		port = map[string]string{"ldap": "389", "ldaps": "636"}[u.Scheme]
	}
	d.address = net.JoinHostPort(u.Hostname(), port)
	if s.CAFile != "" {
		text, err := os.ReadFile(s.CAFile)
		if err != nil {
			return nil, fmt.Errorf("ca_file: %w", err)
		}
		d.tls.RootCAs = x509.NewCertPool()
		if !d.tls.RootCAs.AppendCertsFromPEM(text) {
			return nil, fmt.Errorf("ca_file: %s contains no certificate in PEM", s.CAFile)
		}
	}
	return d, nil
}

// fillIn returns a filter for a person.
func fillIn(filter, username, dn string) string {
	return strings.NewReplacer("{username}", ldap.EscapeFilter(username), "{dn}", ldap.EscapeFilter(dn)).Replace(filter)
}

// Find searches for the entry of a username. Referrals are not followed.
func (d *directory) Find(ctx context.Context, username string) (found *upstream.Entry, err error) {
	err = d.serve(ctx, func(c *ldap.Conn) error {
		entries, err := d.search(c, d.BaseDN, ldap.ScopeWholeSubtree, 2, fillIn(d.Filter, username, ""), d.attributes())
		if err != nil || len(entries) != 1 {
			return err
		}
		id := d.id(entries[0])
		if id == "" {
			return fmt.Errorf("the entry %s does not have exactly one %s", entries[0].DN, d.IDAttribute)
		}
		found = &upstream.Entry{ID: id, Name: entries[0].DN, Username: username, Attributes: make(map[string][]string), Disabled: disabled(entries[0])}
		for _, name := range d.attributes() {
			found.Attributes[name] = entries[0].GetEqualFoldAttributeValues(name)
		}
		return nil
	})
	return found, err
}

// FindGroups searches for the groups of an entry.
func (d *directory) FindGroups(ctx context.Context, e *upstream.Entry) error {
	return d.serve(ctx, func(c *ldap.Conn) error { return d.addGroups(c, e) })
}

// search returns the entries that match. If there are more than limit, it returns limit+1 nil
// entries.
func (d *directory) search(c *ldap.Conn, base string, scope, limit int, filter string, attributes []string) ([]*ldap.Entry, error) {
	request := ldap.NewSearchRequest(base, scope, ldap.NeverDerefAliases, limit, int(timeLimit/time.Second), false, filter, attributes, nil)
	result, err := c.Search(request)
	switch {
	case ldap.IsErrorWithCode(err, ldap.LDAPResultSizeLimitExceeded):
		return make([]*ldap.Entry, limit+1), nil
	case ldap.IsErrorWithCode(err, ldap.LDAPResultNoSuchObject):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("%w: %w", upstream.ErrUnavailable, err)
	}
	return result.Entries, nil
}

// attributes returns the attributes that are read.
func (d *directory) attributes() []string {
	names := []string{d.IDAttribute, accountControl}
	for _, name := range d.ClaimNames() {
		if d.GroupFilter == "" || name != d.ClaimName("groups") {
			names = append(names, name)
		}
	}
	return names
}

// id returns what identifies a person, or "" if the entry does not have exactly one. An
// objectGUID is binary, and shown as Active Directory shows it.
func (d *directory) id(e *ldap.Entry) string {
	for _, a := range e.Attributes {
		if !strings.EqualFold(a.Name, d.IDAttribute) || len(a.ByteValues) != 1 {
			continue
		}
		b := a.ByteValues[0]
		if strings.EqualFold(d.IDAttribute, "objectGUID") && len(b) == 16 {
			return fmt.Sprintf("%02x%02x%02x%02x-%02x%02x-%02x%02x-%x-%x", b[3], b[2], b[1], b[0], b[5], b[4], b[7], b[6], b[8:10], b[10:])
		}
		if len(b) <= 255 {
			return string(b)
		}
	}
	return ""
}

// accountControl is the attribute in which Active Directory keeps whether an account is
// disabled.
const accountControl = "userAccountControl"

func disabled(e *ldap.Entry) bool {
	const accountDisable = 2
	for _, text := range e.GetEqualFoldAttributeValues(accountControl) {
		flags, err := strconv.ParseInt(text, 10, 64)
		if err != nil || flags&accountDisable != 0 {
			return true
		}
	}
	return false
}

// Check binds as the person on a separate connection. Then it binds as this server, and checks
// that the entry still belongs to the person: since Find, the entry could have been deleted
// and created for another person. Finally, it searches for the groups.
func (d *directory) Check(ctx context.Context, e *upstream.Entry, password string) error {
	name := e.Name
	if e.ID == "" {
		name = "cn=" + rand.Text() + "," + d.BaseDN
	}
	if password == "" {
		return upstream.ErrWrongPassword
	}
	if err := d.bindOnce(ctx, name, password); err != nil {
		return err
	}
	return d.serve(ctx, func(c *ldap.Conn) error {
		entries, err := d.search(c, name, ldap.ScopeBaseObject, 1, "(objectClass=*)", []string{d.IDAttribute})
		switch {
		case err != nil:
			return err
		case len(entries) != 1 || e.ID == "" || d.id(entries[0]) != e.ID:
			return upstream.ErrWrongPassword
		}
		return d.addGroups(c, e)
	})
}

// bindError returns ErrWrongPassword if the server has refused the person, and otherwise an
// error that wraps ErrUnavailable.
func bindError(err error) error {
	for _, code := range []uint16{
		ldap.LDAPResultInvalidCredentials, ldap.LDAPResultInappropriateAuthentication, ldap.LDAPResultNoSuchObject,
		ldap.LDAPResultUnwillingToPerform, ldap.LDAPResultConstraintViolation, ldap.LDAPResultInsufficientAccessRights, ldap.LDAPResultInvalidDNSyntax,
	} {
		if ldap.IsErrorWithCode(err, code) {
			return upstream.ErrWrongPassword
		}
	}
	return fmt.Errorf("%w: %w", upstream.ErrUnavailable, err)
}
