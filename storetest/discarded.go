package storetest

import (
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// testDiscardedClients: a deleted client can be restored for a while, and does not exist
// until then. After that, it is disabled, and its tokens are valid again when it is enabled,
// unless they were revoked in the meantime.
func testDiscardedClients(t *testing.T, h *house) {
	h.user(t, "ada")
	h.client(t, "c")
	before, err := h.Client(ctx, "c")
	must(t, err)
	before.OwnerID, before.Name, before.RedirectURIs, before.ServiceUserID = "id-ada", "Shop", []string{"https://app.example/cb"}, "id-gone"
	before.Secrets = []oauth.ClientSecret{{ID: "1", Hash: []byte{1, 2}, CreatedAt: h.now}}
	must(t, h.UpdateClient(ctx, before))
	family, access := h.family(t, "id-ada")
	revoked := func() string {
		_, standing, err := h.AccessToken(ctx, access.ID)
		must(t, err)
		return standing.RevokedBecause(access.IssuedAt)
	}
	discarded := func(want bool) {
		t.Helper()
		if got, err := h.Discarded(ctx, "c"); err != nil || got != want {
			t.Errorf("Discarded returns %t, %v", got, err)
		}
	}
	discarded(false)
	version := h.Version()
	must(t, h.DiscardClient(ctx, "c", 0, h.now))
	if h.Version() == version {
		t.Error("other processes would not read the client again")
	}
	for name, call := range map[string]func() error{
		"Client":        func() error { _, err := h.Client(ctx, "c"); return err },
		"UpdateClient":  func() error { return h.UpdateClient(ctx, before) },
		"SwitchClient":  func() error { return h.SwitchClient(ctx, oauth.ClientSwitch{ClientID: "c", At: h.now}) },
		"ConfirmClient": func() error { return h.ConfirmClient(ctx, &oauth.Client{ID: "c", CreatedAt: h.now}) },
		"DiscardClient": func() error { return h.DiscardClient(ctx, "c", 0, h.now) },
	} {
		if err := call(); !errors.Is(err, oauth.ErrNotFound) {
			t.Errorf("%s of a discarded client: %v", name, err)
		}
	}
	if err := h.CreateClient(ctx, &oauth.Client{ID: "c", CreatedAt: h.now}); !errors.Is(err, oauth.ErrConflict) {
		t.Errorf("the client_id is not reserved: %v", err)
	}
	if revoked() == "" {
		t.Error("an access token of a discarded client is valid")
	}
	discarded(true)
	listed, err := h.DeletedClients(ctx, h.now)
	must(t, err)
	if len(listed) != 1 || listed[0].Client.Name != "Shop" || !listed[0].DeletedAt.Equal(h.now) || !listed[0].ExpiresAt.Equal(h.now.Add(oauth.RestoreTTL)) {
		t.Fatalf("the list is %+v", listed)
	}

	later := h.now.Add(oauth.RestoreTTL - time.Millisecond)
	must(t, h.RestoreClient(ctx, "c", later))
	discarded(false)
	after, err := h.Client(ctx, "c")
	must(t, err)
	if after.Version <= before.Version || after.OwnerID != "id-ada" || after.ServiceUserID != "id-gone" || after.Name != "Shop" || !slices.Equal(after.RedirectURIs, before.RedirectURIs) ||
		!after.CreatedAt.Equal(before.CreatedAt) || !after.RevokedBefore.Equal(before.RevokedBefore) || len(after.Secrets) != 1 || string(after.Secrets[0].Hash) != "\x01\x02" {
		t.Errorf("restored %+v, before %+v", after, before)
	}
	if !after.Disabled || revoked() == "" {
		t.Error("a restored client is enabled")
	}
	must(t, h.SwitchClient(ctx, oauth.ClientSwitch{ClientID: "c", At: later}))
	if because := revoked(); because != "" {
		t.Errorf("after the client was enabled, the access token is invalid: %s", because)
	}
	if err := h.UpdateClient(ctx, before); !errors.Is(err, oauth.ErrConflict) {
		t.Errorf("a save from before the deletion: %v", err)
	}
	if err := h.RestoreClient(ctx, "c", later); !errors.Is(err, oauth.ErrNotFound) {
		t.Errorf("restoring twice: %v", err)
	}

	must(t, h.DiscardClient(ctx, "c", 0, h.now))
	version = h.Version()
	for _, at := range []time.Time{access.IssuedAt, access.IssuedAt.Add(-time.Hour)} { // the later time remains
		must(t, h.RevokeClient(ctx, "c", at))
	}
	if h.Version() == version {
		t.Error("other processes would not read that the client was revoked")
	}
	must(t, h.RestoreClient(ctx, "c", later))
	must(t, h.SwitchClient(ctx, oauth.ClientSwitch{ClientID: "c", At: later}))
	if revoked() == "" {
		t.Error("after the client was restored, an access token is valid that was revoked while the client was deleted")
	}
	after, err = h.Client(ctx, "c")
	must(t, err)
	if !after.RevokedBefore.Equal(access.IssuedAt) || after.OwnerID != "id-ada" || len(after.Secrets) != 1 {
		t.Errorf("after a revocation, restored %+v", after)
	}

	must(t, h.DiscardClient(ctx, "c", 0, h.now))
	expired := h.now.Add(oauth.RestoreTTL)
	if err := h.RestoreClient(ctx, "c", expired); !errors.Is(err, oauth.ErrNotFound) {
		t.Errorf("restoring after the time: %v", err)
	}
	if listed, err := h.DeletedClients(ctx, expired); err != nil || len(listed) != 0 {
		t.Errorf("after the time, the list is %+v, %v", listed, err)
	}
	if n, err := h.DeleteDiscardedClients(ctx, expired.Add(-time.Millisecond)); n != 0 || err != nil {
		t.Errorf("%d clients were deleted for good too early: %v", n, err)
	}
	if n, err := h.DeleteDiscardedClients(ctx, expired); n != 1 || err != nil {
		t.Errorf("%d clients were deleted for good: %v", n, err)
	}
	h.setNow(h.now.Add(time.Second))
	must(t, h.CreateClient(ctx, &oauth.Client{ID: "c", Name: "again", CreatedAt: h.now}))
	if revoked() == "" {
		t.Error("a new client with the same id has the tokens of the deleted one")
	}
	if families, _, _ := h.listed(t, oauth.FamilyFilter{ClientID: "c"}); slices.Contains(families, family.ID) {
		t.Error("a new client with the same id has the families of the deleted one")
	}

	must(t, h.DiscardClient(ctx, "c", 0, h.now))
	must(t, h.DeleteClient(ctx, "c"))
	if err := h.RestoreClient(ctx, "c", h.now); !errors.Is(err, oauth.ErrNotFound) {
		t.Errorf("restoring a client that was deleted for good: %v", err)
	}
	if err := h.RevokeClient(ctx, "c", h.now); !errors.Is(err, oauth.ErrNotFound) {
		t.Errorf("revoking a client that was deleted for good: %v", err)
	}
	must(t, h.CreateClient(ctx, &oauth.Client{ID: "versioned", Type: oauth.Public, CreatedAt: h.now}))
	changed, err := h.Client(ctx, "versioned")
	must(t, err)
	read := changed.Version
	must(t, h.UpdateClient(ctx, changed))
	if err := h.DiscardClient(ctx, "versioned", read, h.now); !errors.Is(err, oauth.ErrConflict) {
		t.Errorf("discarding the version before: %v", err)
	}
	must(t, h.DiscardClient(ctx, "versioned", changed.Version, h.now))
	if err := h.DiscardClient(ctx, "none", 0, h.now); !errors.Is(err, oauth.ErrNotFound) {
		t.Errorf("discarding a client that does not exist: %v", err)
	}
	if err := h.DiscardClient(ctx, "none", 0, time.Time{}); !errors.Is(err, oauth.ErrNoTime) {
		t.Errorf("discarding without a time: %v", err)
	}
}

// testDiscardedPeople: a restored client does not act for itself because its service user
// was deleted, has no deleted owner, and keeps an owner who is a person of the host program.
func testDiscardedPeople(t *testing.T, h *house) {
	for _, name := range []string{"ada", "bob", "service"} {
		h.user(t, name)
	}
	for id, owner := range map[string]string{"of ada": "id-ada", "of bob": "id-bob", "of the host": "host <1>"} {
		h.client(t, id)
		c, err := h.Client(ctx, id)
		must(t, err)
		c.OwnerID, c.ServiceUserID, c.Name = owner, "id-service", `"owner_id":"id-bob"`
		must(t, h.UpdateClient(ctx, c))
		must(t, h.DiscardClient(ctx, id, 0, h.now))
	}
	must(t, h.DeleteUser(ctx, "id-bob", 0, h.now))
	must(t, h.DeleteUser(ctx, "id-service", 0, h.now))
	listed, err := h.DeletedClients(ctx, h.now)
	must(t, err)
	for _, d := range listed {
		if d.Client.OwnerID == "id-bob" {
			t.Errorf("the discarded client %s has the id of a deleted person", d.Client.ID)
		}
	}
	for id, owner := range map[string]string{"of ada": "id-ada", "of bob": "", "of the host": "host <1>"} {
		must(t, h.RestoreClient(ctx, id, h.now))
		c, err := h.Client(ctx, id)
		must(t, err)
		if c.OwnerID != owner || c.ServiceUserID != "id-service" || c.Name != `"owner_id":"id-bob"` {
			t.Errorf("the client %s was restored with the owner %q, the service user %q and the name %s", id, c.OwnerID, c.ServiceUserID, c.Name)
		}
	}
}

// testRestoredUnusedClients: a client that an administrator restored is not deleted because
// nobody has used it.
func testRestoredUnusedClients(t *testing.T, h *house) {
	h.unused(t, "idle")
	must(t, h.DiscardClient(ctx, "idle", 0, h.now))
	later := h.now.Add(2 * time.Hour)
	must(t, h.RestoreClient(ctx, "idle", later))
	h.deleteUnused(t, later, 0)
	if c, err := h.Client(ctx, "idle"); err != nil || !c.ExpiresAt.IsZero() {
		t.Errorf("after a sweep, the restored client is %+v, %v", c, err)
	}
}

// testDiscardedRegistrations: a registration that was discarded is not confirmed again
// until it is restored.
func testDiscardedRegistrations(t *testing.T, h *house) {
	c := h.registered()
	id := c.ID
	must(t, h.ConfirmClient(ctx, c))
	must(t, h.DiscardClient(ctx, id, 0, h.now))
	if err := h.ConfirmClient(ctx, c); !errors.Is(err, oauth.ErrNotFound) {
		t.Errorf("confirming a discarded registration: %v", err)
	}
	must(t, h.RestoreClient(ctx, id, h.now))
	must(t, h.ConfirmClient(ctx, c))
	if got, err := h.Client(ctx, id); err != nil || got.Name != "Registered" {
		t.Errorf("restored %+v, %v", got, err)
	}
}

// testDiscardingContention: of many administrators, one deletes a client and one restores
// it. It is never there twice, and never lost.
func testDiscardingContention(t *testing.T, h *house) {
	h.client(t, "c")
	const rounds, callers = 5, 8
	for range rounds {
		for _, act := range []func() error{
			func() error { return h.DiscardClient(ctx, "c", 0, h.now) },
			func() error { return h.RestoreClient(ctx, "c", h.now) },
		} {
			winners := 0
			for _, err := range together(callers, func(int) error { return act() }) {
				if err == nil {
					winners++
				} else if !errors.Is(err, oauth.ErrNotFound) {
					t.Error(err)
				}
			}
			if winners != 1 {
				t.Fatalf("%d callers succeeded", winners)
			}
		}
	}
	// The time of a client passes while an administrator restores it.
	must(t, h.DiscardClient(ctx, "c", 0, h.now))
	var all sync.WaitGroup
	var restored, deleted atomic.Int64
	all.Go(func() {
		if h.RestoreClient(ctx, "c", h.now) == nil {
			restored.Add(1)
		}
	})
	all.Go(func() {
		n, err := h.DeleteDiscardedClients(ctx, h.now.Add(oauth.RestoreTTL))
		if err != nil {
			t.Error(err)
		}
		deleted.Add(int64(n))
	})
	all.Wait()
	_, err := h.Client(ctx, "c")
	if exists := err == nil; restored.Load()+deleted.Load() != 1 || exists != (restored.Load() == 1) {
		t.Errorf("restored %d, deleted %d: %v", restored.Load(), deleted.Load(), err)
	}
}
