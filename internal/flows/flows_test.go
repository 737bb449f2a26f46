package flows_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/flows"
	"github.com/seed-e6a88a41/latchkey/memstore"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

var ctx = context.Background()

func newLog(store oauth.FlowStore) *flows.Log {
	return flows.New(store, time.Now, slog.New(slog.DiscardHandler))
}

// begun returns a flow that begins now.
func begun(client string) oauth.Flow {
	return oauth.Flow{ID: oauth.NewID(time.Now()), ClientID: client, BeganAt: time.Now()}
}

// TestAnApprovedRequestThatWasCanceledIsRefused, and the step is one of its steps, also after the application has
// received the error.
func TestAnApprovedRequestThatWasCanceledIsRefused(t *testing.T) {
	for _, device := range []bool{true, false} {
		f := begun("c")
		f.Device, f.Person, f.EnteredAt = device, true, f.BeganAt.Add(time.Second)
		f.ApprovedAt, f.DeniedAt = f.BeganAt.Add(2*time.Second), f.BeganAt.Add(3*time.Second)
		want := []flows.Name{flows.Refused, flows.Exchange}
		if device {
			f.FailedAt, want = f.BeganAt.Add(4*time.Second), []flows.Name{flows.Refused, flows.StepFailed, flows.DeviceTokens}
		}
		var names []flows.Name
		for _, step := range flows.Steps(f, nil) {
			names = append(names, step.Name)
		}
		if state := flows.StateOf(f); state != flows.Denied || !slices.Equal(names[len(names)-len(want):], want) {
			t.Errorf("device %t: %s, and the steps are %v", device, state, names)
		}
		if f.TokenAt = f.BeganAt.Add(5 * time.Second); flows.StateOf(f) != flows.Done {
			t.Errorf("device %t: %s although it has its tokens", device, flows.StateOf(f))
		}
	}
}

// TestStepsOfSeveralProcessesBecomeOneFlow, which each of them lists, even before it is stored.
func TestStepsOfSeveralProcessesBecomeOneFlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		running, stop := context.WithCancel(ctx)
		store := memstore.New(nil)
		first, second := newLog(store), newLog(store)
		for _, l := range []*flows.Log{first, second} {
			go func() { _ = l.Run(running) }()
		}
		f := begun("a")
		first.Add(f)
		second.Add(oauth.Flow{ID: f.ID, ClientID: "a", FailedAt: time.Now(), ErrorID: "e"})
		if found, err := first.Recent(ctx, "a", 9); err != nil || len(found) != 1 || !found[0].FailedAt.IsZero() {
			t.Errorf("before they are stored: %+v %v", found, err)
		}
		if _, ok, err := second.Find(ctx, f.ID); ok || err != nil {
			t.Errorf("a flow whose beginning is not known: %t %v", ok, err)
		}
		time.Sleep(7 * time.Second)
		first.Add(oauth.Flow{ID: f.ID, ClientID: "a", BeganAt: f.BeganAt, ConsentAt: time.Now()})
		for name, l := range map[string]*flows.Log{"first": first, "second": second} {
			got, ok, err := l.Find(ctx, f.ID)
			if !ok || err != nil || got.FailedAt.IsZero() || got.ConsentAt.IsZero() != (name == "second") {
				t.Errorf("%s: %+v %t %v", name, got, ok, err)
			}
		}
		stop()
		synctest.Wait()
		if got, _, err := second.Find(ctx, f.ID); err != nil || got.ConsentAt.IsZero() {
			t.Errorf("the last steps were not stored at the end: %+v %v", got, err)
		}
	})
}

// failing is a Store that returns an error until it is nil.
type failing struct {
	*memstore.Store
	err atomic.Value // errorOf
}

// An errorOf can hold nil in an atomic.Value.
type errorOf struct{ error }

func failingWith(err error) *failing {
	f := &failing{Store: memstore.New(nil)}
	f.set(err)
	return f
}

func (f *failing) set(err error) { f.err.Store(errorOf{err}) }

func (f *failing) AddFlows(ctx context.Context, flows []oauth.Flow, keep int) error {
	if failed, _ := f.err.Load().(errorOf); failed.error != nil {
		return failed.error
	}
	return f.Store.AddFlows(ctx, flows, keep)
}

// TestPendingFlowsAreBounded: in total, and for each application; while the Store is
// unavailable, they wait. One line is logged.
func TestPendingFlowsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		running, stop := context.WithCancel(ctx)
		lines := new(strings.Builder)
		store := failingWith(oauth.ErrUnavailable)
		l := flows.New(store, time.Now, slog.New(slog.NewTextHandler(lines, nil)))
		go func() { _ = l.Run(running) }()
		for range 1000 {
			l.Add(begun("flood"))
		}
		for i := range 1000 {
			l.Add(begun(string(rune('A' + i))))
		}
		time.Sleep(10 * time.Second)
		if found, _ := l.Recent(ctx, "flood", 1000); len(found) != 50 {
			t.Errorf("%d flows of one application wait, want 50", len(found))
		}
		if found, _ := l.Recent(ctx, "", 2000); len(found) != 500 {
			t.Errorf("%d flows wait, want 500", len(found))
		}
		store.set(nil)
		stop()
		synctest.Wait()
		if found, err := store.Flows(ctx, "", 2000); err != nil || len(found) != 500 {
			t.Errorf("%d flows were stored at the end, want 500: %v", len(found), err)
		}
		if n := strings.Count(lines.String(), "\n"); n != 1 || !strings.Contains(lines.String(), "could not be stored") {
			t.Errorf("logged:\n%s", lines)
		}
	})
}

// TestInventedIDsAreIgnored: the ID of a code that a client sends can have any time. With one in
// the future, a flow would be the newest forever.
func TestInventedIDsAreIgnored(t *testing.T) {
	l := newLog(memstore.New(nil))
	for _, at := range []time.Time{time.Now().Add(time.Hour), time.Now().Add(-48 * time.Hour)} {
		l.Add(oauth.Flow{ID: oauth.NewID(at), ClientID: "a", BeganAt: time.Now()})
	}
	l.Add(oauth.Flow{ID: oauth.NewID(time.Now()), BeganAt: time.Now()})
	l.Add(oauth.Flow{})
	if found, err := l.Recent(ctx, "", 9); len(found) != 0 || err != nil {
		t.Errorf("%+v %v", found, err)
	}
}

// TestUnauthenticatedRequestsReplaceNoFlowOfAPerson: neither requests without a person nor invented codes, and
// of many requests with a person, the newest are kept, as in the Store.
func TestUnauthenticatedRequestsReplaceNoFlowOfAPerson(t *testing.T) {
	l := newLog(memstore.New(nil))
	mine := begun("a")
	mine.Person = true
	l.Add(mine)
	for i := range 2000 {
		client := "a"
		if i > 1000 {
			client = strconv.Itoa(i)
		}
		l.Add(begun(client))
		l.Add(failure(client))
	}
	late := begun("a")
	late.Person = true
	l.Add(late)
	for _, f := range []oauth.Flow{mine, late} {
		if _, ok, err := l.Find(ctx, f.ID); !ok || err != nil {
			t.Errorf("a flow of a person was replaced: %v", err)
		}
	}
	for range 50 {
		late = begun("a")
		late.Person = true
		l.Add(late)
	}
	_, first, _ := l.Find(ctx, mine.ID)
	_, last, _ := l.Find(ctx, late.ID)
	if first || !last {
		t.Errorf("the oldest is kept: %t, the newest is kept: %t", first, last)
	}
}

// failure returns a failure with a code that was invented.
func failure(client string) oauth.Flow {
	return oauth.Flow{ID: oauth.NewID(time.Now()), ClientID: client, FailedAt: time.Now(), ErrorID: "e"}
}

// TestInventedCodesAreNotStored, and neither are they listed.
func TestInventedCodesAreNotStored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		running, stop := context.WithCancel(ctx)
		store := memstore.New(nil)
		l := newLog(store)
		go func() { _ = l.Run(running) }()
		invented := failure("a")
		l.Add(invented)
		time.Sleep(10 * time.Second)
		l.Add(failure("a"))
		stop()
		synctest.Wait()
		if found, err := store.Flows(ctx, "", 9); len(found) != 0 || err != nil {
			t.Errorf("stored: %+v %v", found, err)
		}
		if found, err := l.Recent(ctx, "", 9); len(found) != 0 || err != nil {
			t.Errorf("listed: %+v %v", found, err)
		}
		if _, ok, err := l.Find(ctx, invented.ID); ok || err != nil {
			t.Errorf("found: %v", err)
		}
	})
}

// TestFailureInTheNameOfAnotherClientIsIgnored: before and after the request is stored, and if it
// arrives first.
func TestFailureInTheNameOfAnotherClientIsIgnored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		running, stop := context.WithCancel(ctx)
		l := newLog(memstore.New(nil))
		go func() { _ = l.Run(running) }()
		f := begun("a")
		other := oauth.Flow{ID: f.ID, ClientID: "b", FailedAt: time.Now(), ErrorID: "e"}
		for _, when := range []string{"at first", "when the request waits", "when it is stored"} {
			l.Add(other)
			if when != "when it is stored" {
				l.Add(f)
				l.Add(other)
			}
			found, err := l.Recent(ctx, "", 9)
			if len(found) != 1 || found[0].ClientID != "a" || !found[0].FailedAt.IsZero() || err != nil {
				t.Errorf("%s: %+v %v", when, found, err)
			}
			if found, ok, err := l.Find(ctx, f.ID); !ok || found.ClientID != "a" || !found.FailedAt.IsZero() || err != nil {
				t.Errorf("%s: %+v %v", when, found, err)
			}
			time.Sleep(3 * time.Second)
		}
		stop()
		synctest.Wait()
	})
}

// TestFlowsThatTheStoreRejectsAreNotStoredAgain: they would keep all others from being stored.
func TestFlowsThatTheStoreRejectsAreNotStoredAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		running, stop := context.WithCancel(ctx)
		store := failingWith(errors.New("invalid text"))
		l := newLog(store)
		go func() { _ = l.Run(running) }()
		l.Add(begun("a"))
		time.Sleep(3 * time.Second)
		store.set(nil)
		l.Add(begun("b"))
		time.Sleep(3 * time.Second)
		if found, err := l.Recent(ctx, "", 9); len(found) != 1 || found[0].ClientID != "b" || err != nil {
			t.Errorf("%+v %v", found, err)
		}
		stop()
		synctest.Wait()
	})
}
