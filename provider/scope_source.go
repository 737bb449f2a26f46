package provider

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

const (
	// scopesFor is how long the scopes of a source are used before they are read again.
	scopesFor = 5 * time.Second
	// scopesTimeout is the deadline of a call of the source.
	scopesTimeout = 5 * time.Second
)

// KnownScopes calls ReadScopes, and returns all scopes that the server knows. The caller
// must not change them.
func (s *Provider) KnownScopes(ctx context.Context) ([]oauth.ScopeInfo, error) {
	err := s.ReadScopes(ctx)
	return s.catalog().all, err
}

// ScopesByDefault calls ReadScopes, and returns the scopes that are granted to a request
// without a scope, if its client has no default scopes of its own.
func (s *Provider) ScopesByDefault(ctx context.Context) (oauth.Scopes, error) {
	err := s.ReadScopes(ctx)
	return slices.Clone(s.catalog().defaults), err
}

// ReadScopes reads the scopes of the host program again, if they were read five seconds
// ago or earlier, and the scopes and resources in the Store, if the Version of the Store has
// changed. The methods of Provider that have
// a context call it, so it is needed only before the others, such as Scope, ValidateClient
// and Metadata. Concurrent calls share one call of the source, and one read.
func (s *Provider) ReadScopes(ctx context.Context) error {
	if err := s.readSource(ctx); err != nil {
		return err
	}
	return s.readDefinitions(ctx)
}

// readSource reads the scopes of the host program again, if there is a ScopeSource and they were
// read five seconds ago or earlier.
func (s *Provider) readSource(ctx context.Context) error {
	if s.ScopeSource == nil || s.now().Sub(s.catalog().readAt) < scopesFor {
		return nil
	}
	_, err, _ := s.scopes.calls.Do("", func() (any, error) {
		at := s.now() // the answer is not newer than this
		if at.Sub(s.catalog().readAt) < scopesFor {
			return nil, nil // another call has just read them
		}
		next := s.Settings
		next.DefaultScopes = s.scopes.defaults
		if err := next.readScopes(context.WithoutCancel(ctx), s.ScopeSource); err != nil {
			return nil, err
		}
		next.setDefaults(s.Issuer, s.OwnLogin)
		if faults := append(scopeFaults(next.Scopes), scopeConflicts(next.Scopes, next.Resources)...); len(faults) > 0 {
			return nil, &hookError{"ScopeSource", errors.Join(faults...), true}
		}
		s.renewCatalog(func(c *scopeCatalog) { c.configured, c.readAt = next, at })
		return nil, nil
	})
	return err
}

// readScopes sets the Scopes to those of the source.
func (s *Settings) readScopes(ctx context.Context, source oauth.ScopeSource) error {
	ctx, cancel := context.WithTimeout(ctx, scopesTimeout)
	defer cancel()
	infos, err := source(ctx)
	if err != nil {
		return &hookError{hook: "ScopeSource", err: err}
	}
	s.Scopes = append([]oauth.ScopeInfo{}, infos...) // not nil, which means the default
	return nil
}

var errScopesTwice = errors.New("provider: Scopes and ScopeSource are both set. Remove one of them")

// readFirstScopes reads the scopes of the source when the server starts.
func (c *Config) readFirstScopes(ctx context.Context) error {
	switch {
	case c.ScopeSource == nil:
		return nil
	case c.Scopes != nil:
		return errScopesTwice
	}
	if err := c.readScopes(ctx, c.ScopeSource); err != nil {
		c.assumeScopes()
		return fmt.Errorf("provider: %w", err)
	}
	return nil
}

// assumeScopes sets the Scopes to the scopes that other settings name. It is for a source that
// was not read. It is not known whether the source has these scopes, so they are not reported.
func (c *Config) assumeScopes() {
	names := slices.Clone(c.DefaultScopes)
	for i := range c.Resources {
		names = append(names, c.Resources[i].Scopes...)
	}
	c.Scopes = []oauth.ScopeInfo{}
	for _, name := range slices.Compact(slices.Sorted(slices.Values(names))) {
		if !slices.ContainsFunc(c.AllScopes(), func(known oauth.ScopeInfo) bool { return known.Name == name }) {
			c.Scopes = append(c.Scopes, oauth.ScopeInfo{Name: name})
		}
	}
}
