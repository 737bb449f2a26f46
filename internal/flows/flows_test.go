package flows_test

import (
	"context"
	"errors"
	"log/slog"
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
		second.Add(oauth.Flow{ID: f.ID, ClientID: "a", TokenAt: time.Now()})
		if found, err := first.Recent(ctx, "a", 9); err != nil || len(found) != 1 || !found[0].TokenAt.IsZero() {
			t.Errorf("before they are stored: %+v %v", found, err)
		}
		if _, ok, err := second.Find(ctx, f.ID); ok || err != nil {
			t.Errorf("a flow whose beginning is not known: %t %v", ok, err)
		}
		time.Sleep(3 * time.Second)
		first.Add(oauth.Flow{ID: f.ID, ClientID: "a", ConsentAt: time.Now()})
		for name, l := range map[string]*flows.Log{"first": first, "second": second} {
			got, ok, err := l.Find(ctx, f.ID)
			if !ok || err != nil || got.TokenAt.IsZero() || got.ConsentAt.IsZero() != (name == "second") {
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

// failing is a Store that is unavailable.
type failing struct{ oauth.FlowStore }

func (failing) AddFlows(context.Context, []oauth.Flow, int) error { return errors.New("unavailable") }

func (failing) Flows(context.Context, string, int) ([]oauth.Flow, error) { return nil, nil }

// TestPendingFlowsAreBounded: in total, and for each application; while the Store is
// unavailable, they wait.
func TestPendingFlowsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		running, stop := context.WithCancel(ctx)
		l := newLog(failing{})
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
		stop()
		synctest.Wait()
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
