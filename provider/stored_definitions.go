package provider

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/seed-e6a88a41/latchkey/internal/crash"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// firstCatalog makes the first catalog, from the settings and the Store.
func (s *Provider) firstCatalog(ctx context.Context) error {
	version := s.Store.Version()
	rows, err := s.Store.Definitions(ctx)
	if err != nil {
		return err
	}
	s.renewCatalog(func(c *scopeCatalog) {
		c.configured, c.readAt, c.rows, c.version = s.Settings, s.now(), rows, version
	})
	return nil
}

// renewCatalog makes the catalog again, after change has changed what it is made of.
func (s *Provider) renewCatalog(change func(*scopeCatalog)) {
	c := &s.scopes
	c.mu.Lock()
	defer c.mu.Unlock()
	change(c)
	next := newCatalog(&s.Settings, joinDefinitions(&c.configured, s.Issuer, s.AdminAPI, c.rows), s.Issuer, s.AdminAPI)
	next.readAt, next.version = c.readAt, c.version
	s.logDefinitions(next.defined)
	c.present.Store(next)
}

// logDefinitions logs the definitions that have no effect, each fault once while it exists.
func (s *Provider) logDefinitions(d *Definitions) {
	logged := make(map[string]bool)
	for _, fault := range d.Faults() {
		text := fault.Error()
		if logged[text] = true; !s.scopes.logged[text] {
			s.Logger.Warn("a definition in the database has no effect", "kind", string(fault.Kind), "name", fault.Name, "reason", fault.Err.Error())
		}
	}
	s.scopes.logged = logged
}

// readDefinitions reads the scopes and the resources in the Store again, if the Version of the
// Store has changed. If they cannot be read, it returns an error, and the old ones are not used:
// one of them may have been removed, or may now require a second factor.
func (s *Provider) readDefinitions(ctx context.Context) error {
	version := s.Store.Version() // before the rows are read, so it is never newer than they are
	if s.catalog().version == version {
		return nil
	}
	shared := s.startReading(ctx, version)
	begun := time.Now()
	defer func() { oauth.AddStoreWait(ctx, time.Since(begun)) }()
	patience := time.NewTimer(oauth.StoreWaitLeft(ctx))
	defer patience.Stop()
	select {
	case read := <-shared:
		if read.Err == nil && read.Val == nil { // after a panic
			read.Err = errors.New("the scopes and resources were not read")
		}
		return read.Err
	case <-patience.C:
		s.scopes.failing.Store(true)
		return fmt.Errorf("%w: the scopes and resources were not read in time", oauth.ErrUnavailable)
	}
}

// startReading reads the definitions. Callers at the same time share a read, but never one that
// began before a change.
func (s *Provider) startReading(ctx context.Context, version uint64) <-chan singleflight.Result {
	return s.scopes.reads.DoChan(strconv.FormatUint(version, 10), func() (any, error) {
		defer crash.Log(s.Logger)
		rows, err := s.Store.Definitions(oauth.WithStoreWait(context.WithoutCancel(ctx)))
		s.scopes.failing.Store(err != nil)
		if err != nil {
			return nil, err
		}
		if s.keepCatalog(rows, version) {
			return true, nil
		}
		s.renewCatalog(func(c *scopeCatalog) {
			if version >= c.version {
				c.rows, c.version = rows, version
			}
		})
		return true, nil
	})
}

// keepCatalog keeps the catalog if the definitions did not change with the Version of the Store,
// as after a change of a client. It reports whether they did not.
func (s *Provider) keepCatalog(rows []oauth.Definition, version uint64) bool {
	c := &s.scopes
	c.mu.Lock()
	defer c.mu.Unlock()
	same := slices.EqualFunc(c.rows, rows, func(a, b oauth.Definition) bool {
		return a.Kind == b.Kind && a.Name == b.Name && a.Version == b.Version && bytes.Equal(a.Settings, b.Settings)
	})
	if !same || version < c.version {
		return false
	}
	c.version = version
	next := *c.present.Load()
	next.version = version
	c.present.Store(&next)
	return true
}

// Definitions returns the scopes and the resources of the configuration, joined with those in
// the Store. The caller must not change them.
func (s *Provider) Definitions(ctx context.Context) (*Definitions, error) {
	err := s.ReadScopes(ctx)
	return s.catalog().defined, err
}

// PresentDefinitions returns the result of the last call of Definitions, by this or another
// method.
func (s *Provider) PresentDefinitions() *Definitions { return s.catalog().defined }

// JoinDefinitions joins rows as they would be joined if they were in the Store.
func (s *Provider) JoinDefinitions(ctx context.Context, rows []oauth.Definition) (*Definitions, error) {
	if err := s.readSource(ctx); err != nil {
		return nil, err
	}
	s.scopes.mu.Lock()
	defer s.scopes.mu.Unlock()
	return joinDefinitions(&s.scopes.configured, s.Issuer, s.AdminAPI, rows), nil
}

// KnownResources returns all resources that the server knows, apart from its own API and the
// admin API. The caller must not change them.
func (s *Provider) KnownResources(ctx context.Context) ([]oauth.ResourceInfo, error) {
	err := s.ReadScopes(ctx)
	return s.resources().list, err
}

// ReadForMetadata is ReadScopes for public documents, such as the metadata. While the Store
// is unavailable, they are built from the definitions that were read last: applications need them
// to start.
func (s *Provider) ReadForMetadata(ctx context.Context) error {
	if err := s.readSource(ctx); err != nil {
		return err
	}
	if s.scopes.failing.Load() {
		if version := s.Store.Version(); s.catalog().version != version {
			_ = s.startReading(ctx, version)
		}
		return nil
	}
	if err := s.readDefinitions(ctx); err != nil && !errors.Is(err, oauth.ErrUnavailable) {
		return err
	}
	return nil
}
