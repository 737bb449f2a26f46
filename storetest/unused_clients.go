package storetest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// unused adds a client that is deleted in an hour if nobody uses it.
func (h *house) unused(t *testing.T, id string) *oauth.Client {
	t.Helper()
	c := &oauth.Client{ID: id, Name: id, Type: oauth.Public, CreatedAt: h.now, UpdatedAt: h.now, ExpiresAt: h.now.Add(time.Hour)}
	must(t, h.ConfirmClient(ctx, c))
	return c
}

// testUnusedClients: only clients that nobody has used are deleted when their time has
// passed.
func testUnusedClients(t *testing.T, h *house) {
	h.client(t, "shop")
	for _, id := range []string{"idle", "consented", "with a family", "switched", "edited"} {
		h.unused(t, id)
	}
	if got, err := h.Client(ctx, "idle"); err != nil || !got.ExpiresAt.Equal(h.now.Add(time.Hour)) {
		t.Errorf("ExpiresAt is stored as %s, %v", got.ExpiresAt, err)
	}
	must(t, h.approve(oauth.Approval{Consent: &oauth.Consent{Subject: "ada", ClientID: "consented", Scope: oauth.Scopes{"read"}, GrantedAt: h.now, UpdatedAt: h.now}}))
	must(t, h.approve(oauth.Approval{Family: &oauth.Family{ID: oauth.NewID(h.now), ClientID: "with a family", Permission: oauth.Permission{Subject: "ada"}, IssuedAt: h.now, IdleExpiresAt: h.now.Add(2 * time.Hour), ExpiresAt: h.now.Add(2 * time.Hour)}}))
	must(t, h.SwitchClient(ctx, oauth.ClientSwitch{ClientID: "switched", Disabled: true, At: h.now}))
	edited, err := h.Client(ctx, "edited")
	must(t, err)
	edited.ExpiresAt = time.Time{}
	must(t, h.UpdateClient(ctx, edited))

	h.deleteUnused(t, h.now.Add(time.Hour-time.Millisecond), 0)
	version := h.Version()
	h.deleteUnused(t, h.now.Add(time.Hour), 1)
	if h.Version() == version {
		t.Error("the version did not change")
	}
	for id, want := range map[string]error{"idle": oauth.ErrNotFound, "consented": nil, "with a family": nil, "switched": nil, "edited": nil, "shop": nil} {
		if _, err := h.Client(ctx, id); !errors.Is(err, want) {
			t.Errorf("the client %s: %v", id, err)
		}
	}
	kept, err := h.Client(ctx, "consented")
	must(t, err)
	if want := h.now.Add(time.Hour + oauth.UnusedClientTTL); !kept.ExpiresAt.Equal(want) {
		t.Errorf("a client with a consent is kept until %s, want %s", kept.ExpiresAt, want)
	}
	must(t, h.WithdrawConsent(ctx, "ada", "consented", h.now))
	h.deleteUnused(t, kept.ExpiresAt.Add(-time.Millisecond), 0)
	h.deleteUnused(t, kept.ExpiresAt, 2) // the family has expired too

	for i := range oauth.MaxUnusedClients + 1 {
		h.unused(t, fmt.Sprint("many ", i))
	}
	h.deleteUnused(t, h.now.Add(time.Hour), oauth.MaxUnusedClients)
	h.deleteUnused(t, h.now.Add(time.Hour), 1)
	h.deleteUnused(t, h.now.Add(time.Hour), 0)
	// Nothing revokes the client_id itself.
	must(t, h.ConfirmClient(ctx, h.unused(t, "idle")))
}

func (h *house) deleteUnused(t *testing.T, now time.Time, want int) {
	t.Helper()
	if n, err := h.DeleteUnusedClients(ctx, now); n != want || err != nil {
		t.Errorf("%d clients were deleted, want %d: %v", n, want, err)
	}
}
