package sqlstore_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/internal/testdb"
)

// TestAuditChainReportsAChangedCopyOfTheTarget: with it, a record can be hidden from the
// history of a group, although its hash is right.
func TestAuditChainReportsAChangedCopyOfTheTarget(t *testing.T) {
	onEach(t, func(t *testing.T, db testdb.Database) {
		clock := newTestClock()
		s := opened(t, db, clock, nil)
		log := audit.New(audit.Config{Store: s, Key: []byte("key"), Clock: clock.Now})
		for i, target := range []string{"staff", ""} {
			row := audit.NewRow(&audit.Record{At: clock.Now().Add(time.Duration(i) * time.Second), Event: "administration", Category: "administration", Outcome: "ok", Target: target})
			if err := s.QueueAudit(ctx, row); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := log.Link(ctx); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct{ first, second, want string }{
			{"staff", "", "[filed filed]"}, {"", "", "[unfiled filed]"}, {"other", "", "[misfiled filed]"}, {"staff", "staff", "[filed misfiled]"},
		} {
			if err := db.Exec(`UPDATE latchkey_audit SET target = CASE seq WHEN 1 THEN $1 ELSE $2 END`, c.first, c.second); err != nil {
				t.Fatal(err)
			}
			rows, err := s.AuditChain(ctx, 0, 10)
			var got []string
			for _, r := range rows {
				switch {
				case r.Misfiled:
					got = append(got, "misfiled")
				case r.Unfiled:
					got = append(got, "unfiled")
				default:
					got = append(got, "filed")
				}
			}
			if err != nil || fmt.Sprint(got) != c.want {
				t.Errorf("%q, %q: got %v, %v; want %s", c.first, c.second, got, err, c.want)
			}
		}
	})
}
