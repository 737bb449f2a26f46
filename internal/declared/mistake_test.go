package declared_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/declared"
	"github.com/seed-e6a88a41/latchkey/memstore"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// failing fails one of the reads, which it counts.
type failing struct {
	*memstore.Store
	left  int // until one fails
	err   error
	calls []string
}

func read[T any](f *failing, name string, read func() (T, error)) (none T, err error) {
	f.calls = append(f.calls, name)
	if f.left--; f.left == 0 {
		return none, f.err
	}
	return read()
}

func readPage[T any](f *failing, name string, next func() (T, paging.Cursor, error)) (all T, cursor paging.Cursor, err error) {
	all, err = read(f, name, func() (_ T, err error) { all, cursor, err = next(); return all, err })
	return all, cursor, err
}

func (f *failing) Definitions(ctx context.Context) ([]oauth.Definition, error) {
	return read(f, "Definitions", func() ([]oauth.Definition, error) { return f.Store.Definitions(ctx) })
}

func (f *failing) Client(ctx context.Context, id string) (*oauth.Client, error) {
	return read(f, "Client", func() (*oauth.Client, error) { return f.Store.Client(ctx, id) })
}

func (f *failing) Clients(ctx context.Context, filter oauth.ClientFilter, p paging.Page) ([]*oauth.Client, paging.Cursor, error) {
	return readPage(f, "Clients", func() ([]*oauth.Client, paging.Cursor, error) { return f.Store.Clients(ctx, filter, p) })
}

func (f *failing) DeletedClients(ctx context.Context, at time.Time) ([]oauth.DeletedClient, error) {
	return read(f, "DeletedClients", func() ([]oauth.DeletedClient, error) { return f.Store.DeletedClients(ctx, at) })
}

func (f *failing) User(ctx context.Context, id string) (*account.User, error) {
	return read(f, "User", func() (*account.User, error) { return f.Store.User(ctx, id) })
}

func (f *failing) UserByName(ctx context.Context, canonical string) (*account.User, error) {
	return read(f, "UserByName", func() (*account.User, error) { return f.Store.UserByName(ctx, canonical) })
}

func (f *failing) UsersByEmail(ctx context.Context, email string) ([]*account.User, error) {
	return read(f, "UsersByEmail", func() ([]*account.User, error) { return f.Store.UsersByEmail(ctx, email) })
}

func (f *failing) Users(ctx context.Context, filter account.UserFilter, p paging.Page) ([]*account.User, paging.Cursor, error) {
	return readPage(f, "Users", func() ([]*account.User, paging.Cursor, error) { return f.Store.Users(ctx, filter, p) })
}

func (f *failing) HostPeople(ctx context.Context) (bool, error) {
	return read(f, "HostPeople", func() (bool, error) { return f.Store.HostPeople(ctx) })
}

func (f *failing) GroupByName(ctx context.Context, canonical string) (*account.Group, error) {
	return read(f, "GroupByName", func() (*account.Group, error) { return f.Store.GroupByName(ctx, canonical) })
}

func (f *failing) Groups(ctx context.Context, filter account.GroupFilter, p paging.Page) ([]*account.Group, paging.Cursor, error) {
	return readPage(f, "Groups", func() ([]*account.Group, paging.Cursor, error) { return f.Store.Groups(ctx, filter, p) })
}

func (f *failing) CountMembers(ctx context.Context, filter account.MemberFilter) (paging.Count, error) {
	return read(f, "CountMembers", func() (paging.Count, error) { return f.Store.CountMembers(ctx, filter) })
}

func (f *failing) Members(ctx context.Context, filter account.MemberFilter, p paging.Page) ([]account.Member, paging.Cursor, error) {
	return readPage(f, "Members", func() ([]account.Member, paging.Cursor, error) { return f.Store.Members(ctx, filter, p) })
}

func (f *failing) LoginProviders(ctx context.Context) ([]account.StoredProvider, error) {
	return read(f, "LoginProviders", func() ([]account.StoredProvider, error) { return f.Store.LoginProviders(ctx) })
}

// TestAReadThatFailsIsNotAMistakeOfTheFile, whichever read it is. It ends the comparison, so it is the
// only error, and not one of those that the person who applies the file can correct.
func TestAReadThatFailsIsNotAMistakeOfTheFile(t *testing.T) {
	const file = `
scopes: [{name: sail}]
resources: [{uri: "https://sea.example", scopes: [sail]}]
groups: [{name: crew, roles: [administrator]}]
login_providers: [{name: acme, issuer: "https://acme.example", client_id: c}]
applications:
  - {client_id: shop, client_name: Shop, client_type: public, redirect_uris: ["https://shop.example/cb"], scope: openid sail}
  - {client_id: old, client_name: New name, client_type: public, redirect_uris: ["https://old.example/cb"], owner_id: id-root}
people: [{username: nobody, roles: []}, {username: root, roles: []}, {email: no@x.example, roles: []}]
`
	for _, wrong := range []error{errors.New("a failure of the driver"), fmt.Errorf("%w: no connection", account.ErrUnavailable)} {
		all := make(map[string]bool)
		for n := 1; ; n++ {
			d := open(t)
			must(t, d.store.CreateUser(t.Context(), &account.User{ID: "id-root", Username: "root", Admin: true, CreatedAt: now}, "root", account.Unconditionally))
			must(t, d.store.CreateGroup(t.Context(), &account.Group{ID: "g", Name: "crew", CreatedAt: now}, "crew", nil))
			must(t, d.store.CreateClient(t.Context(), &oauth.Client{ID: "old", Name: "Old", Type: oauth.Public, RedirectURIs: []string{"https://old.example/cb"}, CreatedAt: now}))
			must(t, d.store.AddDefinition(t.Context(), oauth.Definition{Kind: oauth.DefinesScope, Name: "unused", Settings: []byte("{}"), CreatedAt: now}))
			f, err := d.parse(file)
			must(t, err)
			store := &failing{Store: d.store, left: n, err: wrong}
			d.Store, d.Acts.Store, d.Providers.Store = store, store, store
			_, err = d.Plan(t.Context(), f, true)
			mistakes, found := errors.AsType[declared.Mistakes](err)
			if store.left > 0 {
				if !found || len(mistakes) < 2 {
					t.Fatalf("the mistakes of the file: %v", err)
				}
				break
			}
			name := store.calls[n-1]
			if all[name] = true; found || !errors.Is(err, wrong) || len(store.calls) != n {
				t.Errorf("%s, call %d of %q, fails with %v: got %v", name, n, store.calls, wrong, err)
			}
		}
		for _, name := range []string{"Definitions", "GroupByName", "LoginProviders", "Client", "Clients", "DeletedClients", "User", "UserByName", "UsersByEmail"} {
			if !all[name] {
				t.Errorf("%s was not called", name)
			}
		}
	}
}
