package oauth

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"
	"time"
)

// UnusedClientTTL is how long a client with a metadata document stays stored
// without being used. If it is used later, it is stored again as its document
// describes it.
const UnusedClientTTL = 90 * 24 * time.Hour

// describedMembers returns the names in JSON of the members that a client which
// describes itself sets, and their fields: those with the tag register, and those that
// are written in another way in client metadata.
func describedMembers() map[string]reflect.StructField {
	members := make(map[string]reflect.StructField)
	for _, field := range reflect.VisibleFields(reflect.TypeFor[Client]()) {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if field.Tag.Get("register") != "" || name == "translations" || name == "default_scope" {
			members[name] = field
		}
	}
	return members
}

// AddedBy names the way in which a client was added. A client with AddedByRegistration
// registered itself without a person.
type AddedBy string

// The ways in which a client is added.
const (
	AddedByAdministrator AddedBy = "administrator" // in the back office or with the command line
	AddedByRegistration  AddedBy = "registration"  // it registered itself, without a person (RFC 7591)
	AddedByPerson        AddedBy = "person"        // a person registered it, or it registered itself with a token of a person, who is its owner
	AddedByDocument      AddedBy = "document"      // its client_id is the URL of its metadata document
)

// AddedBy returns the way in which the client was added.
func (c *Client) AddedBy() AddedBy {
	_, registered := RegistrationID(c.ID)
	switch {
	case !c.DocumentFetchedAt.IsZero():
		return AddedByDocument
	case registered && c.OwnerID != "":
		return AddedByPerson
	case registered:
		return AddedByRegistration
	case c.RegisteredByPerson:
		return AddedByPerson
	}
	return AddedByAdministrator
}

// Unverified reports whether UnverifiedAt is set.
func (c *Client) Unverified() bool { return !c.UnverifiedAt.IsZero() }

// IsReplacedByDocument reports whether the metadata document of the client replaces a
// member, named as in JSON, when it is fetched.
func (c *Client) IsReplacedByDocument(member string) bool {
	if c.DocumentFetchedAt.IsZero() {
		return false
	}
	_, described := describedMembers()[member]
	return described
}

// Describe replaces the members that a client can set itself, except those that an
// administrator has changed.
func (c *Client) Describe(from *Client) {
	to, with := reflect.ValueOf(c).Elem(), reflect.ValueOf(from).Elem()
	for name, field := range describedMembers() {
		if !slices.Contains(c.AdministratorSet, name) {
			to.FieldByIndex(field.Index).Set(with.FieldByIndex(field.Index))
		}
	}
}

// Edited records that an administrator has changed the client; before is the client
// before the change. The client is then kept even if nobody uses it. If the client
// updates its own registration, the changes of the administrator remain.
func (c *Client) Edited(before *Client) {
	c.ExpiresAt = time.Time{}
	if _, registered := RegistrationID(c.ID); !registered {
		return
	}
	set := slices.Clone(c.AdministratorSet)
	for name, field := range describedMembers() {
		now, then := reflect.ValueOf(c).Elem().FieldByIndex(field.Index), reflect.ValueOf(before).Elem().FieldByIndex(field.Index)
		if !sameMember(now, then) && !slices.Contains(set, name) {
			set = append(set, name)
		}
	}
	slices.Sort(set)
	c.AdministratorSet = set
}

// sameMember reports whether two values of a member are equal in JSON, where an empty
// list is omitted.
func sameMember(a, b reflect.Value) bool {
	if (a.Kind() == reflect.Slice || a.Kind() == reflect.Map) && a.Len() == 0 && b.Len() == 0 {
		return true
	}
	return reflect.DeepEqual(a.Interface(), b.Interface())
}

// EditClient is like ChangeClient, for a change that an administrator makes.
func EditClient(ctx context.Context, store interface {
	Client(ctx context.Context, id string) (*Client, error)
	UpdateClient(ctx context.Context, c *Client) error
}, id string, change func(*Client) error,
) (*Client, error) {
	return ChangeClient(ctx, store, id, func(c *Client) error {
		before := *c
		err := change(c)
		c.Edited(&before)
		return err
	})
}

// ErrNoRegistrationToken is returned for a client that did not register itself.
var ErrNoRegistrationToken = errors.New("this application did not register itself, so it has no registration access token")

// RevokeRegistrationToken revokes the registration access token of the client (RFC 7592). If the
// token is already revoked, the client is not changed.
func (c *Client) RevokeRegistrationToken(now time.Time) error {
	if _, registered := RegistrationID(c.ID); !registered {
		return ErrNoRegistrationToken
	}
	if c.RegistrationTokenRevokedAt.IsZero() {
		c.RegistrationTokenRevokedAt = now
	}
	return nil
}
