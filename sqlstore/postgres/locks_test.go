package postgres_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/sqlstore"
)

// newFamilies writes families, each with an access token and the refresh token {1}.
func newFamilies(t *testing.T, s *sqlstore.Store, n int) []oauth.ID {
	t.Helper()
	now := time.Now().Truncate(time.Millisecond)
	ids := make([]oauth.ID, n)
	for i := range ids {
		ticket := newTicket(now)
		if _, err := s.Approve(ctx, oauth.Approval{Now: time.Now(), Put: &ticket}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Spend(ctx, spend(ticket, now)); err != nil {
			t.Fatal(err)
		}
		ids[i] = ticket.ID
	}
	return ids
}

// refresh exchanges the refresh token {1} of a family.
func refresh(s *sqlstore.Store, family oauth.ID) error {
	now := time.Now()
	row := newAccess(now)
	got, err := s.Rotate(ctx, oauth.Rotation{
		FamilyID: family, ClientID: "c", Presented: oauth.Hash{1}, Next: oauth.Hash{2}, Now: now, IdleExpiresAt: now.Add(time.Hour), Access: &row,
	})
	if err == nil && !got.Won {
		return errSpent
	}
	return err
}

var errSpent = errors.New("it was spent")

// held locks the families until the test releases them.
func held(t *testing.T, url string, families ...oauth.ID) (letGo func()) {
	t.Helper()
	conn := connected(t, url)
	do(t, conn, "BEGIN")
	for _, id := range families {
		if _, err := conn.Exec(ctx, `SELECT FROM latchkey_family WHERE id = $1 FOR UPDATE`, id[:]); err != nil {
			t.Fatal(err)
		}
	}
	return func() { do(t, conn, "ROLLBACK") }
}

// lockedOut reports whether a statement could not take a lock in time, and the error
// is not permanent.
func lockedOut(err error) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && e.Code == "55P03" && errors.Is(err, oauth.ErrUnavailable)
}

// TestLockedRowsDelayOnlyTheCallersThatNeedThem: those callers fail, and all others
// are answered. Nothing runs twice.
func TestLockedRowsDelayOnlyTheCallersThatNeedThem(t *testing.T) {
	for name, setting := range map[string]string{
		"with its own connections": "",
		"with one connection":      "&pool_max_conns=1",
		"with two connections":     "&pool_max_conns=2",
		"with a pooler in between": "&default_query_exec_mode=exec",
	} {
		t.Run(name, func(t *testing.T) {
			const locked, free, rows = 40, 20, 40
			url := migrated(t)
			s := stocked(t, url+setting)
			families := newFamilies(t, s, locked+free)
			letGo := held(t, url, families[:locked]...)
			var (
				all     sync.WaitGroup
				refused [locked]error
			)
			for i, id := range families {
				all.Go(func() {
					err := refresh(s, id)
					if i < locked {
						refused[i] = err
					} else if err != nil {
						t.Errorf("a refresh of a row that is not locked: %v", err)
					}
				})
				if i < rows {
					all.Go(func() {
						if err := s.Issue(ctx, newAccess(time.Now())); err != nil {
							t.Errorf("a row to insert: %v", err)
						}
					})
				}
			}
			all.Wait()
			for _, err := range refused {
				if !lockedOut(err) && !errors.Is(err, sqlstore.ErrNoResult) { // on a slow machine
					t.Errorf("a refresh of a locked row: %v", err)
				}
			}
			kept := func(tokens, spent int) {
				t.Helper()
				got := asked(t, url, `SELECT (SELECT count(*) FROM latchkey_access_token) || ' ' || count(*) || ' ' || sum(generation) FROM latchkey_family WHERE generation > 0`)
				if want := fmt.Sprint(tokens, spent, spent); got[0] != want {
					t.Errorf("access tokens, rotated families and rotations: %s, want %s", got[0], want)
				}
			}
			kept(len(families)+free+rows, free)
			letGo()
			for i, id := range families[:locked] {
				err := refresh(s, id)
				if errors.Is(err, errSpent) && errors.Is(refused[i], sqlstore.ErrNoResult) {
					continue // it was carried out when the lock was released
				}
				if err != nil {
					t.Errorf("after the lock was released: %v", err)
				}
			}
			kept(2*len(families)+rows, len(families))
		})
	}
}

// TestRowThatAnotherTransactionInsertsDoesNotDelayOtherRows, although one statement inserts
// all of them.
func TestRowThatAnotherTransactionInsertsDoesNotDelayOtherRows(t *testing.T) {
	url := migrated(t)
	s := stocked(t, url)
	conn := connected(t, url)
	for range 3 {
		var (
			all    sync.WaitGroup
			tokens [16]oauth.AccessToken
			errs   [16]error
		)
		for i := range tokens {
			tokens[i] = newAccess(time.Now())
		}
		do(t, conn, "BEGIN")
		if _, err := conn.Exec(ctx, `INSERT INTO latchkey_access_token (id, hash, client_id, subject, family_id, scope, issued_at, expires_at) VALUES ($1, '', 'c', '', '', '', 0, 0)`, tokens[7].ID[:]); err != nil {
			t.Fatal(err)
		}
		for i := range tokens {
			all.Go(func() { errs[i] = s.Issue(ctx, tokens[i]) })
		}
		all.Wait()
		do(t, conn, "ROLLBACK")
		for i, err := range errs {
			if i != 7 && err != nil || i == 7 && !lockedOut(err) {
				t.Errorf("row %d: %v", i, err)
			}
		}
		if err := s.Issue(ctx, tokens[7]); err != nil {
			t.Errorf("after the other transaction has ended: %v", err)
		}
	}
}

// TestALockIsWaitedForTwice: first by the batch, and then where no other caller has
// to wait. The statement has the same limit both times. A trigger takes the place of the lock,
// because on a busy machine a test cannot observe both waits.
func TestALockIsWaitedForTwice(t *testing.T) {
	url := migrated(t)
	s := stocked(t, url)
	family := newFamilies(t, s, 1)[0]
	do(t, connected(t, url), `CREATE SEQUENCE attempt;
		CREATE FUNCTION locked_once() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
			IF pg_catalog.current_setting('lock_timeout') <> '300ms' THEN
				RAISE 'the statement waits for %', pg_catalog.current_setting('lock_timeout');
			ELSIF pg_catalog.nextval('public.attempt') = 1 THEN
				RAISE lock_not_available;
			END IF;
			RETURN NEW;
		END $$;
		CREATE TRIGGER locked_once BEFORE UPDATE ON latchkey_family FOR EACH ROW EXECUTE FUNCTION locked_once()`)
	if err := refresh(s, family); err != nil {
		t.Error(err)
	}
	if got := asked(t, url, `SELECT last_value::text FROM attempt`); got[0] != "2" {
		t.Errorf("it was tried %s times", got[0])
	}
}

// TestClosingAnswersCallersThatWaitForALock, and waits no longer for the lock than
// they do.
func TestClosingAnswersCallersThatWaitForALock(t *testing.T) {
	url := migrated(t)
	s := stocked(t, url)
	families := newFamilies(t, s, 4)
	letGo := held(t, url, families...)
	var all sync.WaitGroup
	for _, id := range families {
		all.Go(func() {
			if err := refresh(s, id); err == nil {
				t.Error("a locked row was changed")
			}
		})
	}
	for len(asked(t, url, `SELECT query FROM pg_stat_activity WHERE application_name = 'latchkey' AND wait_event_type = 'Lock'`)) == 0 {
		continue // until they wait
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	all.Wait()
	letGo()
	if got := asked(t, url, `SELECT count(*)::text FROM latchkey_family WHERE generation > 0`); got[0] != "0" {
		t.Errorf("%s families were rotated by calls that failed", got[0])
	}
}

// TestEnablingAnEnabledPersonDoesNotUndoABlockThatIsBeingCommitted: an administrator disables a person
// while another one, or a program, enables the person, who is enabled.
func TestEnablingAnEnabledPersonDoesNotUndoABlockThatIsBeingCommitted(t *testing.T) {
	url := migrated(t)
	now := time.Now()
	s, conn := open(t, url, func() time.Time { return now }), connected(t, url)
	if err := s.CreateUser(ctx, &account.User{ID: "ada", Username: "ada", CreatedAt: now}, "ada", account.Unconditionally); err != nil {
		t.Fatal(err)
	}
	if err := s.CreateClient(ctx, &oauth.Client{ID: "c", Name: "c", Type: oauth.Public, CreatedAt: now}); err != nil {
		t.Fatal(err)
	}
	// Another process has executed the statements of SwitchUser that disable the person, but has not committed them.
	do(t, conn, "BEGIN")
	do(t, conn, `UPDATE latchkey_account SET disabled = 1, login_epoch = login_epoch + 1, version = version + 1 WHERE id = 'ada'`)
	do(t, conn, `INSERT INTO latchkey_subject (id, blocked, revoked_before) VALUES ('ada', 1, 0) ON CONFLICT (id) DO UPDATE SET blocked = 1`)
	done := make(chan error, 1)
	go func() { done <- s.SwitchUser(ctx, account.Switch{UserID: "ada", At: now}) }()
	finished := false
	for !finished && len(asked(t, url, `SELECT query FROM pg_stat_activity WHERE application_name = 'latchkey' AND wait_event_type = 'Lock'`)) == 0 {
		select {
		case err := <-done:
			if finished = true; err != nil {
				t.Fatal(err)
			}
		default:
		}
	}
	do(t, conn, "COMMIT")
	if !finished { // it has waited for the other transaction
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	u, err := s.User(ctx, "ada")
	if err != nil {
		t.Fatal(err)
	}
	standing, err := s.JWTStanding(ctx, oauth.NewID(now), oauth.ID{}, "c", "ada")
	if err != nil || u.Disabled != standing.SubjectBlocked {
		t.Errorf("the account is disabled: %t, but its tokens are blocked: %t (%v)", u.Disabled, standing.SubjectBlocked, err)
	}
}
