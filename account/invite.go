package account

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/seed-e6a88a41/latchkey/validate"
)

// InvitationTTL is how long an invitation is valid, unless the administrator chooses
// another time.
const InvitationTTL = 7 * 24 * time.Hour

// InvitationPrefix is the beginning of the code of an invitation. Logs omit a text that
// begins with it.
const InvitationPrefix = "lk_in_"

// Limits of invitations.
const (
	maxInvitationNote = 200 // characters
	maxInvitationTTL  = 366 * 24 * time.Hour
)

// InvitationError is returned for an invitation with which no account can be created.
type InvitationError struct{ State InvitationState }

// Error returns a message with the state of the invitation.
func (e *InvitationError) Error() string { return "this invitation is " + string(e.State) }

// NewInvitation describes an invitation to be created.
type NewInvitation struct {
	// Email is the address to which the invitation is sent, or empty for a link.
	Email, Note string
	// Locale is the language of the email, as a tag (BCP 47), or empty for English.
	Locale string
	// Roles are the roles that the account gets.
	Roles Roles
	Admin bool // the account becomes an administrator
	// TTL is how long the invitation is valid. Zero means InvitationTTL, and a negative
	// value that it does not expire.
	TTL time.Duration
	// CreatedBy is the ID of the administrator, or empty. Application is the client_id of an
	// application that acts for itself, or empty.
	CreatedBy, Application string
}

// Invite creates an invitation, and queues an email if it has an address. Otherwise, it
// returns the code for the link. It returns validate.FieldErrors if a value is not valid.
func (a *Accounts) Invite(ctx context.Context, n NewInvitation) (i Invitation, code string, err error) {
	id, err := uuid.NewV7()
	if err != nil {
		return Invitation{}, "", err
	}
	now := a.now()
	i = Invitation{ID: id.String(), Email: strings.TrimSpace(n.Email), Locale: n.Locale, Note: strings.TrimSpace(n.Note), CreatedBy: n.CreatedBy, Application: n.Application, CreatedAt: now}
	i.setRoles(n)
	if n.TTL == 0 {
		n.TTL = InvitationTTL
	}
	if n.TTL > 0 {
		i.ExpiresAt = now.Add(n.TTL)
	}
	if err := a.checkInvitation(ctx, i, n.TTL); err != nil {
		return Invitation{}, "", err
	}
	if i.Email == "" {
		return i, a.invitationCode(id), a.Store.AddInvitation(ctx, i, nil)
	}
	mail := &Notice{Mail: i.mail()}
	if mail.Bounds, err = a.complete(&mail.Mail, Visitor{}); err != nil {
		return Invitation{}, "", err
	}
	if err := a.Store.AddInvitation(ctx, i, mail); err != nil {
		return Invitation{}, "", queueFull(err)
	}
	a.mailQueued()
	return i, "", nil
}

// setRoles sets the roles of the account.
func (i *Invitation) setRoles(n NewInvitation) {
	var u User
	if u.SetRoles(n.Roles); n.Admin {
		u.Admin = true
	}
	i.Admin, i.OtherRoles = u.Admin, u.OtherRoles
}

// checkInvitation returns validate.FieldErrors if an invitation is not valid.
func (a *Accounts) checkInvitation(ctx context.Context, i Invitation, ttl time.Duration) error {
	faults := append(validate.Name("note", i.Note), checkRoles(&User{OtherRoles: i.OtherRoles})...)
	if utf8.RuneCountInString(i.Note) > maxInvitationNote {
		faults = append(faults, validate.Field("note", "This note is too long. Enter a shorter one.").WithCode("note_long")...)
	}
	if i.Locale != "" {
		faults = append(faults, validate.Claims(map[string]any{"locale": i.Locale})...)
	}
	if ttl > maxInvitationTTL {
		faults = append(faults, validate.Field("ttl", "An invitation can be valid for at most a year. Choose a shorter time.").WithCode("invitation_ttl")...)
	}
	switch {
	case i.Email == "":
	case a.Mails == nil:
		faults = append(faults, validate.Field("email", "This server does not send emails. Leave the address empty, and pass on the link.").WithCode("invitation_no_mail")...)
	case !validate.IsEmail(i.Email):
		faults = append(faults, validate.Field("email", "Enter a valid email address.").WithCode("email_invalid")...)
	default:
		owners, err := a.usersOf(ctx, i.Email)
		if err != nil {
			return err
		}
		if len(owners) > 0 && owners[0].EmailVerified() {
			faults = append(faults, validate.Field("email", "The user %s has already confirmed this address.", owners[0].Username).WithCode("invitation_known", "user", owners[0].Username)...)
		}
	}
	if len(faults) > 0 {
		return faults
	}
	return nil
}

// mail returns the mail of an invitation.
func (i *Invitation) mail() Mail {
	return Mail{Kind: MailInvitation, To: i.Email, Details: MailDetails{Invitation: i.ID}}
}

// queueFull returns ErrUnavailable for a full queue.
func queueFull(err error) error {
	if IsMailBound(err) {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return err
}

// SendInvitation queues the email of an invitation again. It returns *InvitationError if
// the invitation is not open, and ErrNotFound if it has no address.
func (a *Accounts) SendInvitation(ctx context.Context, id string) error {
	i, err := a.Store.Invitation(ctx, id)
	switch {
	case err != nil:
		return err
	case i.State(a.now()) != InvitationOpen:
		return &InvitationError{i.State(a.now())}
	case i.Email == "":
		return ErrNotFound
	}
	return queueFull(a.queueMail(ctx, i.mail(), Visitor{}))
}

// WithdrawInvitation withdraws an invitation. It returns *InvitationError if the
// invitation is not open.
func (a *Accounts) WithdrawInvitation(ctx context.Context, id string) error {
	err := a.Store.WithdrawInvitation(context.WithoutCancel(ctx), id, a.now())
	if !errors.Is(err, ErrConflict) {
		return err
	}
	i, err := a.Store.Invitation(ctx, id)
	if err != nil {
		return err
	}
	return &InvitationError{i.State(a.now())}
}

// invitationLinks returns the code of an invitation for its email.
func (a *Accounts) invitationLinks(ctx context.Context, m Mail) ([]LetterLink, error) {
	i, err := a.Store.Invitation(ctx, m.Details.Invitation)
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	if err != nil || i.State(a.now()) != InvitationOpen || i.Email != m.To {
		return nil, err
	}
	id, err := uuid.Parse(i.ID)
	invited := &User{Email: i.Email, ExpiresAt: i.ExpiresAt}
	return []LetterLink{{User: invited, Proof: a.invitationCode(id)}}, errors.Join(err, invited.setLocale(i.Locale))
}

// invitationCode returns the secret part of the link of an invitation: its ID, and a
// proof that this server created it, so that nothing secret is stored.
func (a *Accounts) invitationCode(id uuid.UUID) string {
	mac := hmac.New(sha256.New, a.keyFor("invitations"))
	mac.Write(id[:])
	return InvitationPrefix + hex.EncodeToString(mac.Sum(id[:]))
}

// CheckInvitation returns the invitation of a code. It returns ErrInvalidLink if the code
// was not created by this server, or the invitation was deleted, and *InvitationError with
// the invitation if it is not open, or its creator can no longer give what it promises. A code
// that is not valid does not reach the Store.
func (a *Accounts) CheckInvitation(ctx context.Context, code string) (Invitation, error) {
	given, err := hex.DecodeString(strings.TrimPrefix(code, InvitationPrefix))
	if err != nil || len(given) != len(uuid.UUID{})+sha256.Size {
		return Invitation{}, ErrInvalidLink
	}
	id := uuid.UUID(given[:len(uuid.UUID{})])
	if !hmac.Equal([]byte(a.invitationCode(id)), []byte(code)) {
		return Invitation{}, ErrInvalidLink
	}
	i, err := a.Store.Invitation(ctx, id.String())
	if err != nil {
		return Invitation{}, notFoundIs(ErrInvalidLink, err)
	}
	if state := i.State(a.now()); state != InvitationOpen {
		err = &InvitationError{state}
	}
	return i.Invitation, err
}
