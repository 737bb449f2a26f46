package sqlstore

import (
	"context"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// The verbs of the protocol as one statement each, for an engine whose
// statements can change several tables: a verb is then one round trip, and
// shares its commit with others. What was refused is looked up afterwards, to
// tell why.

func (s *Store) pipe(ctx context.Context, query string, args []any, dest ...any) (bool, error) {
	call := s.begin(ctx, query, writes)
	found, err := s.piper.Pipe(ctx, query, args, dest...)
	return found, call.end(err)
}

// find looks a key up, together with those of others.
func (s *Store) find(ctx context.Context, query string, key []byte, dest ...any) error {
	call := s.begin(ctx, query, reads)
	found, err := s.piper.Find(ctx, query, key, dest...)
	if err == nil && !found {
		err = errNotFound
	}
	return call.end(err)
}

// accessPiped finds many access tokens. OFFSET 0 keeps each lookup one by key:
// joined, the planner would rather read a whole table that it thinks is small.
const accessPiped = `SELECT k.n, ` + accessFound + ` FROM unnest($1::bytea[]) WITH ORDINALITY k(id, n)
	CROSS JOIN LATERAL (SELECT * FROM latchkey_access_token t WHERE t.id = k.id OFFSET 0) t
	LEFT JOIN LATERAL (SELECT id, disabled, revoked_before FROM latchkey_client c WHERE c.id = t.client_id OFFSET 0) c ON true
	LEFT JOIN LATERAL (SELECT blocked, revoked_before FROM latchkey_subject s WHERE s.id = t.subject OFFSET 0) s ON true
	LEFT JOIN LATERAL (SELECT username FROM latchkey_account a WHERE a.id = t.subject OFFSET 0) a ON true
	LEFT JOIN LATERAL (SELECT id, revoked_at, issued_at, details FROM latchkey_family f WHERE f.id = t.family_id OFFSET 0) f ON true`

const issuePiped = `INSERT INTO latchkey_access_token (id, hash, client_id, subject, family_id, scope, issued_at, expires_at)
	SELECT * FROM unnest($1::bytea[], $2::bytea[], $3::text[], $4::text[], $5::bytea[], $6::text[], $7::bigint[], $8::bigint[])`

func (s *Store) issuePiped(ctx context.Context, token oauth.AccessToken) error {
	call := s.begin(ctx, issuePiped, writes)
	return call.end(s.piper.Add(ctx, issuePiped, accessArgs(token)))
}

// accessOf are the arguments of an access token whose other columns come from
// the statement; without a token the id is empty.
func accessOf(t *oauth.AccessToken) []any {
	if t == nil {
		return []any{[]byte{}, []byte{}, int64(0), int64(0)}
	}
	return []any{t.ID[:], t.Hash[:], ms(t.IssuedAt), ms(t.ExpiresAt)}
}

// redeemPiped holds the session until it commits: a log-out that comes
// meanwhile waits, and then finds the family.
const redeemPiped = `WITH u AS (
	` + spendCode + ` AND ($13::bigint = 0 OR t.session_id = '' OR EXISTS (SELECT 1 FROM latchkey_session l WHERE l.id = t.session_id FOR KEY SHARE))
	RETURNING t.*
), f AS (
	INSERT INTO latchkey_family (id, client_id, subject, session_id, scope, auth_time, details, hash, previous, generation, rotated_at, access_scope,
		issued_at, idle_expires_at, expires_at, revoked_at)
	SELECT id, client_id, subject, session_id, scope, auth_time, openid, $7::bytea, $8::bytea, $9::bigint, 0, scope, $10::bigint, $11::bigint, $12::bigint, 0 FROM u
), a AS (
	INSERT INTO latchkey_access_token (id, hash, client_id, subject, family_id, scope, issued_at, expires_at)
	SELECT $14::bytea, $15::bytea, client_id, subject, id, scope, $16::bigint, $17::bigint FROM u WHERE length($14::bytea) > 0
) SELECT ` + codeColumns + ` FROM u t`

func (s *Store) redeemPiped(ctx context.Context, r oauth.Redemption) (oauth.Redeemed, error) {
	got := oauth.Redeemed{Won: true}
	f := r.Family
	args := []any{
		ms(r.Now), r.ID[:], r.Hash[:], r.ClientID, r.Challenge, r.RedirectURI,
		blob(f.Hash[:]), blob(f.Previous[:]), f.Generation, ms(f.IssuedAt), ms(f.IdleExpiresAt), ms(f.ExpiresAt), number(r.InSession),
	}
	found, err := s.pipe(ctx, redeemPiped, append(args, accessOf(r.Access)...), codeFields(&got.Code)...)
	if err != nil {
		return oauth.Redeemed{}, err
	}
	if found {
		s.rows.Add(2)
		if r.Access != nil {
			s.rows.Add(1)
		}
		return got, nil
	}
	got = oauth.Redeemed{}
	err = s.row(ctx, `SELECT `+codeColumns+`, `+standingColumns+` FROM latchkey_code t`+standingJoins+` WHERE t.id = $1`, r.ID[:]).
		Scan(append(codeFields(&got.Code), standingFields(&got.Standing)...)...)
	return got, err
}

const rotatePiped = `WITH u AS (
	` + spendRefresh + ` RETURNING t.*
), a AS (
	INSERT INTO latchkey_access_token (id, hash, client_id, subject, family_id, scope, issued_at, expires_at)
	SELECT $8::bytea, $9::bytea, client_id, subject, id, access_scope, $10::bigint, $11::bigint FROM u WHERE length($8::bytea) > 0
) SELECT ` + familyColumns + ` FROM u t`

func (s *Store) rotatePiped(ctx context.Context, r oauth.Rotation) (oauth.SpendResult, error) {
	got := oauth.SpendResult{Won: true}
	args := []any{r.Next[:], ms(r.Now), ms(r.IdleExpiresAt), r.Scope.String(), r.FamilyID[:], r.ClientID, r.Presented[:]}
	found, err := s.pipe(ctx, rotatePiped, append(args, accessOf(r.Access)...), familyFields(&got.Family)...)
	if err != nil {
		return oauth.SpendResult{}, err
	}
	if found {
		s.rows.Add(1)
		if r.Access != nil {
			s.rows.Add(1)
		}
		return got, nil
	}
	got = oauth.SpendResult{}
	err = s.row(ctx, `SELECT `+familyColumns+`, `+standingColumns+` FROM latchkey_family t`+standingJoins+` WHERE t.id = $1`, r.FamilyID[:]).
		Scan(append(familyFields(&got.Family), standingFields(&got.Standing)...)...)
	got.Standing.FamilyRevoked = !got.Family.RevokedAt.IsZero()
	if err == nil && got.Family.Previous == r.Presented { // a reuse, which does not go away with its caller
		_, err = s.pipe(context.WithoutCancel(ctx), settlePiped, []any{r.FamilyID[:], r.Presented[:]})
	}
	return got, err
}

// settlePiped changes nothing, but its commit waits for those before it. Who
// asks again is told what another commit made, and that can be seen before it
// is safe: when it was given up while it waited for a synchronous standby.
const settlePiped = `UPDATE latchkey_family SET previous = previous WHERE id = $1 AND previous = $2`

const revokePiped = `WITH a AS (
	DELETE FROM latchkey_access_token WHERE id = $1 AND hash = $2 AND client_id = $3 RETURNING family_id
), j AS (
	INSERT INTO latchkey_revoked_jwt (id, expires_at) SELECT $4::bytea, $5::bigint WHERE length($4::bytea) > 0 ON CONFLICT DO NOTHING
) UPDATE latchkey_family SET revoked_at = $6 WHERE ` + byClient + ` = $3 AND revoked_at = 0
	AND id = CASE WHEN length($1::bytea) = 0 THEN $7::bytea ELSE (SELECT family_id FROM a) END RETURNING revoked_at`

func (s *Store) revokePiped(ctx context.Context, r oauth.Revocation) error {
	id, hash := []byte{}, []byte{}
	if r.Access != nil {
		id, hash = r.Access.ID[:], r.Access.Hash[:]
	}
	s.rows.Add(1)
	var at int64
	_, err := s.pipe(ctx, revokePiped, []any{id, hash, r.ClientID, blob(r.JWT[:]), ms(r.JWTExpiresAt), ms(r.At), blob(r.FamilyID[:])}, &at)
	return err
}
