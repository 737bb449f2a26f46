package account

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/mail"
	"strings"
	"unicode"

	"github.com/google/uuid"

	"github.com/seed-e6a88a41/latchkey/validate"
)

// NewUser is what an account is made from.
type NewUser struct {
	Username, Password, Email, Name string
	Admin                           bool
	Claims                          json.RawMessage
}

// Create makes an account. If anything is wrong with it, the error is a
// validate.FieldErrors that lists all of it.
func (a *Accounts) Create(ctx context.Context, n NewUser) (*User, error) {
	return a.create(ctx, n, false)
}

// CreateFirst makes the account only if there is none at all; else ErrConflict.
func (a *Accounts) CreateFirst(ctx context.Context, n NewUser) (*User, error) {
	return a.create(ctx, n, true)
}

func (a *Accounts) create(ctx context.Context, n NewUser, onlyFirst bool) (*User, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return nil, err
	}
	now := a.now()
	u := &User{
		ID: id.String(), Username: strings.TrimSpace(n.Username), Email: strings.TrimSpace(n.Email), Name: strings.TrimSpace(n.Name),
		Admin: n.Admin, Claims: n.Claims, CreatedAt: now, UpdatedAt: now,
	}
	canonical, faults := checkUser(u)
	faults = append(faults, checkPassword(n.Password, u.Username)...)
	if len(faults) > 0 {
		return nil, faults
	}
	if u.PasswordHash, err = a.hash(ctx, n.Password); err != nil {
		return nil, err
	}
	err = a.Store.CreateUser(ctx, u, canonical, onlyFirst)
	if errors.Is(err, ErrConflict) && !onlyFirst {
		return nil, validate.Field("username", "This username is taken.")
	}
	return u, err
}

// Update saves what was changed of a user. Errors: validate.FieldErrors; ErrConflict if
// somebody else has saved the user meanwhile.
func (a *Accounts) Update(ctx context.Context, u *User) error {
	canonical, faults := checkUser(u)
	if len(faults) > 0 {
		return faults
	}
	u.UpdatedAt = a.now()
	err := a.Store.UpdateUser(ctx, u, canonical)
	if errors.Is(err, ErrConflict) {
		if other, findErr := a.Store.UserByName(ctx, canonical); findErr == nil && other.ID != u.ID {
			return validate.Field("username", "This username is taken.")
		}
	}
	return err
}

// SetPassword gives the user a new password, ends their sessions and revokes
// what was issued to them. Once the password is hashed that is done, also if the
// context ends.
func (a *Accounts) SetPassword(ctx context.Context, u *User, password string) error {
	if err := CheckPassword(password, u.Username); err != nil {
		return err
	}
	phc, err := a.hash(ctx, password)
	if err != nil {
		return err
	}
	return a.Store.SetPassword(context.WithoutCancel(ctx), u.ID, phc, a.now())
}

// protocolClaims are the server's to say, never the account's.
var protocolClaims = []string{
	"iss", "sub", "aud", "exp", "nbf", "iat", "jti", "auth_time", "nonce", "acr", "amr", "azp",
	"at_hash", "c_hash", "s_hash", "sid", "client_id", "scope", "cnf", "family", "_claim_names", "_claim_sources",
}

// checkUser validates a user's own fields.
func checkUser(u *User) (canonical string, faults validate.FieldErrors) {
	canonical, err := CanonicalUsername(u.Username)
	errors.As(err, &faults)
	if u.Email != "" {
		if address, err := mail.ParseAddress(u.Email); err != nil || address.Address != u.Email || len(u.Email) > 254 {
			faults = append(faults, validate.Field("email", "This is not an e-mail address.")...)
		}
	}
	if len(u.Name) > 200 {
		faults = append(faults, validate.Field("name", "A name has at most 200 bytes.")...)
	}
	if strings.ContainsFunc(u.Name, unicode.IsControl) || !isText(u.Name) { // mails begin with it
		faults = append(faults, validate.Field("name", "A name is one line of text.")...)
	}
	return canonical, append(faults, checkClaims(u)...)
}

func checkClaims(u *User) validate.FieldErrors {
	if len(bytes.TrimSpace(u.Claims)) == 0 {
		u.Claims = nil
		return nil
	}
	const most = 16 << 10
	var claims map[string]json.RawMessage
	if len(u.Claims) > most || !isText(string(u.Claims)) || json.Unmarshal(u.Claims, &claims) != nil {
		return validate.Field("claims", "The claims must be one JSON object of at most 16 KiB, like {\"locale\": \"en\"}.")
	}
	for _, name := range protocolClaims {
		if _, there := claims[name]; there {
			return validate.Field("claims", "The claim %q is set by the server itself.", name)
		}
	}
	return nil
}
