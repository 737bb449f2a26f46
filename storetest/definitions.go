package storetest

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// testDefinitions: they are listed by kind and name, and each change has a condition and changes
// the version.
func testDefinitions(t *testing.T, h *house) {
	define := func(kind oauth.DefinitionKind, name string) oauth.Definition {
		return oauth.Definition{Kind: kind, Name: name, Settings: json.RawMessage(`{"description":"` + name + `"}`), CreatedAt: h.now, UpdatedAt: h.now}
	}
	changes := func(what string, want error, change func() error) {
		t.Helper()
		before := h.Version()
		if err := change(); !errors.Is(err, want) {
			t.Errorf("%s: got %v, want %v", what, err, want)
		}
		if want == nil && h.Version() == before {
			t.Errorf("%s: the version is the same", what)
		}
	}
	pay, ship, api := define(oauth.DefinesScope, "pay"), define(oauth.DefinesScope, "ship"), define(oauth.DefinesResource, "pay")
	changes("the first", nil, func() error { return h.AddDefinition(ctx, ship) })
	changes("the second", nil, func() error { return h.AddDefinition(ctx, pay) })
	changes("the same name of another kind", nil, func() error { return h.AddDefinition(ctx, api) })
	changes("the same name", oauth.ErrConflict, func() error { return h.AddDefinition(ctx, pay) })
	pay.Version, ship.Version, api.Version = 1, 1, 1
	h.setNow(h.now.Add(time.Minute))
	next := pay
	next.Settings, next.UpdatedAt, next.CreatedAt = json.RawMessage(`{}`), h.now, h.now
	changes("a change", nil, func() error { return h.UpdateDefinition(ctx, next, 0) })
	changes("a change of the version before", oauth.ErrConflict, func() error { return h.UpdateDefinition(ctx, next, 0) })
	changes("a change of another one", oauth.ErrNotFound, func() error { return h.UpdateDefinition(ctx, define(oauth.DefinesScope, "other"), 0) })
	next.Version, next.CreatedAt = 2, pay.CreatedAt
	all, err := h.Definitions(ctx)
	must(t, err)
	same(t, "all", all, []oauth.Definition{api, next, ship})
	remove := func(kind oauth.DefinitionKind, name string, version int64) func() error {
		return func() error { return h.RemoveDefinition(ctx, kind, name, version, 0) }
	}
	changes("a removal of the version before", oauth.ErrConflict, remove(oauth.DefinesScope, "pay", 1))
	changes("a removal of a version of another one", oauth.ErrNotFound, remove(oauth.DefinesScope, "other", 1))
	changes("a removal of another kind", oauth.ErrNotFound, remove(oauth.DefinesResource, "ship", 0))
	changes("a removal of the version", nil, remove(oauth.DefinesScope, "pay", 2))
	changes("the same again", nil, func() error { return h.AddDefinition(ctx, pay) })
	changes("a removal", nil, remove(oauth.DefinesScope, "pay", 0))
	changes("another removal", oauth.ErrNotFound, remove(oauth.DefinesScope, "pay", 0))
	all, err = h.Definitions(ctx)
	must(t, err)
	same(t, "what is left", all, []oauth.Definition{api, ship})
}

// testDefinitionRevision: a change with a revision is made only if nothing else was changed since
// it was read, and of concurrent changes with the same revision, one is made.
func testDefinitionRevision(t *testing.T, h *house) {
	row := func(name string) oauth.Definition {
		return oauth.Definition{Kind: oauth.DefinesResource, Name: name, Settings: json.RawMessage(`{}`), CreatedAt: h.now, UpdatedAt: h.now, Version: 1}
	}
	revision := func() int64 {
		t.Helper()
		n, err := h.Revision(ctx)
		must(t, err)
		if n <= 0 {
			t.Errorf("the revision is %d", n)
		}
		return n
	}
	for round := range 3 {
		for _, name := range []string{"a", "b"} {
			must(t, h.AddDefinition(ctx, row(name)))
		}
		n := revision()
		answers := together(2, func(i int) error {
			return h.RemoveDefinition(ctx, oauth.DefinesResource, []string{"a", "b"}[i], 1, n)
		})
		if !slices.Contains(answers, nil) || !errors.Is(errors.Join(answers...), oauth.ErrRevised) {
			t.Errorf("round %d: got %v", round, answers)
		}
		for _, name := range []string{"a", "b"} {
			_ = h.RemoveDefinition(ctx, oauth.DefinesResource, name, 0, 0) // one of them is gone
		}
	}
	must(t, h.AddDefinition(ctx, row("a")))
	n := revision()
	if again := revision(); again != n {
		t.Errorf("reading the revision changes it from %d to %d", n, again)
	}
	c := &oauth.Client{ID: "revised", CreatedAt: h.now}
	must(t, h.CreateClient(ctx, c))
	added := revision()
	stale := map[string]error{
		"change": h.UpdateDefinition(ctx, row("a"), n), "removal": h.RemoveDefinition(ctx, oauth.DefinesResource, "a", 1, n),
		"removal of any version": h.RemoveDefinition(ctx, oauth.DefinesResource, "a", 0, n),
	}
	for what, err := range stale {
		if !errors.Is(err, oauth.ErrRevised) {
			t.Errorf("%s after a client was added: %v", what, err)
		}
	}
	if now := revision(); now != added {
		t.Errorf("changes that failed have changed the revision from %d to %d", added, now)
	}
	n = revision()
	c.Name = "Revised"
	must(t, h.UpdateClient(ctx, c))
	if err := h.RemoveDefinition(ctx, oauth.DefinesResource, "a", 0, n); !errors.Is(err, oauth.ErrRevised) {
		t.Errorf("after a client was changed: %v", err)
	}
	n = revision()
	if err := h.RemoveDefinition(ctx, oauth.DefinesResource, "other", 1, n); !errors.Is(err, oauth.ErrNotFound) {
		t.Errorf("removal of one that does not exist: %v", err)
	}
	if err := h.RemoveDefinition(ctx, oauth.DefinesResource, "a", 2, n); !errors.Is(err, oauth.ErrConflict) {
		t.Errorf("removal of another version: %v", err)
	}
	must(t, h.UpdateDefinition(ctx, row("a"), revision()))
	must(t, h.RemoveDefinition(ctx, oauth.DefinesResource, "a", 2, revision()))
}

// testDefinitionContention: among concurrent callers, the names are unique, the number of each
// kind is limited, and one of several changes wins.
func testDefinitionContention(t *testing.T, h *house) {
	const more = 10
	count := func(answers []error, want error) (n int) {
		for _, err := range answers {
			if errors.Is(err, want) {
				n++
			}
		}
		return n
	}
	must(t, h.AddDefinition(ctx, oauth.Definition{Kind: oauth.DefinesResource, Name: "https://api.example", Settings: json.RawMessage(`{}`), CreatedAt: h.now, UpdatedAt: h.now}))
	add := func(i int) error {
		return h.AddDefinition(ctx, oauth.Definition{Kind: oauth.DefinesScope, Name: fmt.Sprintf("s%04d", i/2), Settings: json.RawMessage(`{}`), CreatedAt: h.now, UpdatedAt: h.now})
	}
	var answers []error
	const callers, all = 60, 2 * (oauth.MaxDefinitions + more)
	for first := 0; first < all; first += callers { // more at once would wait for too long on a busy machine
		answers = append(answers, together(min(callers, all-first), func(i int) error { return add(first + i) })...)
	}
	if n := count(answers, nil); n != oauth.MaxDefinitions {
		t.Errorf("%d were added", n)
	}
	if n := count(answers, oauth.ErrTooManyDefinitions); n < more {
		t.Errorf("%d were too many", n)
	}
	stored, err := h.Definitions(ctx)
	must(t, err)
	if len(stored) != oauth.MaxDefinitions+1 {
		t.Fatalf("%d are stored", len(stored))
	}
	answers = together(20, func(int) error { return h.UpdateDefinition(ctx, stored[1], 0) })
	if n := count(answers, nil); n != 1 {
		t.Errorf("%d changes of the same version succeed", n)
	}
}
