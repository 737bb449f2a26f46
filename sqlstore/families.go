package sqlstore

import (
	"context"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// familyNames are the columns of a family in the order of familyFields.
const familyNames = `id, client_id, subject, session_id, scope, auth_time, details, hash, previous, generation, rotated_at, access_scope, replay_until,
	issued_at, idle_expires_at, expires_at, revoked_at`

const familyColumns = `t.id, t.client_id, t.subject, t.session_id, t.scope, t.auth_time, t.details, t.hash, t.previous, t.generation, t.rotated_at, t.access_scope, t.replay_until,
	t.issued_at, t.idle_expires_at, t.expires_at, t.revoked_at`

func familyFields(f *oauth.Family) []any {
	return []any{
		bytes{f.ID[:]},
		&f.ClientID, &f.Subject, &f.SessionID,
		scopes{&f.Scope},
		at{&f.AuthTime},
		details{&f.Details},
		bytes{f.Hash[:]},
		bytes{f.Previous[:]},
		&f.Generation,
		at{&f.RotatedAt},
		scopes{&f.AccessScope},
		at{&f.ReplayUntil},
		at{&f.IssuedAt},
		at{&f.IdleExpiresAt},
		at{&f.ExpiresAt},
		at{&f.RevokedAt},
	}
}

// familyQuery finds a family by its id, with its standing.
const familyQuery = `SELECT ` + familyColumns + `, CASE WHEN l.idle_expires_at < l.expires_at THEN l.idle_expires_at ELSE l.expires_at END, ` + standingColumns + `
	FROM latchkey_family t` + standingJoins + ` LEFT JOIN latchkey_session l ON l.id = t.session_id WHERE t.id = $1`

// Family returns a family and its standing.
func (s *Store) Family(ctx context.Context, id oauth.ID) (oauth.Family, oauth.Standing, error) {
	return scanFamily(s.row(ctx, familyQuery, id[:]))
}

func scanFamily(row Row) (f oauth.Family, standing oauth.Standing, err error) {
	fields := append(familyFields(&f), at{&standing.SessionExpiresAt})
	err = row.Scan(append(fields, standingFields(&standing)...)...)
	standing.FamilyRevoked = !f.RevokedAt.IsZero()
	return f, standing, err
}

const familyInsert = `INSERT INTO latchkey_family (` + familyNames + `, sweep_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, $11, 0, $12, $13, $14, 0, $15)`

// familyArgs returns the values of familyInsert.
func familyArgs(f oauth.Family) ([]any, error) {
	text, err := detailsText(f.Details)
	return []any{
		f.ID[:], f.ClientID, f.Subject, f.SessionID, f.Scope.String(), ms(f.AuthTime), text, blob(f.Hash[:]), blob(f.Previous[:]), f.Generation,
		f.AccessScope.String(), ms(f.IssuedAt), ms(f.IdleExpiresAt), ms(f.ExpiresAt), min(ms(f.IdleExpiresAt), ms(f.ExpiresAt)),
	}, err
}

// sameClient compares a family's client_id with a parameter without looking
// rows up by it. A plan that is older than the rows might otherwise read all
// families of the client.
const sameClient = `client_id || ''`

// exchangeRefresh exchanges a refresh token if all conditions of a Rotation
// hold.
const exchangeRefresh = `UPDATE latchkey_family AS t SET previous = t.hash, hash = $3, generation = t.generation + 1, rotated_at = $1, idle_expires_at = $4,
	access_scope = CASE WHEN $5 = '' THEN t.scope ELSE $5 END, replay_until = $9
	WHERE t.id = $6 AND t.` + sameClient + ` = $7 AND t.hash = $8 AND ` + familyValid

func rotationArgs(r oauth.Rotation) []any {
	return []any{ms(r.Now), number(r.InSession), r.Next[:], ms(r.IdleExpiresAt), r.Scope.String(), r.FamilyID[:], r.ClientID, r.Presented[:], ms(r.ReplayUntil)}
}

// Rotate exchanges a refresh token and writes what is issued for it.
func (s *Store) Rotate(ctx context.Context, r oauth.Rotation) (result oauth.SpendResult, err error) {
	if s.batcher != nil {
		return s.rotateByStatement(ctx, r)
	}
	err = s.write(ctx, func(t *tx) error {
		result = oauth.SpendResult{Won: true}
		err := t.Row(exchangeRefresh+` RETURNING `+familyNames, rotationArgs(r)...).Scan(familyFields(&result.Family)...)
		if Expected(err) {
			result.Won = false
			result.Family, result.Standing, err = scanFamily(t.Row(familyQuery, r.FamilyID[:]))
			return err
		}
		if err != nil {
			return err
		}
		s.rows.Add(1)
		return s.addAccess(t, r.Access, result.Family)
	})
	return result, err
}

const rotateStatement = `WITH u AS (
	` + exchangeRefresh + ` RETURNING t.*
), a AS (
	INSERT INTO latchkey_access_token (id, hash, client_id, subject, family_id, scope, issued_at, expires_at)
	SELECT $10::bytea, $11::bytea, client_id, subject, id, access_scope, $12::bigint, $13::bigint FROM u WHERE length($10::bytea) > 0
) SELECT ` + familyColumns + ` FROM u t`

func (s *Store) rotateByStatement(ctx context.Context, r oauth.Rotation) (oauth.SpendResult, error) {
	result := oauth.SpendResult{Won: true}
	found, err := s.runStatement(ctx, rotateStatement, append(rotationArgs(r), accessOf(r.Access)...), familyFields(&result.Family)...)
	if err != nil {
		return oauth.SpendResult{}, err
	}
	if found {
		s.rows.Add(1)
		if r.Access != nil {
			s.rows.Add(1)
		}
		return result, nil
	}
	result = oauth.SpendResult{}
	if result.Family, result.Standing, err = s.Family(ctx, r.FamilyID); err != nil {
		return result, err
	}
	if result.Family.Previous == r.Presented {
		// The reuse is reported even if the caller closes the connection.
		_, err = s.runStatement(context.WithoutCancel(ctx), waitForRotation, []any{r.FamilyID[:], r.Presented[:]})
	}
	return result, err
}

// waitForRotation changes nothing, but its commit waits for the commits before
// it. A repeated token is answered with what another rotation wrote, which can
// be visible before it is safe: PostgreSQL shows a commit that was cancelled
// while it waited for a synchronous standby.
const waitForRotation = `UPDATE latchkey_family SET previous = previous WHERE id = $1 AND previous = $2`

// setReplayWindow matches the row by both hashes, so that it waits for a
// rotation that is being committed, and decides afterwards.
const setReplayWindow = `UPDATE latchkey_family SET replay_until = CASE
	WHEN previous = $2 AND revoked_at = 0 AND replay_until >= $3 THEN CASE WHEN CAST($4 AS BIGINT) = 0 THEN idle_expires_at ELSE $4 END
	ELSE replay_until END WHERE id = $1 AND (hash = $2 OR previous = $2)`

// SetReplayWindow changes until when an exchanged refresh token gets the same
// answer again.
func (s *Store) SetReplayWindow(ctx context.Context, w oauth.ReplayWindow) error {
	args := []any{w.FamilyID[:], w.Presented[:], ms(w.Since), ms(w.Until)}
	if s.batcher != nil {
		_, err := s.runStatement(ctx, setReplayWindow, args)
		return err
	}
	return s.write(ctx, func(t *tx) error { return t.Exec(setReplayWindow, args...) })
}

// WithdrawConsent deletes a consent and revokes what was issued on its basis.
func (s *Store) WithdrawConsent(ctx context.Context, subject, clientID string, when time.Time) error {
	return s.write(ctx, func(t *tx) error {
		consents, err := t.Count(`DELETE FROM latchkey_consent WHERE subject = $1 AND client_id = $2`, subject, clientID)
		if err != nil {
			return err
		}
		revoke := func() (int64, error) {
			return t.Count(`UPDATE latchkey_family SET revoked_at = $1 WHERE subject = $2 AND client_id = $3 AND revoked_at = 0`, ms(when), subject, clientID)
		}
		if consents == 0 { // tickets have no index for this, and are not read without a reason
			if families, err := revoke(); err != nil || families == 0 {
				return err
			}
		}
		// Tickets first: if one of them is spent at the same time, its family exists
		// when the families are revoked. Tickets that are too old to be valid are not
		// read.
		if err := t.Exec(`DELETE FROM latchkey_ticket WHERE id >= $1 AND subject = $2 AND client_id = $3 AND spent_at = 0`,
			idsFrom(when.Add(-oauth.LongestTicket)), subject, clientID); err != nil {
			return err
		}
		_, err = revoke()
		return err
	})
}

// Consent returns a consent.
func (s *Store) Consent(ctx context.Context, subject, clientID string) (oauth.Consent, error) {
	c := oauth.Consent{Subject: subject, ClientID: clientID}
	err := s.row(ctx, `SELECT scope, granted_at, updated_at FROM latchkey_consent WHERE subject = $1 AND client_id = $2`, subject, clientID).
		Scan(scopes{&c.Scope}, at{&c.GrantedAt}, at{&c.UpdatedAt})
	return c, err
}
