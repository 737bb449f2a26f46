package account

import "time"

// A UserRevision describes changes of a user that are made together. Zero fields change nothing.
type UserRevision struct {
	// User has the ID, and the Version and LoginEpoch that the stored user must have. With
	// Profile, the values that UpdateUser saves are saved.
	User    *User
	Profile bool
	// Canonical is the canonical username. It is required with Profile.
	Canonical string
	// Switch sets User.Disabled to Disabled. Disabling also revokes everything that was issued
	// to the user. A user who has requested the deletion of the account remains disabled.
	Switch, Disabled bool
	Hash             string     // of a new password, as in User.PasswordHash
	Remove           []FactorID // factors that are removed. They must not be second factors
	Add              []Factor   // factors that are added after that. They must not be second factors
	Notices          []*Notice  // are queued. They may be nil
	At               time.Time  // when the change is made
}

// Next returns the user after the revision, if before is the stored user.
func (r UserRevision) Next(before *User) *User {
	next := *before
	if r.Profile {
		next.Username, next.Email, next.Name, next.Claims = r.User.Username, r.User.Email, r.User.Name, r.User.Claims
		next.Admin, next.OtherRoles = r.User.Admin, r.User.OtherRoles
	}
	if r.Switch && before.DeleteAt.IsZero() {
		next.Disabled = r.Disabled
	}
	if r.Hash != "" {
		next.PasswordHash = r.Hash
	}
	if r.Keeps() {
		next.ExpiresAt = time.Time{}
	}
	if r.EndsSessions() || before.LosesRole(&next) {
		next.LoginEpoch++
	}
	next.Version++
	next.UpdatedAt = r.At
	return &next
}

// Keeps reports whether ExpiresAt becomes zero.
func (r UserRevision) Keeps() bool {
	return r.Switch || r.Hash != "" || r.Profile && r.User.ExpiresAt.IsZero()
}

// EndsSessions reports whether all sessions of the user end.
func (r UserRevision) EndsSessions() bool { return r.Switch && r.Disabled || r.Hash != "" }

// RevokedBefore returns the time up to which everything that was issued to the user is revoked, or
// zero. before and next are the user before and after the revision, and now is the present time: a
// person who loses a role can get tokens until the change is made.
func (r UserRevision) RevokedBefore(before, next *User, now time.Time) (revoked time.Time) {
	if r.EndsSessions() {
		revoked = r.At
	}
	if before.LosesRole(next) && now.After(r.At) {
		return now
	}
	if before.LosesRole(next) {
		return r.At
	}
	return revoked
}
