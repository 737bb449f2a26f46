package memstore

import (
	"context"
	"slices"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// Client finds a client.
func (s *Store) Client(_ context.Context, id string) (*oauth.Client, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return find(s.clients, id)
}

// Consent finds a consent.
func (s *Store) Consent(_ context.Context, person, clientID string) (oauth.Consent, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	consent, err := find(s.consents, consentKey{person, clientID})
	if err != nil {
		return oauth.Consent{}, err
	}
	return *consent, nil
}

// AccessToken finds an access token and its standing.
func (s *Store) AccessToken(_ context.Context, id oauth.ID) (oauth.AccessToken, oauth.Standing, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	token, err := find(s.access, id)
	if err != nil {
		return oauth.AccessToken{}, oauth.Standing{}, err
	}
	found := *token
	if f, known := s.families[token.FamilyID]; known {
		found.Details = f.Details
	}
	return found, s.standing(token.ClientID, token.Subject, token.FamilyID), nil
}

// Family finds a family and its standing.
func (s *Store) Family(_ context.Context, id oauth.ID) (oauth.Family, oauth.Standing, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	family, err := find(s.families, id)
	if err != nil {
		return oauth.Family{}, oauth.Standing{}, err
	}
	return *family, s.standing(family.ClientID, family.Subject, id), nil
}

// JWTStanding tells how those stand whom a JWT depends on.
func (s *Store) JWTStanding(_ context.Context, jti, family oauth.ID, clientID, person string) (oauth.Standing, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f, known := s.families[family]; known {
		person = f.Subject
	}
	standing := s.standing(clientID, person, family)
	_, standing.TokenRevoked = s.jwts[jti]
	return standing, nil
}

// standing looks up client, person and family. A family that is gone counts
// as revoked, and so does one that is older than a revocation of all.
func (s *Store) standing(clientID, person string, family oauth.ID) oauth.Standing {
	client, known := s.clients[clientID]
	f, alive := s.families[family]
	alive = alive && f.RevokedAt.IsZero() && f.IssuedAt.After(client.RevokedBefore) && f.IssuedAt.After(s.subjects[person].revokedBefore)
	return oauth.Standing{
		ClientMissing: !known, ClientDisabled: client.Disabled, ClientRevokedBefore: client.RevokedBefore,
		SubjectBlocked: s.subjects[person].blocked, SubjectRevokedBefore: s.subjects[person].revokedBefore,
		FamilyRevoked: !family.IsZero() && !alive,
		Username:      s.users[person].Username,
	}
}

// Approve writes what a decision earned.
func (s *Store) ApproveCode(_ context.Context, a oauth.CodeApproval) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if code := a.Code; !code.ID.IsZero() {
		if old, exists := s.codes[code.ID]; exists {
			if !old.UsedAt.IsZero() {
				return oauth.ErrConflict
			}
			return nil
		}
		code.AuthTime, code.IssuedAt, code.ExpiresAt = ms(code.AuthTime), ms(code.IssuedAt), ms(code.ExpiresAt)
		s.codes[code.ID] = code
	}
	if f := a.Family; f != nil {
		if _, exists := s.families[f.ID]; exists {
			return nil
		}
		s.addFamily(*f)
		s.addAccess(a.Access, *f)
	}
	if consent := a.Consent; consent != nil {
		key := consentKey{consent.Subject, consent.ClientID}
		kept, known := s.consents[key]
		if !known {
			kept = oauth.Consent{Subject: consent.Subject, ClientID: consent.ClientID, GrantedAt: ms(consent.GrantedAt)}
		}
		kept.Scope, kept.UpdatedAt = kept.Scope.With(consent.Scope), ms(consent.UpdatedAt)
		s.consents[key] = kept
	}
	return nil
}

// Redeem spends a code.
func (s *Store) Redeem(_ context.Context, r oauth.Redemption) (oauth.Redeemed, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found, err := find(s.codes, r.ID)
	if err != nil {
		return oauth.Redeemed{}, err
	}
	code := *found
	standing := s.standing(code.ClientID, code.Subject, oauth.ID{})
	_, logged := s.sessions[code.SessionID]
	if code.Hash != r.Hash || code.ClientID != r.ClientID || code.Challenge != r.Challenge ||
		(code.RedirectURI != r.RedirectURI && (!code.RedirectURIOmitted || r.RedirectURI != "")) ||
		!code.UsedAt.IsZero() || !code.ExpiresAt.After(ms(r.Now)) || standing.RevokedBecause(code.IssuedAt) != "" ||
		(r.InSession && code.SessionID != "" && !logged) {
		return oauth.Redeemed{Code: code, Standing: standing}, nil
	}
	code.UsedAt = ms(r.Now)
	s.codes[code.ID] = code
	f := r.Family
	f.ID, f.ClientID, f.Subject, f.SessionID = code.ID, code.ClientID, code.Subject, code.SessionID
	f.Scope, f.AuthTime, f.AccessScope, f.Details = code.Scope, code.AuthTime, code.Scope, code.Details
	s.addFamily(f)
	s.addAccess(r.Access, f)
	return oauth.Redeemed{Won: true, Code: code, Standing: standing}, nil
}

func (s *Store) addFamily(f oauth.Family) {
	f.AuthTime, f.IssuedAt, f.IdleExpiresAt, f.ExpiresAt = ms(f.AuthTime), ms(f.IssuedAt), ms(f.IdleExpiresAt), ms(f.ExpiresAt)
	s.families[f.ID] = f
}

// addAccess writes an access token of the family, if there is one.
func (s *Store) addAccess(token *oauth.AccessToken, f oauth.Family) {
	if token == nil {
		return
	}
	row := *token
	row.ClientID, row.Subject, row.FamilyID, row.Scope = f.ClientID, f.Subject, f.ID, f.AccessScope
	row.IssuedAt, row.ExpiresAt = ms(row.IssuedAt), ms(row.ExpiresAt)
	s.access[row.ID] = row
}

// Rotate spends a refresh token.
func (s *Store) Rotate(_ context.Context, r oauth.Rotation) (oauth.SpendResult, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found, err := find(s.families, r.FamilyID)
	if err != nil {
		return oauth.SpendResult{}, err
	}
	f, now := *found, ms(r.Now)
	standing := s.standing(f.ClientID, f.Subject, f.ID)
	if f.ClientID != r.ClientID || f.Hash.IsZero() || f.Hash != r.Presented || !f.RevokedAt.IsZero() ||
		!f.IdleExpiresAt.After(now) || !f.ExpiresAt.After(now) || standing.RevokedBecause(f.IssuedAt) != "" {
		return oauth.SpendResult{Family: f, Standing: standing}, nil
	}
	f.Previous, f.Hash = f.Hash, r.Next
	f.Generation++
	f.RotatedAt, f.IdleExpiresAt = now, ms(r.IdleExpiresAt)
	f.AccessScope = f.Scope
	if len(r.Scope) > 0 {
		f.AccessScope = slices.Clone(r.Scope)
	}
	s.families[f.ID] = f
	s.addAccess(r.Access, f)
	return oauth.SpendResult{Won: true, Family: f, Standing: standing}, nil
}

// Issue writes an access token.
func (s *Store) Issue(_ context.Context, token oauth.AccessToken) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	token.IssuedAt, token.ExpiresAt = ms(token.IssuedAt), ms(token.ExpiresAt)
	s.access[token.ID] = token
	return nil
}

// Revoke ends tokens of the client.
func (s *Store) Revoke(_ context.Context, r oauth.Revocation) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	family := r.FamilyID
	if r.Access != nil {
		token, known := s.access[r.Access.ID]
		if !known || token.Hash != r.Access.Hash || token.ClientID != r.ClientID {
			return nil
		}
		delete(s.access, token.ID)
		family = token.FamilyID
	}
	if !r.JWT.IsZero() {
		s.jwts[r.JWT] = ms(r.JWTExpiresAt)
	}
	if f := s.families[family]; f.ClientID == r.ClientID {
		s.revokeFamily(family, r.At)
	}
	return nil
}

func (s *Store) revokeFamily(id oauth.ID, at time.Time) {
	if f, known := s.families[id]; known && f.RevokedAt.IsZero() {
		f.RevokedAt = ms(at)
		s.families[id] = f
	}
}

func (s *Store) revokeFamilies(at time.Time, which func(oauth.Family) bool) {
	for id, f := range s.families {
		if which(f) {
			s.revokeFamily(id, at)
		}
	}
}

// SetSubject blocks or unblocks a person.
func (s *Store) SetSubject(_ context.Context, person string, blocked bool, revokedBefore time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.setSubject(person, blocked, revokedBefore)
	return nil
}

func (s *Store) setSubject(person string, blocked bool, revokedBefore time.Time) {
	row := s.subjects[person]
	row.blocked = blocked
	if revokedBefore.After(row.revokedBefore) {
		row.revokedBefore = ms(revokedBefore)
	}
	s.subjects[person] = row
}

// WithdrawConsent forgets a consent and ends what came of it.
func (s *Store) WithdrawConsent(_ context.Context, person, clientID string, at time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.consents, consentKey{person, clientID})
	deleteIf(s.codes, func(c oauth.Code) bool { return c.Subject == person && c.ClientID == clientID && c.UsedAt.IsZero() })
	s.revokeFamilies(at, func(f oauth.Family) bool { return f.Subject == person && f.ClientID == clientID })
	return nil
}

// SigningKeys lists all keys, oldest first.
func (s *Store) SigningKeys(context.Context) ([]oauth.SigningKey, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.keys), nil
}

// AddSigningKey adds a key that follows another.
func (s *Store) AddSigningKey(_ context.Context, key oauth.SigningKey, replaces string, expires time.Time) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var newest *oauth.SigningKey
	for i := range s.keys {
		if s.keys[i].ID == key.ID {
			return false, oauth.ErrConflict
		}
		if s.keys[i].Alg == key.Alg {
			newest = &s.keys[i]
		}
	}
	if (newest == nil) != (replaces == "") || (newest != nil && newest.ID != replaces) {
		return false, nil
	}
	if newest != nil {
		bringForward(&newest.RetiredAt, key.ActiveAt)
		bringForward(&newest.ExpiresAt, expires)
	}
	s.keys = append(s.keys, key)
	s.version++
	return true, nil
}

// RetireSigningKey ends the signing of a key.
func (s *Store) RetireSigningKey(_ context.Context, id string, retired, expires time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.keys {
		if s.keys[i].ID == id {
			bringForward(&s.keys[i].RetiredAt, retired)
			bringForward(&s.keys[i].ExpiresAt, expires)
			s.version++
			return nil
		}
	}
	return oauth.ErrNotFound
}

// EraseSigningKeys forgets the private halves of expired keys.
func (s *Store) EraseSigningKeys(_ context.Context, now time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.keys {
		if k := &s.keys[i]; !k.ExpiresAt.IsZero() && !k.ExpiresAt.After(now) {
			k.Private = nil
		}
	}
	s.version++
	return nil
}

// bringForward sets a time unless it is set to an earlier one.
func bringForward(t *time.Time, to time.Time) {
	if t.IsZero() || to.Before(*t) {
		*t = ms(to)
	}
}

// find copies a row out of its map.
func find[K comparable, V any](rows map[K]V, key K) (*V, error) {
	row, known := rows[key]
	if !known {
		return nil, oauth.ErrNotFound
	}
	return &row, nil
}
