package sqlstore

import (
	"context"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// standingColumns and standingJoins add a Standing to a query of a table "t"
// that has client_id and subject. standingWithClient is the same without the
// first column, which says whether the client is missing.
const (
	standingColumns    = `c.id IS NULL, ` + standingWithClient
	standingWithClient = `c.disabled, c.revoked_before, s.blocked, s.revoked_before, a.username`
)

const standingJoins = ` LEFT JOIN latchkey_client c ON c.id = t.client_id LEFT JOIN latchkey_subject s ON s.id = t.subject LEFT JOIN latchkey_account a ON a.id = t.subject`

// clientValid and subjectValid are the conditions that a row "t", issued at
// t.issued_at, is valid as far as its client and its person are concerned:
// Standing.RevokedBecause in SQL. They are subqueries that return one value,
// because these are looked up by key. A planner may turn EXISTS into a join that
// reads the whole table. subjectValid does not consider removals. subjectAllows,
// a condition on removals (see pending.go) and subjectEnd do.
const (
	clientValid   = `coalesce((SELECT c.disabled = 0 AND c.revoked_before < t.issued_at FROM latchkey_client c WHERE c.id = t.client_id), FALSE)`
	subjectValid  = subjectAllows + subjectEnd
	subjectAllows = `coalesce((SELECT s.blocked = 0 AND s.revoked_before < t.issued_at`
	subjectEnd    = ` FROM latchkey_subject s WHERE s.id = t.subject), TRUE)`
)

// familyValid is oauth.Family.Valid for a row "t" at the time $1, with inSession
// $2. The condition on the session can be left out with familyUsable, and the one on
// removals replaced with familyCurrent.
const (
	familyValid   = familyUsable + ` AND ` + inOwnSession
	familyUsable  = familyCurrent + ` AND ` + familyNotRemoved + subjectEnd
	familyCurrent = `t.revoked_at = 0 AND t.idle_expires_at > $1 AND t.expires_at > $1 AND ` + clientValid + ` AND ` + subjectAllows
	inOwnSession  = `(CAST($2 AS BIGINT) = 0 OR NOT (` + boundToSession + `)
		OR coalesce((SELECT l.expires_at > $1 AND l.idle_expires_at > $1 FROM latchkey_session l WHERE l.id = t.session_id), FALSE))`
)

// familyNotRevoked is the condition that an access token was not revoked with its
// family "f". Its client is "c" and its person "s"; they may be missing.
// familyNotRevokedYet does not consider removals.
const (
	familyNotRevoked    = `(` + familyNotRevokedYet + ` AND ` + ownFamilyNotRemoved + `)`
	familyNotRevokedYet = `coalesce(f.revoked_at = 0 AND f.issued_at > coalesce(c.revoked_before, 0) AND f.issued_at > coalesce(s.revoked_before, 0), FALSE)`
)

// accessValid is oauth.AccessToken.Valid for a row "t" at the time $1.
// ownFamilyValid is its condition on the family.
const (
	accessValid    = `t.expires_at > $1 AND ` + clientValid + ` AND ` + subjectValid + ` AND ` + ownFamilyValid
	ownFamilyValid = `(length(t.family_id) = 0 OR coalesce((SELECT ` + familyNotRevoked + `
	FROM latchkey_family f LEFT JOIN latchkey_client c ON c.id = t.client_id LEFT JOIN latchkey_subject s ON s.id = t.subject WHERE f.id = t.family_id), FALSE))`
)

func standingFields(s *oauth.Standing) []any {
	return []any{
		flag{&s.ClientMissing},
		flag{&s.ClientDisabled},
		at{&s.ClientRevokedBefore},
		flag{&s.SubjectBlocked},
		at{&s.SubjectRevokedBefore},
		text{&s.Username},
	}
}

// JWTStanding returns the standing of a JWT access token.
func (s *Store) JWTStanding(ctx context.Context, jti, family oauth.ID, clientID, subject string) (oauth.Standing, error) {
	var (
		standing oauth.Standing
		pending  int64
	)
	args := []any{clientID, subject, number(!family.IsZero()), family[:], jti[:]}
	fields := append(standingFields(&standing), flag{&standing.FamilyRevoked}, flag{&standing.TokenRevoked}, &pending)
	err := s.row(ctx, jwtColumns+familyNotRevokedYet+jwtRest, args...).Scan(fields...)
	if err == nil && pending > 0 {
		err = s.row(ctx, jwtColumns+familyNotRevoked+jwtRest, args...).Scan(fields...)
	}
	return standing, err
}

// jwtColumns, familyNotRevoked or familyNotRevokedYet, and jwtRest are the query for
// the standing of a JWT.
const (
	jwtColumns = `SELECT ` + standingColumns + `, $3 <> 0 AND NOT EXISTS (SELECT 1 FROM latchkey_family f WHERE f.id = $4 AND `
	jwtRest    = `),
		EXISTS (SELECT 1 FROM latchkey_revoked_jwt r WHERE r.id = $5), coalesce(s.pending, 0)
		FROM (SELECT $1 AS client_id, coalesce((SELECT subject FROM latchkey_family WHERE id = $4), $2) AS subject) t` + standingJoins
)

// SetSubject blocks or unblocks a person.
func (s *Store) SetSubject(ctx context.Context, subject string, blocked bool, revokedBefore time.Time) error {
	return s.write(ctx, func(t *tx) error { return t.setSubject(subject, blocked, revokedBefore) })
}

func (t *tx) setSubject(subject string, blocked bool, revokedBefore time.Time) error {
	return t.Exec(`INSERT INTO latchkey_subject (id, blocked, revoked_before) VALUES ($1, $2, $3)
		ON CONFLICT (id) DO UPDATE SET blocked = excluded.blocked,
		revoked_before = CASE WHEN excluded.revoked_before > latchkey_subject.revoked_before THEN excluded.revoked_before ELSE latchkey_subject.revoked_before END`,
		subject, number(blocked), ms(revokedBefore))
}
