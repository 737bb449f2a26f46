package account

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"reflect"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/seed-e6a88a41/latchkey/paging"
	"github.com/seed-e6a88a41/latchkey/validate"
)

// NewUser describes an account to be created.
type NewUser struct {
	// Username is the name with which the person logs in; see CanonicalUsername. Password
	// is checked by CheckPassword. Name is the full name. Email and Name may be empty.
	Username, Password, Email, Name string
	// Roles are the roles in the back office. Admin is short for RoleAdministrator.
	Roles Roles
	Admin bool
	// EmailVerified marks the email address as verified.
	EmailVerified bool
	// MustConfirm lets the account expire after Settings.UnconfirmedTTL, unless the
	// person confirms the email address or uses the account again.
	MustConfirm bool
	// Claims is a JSON object of standard claims (OpenID Connect Core §5.1), as in User,
	// or nil.
	Claims json.RawMessage
	// Locale is the language of the page on which the person creates the account, as a tag, or
	// empty. It becomes the locale claim unless Claims has one, so that emails are in this language.
	Locale string
	// Faults holds the errors that a form has found. The account is not created, and they are
	// reported together with all other faults.
	Faults validate.FieldErrors
}

// Create creates an account. It returns validate.FieldErrors that report all invalid
// fields, or that the username is taken.
func (a *Accounts) Create(ctx context.Context, n NewUser) (*User, error) {
	return a.create(ctx, n, Unconditionally)
}

// CreateFirst is like Create, but returns ErrConflict if any account exists.
func (a *Accounts) CreateFirst(ctx context.Context, n NewUser) (*User, error) {
	return a.create(ctx, n, IfFirst)
}

// CreateFirstAdmin is like Create for an administrator, but returns ErrConflict if
// there is already an administrator, and ErrHostPeople if the people are those of a host program.
func (a *Accounts) CreateFirstAdmin(ctx context.Context, n NewUser) (*User, error) {
	n.Admin = true
	return a.create(ctx, n, IfFirstAdmin)
}

func (a *Accounts) create(ctx context.Context, n NewUser, only Condition) (*User, error) {
	u, canonical, err := a.newUser(n)
	if err != nil {
		return nil, err
	}
	if err := a.add(ctx, u, canonical, addition{password: n.Password, only: only}); err != nil {
		return nil, err
	}
	return u, nil
}

// newUser returns the user to be created and the canonical username, or
// validate.FieldErrors, which include those in found.
func (a *Accounts) newUser(n NewUser, found ...validate.FieldError) (u *User, canonical string, err error) {
	u, canonical, err = a.userFor(n)
	faults, invalid := errors.AsType[validate.FieldErrors](err)
	if err != nil && !invalid {
		return nil, "", err
	}
	faults = append(append(faults, found...), checkPassword(n.Password, u.ownTexts()...)...)
	if len(faults) > 0 {
		return nil, "", faults
	}
	return u, canonical, nil
}

// userFor is newUser without a password. With validate.FieldErrors, it also returns the
// user.
func (a *Accounts) userFor(n NewUser) (u *User, canonical string, err error) {
	id, err := uuid.NewV7()
	if err != nil {
		return nil, "", err
	}
	now := a.now()
	u = &User{
		ID: id.String(), Username: strings.TrimSpace(n.Username), Email: strings.TrimSpace(n.Email), Name: strings.TrimSpace(n.Name),
		Claims: n.Claims, CreatedAt: now, UpdatedAt: now,
	}
	if err := u.setLocale(n.Locale); err != nil {
		return nil, "", err
	}
	u.SetRoles(n.Roles)
	u.Admin = u.Admin || n.Admin
	if n.MustConfirm && a.UnconfirmedTTL > 0 {
		u.ExpiresAt = now.Add(a.UnconfirmedTTL)
	}
	canonical, faults := checkUser(u, &User{})
	faults = append(append(faults, checkStandardClaims(u, nil)...), n.Faults...)
	if len(faults) > 0 {
		return u, "", faults
	}
	if n.EmailVerified {
		err = u.SetEmailVerified(true)
	}
	return u, canonical, err
}

// addition contains the options of add.
type addition struct {
	password string
	hashKey  string // of the turns for hashing
	only     Condition
	factors  []Factor // are added with the user
}

// add adds a user that newUser returned.
func (a *Accounts) add(ctx context.Context, u *User, canonical string, how addition) (err error) {
	if err := a.checkBreach(ctx, how.password); err != nil {
		return err
	}
	if u.PasswordHash, err = a.hashPassword(ctx, how.hashKey, how.password); err != nil {
		return err
	}
	err = a.Store.CreateUser(ctx, u, canonical, how.only, how.factors...)
	if !errors.Is(err, ErrConflict) || how.only == IfFirst {
		return err
	}
	if how.only == IfFirstAdmin {
		yes := true
		if admins, _, failed := a.Store.Users(ctx, UserFilter{Admin: &yes}, paging.Page{Limit: 1}); failed != nil || len(admins) > 0 {
			return cmp.Or(failed, err)
		}
	}
	return a.usernameTaken(ctx, canonical)
}

// usernameTaken returns what is wrong with a username that CreateUser refused.
func (a *Accounts) usernameTaken(ctx context.Context, canonical string) error {
	_, err := a.Store.UserByName(ctx, canonical)
	switch {
	case errors.Is(err, ErrNotFound):
		return validate.Field("username", "This username looks too much like that of another account. Choose another one.").WithCode("username_similar")
	case err != nil:
		return err
	}
	return validate.Field("username", "This username is already taken.").WithCode("username_taken")
}

// Update saves a changed user, except User.Disabled. It returns
// validate.FieldErrors if the user is not valid, ErrConflict if the account was
// changed concurrently, and ErrLastAdmin as a Store does. Values that were stored
// before a check existed do not prevent other changes.
func (a *Accounts) Update(ctx context.Context, u *User) error {
	return a.update(ctx, u, updating{})
}

// updating contains the options of update.
type updating struct {
	visitor Visitor
	// quiet sends no notice to an address that was removed.
	quiet bool
	// own is set for a change that a person makes, which is rejected if a confirmed
	// address cannot be notified.
	own bool
	// picture, if it is not nil, replaces the picture of the user. It points to nil if the
	// picture is removed.
	picture **Picture
}

// update is like Update, and notifies the previous email address if the address
// changes.
func (a *Accounts) update(ctx context.Context, u *User, how updating) error {
	before, err := a.Store.User(ctx, u.ID)
	if err != nil {
		return err
	}
	canonical, faults := checkUser(u, before)
	faults = append(faults, checkStandardClaims(u, before.Claims)...)
	if len(faults) > 0 {
		return faults
	}
	u.keepIfUsed()
	u.UpdatedAt = a.now()
	var queued *Notice
	about := notice{MailAddressChanged, u, before.Email, before.EmailVerified(), how.visitor, how.own && before.EmailVerified(), ""}
	if before.Version == u.Version && !sameAddress(before.Email, u.Email) && !how.quiet {
		if queued, err = a.notice(ctx, about); err != nil {
			return err
		}
	}
	if how.picture != nil {
		err = a.Store.SetPicture(ctx, u, canonical, *how.picture)
	} else {
		err = a.Store.UpdateUser(ctx, u, canonical, queued)
	}
	if errors.Is(err, ErrConflict) {
		if other, findErr := a.Store.UserByName(ctx, canonical); findErr == nil && other.ID != u.ID {
			return validate.Field("username", "This username is already taken.").WithCode("username_taken")
		}
	}
	if err == nil {
		a.noticeQueued(ctx, about, queued)
	}
	return err
}

// keepIfUsed prevents an account with a verified address or a role from expiring.
func (u *User) keepIfUsed() {
	if u.EmailVerified() || len(u.Roles()) > 0 {
		u.ExpiresAt = time.Time{}
	}
}

// Disable disables a user, and ends their sessions. With revoke, everything that
// was issued to the user is revoked. Otherwise, it is valid again when the user
// is enabled, unless it has expired or was bound to a session. It returns
// ErrLastAdmin if the user is the only enabled administrator.
func (a *Accounts) Disable(ctx context.Context, userID string, revoke bool) error {
	s := Switch{UserID: userID, Disabled: true, At: a.now()}
	if revoke {
		s.RevokedBefore = s.At
	}
	return a.Store.SwitchUser(ctx, s)
}

// Enable enables a user.
func (a *Accounts) Enable(ctx context.Context, userID string) error {
	return a.Store.SwitchUser(ctx, Switch{UserID: userID, At: a.now()})
}

// SetPassword sets a new password, ends the user's sessions and revokes everything
// that was issued to them. It returns validate.FieldErrors if the password is not
// acceptable. Once the password is hashed, the change is made even if ctx is
// canceled.
func (a *Accounts) SetPassword(ctx context.Context, u *User, password string) error {
	return a.setPassword(ctx, u, password, Visitor{}, false)
}

// setPassword is like SetPassword, and notifies the user of the new password. With
// checked, the password was checked against u, or a proof was, and it returns
// ErrConflict if u was disabled or got another password or email address since
// then.
func (a *Accounts) setPassword(ctx context.Context, u *User, password string, v Visitor, checked bool) error {
	return a.changePassword(ctx, PasswordChange{User: u, Checked: checked}, password, v)
}

// CheckNewPassword returns validate.FieldErrors if a person cannot get a password, because it is
// too easy to guess, or in the list of stolen passwords.
func (a *Accounts) CheckNewPassword(ctx context.Context, u *User, password string) error {
	if err := CheckPassword(password, u.ownTexts()...); err != nil {
		return err
	}
	return a.checkBreach(ctx, password)
}

// changePassword sets the Hash of a change, and makes it.
func (a *Accounts) changePassword(ctx context.Context, c PasswordChange, password string, v Visitor) error {
	u := c.User
	if err := a.CheckNewPassword(ctx, u, password); err != nil {
		return err
	}
	phc, err := a.hashPassword(ctx, u.ID, password)
	if err != nil {
		return err
	}
	c.Hash = phc
	return a.storePassword(ctx, c, v)
}

// storePassword sets the time and the notice of a change, and makes it, even if the client
// closes the connection.
func (a *Accounts) storePassword(ctx context.Context, c PasswordChange, v Visitor) (err error) {
	u := c.User
	ctx = context.WithoutCancel(ctx)
	about := notice{MailPasswordChanged, u, u.Email, u.EmailVerified(), v, false, ""}
	c.At = a.now()
	c.Notice, err = a.notice(ctx, about)
	if err == nil {
		err = a.Store.SetPassword(ctx, c)
	}
	if err == nil {
		a.noticeQueued(ctx, about, c.Notice)
	}
	return err
}

// protocolClaims are set by the server and cannot be part of an account.
var protocolClaims = []string{
	"iss", "sub", "aud", "exp", "nbf", "iat", "jti", "auth_time", "nonce", "acr", "amr", "azp",
	"at_hash", "c_hash", "s_hash", "sid", "client_id", "scope", "cnf", "family", "_claim_names", "_claim_sources",
}

// checkUser validates the fields of a user and returns the canonical username. Name
// and Email are checked if they differ from those before.
func checkUser(u, before *User) (canonical string, faults validate.FieldErrors) {
	canonical, err := CanonicalUsername(u.Username)
	errors.As(err, &faults)
	if u.Email != "" && u.Email != before.Email && !validate.IsEmail(u.Email) {
		faults = append(faults, validate.Field("email", "Enter a valid email address.").WithCode("email_invalid")...)
	}
	if u.Name != before.Name {
		if len(u.Name) > 200 {
			faults = append(faults, validate.Field("name", "This name is too long. Enter a shorter one.").WithCode("name_long")...)
		}
		faults = append(faults, validate.Name("name", u.Name)...)
	}
	return canonical, append(append(faults, checkRoles(u)...), checkClaims(u)...)
}

// CheckChange returns the mistakes of a changed user, as Update does, but not whether the username is
// taken. The error is a validate.FieldErrors. It does not change u.
func CheckChange(u, before *User) error {
	changed := *u
	_, faults := checkUser(&changed, before)
	if faults = append(faults, checkStandardClaims(&changed, before.Claims)...); len(faults) > 0 {
		return faults
	}
	return nil
}

func checkClaims(u *User) validate.FieldErrors {
	if len(bytes.TrimSpace(u.Claims)) == 0 {
		u.Claims = nil
		return nil
	}
	const maxClaims = 16 << 10 // bytes
	var claims map[string]json.RawMessage
	if len(u.Claims) > maxClaims || !isText(string(u.Claims)) || json.Unmarshal(u.Claims, &claims) != nil || claims == nil {
		return validate.Field("claims", "The claims must be one JSON object of at most 16 KiB, such as {\"locale\": \"en\"}.").WithCode("claims_object", "example", `{"locale": "en"}`)
	}
	for _, name := range protocolClaims {
		if _, exists := claims[name]; exists {
			return validate.Field("claims", "The claim %q is set by the server and cannot be changed.", name).WithCode("claim_protocol", "claim", name)
		}
	}
	return nil
}

// checkStandardClaims checks the texts of the claims, and the values of the
// standard claims, in Claims that differ from those before. It ignores a text that
// is not a JSON object: checkUser reports that.
func checkStandardClaims(u *User, before json.RawMessage) (faults validate.FieldErrors) {
	claims, err := u.claims()
	if err != nil || !isText(string(u.Claims)) {
		return nil
	}
	if known, err := (&User{Claims: before}).claims(); err == nil {
		maps.DeleteFunc(claims, func(name string, value any) bool { return reflect.DeepEqual(known[name], value) && known[name] != nil })
	}
	if claims["email"] == u.Email {
		delete(claims, "email") // it records that the address is confirmed, and checkUser checks the address
	}
	faults = checkClaimTexts(claims)
	for _, fault := range validate.Claims(claims) {
		faults = append(faults, validate.Field("claims", "%s: %s", fault.Field, fault.Message).WithCode("claim_value", "claim", fault.Field, "fault", fault)...)
	}
	return faults
}
