package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// Revoke revokes tokens of a client.
func (s *Store) Revoke(ctx context.Context, r oauth.Revocation) (revoked bool, subject string, err error) {
	if r.At.IsZero() || (!r.JWT.IsZero() && r.JWTExpiresAt.IsZero()) {
		return false, "", errNoTime
	}
	if s.batcher != nil {
		return s.revokeByStatement(ctx, r)
	}
	err = s.write(ctx, func(t *tx) (err error) {
		revoked, subject, err = s.revokeInJob(t, &r)
		return err
	})
	if err != nil {
		return false, "", err
	}
	return revoked, subject, nil
}

const (
	revokeFamily = `UPDATE latchkey_family SET revoked_at = $1 WHERE id = $2 AND client_id = $3 AND revoked_at = 0 RETURNING subject`
	// revokeFamilyOf follows deleteAccess, which returns the person.
	revokeFamilyOf = `UPDATE latchkey_family SET revoked_at = $1 WHERE id = $2 AND client_id = $3 AND revoked_at = 0`
	deleteAccess   = `DELETE FROM latchkey_access_token WHERE id = $1 AND hash = $2 AND client_id = $3 RETURNING family_id, subject`
)

// revokeInJob revokes tokens in a transaction. Nothing is revoked if the access
// token does not exist.
func (s *Store) revokeInJob(t *tx, r *oauth.Revocation) (revoked bool, subject string, err error) {
	if r.Access != nil {
		var family []byte // empty for a token without one
		row := t.Row(deleteAccess, r.Access.ID[:], r.Access.Hash[:], r.ClientID)
		if found, err := foundBy(row.Scan(&family, &subject)); err != nil || !found {
			return false, "", err
		}
		s.rows.Add(1)
		if len(family) > 0 {
			n, err := t.Count(revokeFamilyOf, ms(r.At), family, r.ClientID)
			if err != nil {
				return false, "", err
			}
			s.rows.Add(uint64(n)) //nolint:gosec // at most 1
		}
		revoked = true
	}
	if !r.JWT.IsZero() {
		s.rows.Add(1)
		n, err := t.Count(`INSERT INTO latchkey_revoked_jwt (id, expires_at) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING`, r.JWT[:], ms(r.JWTExpiresAt))
		if err != nil {
			return false, "", err
		}
		revoked = revoked || n > 0
	}
	for _, family := range r.Families {
		if family.IsZero() {
			continue
		}
		s.rows.Add(1)
		ended, err := foundBy(t.Row(revokeFamily, ms(r.At), family[:], r.ClientID).Scan(&subject))
		if err != nil {
			return false, "", err
		}
		revoked = revoked || ended
	}
	return revoked, subject, nil
}

// foundBy reports whether a scan found a row.
func foundBy(err error) (bool, error) {
	if errors.Is(err, oauth.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// revokeOne revokes the family $7, or an access token and its family.
const revokeOne = revokeRest + ` = CASE WHEN length($1::bytea) = 0 THEN $7::bytea ELSE (SELECT family_id FROM a) END` + revokedAny

const revokeRest = `WITH a AS (
	DELETE FROM latchkey_access_token WHERE id = $1 AND hash = $2 AND client_id = $3 RETURNING family_id, subject
), j AS (
	INSERT INTO latchkey_revoked_jwt (id, expires_at) SELECT $4::bytea, $5::bigint WHERE length($4::bytea) > 0 ON CONFLICT DO NOTHING RETURNING id
), f AS (
	UPDATE latchkey_family SET revoked_at = $6 WHERE ` + sameClient + ` = $3 AND revoked_at = 0 AND id`

// revokedAny is the end of the statement. It returns a row with the person if any row was revoked.
const revokedAny = ` RETURNING subject
) SELECT coalesce((SELECT subject FROM a), (SELECT subject FROM f LIMIT 1), '') WHERE EXISTS (SELECT FROM a) OR EXISTS (SELECT FROM j) OR EXISTS (SELECT FROM f)`

// revokeText is the statement that revokes n families, which are the parameters
// from $7 on.
func revokeText(n int) string {
	if n == 1 {
		return revokeOne
	}
	families := make([]string, n)
	for i := range families {
		families[i] = fmt.Sprintf("$%d::bytea", 7+i)
	}
	return revokeRest + ` IN (` + strings.Join(families, ", ") + `)` + revokedAny
}

func (s *Store) revokeByStatement(ctx context.Context, r oauth.Revocation) (revoked bool, subject string, err error) {
	families := r.Families
	if r.Access != nil && len(families) > 0 {
		return false, "", errors.New("a revocation names an access token or families, not both")
	}
	id, hash := []byte{}, []byte{}
	if r.Access != nil {
		id, hash = r.Access.ID[:], r.Access.Hash[:]
	}
	args := append(make([]any, 0, 7+len(families)), id, hash, r.ClientID, blob(r.JWT[:]), ms(r.JWTExpiresAt), ms(r.At))
	for i := range families {
		args = append(args, blob(families[i][:]))
	}
	if len(families) == 0 {
		args = append(args, []byte{})
	}
	n := len(args) - 6
	s.rows.Add(uint64(n)) //nolint:gosec // not negative
	revoked, err = s.runStatement(ctx, revokeText(n), args, &subject)
	return revoked, subject, err
}
