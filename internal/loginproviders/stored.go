package loginproviders

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/seal"
	"github.com/seed-e6a88a41/latchkey/internal/upstream"
)

// KeyPurpose is the purpose for which Config.Key is derived from the master key.
const KeyPurpose = "login provider secrets"

// keep sets the settings of a row, and its secret, unless the settings have none.
func keep(key []byte, row *account.StoredProvider, s upstream.Settings) (err error) {
	row.Name = s.Name
	if row.Settings, err = s.JSON(); err != nil || s.ClientSecret == "" {
		return err
	}
	if key == nil {
		return errors.New("loginproviders: the master key is missing")
	}
	var id [16]byte
	_, _ = rand.Read(id[:]) // never fails (crypto/rand)
	row.Secret, err = seal.Sealer{Key: key}.Seal(id, []byte(s.ClientSecret), binding(s))
	return err
}

// ErrUnreadable means that a row has settings that this release cannot read. It cannot change
// the others: it would erase the settings that it cannot read, such as a rule that keeps people
// out.
var ErrUnreadable = errors.New("this release cannot read all settings of the login provider; change it with the release that saved it, or remove it")

// open returns the settings of a row, with the secret. With an error, it returns as much as
// it can. The error is ErrUnreadable if that are not all settings.
func open(key []byte, row account.StoredProvider) (upstream.Settings, error) {
	s, err := upstream.ParseSettings(row.Settings)
	s.Name = row.Name
	if err != nil {
		return s, fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	if row.Secret == "" {
		return s, nil
	}
	secret, err := seal.Sealer{Key: key}.Open(row.Secret, binding(s))
	if err != nil {
		return s, fmt.Errorf("the secret: %w (was it sealed with a different master key?)", err)
	}
	s.ClientSecret = string(secret)
	return s, nil
}

// binding returns what a secret is bound to: it is sent only to this address, for this
// client or account. So a person who can change the settings, but does not know the secret,
// cannot have it sent to another server.
func binding(s upstream.Settings) string {
	text, _ := json.Marshal([]string{s.Name, s.Kind(), s.Address(), s.ClientID, s.BindDN}) // texts
	return string(text)
}

// same reports whether two rows have the same settings and the same secret.
func same(a, b account.StoredProvider) bool {
	return a.Name == b.Name && a.Version == b.Version && a.Secret == b.Secret && bytes.Equal(a.Settings, b.Settings)
}
