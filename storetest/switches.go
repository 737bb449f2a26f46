package storetest

import (
	"errors"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// testSwitches: a client or user that an administrator disables stays disabled,
// whatever is saved at the same time.
func testSwitches(t *testing.T, h *house) {
	h.client(t, "c")
	h.user(t, "ada")

	t.Run("a client is switched in any version, or in the one that is named, and a stale save does not undo it", func(t *testing.T) {
		stale, err := h.Client(ctx, "c")
		must(t, err)
		before := h.Version()
		must(t, h.SwitchClient(ctx, oauth.ClientSwitch{ClientID: "c", Disabled: true, At: h.now}))
		if h.Version() == before {
			t.Error("other processes would not read it again")
		}
		if err := h.UpdateClient(ctx, stale); !errors.Is(err, oauth.ErrConflict) {
			t.Errorf("a stale save gives %v", err)
		}
		must(t, h.SwitchClient(ctx, oauth.ClientSwitch{ClientID: "c", Disabled: true, At: h.now.Add(time.Hour)})) // changes nothing
		c, err := h.Client(ctx, "c")
		must(t, err)
		if !c.Disabled || c.Version != stale.Version+1 || !c.UpdatedAt.Equal(h.now) || c.Name != stale.Name || len(c.Secrets) != len(stale.Secrets) {
			t.Errorf("got %+v", c)
		}
		if err := h.SwitchClient(ctx, oauth.ClientSwitch{ClientID: "c", At: h.now, Version: stale.Version}); !errors.Is(err, oauth.ErrConflict) {
			t.Errorf("an older version is enabled: %v", err)
		}
		if err := h.SwitchClient(ctx, oauth.ClientSwitch{ClientID: "none", At: h.now, Version: 1}); !errors.Is(err, oauth.ErrNotFound) {
			t.Errorf("switching a version of a client that does not exist returned %v", err)
		}
		must(t, h.SwitchClient(ctx, oauth.ClientSwitch{ClientID: "c", At: h.now, Version: c.Version}))
		if c, err = h.Client(ctx, "c"); err != nil || c.Disabled {
			t.Errorf("after enabling: %+v, %v", c, err)
		}
		if err := h.SwitchClient(ctx, oauth.ClientSwitch{ClientID: "none", Disabled: true, At: h.now}); !errors.Is(err, oauth.ErrNotFound) {
			t.Errorf("a client that does not exist gives %v", err)
		}
	})

	t.Run("disabling a client revokes tokens only on request", func(t *testing.T) {
		for _, revoke := range []bool{false, true} {
			h.setNow(h.now.Add(time.Second))
			_, access := h.family(t, "id-ada")
			off := oauth.ClientSwitch{ClientID: "c", Disabled: true, At: h.now}
			if revoke {
				off.RevokedBefore = h.now
			}
			must(t, h.SwitchClient(ctx, off))
			must(t, h.SwitchClient(ctx, oauth.ClientSwitch{ClientID: "c", At: h.now}))
			_, standing, err := h.AccessToken(ctx, access.ID)
			if revoked := standing.RevokedBecause(access.IssuedAt) != ""; err != nil || revoked != revoke {
				t.Errorf("after enabling, the token is revoked: %t, want %t: %v", revoked, revoke, err)
			}
		}
	})

	t.Run("a stale save does not undo the revocation of a client", func(t *testing.T) {
		stale, err := h.Client(ctx, "c")
		must(t, err)
		h.setNow(h.now.Add(time.Second))
		must(t, h.RevokeClient(ctx, "c", h.now))
		if err := h.UpdateClient(ctx, stale); !errors.Is(err, oauth.ErrConflict) {
			t.Errorf("a stale save gives %v", err)
		}
	})

	t.Run("revoking the tokens of a person neither blocks nor unblocks them", func(t *testing.T) {
		for _, blocked := range []bool{false, true} {
			h.setNow(h.now.Add(time.Second))
			must(t, h.SetSubject(ctx, "id-ada", false, time.Time{}))
			_, access := h.family(t, "id-ada")
			must(t, h.SetSubject(ctx, "id-ada", blocked, time.Time{}))
			before := h.epoch(t, "id-ada")
			must(t, h.StartSession(ctx, account.SessionStart{Session: h.session("s", "id-ada"), Epoch: before}))
			must(t, h.RevokeSubject(ctx, "id-ada", h.now))
			if _, _, err := h.Session(ctx, "s"); !errors.Is(err, account.ErrNotFound) || h.epoch(t, "id-ada") != before+1 {
				t.Errorf("blocked %t: a session has not ended (%v), or the epoch is still %d", blocked, err, before)
			}
			_, standing, err := h.AccessToken(ctx, access.ID)
			if err != nil || standing.SubjectBlocked != blocked || standing.RevokedBecause(access.IssuedAt) == "" {
				t.Errorf("blocked %t: %+v, %v", blocked, standing, err)
			}
		}
	})
}
