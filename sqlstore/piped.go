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
const accessPiped = `SELECT k.n, ` + accessFound + ` FROM pg_catalog.unnest($1::bytea[]) WITH ORDINALITY k(id, n)
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
