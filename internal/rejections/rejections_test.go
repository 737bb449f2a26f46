package rejections_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/rejections"
	"github.com/seed-e6a88a41/latchkey/memstore"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

var ctx = context.Background()

// newLog returns a Log on a Store, and the counts of its events.
func newLog(store oauth.RejectionStore) (l *rejections.Log, stored, dropped *atomic.Int64) {
	stored, dropped = new(atomic.Int64), new(atomic.Int64)
	return rejections.New(rejections.Config{Store: store, Key: []byte("key"), Logger: slog.New(slog.DiscardHandler), OnEvent: func(_ context.Context, e oauth.Event) {
		if e.Outcome == oauth.OutcomeDropped {
			dropped.Add(1)
		} else {
			stored.Add(1)
		}
	}}), stored, dropped
}

// ids returns the IDs of the last rejections of a client, separated by spaces.
func ids(t *testing.T, l *rejections.Log, clientID string, n int) string {
	t.Helper()
	found, err := l.Recent(ctx, oauth.RejectionFilter{ClientID: clientID, NoClient: clientID == ""}, n)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, r := range found {
		all = append(all, r.ID)
	}
	return strings.Join(all, " ")
}

// run runs a Log until the function that it returns is called.
func run(t *testing.T, l *rejections.Log) (stop func()) {
	t.Helper()
	running, cancel := context.WithCancel(ctx)
	done := make(chan error)
	go func() { done <- l.Run(running) }()
	return func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

func TestRejectionsAreListedAtOnceAndByOtherProcessesSoon(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := memstore.New(nil)
		l, _, _ := newLog(store)
		stop := run(t, l)
		for i := range 4 {
			l.Add(ctx, oauth.Rejection{ID: strconv.Itoa(i), At: time.Now().Add(time.Duration(i) * time.Millisecond), ClientID: "client" + strconv.Itoa(i%2)})
		}
		if got := ids(t, l, "client0", 3); got != "2 0" {
			t.Errorf("before they are stored: %s", got)
		}
		time.Sleep(3 * time.Second)
		l.Add(ctx, oauth.Rejection{ID: "4", At: time.Now(), ClientID: "client0"})
		if got := ids(t, l, "client0", 2); got != "4 2" {
			t.Errorf("afterwards: %s", got)
		}
		other, _, _ := newLog(store)
		if got := ids(t, other, "client0", 3); got != "2 0" {
			t.Errorf("by another process: %s", got)
		}
		stop() // it stores the rest
		if r, ok, err := other.Find(ctx, "4"); !ok || err != nil || r.ClientID != "client0" {
			t.Errorf("after the process has ended: %+v %t %v", r, ok, err)
		}
		if _, ok, err := other.Find(ctx, "5"); ok || err != nil {
			t.Errorf("a rejection that does not exist: %t %v", ok, err)
		}
	})
}

// TestOtherRequestsReplaceNoRejectionOfAnApplication: requests without a known client,
// those of another client, those with another reason, and those of others in many
// networks, who name the application but do not know its secret.
func TestOtherRequestsReplaceNoRejectionOfAnApplication(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := memstore.New(nil)
		l, stored, dropped := newLog(store)
		stop := run(t, l)
		l.Add(ctx, oauth.Rejection{ID: "mine", At: time.Now(), ClientID: "a", Reason: "r", Source: "office"})
		sent := int64(2)
		for second := range 30 {
			if second == 15 {
				l.Add(ctx, oauth.Rejection{ID: "proved", At: time.Now(), ClientID: "a", Reason: rejections.Reason("r", true), Source: "office"})
			}
			for i := range 200 {
				for kind, r := range map[string]oauth.Rejection{
					"none": {Reason: fmt.Sprint("r", i%3), Source: fmt.Sprint(i)}, "client": {ClientID: fmt.Sprint("b", i%20), Reason: "r", Source: fmt.Sprint(i)},
					"reason": {ClientID: "a", Reason: "s", Source: fmt.Sprint(i)}, "same": {ClientID: "a", Reason: "r", Source: fmt.Sprint(i)},
				} {
					r.ID, r.At = fmt.Sprintf("%s-%d-%d", kind, second, i), time.Now()
					l.Add(ctx, r)
					sent++
				}
			}
			time.Sleep(time.Second)
		}
		stop()
		found, err := store.Rejections(ctx, oauth.RejectionFilter{ClientID: "a"}, 1000)
		if err != nil || !strings.Contains(fmt.Sprint(found), "{mine ") || !strings.Contains(fmt.Sprint(found), "{proved ") || len(found) > 41 {
			t.Errorf("%d rejections of the application: %v %v", len(found), found, err)
		}
		if other := strings.Fields(ids(t, l, "", 1000)); len(other) > 60 {
			t.Errorf("%d rejections that name no application are kept", len(other))
		}
		if stored.Load()+dropped.Load() < sent || stored.Load() > 15*50+1000 {
			t.Errorf("%d were stored and %d dropped, of %d", stored.Load(), dropped.Load(), sent)
		}
	})
}

// hangingStore does not answer.
type hangingStore struct{ oauth.RejectionStore }

func (hangingStore) AddRejections(ctx context.Context, _ []oauth.Rejection, _ oauth.RejectionBounds) error {
	<-ctx.Done()
	return ctx.Err()
}

func TestRequestsDoNotWaitForTheStoreAndMemoryIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, _, dropped := newLog(hangingStore{})
		stop := run(t, l)
		begun := time.Now()
		for i := range 100_000 {
			l.Add(ctx, oauth.Rejection{ID: strconv.Itoa(i), ClientID: fmt.Sprint(i % 1000), Source: strconv.Itoa(i)})
			if i == 500 {
				time.Sleep(10 * time.Second)
			}
		}
		if took := time.Since(begun); took != 10*time.Second {
			t.Errorf("requests waited for %s", took-10*time.Second)
		}
		if dropped.Load() != 99_000 {
			t.Errorf("%d were dropped, and 1000 fit", dropped.Load())
		}
		stop()
	})
}

func TestTextsOfARejectionAreLimited(t *testing.T) {
	l, _, _ := newLog(memstore.New(nil))
	l.Add(ctx, oauth.Rejection{ID: "a", Detail: strings.Repeat("x", 100_000)})
	if r, _, _ := l.Find(ctx, "a"); len(r.Detail) != 2500 {
		t.Errorf("the detail has %d bytes", len(r.Detail))
	}
}

func TestSourceIsTheNetworkOfAClientAndRevealsNothing(t *testing.T) {
	l, _, _ := newLog(memstore.New(nil))
	source := func(address string) string { return l.Source(netip.MustParseAddr(address)) }
	if source("192.0.2.1") == source("192.0.2.2") || source("2001:db8::1") == source("2001:db8:0:1::1") {
		t.Error("two networks are one source")
	}
	if source("2001:db8::1") != source("2001:db8::2") {
		t.Error("one customer has several sources")
	}
	if strings.Contains(source("192.0.2.1"), "192") || l.Source(netip.Addr{}) == "" {
		t.Error("a source is an address, or empty")
	}
}
