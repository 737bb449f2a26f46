package acts_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/acts"
	"github.com/seed-e6a88a41/latchkey/memstore"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
	"github.com/seed-e6a88a41/latchkey/validate"
)

// racing makes another change just before a change of a resource.
type racing struct {
	*memstore.Store
	do func()
}

func (r *racing) race() {
	if do := r.do; do != nil {
		r.do = nil
		do()
	}
}

func (r *racing) RemoveDefinition(ctx context.Context, kind oauth.DefinitionKind, name string, version, revision int64) error {
	r.race()
	return r.Store.RemoveDefinition(ctx, kind, name, version, revision)
}

func (r *racing) UpdateDefinition(ctx context.Context, d oauth.Definition, revision int64) error {
	r.race()
	return r.Store.UpdateDefinition(ctx, d, revision)
}

// TestLastResourceOfAnAPIRemainsAmongConcurrentChanges: two administrators remove the last two
// resources of an API at the same moment, or one of them marks the application as an API. Otherwise, the
// API could introspect the tokens of all others.
func TestLastResourceOfAnAPIRemainsAmongConcurrentChanges(t *testing.T) {
	now := time.Date(2026, 11, 30, 0, 0, 0, 0, time.UTC)
	for name, test := range map[string]struct {
		server bool // the application is already an API
		first  func(*acts.Acts, *racing) error
	}{
		"both are removed": {true, func(a *acts.Acts, _ *racing) error {
			_, err := a.RemoveDefinition(t.Context(), oauth.DefinesResource, "https://a.example", 0)
			return err
		}},
		"one is changed": {true, func(a *acts.Acts, _ *racing) error {
			_, _, err := a.DefineResource(t.Context(), oauth.ResourceInfo{URI: "https://a.example"}, 1)
			return err
		}},
		"the application becomes an API": {false, func(a *acts.Acts, s *racing) error {
			if _, err := a.RemoveDefinition(t.Context(), oauth.DefinesResource, "https://a.example", 0); err != nil {
				return err
			}
			c, err := s.Client(t.Context(), "api")
			if err != nil {
				return err
			}
			c.ResourceServer = true
			return s.UpdateClient(t.Context(), c)
		}},
	} {
		for _, removes := range []bool{true, false} {
			store := &racing{Store: memstore.New(func() time.Time { return now })}
			if err := store.CreateClient(t.Context(), &oauth.Client{ID: "api", Type: oauth.Confidential, ResourceServer: test.server, CreatedAt: now}); err != nil {
				t.Fatal(err)
			}
			for _, uri := range []string{"https://a.example", "https://b.example"} {
				if err := store.AddDefinition(t.Context(), oauth.Definition{Kind: oauth.DefinesResource, Name: uri, Settings: json.RawMessage(`{"client_id":"api"}`), CreatedAt: now}); err != nil {
					t.Fatal(err)
				}
			}
			a := &acts.Acts{Store: store, Clock: func() time.Time { return now }, Join: func(_ context.Context, rows []oauth.Definition) (*provider.Definitions, error) {
				return provider.JoinDefinitions(provider.Settings{}, "https://id.example", "", rows), nil
			}}
			store.do = func() {
				if err := test.first(a, store); err != nil {
					t.Errorf("%s: the first change: %v", name, err)
				}
			}
			var err error
			if removes {
				_, err = a.RemoveDefinition(t.Context(), oauth.DefinesResource, "https://b.example", 1)
			} else {
				_, _, err = a.DefineResource(t.Context(), oauth.ResourceInfo{URI: "https://b.example", Name: "B"}, 1)
			}
			if faults, ok := errors.AsType[validate.FieldErrors](err); !ok || len(faults) != 1 || faults[0].Field != "client_id" {
				t.Errorf("%s, removed %t: got %v", name, removes, err)
			}
			if rows, err := store.Definitions(t.Context()); err != nil || len(rows) == 0 {
				t.Errorf("%s: got %v, %v", name, rows, err)
			}
		}
	}
}
