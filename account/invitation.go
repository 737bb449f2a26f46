package account

import (
	"time"
)

// An Invitation lets one person create an account, even if sign-up is disabled. The
// account has the ID of the invitation, so there is at most one.
type Invitation struct {
	// ID identifies the invitation. It is not secret.
	ID string
	// Email is the address to which the link is sent, so that an account that was created
	// with the link has confirmed it. It is empty if an administrator passes the link on.
	Email string
	// Locale is the language of the email, as a tag (BCP 47), or empty for English. It is also
	// the language of the account, unless the person sees the pages in another language.
	Locale string
	// Note is for administrators. The person finds it only in the file with their data.
	Note string
	// Admin invites an administrator, and OtherRoles are the other roles that the account gets,
	// sorted. Roles returns all of them.
	Admin      bool
	OtherRoles Roles // see Admin
	// CreatedBy is the ID of the administrator, and Application the client_id of an application
	// that acted for itself. Both are empty if the invitation was created with a command or by
	// the host program.
	CreatedBy, Application string
	CreatedAt              time.Time // when the invitation was created
	ExpiresAt              time.Time // zero means never
	// UsedAt is when the account was created, and WithdrawnAt when an administrator
	// withdrew the invitation. One or both are zero.
	UsedAt, WithdrawnAt time.Time
}

// InvitationRow is an invitation with the names of the accounts that it refers to.
type InvitationRow struct {
	Invitation
	Username string // of the account that was created; empty if there is none
	Creator  string // the username of the administrator, or the name of the application, or empty
	// Lapsed is set if the creator can no longer give what the invitation promises (AllowedBy), or
	// if everything that was issued to the creator was revoked at CreatedAt or later.
	Lapsed bool
}

// State returns the state of the invitation at a time. If its creator no longer has the required
// roles, the state is withdrawn. The invitation is open again when the creator regains them.
// It stays withdrawn if everything that was issued to the creator was revoked at its creation or
// later.
func (r *InvitationRow) State(now time.Time) InvitationState {
	if state := r.Invitation.State(now); state != InvitationOpen || !r.Lapsed {
		return state
	}
	return InvitationWithdrawn
}

// Roles returns the roles that the account gets.
func (i *Invitation) Roles() Roles {
	return (&User{Admin: i.Admin, OtherRoles: i.OtherRoles}).Roles()
}

// AllowedBy reports whether its creator, who now has the given roles, can create this invitation.
// A creator that does not exist or is disabled has no roles. An invitation without a creator is
// always allowed.
func (i *Invitation) AllowedBy(roles Roles) bool {
	if i.CreatedBy == "" && i.Application == "" {
		return true
	}
	return roles.Allow(PeopleInvite) && (len(i.Roles()) == 0 || roles.Allow(PeopleRoles))
}

// An InvitationState is what can be done with an invitation.
type InvitationState string

// The states of invitations.
const (
	InvitationOpen      InvitationState = "open"
	InvitationUsed      InvitationState = "used"
	InvitationWithdrawn InvitationState = "withdrawn"
	InvitationExpired   InvitationState = "expired"
)

// InvitationStates returns all states, in the order in which pages show them.
func InvitationStates() []InvitationState {
	return []InvitationState{InvitationOpen, InvitationUsed, InvitationWithdrawn, InvitationExpired}
}

// State returns the state at a time. It does not depend on the creator; see InvitationRow.
func (i *Invitation) State(now time.Time) InvitationState {
	switch {
	case !i.UsedAt.IsZero():
		return InvitationUsed
	case !i.WithdrawnAt.IsZero():
		return InvitationWithdrawn
	case !i.ExpiresAt.IsZero() && !i.ExpiresAt.After(now):
		return InvitationExpired
	}
	return InvitationOpen
}

// KeepInvitation is how long an invitation is kept after it was used or withdrawn, or
// has expired.
const KeepInvitation = 90 * 24 * time.Hour

// InvitationFilter selects invitations. Zero fields match all.
type InvitationFilter struct {
	State InvitationState // open, used, withdrawn or expired
	// Email is a whole address, compared case-insensitively.
	Email string
	// Search matches a part of the address or the note, case-insensitively.
	Search string
	// From and Until, if set, select invitations that were created at or after From and
	// before Until.
	From, Until time.Time
}

// An InvitedUser is an account to be created with an invitation.
type InvitedUser struct {
	// User has the ID of the invitation. Its Factors are those of Add.
	User *User
	// Canonical is the canonical username.
	Canonical string
	// Add contains the first factors of the person.
	Add []Factor
	At  time.Time // when the account is created
}
