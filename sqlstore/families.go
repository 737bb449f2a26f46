package sqlstore

import (
	"context"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// familyNames are the columns of a family in the order of familyFields.
const familyNames = `id, client_id, subject, session_id, scope, auth_time, details, hash, previous, generation, rotated_at, access_scope, replay_until,
	issued_at, idle_expires_at, expires_at, revoked_at, access_audience, address`

const familyColumns = `t.id, t.client_id, t.subject, t.session_id, t.scope, t.auth_time, t.details, t.hash, t.previous, t.generation, t.rotated_at, t.access_scope, t.replay_until,
	t.issued_at, t.idle_expires_at, t.expires_at, t.revoked_at, t.access_audience, t.address`

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
		audience{&f.AccessAudience},
		&f.Address,
	}
}

// familyQuery finds a family by its id, with its standing. The last column is not
// zero if a removal concerns the family, and for mayBeRemoved, if the person has
// removals.
const (
	familyQuery  = familyFirst + `CASE WHEN ` + familyNotRemoved + ` THEN 0 ELSE 1 END` + familyRest
	mayBeRemoved = familyFirst + `coalesce(s.pending, 0)` + familyRest
	familyFirst  = `SELECT ` + familyColumns + `, CASE WHEN l.idle_expires_at < l.expires_at THEN l.idle_expires_at ELSE l.expires_at END, ` + standingColumns + `, `
	familyRest   = `
	FROM latchkey_family t` + standingJoins + ` LEFT JOIN latchkey_session l ON l.id = t.session_id WHERE t.id = $1`
)

// Family returns a family and its standing.
func (s *Store) Family(ctx context.Context, id oauth.ID) (oauth.Family, oauth.Standing, error) {
	f, standing, err := scanFamily(s.row(ctx, mayBeRemoved, id[:]))
	if err == nil && standing.FamilyRevoked && f.RevokedAt.IsZero() {
		return scanFamily(s.row(ctx, familyQuery, id[:]))
	}
	return f, standing, err
}

func scanFamily(row Row) (f oauth.Family, standing oauth.Standing, err error) {
	fields := append(familyFields(&f), at{&standing.SessionExpiresAt})
	var removed int64
	err = row.Scan(append(append(fields, standingFields(&standing)...), &removed)...)
	standing.FamilyRevoked = removed > 0 || !f.RevokedAt.IsZero()
	return f, standing, err
}

const familyInsert = `INSERT INTO latchkey_family (` + familyNames + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, $11, 0, $12, $13, $14, 0, '', $15)`

// familyArgs returns the values of familyInsert, which refer to the family.
func familyArgs(f *oauth.Family) ([]any, error) {
	text, err := detailsText(f.Details)
	return []any{
		f.ID[:], f.ClientID, f.Subject, f.SessionID, f.Scope.String(), ms(f.AuthTime), text, blob(f.Hash[:]), blob(f.Previous[:]), f.Generation,
		f.AccessScope.String(), ms(f.IssuedAt), ms(f.IdleExpiresAt), ms(f.ExpiresAt), f.Address,
	}, err
}

// sameClient compares a family's client_id with a parameter without looking
// rows up by it. A plan that is older than the rows might otherwise read all
// families of the client.
const sameClient = `client_id || ''`

// exchangeRefresh exchanges a refresh token if all conditions of a Rotation hold.
// familyUsable or familyUsableIfNonePending and the condition on the login session
// follow.
const exchangeRefresh = `UPDATE latchkey_family AS t SET previous = t.hash, hash = $3, generation = t.generation + 1, rotated_at = $1, idle_expires_at = $4,
	access_scope = CASE WHEN $5 = '' THEN t.scope ELSE $5 END, access_audience = $10, address = $11, replay_until = $9
	WHERE t.id = $6 AND t.` + sameClient + ` = $7 AND t.hash = $8 AND `

// familyUsableIfNonePending is familyUsable for a person without removals.
const familyUsableIfNonePending = familyCurrent + ` AND ` + nonePending + subjectEnd

func rotationArgs(r *oauth.Rotation) []any {
	return append(make([]any, 0, 15), ms(r.Now), number(r.InSession), r.Next[:], ms(r.IdleExpiresAt), r.Scope.String(), r.FamilyID[:], r.ClientID, r.Presented[:], ms(r.ReplayUntil), r.Audience.String(), r.Address)
}

// rotatedNames are the columns of a family that a rotation does not already know,
// in the order of rotatedFields.
const rotatedNames = `subject, session_id, scope, auth_time, details, generation, access_scope, issued_at, expires_at`

func rotatedFields(f *oauth.Family) []any {
	return []any{&f.Subject, &f.SessionID, scopes{&f.Scope}, at{&f.AuthTime}, details{&f.Details}, &f.Generation, scopes{&f.AccessScope}, at{&f.IssuedAt}, at{&f.ExpiresAt}}
}

// rotated returns the family after the rotation, without the rotatedFields.
func rotated(r *oauth.Rotation) oauth.Family {
	return oauth.Family{
		ID: r.FamilyID, ClientID: r.ClientID, Hash: r.Next, Previous: r.Presented, RotatedAt: r.Now, AccessAudience: r.Audience, Address: r.Address, ReplayUntil: r.ReplayUntil, IdleExpiresAt: r.IdleExpiresAt,
	}
}

// Rotate exchanges a refresh token and writes what is issued for it.
func (s *Store) Rotate(ctx context.Context, r oauth.Rotation) (oauth.SpendResult, error) {
	if r.Now.IsZero() {
		return oauth.SpendResult{}, errNoTime
	}
	if s.batcher != nil {
		return s.rotateByStatement(ctx, r)
	}
	return s.rotateByJob(ctx, r)
}

func (s *Store) rotateByJob(ctx context.Context, r oauth.Rotation) (result oauth.SpendResult, err error) {
	err = s.write(ctx, func(t *tx) error {
		result = oauth.SpendResult{Won: true, Family: rotated(&r)}
		f := &result.Family
		err := t.Row(exchangeRefresh+familyValid+` RETURNING `+rotatedNames, rotationArgs(&r)...).Scan(rotatedFields(f)...)
		if Expected(err) {
			result.Won = false
			result.Family, result.Standing, err = scanFamily(t.Row(familyQuery, r.FamilyID[:]))
			return err
		}
		if err != nil {
			return err
		}
		s.rows.Add(1)
		return s.addAccess(t, r.Access, f, r.Audience)
	})
	return result, err
}

const (
	rotateStatement = `WITH u AS (
	` + exchangeRefresh + familyUsableIfNonePending + ` AND ` + inOwnSession + rotationRest
	// rotateDespiteRemoval is for a person with removals. See spendStatements.
	rotateDespiteRemoval = `WITH u AS (
	` + exchangeRefresh + familyValid + rotationRest
	// rotateUnbound never matches a family that is bound to its session. Without
	// the lookup of the session, the statement costs a sixth less.
	rotateUnbound = `WITH u AS (
	` + exchangeRefresh + familyUsableIfNonePending + ` AND (CAST($2 AS BIGINT) = 0 OR t.session_id = '' OR t.scope NOT LIKE '%openid%')` + rotationRest
	rotationRest = ` RETURNING t.id, t.client_id, t.subject, t.session_id, t.scope, t.auth_time, t.details, t.generation, t.access_scope, t.issued_at, t.expires_at
), a AS (
	INSERT INTO latchkey_access_token (id, hash, client_id, subject, family_id, scope, issued_at, expires_at, audience)
	SELECT $12::bytea, $13::bytea, client_id, subject, id, access_scope, $14::bigint, $15::bigint, $10::text FROM u WHERE length($12::bytea) > 0
) SELECT ` + rotatedNames + ` FROM u`
)

func (s *Store) rotateByStatement(ctx context.Context, r oauth.Rotation) (oauth.SpendResult, error) {
	statement := rotateUnbound
	if r.InSession && s.bound.contains(r.ClientID) {
		statement = rotateStatement
	}
	for {
		result := oauth.SpendResult{Won: true, Family: rotated(&r)}
		found, err := s.runStatement(ctx, statement, append(rotationArgs(&r), accessOf(r.Access)...), rotatedFields(&result.Family)...)
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
		result.Won = false
		if result.Family, result.Standing, err = s.Family(ctx, r.FamilyID); err != nil {
			return result, err
		}
		if statement != rotateDespiteRemoval && result.Family.Hash == r.Presented && result.Family.Valid(result.Standing, r.Now, r.InSession) {
			if result.Family.BoundToSession() {
				s.bound.add(r.ClientID)
			}
			statement = rotateDespiteRemoval // which has all conditions
			continue
		}
		if result.Family.Previous == r.Presented {
			// The reuse is reported even if the caller closes the connection.
			_, err = s.runStatement(context.WithoutCancel(ctx), waitForRotation, []any{r.FamilyID[:], r.Presented[:]})
		}
		return result, err
	}
}

// waitForRotation changes nothing, but its commit waits for the commits before
// it. A repeated token is answered with what another rotation wrote, which can
// be visible before it is safe: PostgreSQL shows a commit that was canceled
// while it waited for a synchronous standby.
const waitForRotation = `UPDATE latchkey_family SET previous = previous WHERE id = $1 AND previous = $2`

// setReplayWindow matches the row by both hashes, so that it waits for a
// rotation that is being committed, and decides afterwards.
const setReplayWindow = `UPDATE latchkey_family SET replay_until = CASE
	WHEN previous = $2 AND revoked_at = 0 AND replay_until >= $3 THEN CASE WHEN CAST($4 AS BIGINT) = 0 THEN idle_expires_at ELSE $4 END
	ELSE replay_until END WHERE id = $1 AND (hash = $2 OR previous = $2)`

// SetReplayWindow changes how long an exchanged refresh token returns the same
// tokens again.
func (s *Store) SetReplayWindow(ctx context.Context, w oauth.ReplayWindow) error {
	if w.Since.IsZero() {
		return errNoTime
	}
	args := []any{w.FamilyID[:], w.Presented[:], ms(w.Since), ms(w.Until)}
	if s.batcher != nil {
		_, err := s.runStatement(ctx, setReplayWindow, args)
		return err
	}
	return s.write(ctx, func(t *tx) error { return t.Exec(setReplayWindow, args...) })
}

// WithdrawConsent deletes a consent and revokes what was issued on its basis. All of
// it is invalid at once, even if some rows are changed later.
func (s *Store) WithdrawConsent(ctx context.Context, subject, clientID string, when time.Time) error {
	if when.IsZero() {
		return errNoTime
	}
	return s.act(ctx, func(t *tx) error {
		consents, err := t.Count(`DELETE FROM latchkey_consent WHERE subject = $1 AND client_id = $2`, subject, clientID)
		if err != nil {
			return err
		}
		if consents == 0 { // tickets have no index for this, and are not read without a reason
			var one int64
			err := t.Row(`SELECT 1 FROM latchkey_family WHERE subject = $1 AND client_id = $2 LIMIT 1`, subject, clientID).Scan(&one)
			if Expected(err) {
				return nil
			}
			if err != nil {
				return err
			}
		}
		return t.remove(removal{kind: "consent", subject: subject, target: clientID, at: when})
	})
}

// Consent returns a consent.
func (s *Store) Consent(ctx context.Context, subject, clientID string) (oauth.Consent, error) {
	c := oauth.Consent{Subject: subject, ClientID: clientID}
	err := s.row(ctx, `SELECT scope, granted_at, updated_at, ends_at FROM latchkey_consent WHERE subject = $1 AND client_id = $2`, subject, clientID).
		Scan(remembered{&c.Scope}, at{&c.GrantedAt}, at{&c.UpdatedAt}, at{&c.EndsAt})
	return c, err
}
