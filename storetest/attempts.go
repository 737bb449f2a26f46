package storetest

import (
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
)

func testAttempts(t *testing.T, h *house) {
	count := func(key string) (int, time.Time) {
		t.Helper()
		n, until, err := h.CountAttempt(ctx, key, time.Minute, h.now)
		must(t, err)
		return n, until
	}
	begin := h.now
	count("a")
	h.setNow(h.now.Add(30 * time.Second))
	if n, until := count("a"); n != 2 || !until.Equal(begin.Add(time.Minute)) {
		t.Errorf("the second attempt has count %d until %s", n, until)
	}
	if n, _ := count("b"); n != 1 {
		t.Errorf("the first attempt of another key has count %d", n)
	}
	h.setNow(begin.Add(time.Minute))
	if n, until := count("a"); n != 1 || !until.Equal(h.now.Add(time.Minute)) {
		t.Errorf("the first attempt of the next window has count %d until %s", n, until)
	}
}

// beginAttempt begins an attempt that is limited by each of the keys.
func (h *house) beginAttempt(t *testing.T, limit int, keys ...string) ([]account.AttemptCount, bool) {
	t.Helper()
	var limits []account.AttemptLimit
	for _, key := range keys {
		limits = append(limits, account.AttemptLimit{Key: key, Max: limit})
	}
	counts, begun, err := h.BeginAttempt(ctx, limits, time.Minute, h.now)
	must(t, err)
	return counts, begun
}

// wantAttempts fails the test if the key has other counts. It changes nothing.
func (h *house) wantAttempts(t *testing.T, key string, failed, open int) {
	t.Helper()
	counts, begun := h.beginAttempt(t, 0, key)
	if len(counts) != 1 || begun || counts[0].Failed != failed || counts[0].Open != open {
		t.Errorf("the counts of %s are %+v (%v), want %d failed and %d open", key, counts, begun, failed, open)
	}
}

// testOpenAttempts: an open attempt reserves a place, which it keeps if it fails.
func testOpenAttempts(t *testing.T, h *house) {
	first, begun := h.beginAttempt(t, 2, "address", "account")
	if !begun || len(first) != 2 || first[0] != (account.AttemptCount{Key: "address", Until: first[0].Until}) || !first[1].Until.Equal(h.now.Add(time.Minute)) {
		t.Errorf("the first attempt: %v %+v", begun, first)
	}
	second, _ := h.beginAttempt(t, 2, "address", "another account")
	h.wantAttempts(t, "address", 0, 2)
	if counts, begun := h.beginAttempt(t, 2, "free", "address", "never read"); begun || len(counts) != 2 || counts[1].Open != 2 {
		t.Errorf("a third attempt at the same time: %v %+v", begun, counts)
	}
	h.wantAttempts(t, "free", 0, 0)
	must(t, h.EndAttempt(ctx, first, true, "account"))
	h.wantAttempts(t, "address", 1, 1)
	h.wantAttempts(t, "account", 1, 0)
	must(t, h.EndAttempt(ctx, second, false, ""))
	h.wantAttempts(t, "address", 1, 0)
	h.wantAttempts(t, "another account", 0, 0)

	if _, begun := h.beginAttempt(t, 1, "another account", "address"); begun {
		t.Error("an attempt begins although the failed ones reach the limit")
	}
	h.wantAttempts(t, "another account", 1, 0)

	// A limit that other clients have reached counts nothing.
	shared := []account.AttemptLimit{{Key: "another account", Max: 9}, {Key: "address", Max: 1, Shared: true}}
	if counts, begun, err := h.BeginAttempt(ctx, shared, time.Minute, h.now); err != nil || begun || len(counts) != 2 {
		t.Errorf("with a full shared limit: %v %+v %v", begun, counts, err)
	}
	h.wantAttempts(t, "another account", 1, 0)
	h.wantAttempts(t, "address", 1, 0)

	correct, _ := h.beginAttempt(t, 2, "address", "account")
	must(t, h.EndAttempt(ctx, correct, false, "account"))
	h.wantAttempts(t, "address", 1, 0)
	h.wantAttempts(t, "account", 0, 0)

	late, _ := h.beginAttempt(t, 2, "address")
	h.setNow(h.now.Add(time.Minute))
	current, begun := h.beginAttempt(t, 2, "address")
	if !begun || current[0].Failed != 0 || current[0].Open != 0 {
		t.Errorf("the next window begins with %+v (%v)", current, begun)
	}
	must(t, h.EndAttempt(ctx, late, true, ""))
	h.wantAttempts(t, "address", 0, 1)
	must(t, h.EndAttempt(ctx, current, false, ""))
	must(t, h.EndAttempt(ctx, current, false, ""))
	h.wantAttempts(t, "address", 0, 0)
}
