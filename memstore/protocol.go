package memstore

import (
	"context"
	"slices"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// Client returns a client.
func (s *Store) Client(_ context.Context, id string) (*oauth.Client, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return find(s.clients, id)
}

// Consent returns a consent.
func (s *Store) Consent(_ context.Context, person, clientID string) (oauth.Consent, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	consent, err := find(s.consents, consentKey{person, clientID})
	if err != nil {
		return oauth.Consent{}, err
	}
	return *consent, nil
}

// AccessToken returns an access token and its standing.
func (s *Store) AccessToken(_ context.Context, id oauth.ID) (oauth.AccessToken, oauth.Standing, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	token, err := find(s.access, id)
	if err != nil {
		return oauth.AccessToken{}, oauth.Standing{}, err
	}
	found := *token
	if f, known := s.families[token.FamilyID]; known {
		found.Details, found.AuthTime = f.Details, f.AuthTime
	}
	return found, s.standing(token.ClientID, token.Subject, token.FamilyID), nil
}

// Family returns a family and its standing.
func (s *Store) Family(_ context.Context, id oauth.ID) (oauth.Family, oauth.Standing, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	family, err := find(s.families, id)
	if err != nil {
		return oauth.Family{}, oauth.Standing{}, err
	}
	return *family, s.familyStanding(*family), nil
}

// JWTStanding returns the standing of a JWT access token.
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

// standing returns the standing of something that depends on a client, a person
// and a family. A family counts as revoked if it does not exist, or if
// everything of its client or person was revoked after it was issued.
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

// familyStanding returns the standing of a family.
func (s *Store) familyStanding(f oauth.Family) oauth.Standing {
	standing := s.standing(f.ClientID, f.Subject, f.ID)
	standing.SessionExpiresAt = s.sessionExpires(f.SessionID)
	return standing
}

// sessionExpires returns when a login session expires, or the zero time if there
// is none.
func (s *Store) sessionExpires(id string) time.Time {
	session := s.sessions[id]
	if session.IdleExpiresAt.Before(session.ExpiresAt) {
		return session.IdleExpiresAt
	}
	return session.ExpiresAt
}

// addAccess writes an access token of the family, unless it is nil.
func (s *Store) addAccess(token *oauth.AccessToken, f oauth.Family, audience oauth.Audience) {
	if token == nil {
		return
	}
	row := *token
	row.ClientID, row.Subject, row.FamilyID, row.Scope = f.ClientID, f.Subject, f.ID, f.AccessScope
	row.Audience, row.IssuedAt, row.ExpiresAt = slices.Clone(audience), ms(row.IssuedAt), ms(row.ExpiresAt)
	s.access[row.ID] = row
}

// Rotate exchanges a refresh token.
func (s *Store) Rotate(_ context.Context, r oauth.Rotation) (oauth.SpendResult, error) {
	if r.Now.IsZero() {
		return oauth.SpendResult{}, oauth.ErrNoTime
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	found, err := find(s.families, r.FamilyID)
	if err != nil {
		return oauth.SpendResult{}, err
	}
	f, now := *found, ms(r.Now)
	standing := s.familyStanding(f)
	if f.ClientID != r.ClientID || f.Hash.IsZero() || f.Hash != r.Presented || !f.Valid(standing, now, r.InSession) {
		return oauth.SpendResult{Family: f, Standing: standing}, nil
	}
	f.Previous, f.Hash = f.Hash, r.Next
	f.Generation++
	f.RotatedAt, f.IdleExpiresAt, f.ReplayUntil = now, ms(r.IdleExpiresAt), ms(r.ReplayUntil)
	f.AccessScope = f.Scope
	if len(r.Scope) > 0 {
		f.AccessScope = slices.Clone(r.Scope)
	}
	f.AccessAudience, f.Address = slices.Clone(r.Audience), r.Address
	s.families[f.ID] = f
	s.addAccess(r.Access, f, r.Audience)
	return oauth.SpendResult{Won: true, Family: f, Standing: standing}, nil
}

// SetReplayWindow changes how long an exchanged refresh token returns the
// same tokens again.
func (s *Store) SetReplayWindow(_ context.Context, w oauth.ReplayWindow) error {
	if w.Since.IsZero() {
		return oauth.ErrNoTime
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	f, known := s.families[w.FamilyID]
	if !known || f.Previous.IsZero() || f.Previous != w.Presented || !f.RevokedAt.IsZero() || f.ReplayUntil.Before(ms(w.Since)) {
		return nil
	}
	f.ReplayUntil = ms(w.Until)
	if w.Until.IsZero() {
		f.ReplayUntil = f.IdleExpiresAt
	}
	s.families[f.ID] = f
	return nil
}

// Issue writes an access token.
func (s *Store) Issue(_ context.Context, token oauth.AccessToken) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	token.IssuedAt, token.ExpiresAt = ms(token.IssuedAt), ms(token.ExpiresAt)
	s.access[token.ID] = token
	return nil
}

// Revoke revokes tokens of a client.
func (s *Store) Revoke(_ context.Context, r oauth.Revocation) (revoked bool, subject string, err error) {
	if r.At.IsZero() || (!r.JWT.IsZero() && r.JWTExpiresAt.IsZero()) {
		return false, "", oauth.ErrNoTime
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	families := slices.Clone(r.Families)
	if r.Access != nil {
		token, known := s.access[r.Access.ID]
		if !known || token.Hash != r.Access.Hash || token.ClientID != r.ClientID {
			return false, "", nil
		}
		delete(s.access, token.ID)
		families, revoked, subject = append(families, token.FamilyID), true, token.Subject
	}
	if _, known := s.jwts[r.JWT]; !known && !r.JWT.IsZero() {
		s.jwts[r.JWT], revoked = ms(r.JWTExpiresAt), true
	}
	for _, id := range families {
		if s.families[id].ClientID == r.ClientID && s.revokeFamily(id, r.At) {
			revoked, subject = true, s.families[id].Subject
		}
	}
	return revoked, subject, nil
}

// revokeFamily revokes a family, and reports whether it existed and was not revoked before.
func (s *Store) revokeFamily(id oauth.ID, at time.Time) bool {
	f, known := s.families[id]
	if !known || !f.RevokedAt.IsZero() {
		return false
	}
	f.RevokedAt = ms(at)
	s.families[id] = f
	return true
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

// WithdrawConsent deletes a consent and revokes what was issued on its basis.
func (s *Store) WithdrawConsent(_ context.Context, person, clientID string, at time.Time) error {
	if at.IsZero() {
		return oauth.ErrNoTime
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.consents, consentKey{person, clientID})
	deleteIf(s.tickets, func(t oauth.Ticket) bool { return t.Subject == person && t.ClientID == clientID && t.SpentAt.IsZero() })
	s.revokeFamilies(at, func(f oauth.Family) bool { return f.Subject == person && f.ClientID == clientID })
	return nil
}

// SigningKeys returns all keys, oldest first.
func (s *Store) SigningKeys(context.Context) ([]oauth.SigningKey, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.keys), nil
}

// AddSigningKey adds a key that replaces another.
func (s *Store) AddSigningKey(_ context.Context, key oauth.SigningKey, replaces string, expires time.Time) (bool, error) {
	if replaces != "" && expires.IsZero() {
		return false, oauth.ErrNoTime
	}
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
	for i := range s.keys {
		if s.keys[i].Alg == key.Alg {
			bringForward(&s.keys[i].RetiredAt, key.ActiveAt)
			bringForward(&s.keys[i].ExpiresAt, expires)
		}
	}
	s.keys = append(s.keys, key)
	s.version++
	return true, nil
}

// RetireSigningKey sets when a key stops signing and when it expires. If no key of its algorithm
// is active then, the published one becomes active.
func (s *Store) RetireSigningKey(_ context.Context, id string, retired, expires time.Time) error {
	if retired.IsZero() || expires.IsZero() {
		return oauth.ErrNoTime
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.keys {
		if s.keys[i].ID == id {
			bringForward(&s.keys[i].RetiredAt, retired)
			bringForward(&s.keys[i].ExpiresAt, expires)
			s.succeed(s.keys[i].Alg, retired)
			s.version++
			return nil
		}
	}
	return oauth.ErrNotFound
}

// succeed makes the published key of an algorithm active, if no key is active at that time.
func (s *Store) succeed(alg string, at time.Time) {
	var next *oauth.SigningKey
	for i := range s.keys {
		switch k := &s.keys[i]; {
		case k.Alg != alg:
		case k.ActiveAt.After(at):
			if k.RetiredAt.IsZero() {
				next = k
			}
		case k.RetiredAt.IsZero() || k.RetiredAt.After(at):
			return
		}
	}
	if next != nil {
		next.ActiveAt = at
	}
}

// EraseSigningKeys deletes the private keys of expired keys.
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

// bringForward sets t to a time, unless it is set to an earlier one.
func bringForward(t *time.Time, to time.Time) {
	if t.IsZero() || to.Before(*t) {
		*t = ms(to)
	}
}

// find returns a copy of a row.
func find[K comparable, V any](rows map[K]V, key K) (*V, error) {
	row, known := rows[key]
	if !known {
		return nil, oauth.ErrNotFound
	}
	return &row, nil
}
