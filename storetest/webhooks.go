package storetest

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// webhookMessage returns a message that is due now.
func (h *house) webhookMessage(id, webhook string) oauth.WebhookMessage {
	return oauth.WebhookMessage{ID: id, Webhook: webhook, Body: `{"type":"login"}`, CreatedAt: h.now, NextAt: h.now, ExpiresAt: h.now.Add(24 * time.Hour)}
}

func (h *house) addWebhookMessage(t *testing.T, m oauth.WebhookMessage) {
	t.Helper()
	if added, err := h.AddWebhookMessage(ctx, m); err != nil || !added {
		t.Fatalf("%s: %v %v", m.ID, added, err)
	}
}

func testWebhookMessages(t *testing.T, h *house) {
	take := func(n int, except ...string) (ids []string) {
		t.Helper()
		taken, err := h.TakeWebhookMessages(ctx, h.now, time.Minute, n, except...)
		must(t, err)
		for _, m := range taken {
			ids = append(ids, m.ID)
		}
		return ids
	}
	first, second, late := h.webhookMessage("first", "audit"), h.webhookMessage("second", "audit log"), h.webhookMessage("late", "audit")
	first.NextAt, late.NextAt = h.now.Add(-time.Second), h.now.Add(time.Hour)
	for _, m := range []oauth.WebhookMessage{second, late, first} {
		h.addWebhookMessage(t, m)
	}
	if got := take(0); got != nil {
		t.Errorf("took %q, asked for none", got)
	}
	if got := take(1, "audit"); !slices.Equal(got, []string{"second"}) {
		t.Errorf("without the webhook audit: took %q", got)
	}
	taken, err := h.TakeWebhookMessages(ctx, h.now, time.Minute, 9, "other")
	must(t, err)
	first.Attempts, first.NextAt = 1, h.now.Add(time.Minute)
	same(t, "messages", taken, []oauth.WebhookMessage{first})
	if got := take(9); got != nil {
		t.Errorf("took messages twice: %q", got)
	}
	must(t, h.RemoveWebhookMessage(ctx, "second"))
	must(t, h.RemoveWebhookMessage(ctx, "second"))
	must(t, h.PostponeWebhookMessage(ctx, "second", h.now))
	must(t, h.PostponeWebhookMessage(ctx, "first", h.now)) // earlier than it is
	if got := take(9); got != nil {
		t.Errorf("a message was postponed to an earlier time: %q", got)
	}
	must(t, h.PostponeWebhookMessage(ctx, "first", h.now.Add(2*time.Hour)))
	h.setNow(h.now.Add(time.Hour))
	if got := take(9); !slices.Equal(got, []string{"late"}) {
		t.Errorf("after an hour: took %q", got)
	}
	wait := time.Minute
	for attempt := range 9 {
		h.setNow(h.now.Add(3 * time.Hour))
		taken, err := h.TakeWebhookMessages(ctx, h.now, time.Minute, 9, "other")
		must(t, err)
		i := slices.IndexFunc(taken, func(m oauth.WebhookMessage) bool { return m.ID == "first" })
		wait = min(wait*2, 64*time.Minute)
		if i < 0 || !taken[i].NextAt.Equal(h.now.Add(wait)) || taken[i].Attempts != int64(attempt+2) {
			t.Fatalf("attempt %d: %+v, want a wait of %s", attempt+2, taken, wait)
		}
	}
}

// testWebhookContention: each message is taken by one of many processes.
func testWebhookContention(t *testing.T, h *house) {
	const messages = 20
	for i := range messages {
		h.addWebhookMessage(t, h.webhookMessage(fmt.Sprint(i), "audit"))
	}
	var mu sync.Mutex
	counts := make(map[string]int)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			taken, err := h.TakeWebhookMessages(ctx, h.now, time.Minute, messages)
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			for _, m := range taken {
				counts[m.ID]++
			}
		})
	}
	group.Wait()
	for id, n := range counts {
		if n != 1 {
			t.Errorf("the message %s was taken %d times", id, n)
		}
	}
	if len(counts) == 0 {
		t.Error("no message was taken")
	}
}

// testWebhookFailures: each webhook has its last failure, whatever the order in which processes
// report them.
func testWebhookFailures(t *testing.T, h *house) {
	failure := func(name, reason string, after time.Duration) oauth.WebhookFailure {
		return oauth.WebhookFailure{Webhook: name, Reason: reason, At: h.now.Add(after)}
	}
	none, err := h.WebhookFailures(ctx)
	must(t, err)
	if len(none) != 0 {
		t.Errorf("got %v, want none", none)
	}
	for _, f := range []oauth.WebhookFailure{
		failure("billing", "status 500", 0), failure("audit", "timeout", 0), failure("audit", "connection refused", time.Second), failure("audit", "status 404", -time.Second),
		failure("billing", "status 503", 0),
	} {
		must(t, h.SaveWebhookFailure(ctx, f))
	}
	all, err := h.WebhookFailures(ctx)
	must(t, err)
	same(t, "failures", all, []oauth.WebhookFailure{failure("audit", "connection refused", time.Second), failure("billing", "status 503", 0)})
}
