package storetest

import (
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

func testReplayWindow(t *testing.T, h *house) {
	h.client(t, "c")
	h.user(t, "ada")
	rotated := func(t *testing.T) (before, after oauth.Family) {
		t.Helper()
		f, _ := h.family(t, "id-ada")
		got, err := h.Rotate(ctx, h.rotation(f))
		must(t, err)
		return f, got.Family
	}
	until := h.now.Add(time.Minute)

	for name, test := range map[string]struct {
		change func(*oauth.ReplayWindow)
		before func(*testing.T, oauth.Family)
		want   func(after oauth.Family) time.Time
	}{
		"the conditions hold": {want: func(oauth.Family) time.Time { return until }},
		"no time is given": {
			change: func(w *oauth.ReplayWindow) { w.Until = time.Time{} },
			want:   func(after oauth.Family) time.Time { return after.IdleExpiresAt },
		},
		"it is to end now": {
			change: func(w *oauth.ReplayWindow) { w.Until = h.now },
			want:   func(oauth.Family) time.Time { return h.now },
		},
		"another token is presented": {change: func(w *oauth.ReplayWindow) { w.Presented[3]++ }},
		"the current token is presented": {change: func(w *oauth.ReplayWindow) {
			w.Presented = oauth.Hash{2} // see rotation
		}},
		"the window ended before": {change: func(w *oauth.ReplayWindow) { w.Since = w.Since.Add(time.Hour) }},
		"the family is unknown":   {change: func(w *oauth.ReplayWindow) { w.FamilyID = oauth.NewID(h.now) }},
		"the family was revoked": {before: func(t *testing.T, f oauth.Family) {
			t.Helper()
			must(t, h.revoke(oauth.Revocation{ClientID: "c", At: h.now, Families: []oauth.ID{f.ID}}))
		}},
	} {
		t.Run("the replay window if "+name, func(t *testing.T) {
			before, after := rotated(t)
			if test.before != nil {
				test.before(t, after)
			}
			w := oauth.ReplayWindow{FamilyID: before.ID, Presented: before.Hash, Since: after.ReplayUntil, Until: until}
			if test.change != nil {
				test.change(&w)
			}
			must(t, h.SetReplayWindow(ctx, w))
			want := after
			if test.want != nil {
				want.ReplayUntil = test.want(after)
			}
			got, _, err := h.Family(ctx, before.ID)
			must(t, err)
			want.RevokedAt = got.RevokedAt
			same(t, "family", got, want)
		})
	}

	t.Run("a family that was never rotated has no window", func(t *testing.T) {
		f, _ := h.family(t, "id-ada")
		for _, presented := range []oauth.Hash{f.Hash, {}} {
			must(t, h.SetReplayWindow(ctx, oauth.ReplayWindow{FamilyID: f.ID, Presented: presented, Since: h.now, Until: until}))
		}
		got, _, err := h.Family(ctx, f.ID)
		must(t, err)
		same(t, "family", got, f)
	})

	t.Run("the next rotation has a window of its own", func(t *testing.T) {
		before, after := rotated(t)
		must(t, h.SetReplayWindow(ctx, oauth.ReplayWindow{FamilyID: before.ID, Presented: before.Hash, Since: h.now, Until: until}))
		r := h.rotation(after)
		r.Next = oauth.Hash{3}
		got, err := h.Rotate(ctx, r)
		must(t, err)
		if !got.Won || !got.Family.ReplayUntil.Equal(r.ReplayUntil) {
			t.Errorf("got %+v", got)
		}
	})
}
