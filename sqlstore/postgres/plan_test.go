package postgres_test

import (
	"errors"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/sqlstore"
)

// crowded inserts many rows of one client and one person into one partition.
const crowded = `
INSERT INTO latchkey_access_token SELECT i, '', 'c', 'ada', i, 'read', now, now + 3600000 FROM many;
INSERT INTO latchkey_ticket SELECT i, 'code', '', 'c', 'ada', 's', 'read', now, '', '', '', now, now + 3600000, 0 FROM many;
INSERT INTO latchkey_family SELECT i, 'c', 'ada', 's', 'read', now, '', '', '', 0, 0, 'read', 0, now, now + 3600000, now + 3600000, 0 FROM many;
INSERT INTO latchkey_account SELECT 'id' || now || i, 'u' || i, 'u' || i, i || '@example.org', '', '', '', 0, 0, now, now, now, 1, 0, 'u' || i, 0 FROM many;
INSERT INTO latchkey_session SELECT 's' || now || i, '', 'ada', now, now, now, now + 3600000, now + 3600000, '', '', now + 3600000 FROM many;
DROP VIEW many;
`

const many = `CREATE VIEW many AS SELECT decode(lpad(to_hex(extract(epoch FROM now())::bigint * 1000 + n), 12, '0') || lpad(to_hex(n), 20, '0'), 'hex') AS i,
	extract(epoch FROM now())::bigint * 1000 AS now FROM generate_series(1, 3000) n;`

// TestEveryVerbFindsItsRowsByKey: whatever statistics the planner has, a verb of the
// protocol does not read the 3,000 other rows of the same client and the same
// person. Its plan may be older than these rows.
func TestEveryVerbFindsItsRowsByKey(t *testing.T) {
	now := time.Now().Truncate(time.Millisecond)
	approved := func(s *sqlstore.Store) (oauth.Ticket, error) {
		ticket := newTicket(now)
		_, err := s.Approve(ctx, oauth.Approval{Now: now, Put: &ticket})
		return ticket, err
	}
	redeemed := func(s *sqlstore.Store) (oauth.SpendRequest, error) {
		ticket, err := approved(s)
		if err != nil {
			return oauth.SpendRequest{}, err
		}
		r := spend(ticket, now)
		_, err = s.Spend(ctx, r)
		return r, err
	}
	revoke := func(s *sqlstore.Store, r oauth.Revocation) error {
		r.ClientID, r.At = "c", now
		revoked, _, err := s.Revoke(ctx, r)
		if err == nil && !revoked {
			err = errors.New("nothing was revoked")
		}
		return err
	}
	const times = 20
	type verb struct {
		name string
		run  func(*sqlstore.Store) error
	}
	verbs := []verb{
		{"a code", func(s *sqlstore.Store) error { _, err := approved(s); return err }},
		{"client credentials", func(s *sqlstore.Store) error { return s.Issue(ctx, newAccess(now)) }},
		{"code exchange", func(s *sqlstore.Store) error { _, err := redeemed(s); return err }},
		{"refresh", func(s *sqlstore.Store) error {
			r, err := redeemed(s)
			if err != nil {
				return err
			}
			row := newAccess(now)
			_, err = s.Rotate(ctx, oauth.Rotation{FamilyID: r.ID, ClientID: "c", Presented: oauth.Hash{1}, Next: oauth.Hash{2}, Now: now, IdleExpiresAt: now.Add(time.Hour), Access: &row})
			return err
		}},
		{"introspection", func(s *sqlstore.Store) error {
			r, err := redeemed(s)
			if err != nil {
				return err
			}
			_, _, err = s.AccessToken(ctx, r.Access.ID)
			return err
		}},
		{"introspection of a JWT", func(s *sqlstore.Store) error {
			r, err := redeemed(s)
			if err != nil {
				return err
			}
			_, err = s.JWTStanding(ctx, r.Access.ID, r.ID, "c", "ada")
			return err
		}},
		{"revocation of an access token", func(s *sqlstore.Store) error {
			r, err := redeemed(s)
			if err != nil {
				return err
			}
			return revoke(s, oauth.Revocation{Access: r.Access})
		}},
		{"revocation of a refresh token", func(s *sqlstore.Store) error {
			r, err := redeemed(s)
			if err != nil {
				return err
			}
			return revoke(s, oauth.Revocation{Families: []oauth.ID{r.ID}})
		}},
		{"a session", func(s *sqlstore.Store) error {
			_, _, err := s.Session(ctx, "unknown")
			if errors.Is(err, account.ErrNotFound) {
				return nil
			}
			return fmt.Errorf("an unknown session: %w", err)
		}},
		{"a person by address", func(s *sqlstore.Store) error {
			_, err := s.UsersByEmail(ctx, "ada@example.org")
			return err
		}},
		{"a username that looks like another", func(s *sqlstore.Store) error {
			u := &account.User{ID: "distinct", Username: "distinct"}
			if err := s.CreateUser(ctx, u, u.Username, account.IfDistinct); !errors.Is(err, account.ErrConflict) {
				return err
			}
			return nil
		}},
		{"expired users", func(s *sqlstore.Store) error {
			_, err := s.DeleteExpiredUsers(ctx, now)
			return err
		}},
	}
	for _, planned := range []string{"when the tables were empty", "as they are"} {
		url := migrated(t)
		conn := connected(t, url)
		crowd := func() { do(t, conn, many); do(t, conn, crowded) }
		run := func(v verb, s *sqlstore.Store) {
			for range times {
				if err := v.run(s); err != nil {
					t.Fatalf("%s: %v", v.name, err)
				}
			}
		}
		stores := make([]*sqlstore.Store, len(verbs)) // each with its own connections, and thus its own plans
		for i := range stores {
			stores[i] = stocked(t, fmt.Sprintf("%s&application_name=verb%d", url, i)) // creates partitions for the rows
		}
		if planned == "as they are" {
			crowd()
			do(t, conn, "ANALYZE")
		}
		for i, v := range verbs {
			run(v, stores[i])
		}
		if planned != "as they are" {
			crowd()
		}
		for i, v := range verbs {
			before := rowsRead(t, url)
			run(v, stores[i])
			_ = stores[i].Close()
			// A connection reports how many rows it has read when it ends.
			for len(asked(t, url, fmt.Sprintf(`SELECT query FROM pg_stat_activity WHERE application_name = 'verb%d' AND datname = current_database()`, i))) > 0 {
			}
			if n := rowsRead(t, url) - before; n > 20*times {
				t.Errorf("%s, planned %s, reads %d rows", v.name, planned, n/times)
			}
		}
	}
}

func rowsRead(t *testing.T, url string) int {
	t.Helper()
	text := asked(t, url, `SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::text FROM pg_stat_user_tables WHERE relname ~ '^latchkey_(access_token|ticket|family)_|^latchkey_(account|session)$'`)[0]
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
