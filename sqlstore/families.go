package sqlstore

import (
	"context"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

const familyColumns = `t.id, t.client_id, t.subject, t.session_id, t.scope, t.auth_time, t.details, t.hash, t.previous, t.generation, t.rotated_at, t.access_scope,
	t.issued_at, t.idle_expires_at, t.expires_at, t.revoked_at`

func familyFields(f *oauth.Family) []any {
	return []any{
		bytes{f.ID[:]},
		&f.ClientID, &f.Subject, &f.SessionID,
		scopes{&f.Scope},
		at{&f.AuthTime},
		openIDOf{&f.Details},
		bytes{f.Hash[:]},
		bytes{f.Previous[:]},
		&f.Generation,
		at{&f.RotatedAt},
		scopes{&f.AccessScope},
		at{&f.IssuedAt},
		at{&f.IdleExpiresAt},
		at{&f.ExpiresAt},
		at{&f.RevokedAt},
	}
}

// Family finds a family and its standing.
func (s *Store) Family(ctx context.Context, id oauth.ID) (oauth.Family, oauth.Standing, error) {
	var (
		f        oauth.Family
		standing oauth.Standing
	)
	err := s.row(ctx, `SELECT `+familyColumns+`, `+standingColumns+` FROM latchkey_family t`+standingJoins+` WHERE t.id = $1`, id[:]).
		Scan(append(familyFields(&f), standingFields(&standing)...)...)
	standing.FamilyRevoked = !f.RevokedAt.IsZero()
	return f, standing, err
}

// insertFamily reports whether the family was added, or was there already.
func (t *tx) insertFamily(f oauth.Family) (bool, error) {
	openID, err := openIDText(f.Details)
	if err != nil {
		return false, err
	}
	added, err := t.Count(`INSERT INTO latchkey_family (id, client_id, subject, session_id, scope, auth_time, details, hash, previous, generation, rotated_at, access_scope,
		issued_at, idle_expires_at, expires_at, revoked_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, $11, $12, $13, $14, 0) ON CONFLICT (id) DO NOTHING`,
		f.ID[:], f.ClientID, f.Subject, f.SessionID, f.Scope.String(), ms(f.AuthTime), openID, blob(f.Hash[:]), blob(f.Previous[:]), f.Generation,
		f.AccessScope.String(), ms(f.IssuedAt), ms(f.IdleExpiresAt), ms(f.ExpiresAt))
	return added == 1, err
}

// byClient is compared with a client id and not looked up by it: a plan that is
// older than the rows might else read all of the client's families.
const byClient = `client_id || ''`

// spendRefresh spends a refresh token if every condition of a Rotation holds.
const spendRefresh = `UPDATE latchkey_family AS t SET previous = t.hash, hash = $1, generation = t.generation + 1, rotated_at = $2, idle_expires_at = $3,
	access_scope = CASE WHEN $4 = '' THEN t.scope ELSE $4 END
	WHERE t.id = $5 AND t.` + byClient + ` = $6 AND t.hash = $7 AND t.revoked_at = 0 AND t.idle_expires_at > $2 AND t.expires_at > $2 AND` + stands

// Rotate spends a refresh token, in the same manner as Redeem.
func (s *Store) Rotate(ctx context.Context, r oauth.Rotation) (oauth.SpendResult, error) {
	if s.piper != nil {
		return s.rotatePiped(ctx, r)
	}
	var got oauth.SpendResult
	err := s.write(ctx, func(t *tx) error {
		got = oauth.SpendResult{Won: true}
		err := t.Row(spendRefresh+` RETURNING id, client_id, subject, session_id, scope, auth_time, details, hash, previous, generation, rotated_at, access_scope,
			issued_at, idle_expires_at, expires_at, revoked_at`,
			r.Next[:], ms(r.Now), ms(r.IdleExpiresAt), r.Scope.String(), r.FamilyID[:], r.ClientID, r.Presented[:],
		).Scan(familyFields(&got.Family)...)
		if Expected(err) {
			got = oauth.SpendResult{}
			err := t.Row(`SELECT `+familyColumns+`, `+standingColumns+` FROM latchkey_family t`+standingJoins+` WHERE t.id = $1`, r.FamilyID[:]).
				Scan(append(familyFields(&got.Family), standingFields(&got.Standing)...)...)
			got.Standing.FamilyRevoked = !got.Family.RevokedAt.IsZero()
			return err
		}
		if err != nil {
			return err
		}
		s.rows.Add(1)
		return s.addAccess(t, r.Access, got.Family)
	})
	return got, err
}

// Revoke ends tokens of the client.
func (s *Store) Revoke(ctx context.Context, r oauth.Revocation) error {
	if s.piper != nil {
		return s.revokePiped(ctx, r)
	}
	return s.write(ctx, func(t *tx) error {
		family := r.FamilyID
		if r.Access != nil {
			err := t.Row(`DELETE FROM latchkey_access_token WHERE id = $1 AND hash = $2 AND client_id = $3 RETURNING family_id`,
				r.Access.ID[:], r.Access.Hash[:], r.ClientID).Scan(bytes{family[:]})
			if Expected(err) {
				return nil
			}
			if err != nil {
				return err
			}
			s.rows.Add(1)
		}
		if !r.JWT.IsZero() {
			s.rows.Add(1)
			if err := t.Exec(`INSERT INTO latchkey_revoked_jwt (id, expires_at) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING`, r.JWT[:], ms(r.JWTExpiresAt)); err != nil {
				return err
			}
		}
		if family.IsZero() {
			return nil
		}
		s.rows.Add(1)
		return t.Exec(`UPDATE latchkey_family SET revoked_at = $1 WHERE id = $2 AND client_id = $3 AND revoked_at = 0`, ms(r.At), family[:], r.ClientID)
	})
}

// WithdrawConsent forgets a consent and ends what came of it.
func (s *Store) WithdrawConsent(ctx context.Context, subject, clientID string, when time.Time) error {
	return s.write(ctx, func(t *tx) error {
		consents, err := t.Count(`DELETE FROM latchkey_consent WHERE subject = $1 AND client_id = $2`, subject, clientID)
		if err != nil {
			return err
		}
		revoke := func() (int64, error) {
			return t.Count(`UPDATE latchkey_family SET revoked_at = $1 WHERE subject = $2 AND client_id = $3 AND revoked_at = 0`, ms(when), subject, clientID)
		}
		if consents == 0 { // codes have no index for this: nobody is to have them read for nothing
			if families, err := revoke(); err != nil || families == 0 {
				return err
			}
		}
		// Codes first: one that is redeemed meanwhile has its family then. Those
		// that are too old to be good are not looked at.
		if err := t.Exec(`DELETE FROM latchkey_code WHERE id >= $1 AND subject = $2 AND client_id = $3 AND used_at = 0`,
			idsFrom(when.Add(-oauth.LongestTicket)), subject, clientID); err != nil {
			return err
		}
		_, err = revoke()
		return err
	})
}

// Consent finds a consent.
func (s *Store) Consent(ctx context.Context, subject, clientID string) (oauth.Consent, error) {
	c := oauth.Consent{Subject: subject, ClientID: clientID}
	err := s.row(ctx, `SELECT scope, granted_at, updated_at FROM latchkey_consent WHERE subject = $1 AND client_id = $2`, subject, clientID).
		Scan(scopes{&c.Scope}, at{&c.GrantedAt}, at{&c.UpdatedAt})
	return c, err
}
