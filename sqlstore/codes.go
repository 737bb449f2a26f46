package sqlstore

import (
	"context"
	"fmt"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

const codeColumns = `t.id, t.hash, t.client_id, t.subject, t.session_id, t.redirect_uri, t.redirect_uri_omitted, t.scope, t.challenge, t.nonce, t.openid,
	t.auth_time, t.issued_at, t.expires_at, t.used_at`

func codeFields(c *oauth.Code) []any {
	return []any{
		bytes{c.ID[:]},
		bytes{c.Hash[:]},
		&c.ClientID, &c.Subject, &c.SessionID, &c.RedirectURI,
		flag{&c.RedirectURIOmitted},
		scopes{&c.Scope},
		&c.Challenge, &c.Nonce,
		openIDOf{&c.Details},
		at{&c.AuthTime},
		at{&c.IssuedAt},
		at{&c.ExpiresAt},
		at{&c.UsedAt},
	}
}

// Approve writes what a decision earned.
func (s *Store) ApproveCode(ctx context.Context, a oauth.CodeApproval) error {
	return s.write(ctx, func(t *tx) error {
		if !a.Code.ID.IsZero() {
			added, err := t.insertCode(a.Code)
			if err != nil || !added {
				return err
			}
			s.rows.Add(1)
		}
		if a.Family != nil {
			added, err := t.insertFamily(*a.Family)
			if err != nil || !added {
				return err
			}
			s.rows.Add(1)
			if err := s.addAccess(t, a.Access, *a.Family); err != nil {
				return err
			}
		}
		if a.Consent == nil {
			return nil
		}
		s.rows.Add(1)
		return t.remember(*a.Consent)
	})
}

// insertCode reports whether the code was added. If it is there and unused,
// that is no error.
func (t *tx) insertCode(code oauth.Code) (bool, error) {
	openID, err := openIDText(code.Details)
	if err != nil {
		return false, err
	}
	added, err := t.Count(`INSERT INTO latchkey_code (id, hash, client_id, subject, session_id, redirect_uri, redirect_uri_omitted, scope, challenge, nonce, openid,
		auth_time, issued_at, expires_at, used_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 0) ON CONFLICT (id) DO NOTHING`,
		code.ID[:], code.Hash[:], code.ClientID, code.Subject, code.SessionID, code.RedirectURI, number(code.RedirectURIOmitted),
		code.Scope.String(), code.Challenge, code.Nonce, openID, ms(code.AuthTime), ms(code.IssuedAt), ms(code.ExpiresAt))
	if err != nil || added == 1 {
		return added == 1, err
	}
	var used int64
	if err := t.Row(`SELECT used_at FROM latchkey_code WHERE id = $1`, code.ID[:]).Scan(&used); err != nil || used == 0 {
		return false, err
	}
	return false, errConflict
}

// remember adds the scope to what was consented before. It saves only over
// what it read, and looks again if somebody else was faster.
func (t *tx) remember(c oauth.Consent) error {
	const attempts = 32
	for range attempts {
		var text string
		err := t.Row(`SELECT scope FROM latchkey_consent WHERE subject = $1 AND client_id = $2`, c.Subject, c.ClientID).Scan(&text)
		if err != nil && !Expected(err) {
			return err
		}
		kept, err := oauth.ParseScopes(text)
		if err != nil {
			return err
		}
		saved, err := t.Count(`INSERT INTO latchkey_consent (subject, client_id, scope, granted_at, updated_at) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (subject, client_id) DO UPDATE SET scope = excluded.scope, updated_at = excluded.updated_at WHERE latchkey_consent.scope = $6`,
			c.Subject, c.ClientID, kept.With(c.Scope).String(), ms(c.GrantedAt), ms(c.UpdatedAt), text)
		if err != nil || saved == 1 {
			return err
		}
	}
	return fmt.Errorf("%w: the consent changes all the time", oauth.ErrUnavailable)
}

// spendCode spends a code if every condition of a Redemption holds; an engine
// adds the one on the session, in which it may have to hold that.
const spendCode = `UPDATE latchkey_code AS t SET used_at = $1 WHERE t.id = $2 AND t.hash = $3 AND t.client_id = $4 AND t.challenge = $5
	AND (t.redirect_uri = $6 OR (t.redirect_uri_omitted <> 0 AND $6 = '')) AND t.used_at = 0 AND t.expires_at > $1 AND` + stands

// Redeem spends a code: one conditional statement decides. Only when it
// matched nothing is the row read, to tell why.
func (s *Store) Redeem(ctx context.Context, r oauth.Redemption) (oauth.Redeemed, error) {
	if s.piper != nil {
		return s.redeemPiped(ctx, r)
	}
	var got oauth.Redeemed
	err := s.write(ctx, func(t *tx) error {
		got = oauth.Redeemed{Won: true}
		err := t.Row(spendCode+` AND ($7 = 0 OR t.session_id = '' OR EXISTS (SELECT 1 FROM latchkey_session l WHERE l.id = t.session_id))
			RETURNING id, hash, client_id, subject, session_id, redirect_uri, redirect_uri_omitted, scope, challenge, nonce, openid,
			auth_time, issued_at, expires_at, used_at`, // SQLite knows no t here
			ms(r.Now), r.ID[:], r.Hash[:], r.ClientID, r.Challenge, r.RedirectURI, number(r.InSession),
		).Scan(codeFields(&got.Code)...)
		if Expected(err) {
			got = oauth.Redeemed{}
			return t.Row(`SELECT `+codeColumns+`, `+standingColumns+` FROM latchkey_code t`+standingJoins+` WHERE t.id = $1`, r.ID[:]).
				Scan(append(codeFields(&got.Code), standingFields(&got.Standing)...)...)
		}
		if err != nil {
			return err
		}
		f := r.Family
		f.ID, f.ClientID, f.Subject, f.SessionID = got.Code.ID, got.Code.ClientID, got.Code.Subject, got.Code.SessionID
		f.Scope, f.AuthTime, f.AccessScope, f.Details = got.Code.Scope, got.Code.AuthTime, got.Code.Scope, got.Code.Details
		if _, err := t.insertFamily(f); err != nil {
			return err
		}
		s.rows.Add(2)
		return s.addAccess(t, r.Access, f)
	})
	return got, err
}
