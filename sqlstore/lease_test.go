package sqlstore_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/testdb"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/sqlstore"
)

// TestDatabaseIsUsedByOneIssuerAtATime: servers with other issuers are rejected until the
// last server has stopped, or its record has expired.
func TestDatabaseIsUsedByOneIssuerAtATime(t *testing.T) {
	onEach(t, func(t *testing.T, db testdb.Database) {
		now := time.Now().Truncate(time.Millisecond)
		s, err := db.Open(func() time.Time { return now }, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = s.Close() }()
		if issuer, err := s.Issuer(ctx); issuer != "" || err != nil {
			t.Errorf("before the first server: %q %v", issuer, err)
		}
		const lasts = time.Minute
		for i, step := range []struct {
			do, server, issuer string
			wait               time.Duration
			other              string // the issuer in the error
		}{
			{do: "use", server: "1", issuer: "a"},
			{do: "use", server: "2", issuer: "a"},
			{do: "use", server: "3", issuer: "b", other: "a"},
			{do: "end", server: "1"},
			{do: "use", server: "3", issuer: "b", other: "a"},
			{do: "end", server: "2"},
			{do: "end", server: "unknown"},
			{do: "use", server: "3", issuer: "b"},
			{do: "use", server: "3", issuer: "c"}, // it replaces its own record
			{do: "use", server: "1", issuer: "a", wait: lasts - time.Millisecond, other: "c"},
			{do: "use", server: "1", issuer: "a", wait: time.Millisecond},
			{do: "idle", server: "1", issuer: "a"},
			{do: "use", server: "3", issuer: "b", other: "a"},
			{do: "end", server: "1"},
			{do: "use", server: "3", issuer: "b"},
		} {
			now = now.Add(step.wait)
			var err error
			if step.do == "end" {
				err = s.EndIssuerUse(ctx, step.server)
			} else {
				err = s.UseIssuer(ctx, oauth.IssuerUse{Server: step.server, Issuer: step.issuer, Lasts: lasts, Idle: step.do == "idle"})
			}
			other, used := errors.AsType[*oauth.IssuerInUseError](err)
			if used != (step.other != "") || used && (other.Issuer != step.other || !other.Until.After(now)) || err != nil && !used {
				t.Errorf("step %d, %s: %v", i, step.do, err)
			}
			if last, _ := s.Issuer(ctx); step.do != "end" && !used && last != step.issuer {
				t.Errorf("step %d: the last issuer is %s", i, last)
			}
			if n, err := s.IdleServers(ctx); err != nil || (n == 1) != (step.do == "idle" || step.other == "a" && i == 12) {
				t.Errorf("step %d: %d idle servers, %v", i, n, err)
			}
		}
	})
}

// TestServersWithDifferentIssuersThatStartTogether: exactly one of them starts.
func TestServersWithDifferentIssuersThatStartTogether(t *testing.T) {
	const servers, rounds = 4, 15
	onEach(t, func(t *testing.T, db testdb.Database) {
		stores := make([]*sqlstore.Store, servers)
		for i := range stores {
			var err error
			if stores[i], err = db.Open(nil, nil); err != nil {
				t.Fatal(err)
			}
			defer func() { _ = stores[i].Close() }()
		}
		for range rounds {
			errs := make([]error, servers)
			begin := make(chan struct{})
			var all sync.WaitGroup
			for i, s := range stores {
				all.Go(func() {
					<-begin
					errs[i] = s.UseIssuer(ctx, oauth.IssuerUse{Server: fmt.Sprint(i), Issuer: fmt.Sprint("https://", i), Lasts: time.Minute})
				})
			}
			close(begin)
			all.Wait()
			started := 0
			for i, err := range errs {
				if err == nil {
					started++
				} else if _, used := errors.AsType[*oauth.IssuerInUseError](err); !used || !strings.Contains(err.Error(), "give each issuer its own database") {
					t.Error(err)
				}
				if err := stores[i].EndIssuerUse(ctx, fmt.Sprint(i)); err != nil {
					t.Fatal(err)
				}
			}
			if started != 1 {
				t.Fatalf("%d of %d servers started", started, servers)
			}
		}
	})
}
