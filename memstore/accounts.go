package memstore

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/audit"
)

// CreateUser adds a user. It first deletes expired users, because nothing else
// does.
func (s *Store) CreateUser(ctx context.Context, u *account.User, canonical string, only account.Condition, factors ...account.Factor) error {
	defer s.mu.Unlock()
	if err := s.lock(ctx); err != nil {
		return err
	}
	if s.factorTaken(u.ID, nil, factors) {
		return account.ErrConflict
	}
	if err := s.insertUser(u, canonical, only); err != nil {
		return err
	}
	s.replaceFactors(u.ID, nil, factors)
	return nil
}

// UserIDTaken reports whether no new user can get an ID.
func (s *Store) UserIDTaken(_ context.Context, id string) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.userIDTaken(id), nil
}

func (s *Store) userIDTaken(id string) bool {
	_, user := s.users[id]
	_, client := s.clients[id]
	_, discarded := s.discarded[id]
	return user || client || discarded || s.subjects[id].blocked
}

func (s *Store) insertUser(u *account.User, canonical string, only account.Condition) error {
	s.deleteExpiredUsers(s.clock())
	if only == account.IfFirstAdmin && s.hostPeople {
		return account.ErrHostPeople
	}
	if s.userIDTaken(u.ID) || s.userID(canonical) != "" || (only == account.IfFirst && len(s.users) > 0) {
		return account.ErrConflict
	}
	if only == account.IfDistinct {
		for _, other := range s.users {
			if account.Skeleton(other.Username) == account.Skeleton(u.Username) {
				return account.ErrConflict
			}
		}
	}
	if only == account.IfFirstAdmin {
		for _, other := range s.users {
			if other.Roles().Has(account.RoleAdministrator) {
				return account.ErrConflict
			}
		}
	}
	u.Version = 1
	row := userRow{User: *u, canonical: canonical}
	row.Memberships = nil
	row.CreatedAt, row.UpdatedAt, row.ExpiresAt = ms(u.CreatedAt), ms(u.UpdatedAt), ms(u.ExpiresAt)
	s.users[u.ID] = row
	return nil
}

// userID returns the ID of the user with the canonical username, or "".
func (s *Store) userID(canonical string) string {
	for id, row := range s.users {
		if row.canonical == canonical {
			return id
		}
	}
	return ""
}

// UpdateUser saves a user.
func (s *Store) UpdateUser(ctx context.Context, u *account.User, canonical string, notice *account.Notice) error {
	defer s.mu.Unlock()
	if err := s.lock(ctx); err != nil {
		return err
	}
	return s.updateUser(u, canonical, notice)
}

// updateUser is UpdateUser for a caller that holds the lock.
func (s *Store) updateUser(u *account.User, canonical string, notice *account.Notice) error {
	row, exists := s.users[u.ID]
	if !exists {
		return account.ErrNotFound
	}
	if other := s.userID(canonical); row.Version != u.Version || (other != "" && other != u.ID) {
		return account.ErrConflict
	}
	if !u.Admin && !row.GroupRoles().Has(account.RoleAdministrator) && s.lastAdmin(row) {
		return account.ErrLastAdmin
	}
	if err := s.queue(notice); err != nil {
		return err
	}
	u.Version++
	old := row.User
	if old.LosesRole(u) {
		old.LoginEpoch++
		u.LoginEpoch = old.LoginEpoch
		s.setSubject(u.ID, s.subjects[u.ID].blocked, s.notBefore(u.UpdatedAt))
	}
	row.User, row.canonical = *u, canonical
	row.PasswordHash, row.LastLoginAt, row.CreatedAt = old.PasswordHash, old.LastLoginAt, old.CreatedAt
	row.Disabled, row.LoginEpoch, row.Factors, row.DeleteAt, row.Memberships = old.Disabled, old.LoginEpoch, old.Factors, old.DeleteAt, old.Memberships
	if !u.ExpiresAt.IsZero() {
		row.ExpiresAt = old.ExpiresAt
	}
	row.UpdatedAt = ms(u.UpdatedAt)
	s.users[u.ID] = row
	s.endPicture(&old, u)
	return nil
}

// endPicture deletes the picture of a user whose claims name another one.
func (s *Store) endPicture(before, after *account.User) {
	if p, exists := s.pictures[after.ID]; exists && before.PictureClaim() != after.PictureClaim() && !strings.HasSuffix(after.PictureClaim(), "/"+p.ID+"/") {
		delete(s.pictures, after.ID)
	}
}

// notBefore returns the time of a change, or the time now if that is later.
func (s *Store) notBefore(at time.Time) time.Time {
	if now := s.clock(); now.After(at) {
		return now
	}
	return at
}

// lastAdmin reports whether the user is the only enabled administrator, and must remain one.
func (s *Store) lastAdmin(u userRow) bool {
	return !s.hostPeople && u.Roles().Has(account.RoleAdministrator) && !u.Disabled && !s.hasAdmin(u.ID)
}

// hasAdmin reports whether there is an enabled administrator besides the user with the ID.
func (s *Store) hasAdmin(except string) bool {
	for _, other := range s.users {
		if other.ID != except && other.Roles().Has(account.RoleAdministrator) && !other.Disabled {
			return true
		}
	}
	return false
}

// SwitchUser disables or enables a user.
func (s *Store) SwitchUser(ctx context.Context, c account.Switch) error {
	if c.At.IsZero() {
		return account.ErrNoTime
	}
	defer s.mu.Unlock()
	if err := s.lock(ctx); err != nil {
		return err
	}
	row, exists := s.users[c.UserID]
	switch {
	case !exists:
		return account.ErrNotFound
	case c.Disabled && s.lastAdmin(row):
		return account.ErrLastAdmin
	case s.isSwitched(row, c):
		s.setSubject(c.UserID, c.Disabled, c.RevokedBefore)
		return nil
	}
	if !c.Disabled {
		row.DeleteAt = time.Time{}
	}
	row.Disabled, row.UpdatedAt, row.ExpiresAt = c.Disabled, ms(c.At), time.Time{}
	row.Version++
	s.replaceFactors(c.UserID, []account.FactorID{account.DirectoryBlockKey(c.UserID)}, nil)
	if !row.DeleteAt.IsZero() {
		s.replaceFactors(c.UserID, nil, []account.Factor{account.AdministratorBlock(c.UserID, c.At)})
	}
	s.setSubject(c.UserID, c.Disabled, c.RevokedBefore)
	if c.Disabled {
		row.LoginEpoch++
	}
	s.users[row.ID] = row
	if c.Disabled {
		s.endSessions(c.At, func(_, user string) bool { return user == c.UserID })
	}
	return nil
}

// isSwitched reports whether the account is already in the state that SwitchUser produces.
func (s *Store) isSwitched(row userRow, c account.Switch) bool {
	mark, marked := s.factors[account.DirectoryBlockKey(c.UserID)]
	if row.DeleteAt.IsZero() {
		return row.Disabled == c.Disabled && row.ExpiresAt.IsZero() && !marked
	}
	return row.Disabled && c.Disabled && row.ExpiresAt.IsZero() && marked && mark.Name == account.AdministratorBlock(c.UserID, c.At).Name
}

// SetPassword replaces a password hash.
func (s *Store) SetPassword(ctx context.Context, c account.PasswordChange) error {
	if c.At.IsZero() {
		return account.ErrNoTime
	}
	defer s.mu.Unlock()
	if err := s.lock(ctx); err != nil {
		return err
	}
	row, exists := s.users[c.User.ID]
	if !exists {
		return account.ErrNotFound
	}
	if c.Checked && (row.Disabled || row.Email != c.User.Email || row.LoginEpoch != c.User.LoginEpoch) {
		return account.ErrConflict
	}
	if replaced, found := s.sessions[c.Replaces]; c.Session != nil && (!found || replaced.UserID != row.ID) {
		return account.ErrConflict
	}
	if err := s.queue(c.Notice); err != nil {
		return err
	}
	row.PasswordHash, row.ExpiresAt = c.Hash, time.Time{}
	row.Version++
	row.LoginEpoch++
	s.users[row.ID] = row
	s.setSubject(row.ID, s.subjects[row.ID].blocked, c.At)
	s.endSessions(c.At, func(_, user string) bool { return user == row.ID })
	if c.Session != nil {
		s.addSession(*c.Session)
	}
	c.User.PasswordHash, c.User.Version, c.User.LoginEpoch = row.PasswordHash, row.Version, row.LoginEpoch
	return nil
}

// RenewPasswordHash replaces a password hash if it is still old.
func (s *Store) RenewPasswordHash(_ context.Context, id, old, phc string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	row, exists := s.users[id]
	if !exists || row.PasswordHash != old {
		return account.ErrConflict
	}
	row.PasswordHash = phc
	s.users[id] = row
	return nil
}

// User returns the user with the given ID.
func (s *Store) User(_ context.Context, id string) (*account.User, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	row, exists := s.users[id]
	if !exists {
		return nil, account.ErrNotFound
	}
	return &row.User, nil
}

// UserByName returns the user with the given canonical username.
func (s *Store) UserByName(_ context.Context, canonical string) (*account.User, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	row, exists := s.users[s.userID(canonical)]
	if !exists {
		return nil, account.ErrNotFound
	}
	return &row.User, nil
}

// UsersByEmail returns users with the given address. Users who have verified it come
// first.
func (s *Store) UsersByEmail(_ context.Context, email string) ([]*account.User, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var verified, others []*account.User
	for _, row := range s.users {
		switch u := row.User; {
		case !strings.EqualFold(u.Email, email):
		case u.EmailVerified():
			verified = append(verified, &u)
		default:
			others = append(others, &u)
		}
	}
	for _, users := range [][]*account.User{verified, others} {
		slices.SortFunc(users, func(a, b *account.User) int { return strings.Compare(a.ID, b.ID) })
	}
	all := append(verified, others...)
	return all[:min(len(all), account.MaxUsersByEmail)], nil
}

// StartSession adds a session, uses a factor, and records the login.
func (s *Store) StartSession(_ context.Context, start account.SessionStart) error {
	session, replacedID, use := start.Session, start.Replaces, start.Use
	if session.CreatedAt.IsZero() || (use != nil && use.At.IsZero()) {
		return account.ErrNoTime
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	row, exists := s.users[session.UserID]
	replaced, found := s.sessions[replacedID]
	switch {
	case !exists, replacedID == session.ID && (!found || replaced.UserID != session.UserID):
		return account.ErrNotFound
	case row.Disabled || row.LoginEpoch != start.Epoch:
		return account.ErrConflict
	case use == nil && len(row.Factors) > 0:
		return account.ErrSecondFactor
	case use != nil && !s.useFactor(session.UserID, *use):
		return account.ErrFactorUsed
	}
	delete(s.sessions, replacedID)
	if found && replaced.UserID != session.UserID {
		s.endSessions(session.CreatedAt, func(id, _ string) bool { return id == replacedID })
	}
	if oldest := s.oldestSession(session.UserID); oldest != "" && replacedID != session.ID {
		s.endSessions(session.CreatedAt, func(id, _ string) bool { return id == oldest })
	}
	s.addSession(session)
	if !row.LastLoginAt.IsZero() {
		row.ExpiresAt = time.Time{}
	}
	row.LastLoginAt = session.CreatedAt
	s.users[row.ID] = row
	if start.Login != nil {
		s.queueAudit(audit.LoginRow(session, *start.Login))
	}
	return nil
}

func (s *Store) addSession(session account.Session) {
	session.AuthTime, session.CreatedAt, session.SeenAt, session.ConfirmedAt = ms(session.AuthTime), ms(session.CreatedAt), ms(session.SeenAt), ms(session.ConfirmedAt)
	session.IdleExpiresAt, session.ExpiresAt = ms(session.IdleExpiresAt), ms(session.ExpiresAt)
	s.sessions[session.ID] = session
}

// oldestSession returns the ID of the session of a user that was used least
// recently, if the user has as many as allowed, or "".
func (s *Store) oldestSession(userID string) string {
	var oldest account.Session
	count := 0
	for _, session := range s.sessions {
		if session.UserID != userID {
			continue
		}
		count++
		if order := session.SeenAt.Compare(oldest.SeenAt); count == 1 || order < 0 || (order == 0 && session.ID < oldest.ID) {
			oldest = session
		}
	}
	if count < account.MaxSessions {
		return ""
	}
	return oldest.ID
}

// Session returns a session and its user.
func (s *Store) Session(_ context.Context, id string) (account.Session, *account.User, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	session, exists := s.sessions[id]
	row, userExists := s.users[session.UserID]
	if !exists || !userExists || row.Disabled {
		return account.Session{}, nil, account.ErrNotFound
	}
	return session, &row.User, nil
}

// TouchSession moves SeenAt and IdleExpiresAt forward.
func (s *Store) TouchSession(_ context.Context, id string, seen, idleExpires time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if session, exists := s.sessions[id]; exists && seen.After(session.SeenAt) {
		session.SeenAt, session.IdleExpiresAt = ms(seen), ms(idleExpires)
		s.sessions[id] = session
	}
	return nil
}

// lasts reports whether a session has not expired.
func lasts(session account.Session, now time.Time) bool {
	return session.ExpiresAt.After(now) && session.IdleExpiresAt.After(now)
}
