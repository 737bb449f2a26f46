package provider

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/jose"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// sealSigningKey returns the key in the form that is stored: its private half is
// sealed, with the id of the key as the context.
func sealSigningKey(seal sealer, alg string, key *jose.PrivateKey, now time.Time) (oauth.SigningKey, error) {
	private, err := key.PrivateJWK()
	if err != nil {
		return oauth.SigningKey{}, err
	}
	public, err := key.PublicJWK()
	if err != nil {
		return oauth.SigningKey{}, err
	}
	sealed, err := seal.Seal(oauth.NewID(now), private, key.ID())
	if err != nil {
		return oauth.SigningKey{}, err
	}
	return oauth.SigningKey{ID: key.ID(), Alg: alg, Public: public, Private: []byte(sealed), CreatedAt: now}, nil
}

// openSigningKey opens the private half of a stored key.
func openSigningKey(seal sealer, row oauth.SigningKey) (*jose.PrivateKey, error) {
	private, err := seal.Open(string(row.Private), row.ID)
	if err != nil {
		return nil, err
	}
	return jose.ParsePrivateKey(row.Alg, private)
}

// errOpening also says what to do, because a server that has the wrong key does not start.
func errOpening(masterKey []byte, row oauth.SigningKey, err error) error {
	if opensAsBase64(masterKey, row) {
		return fmt.Errorf("this master key cannot decrypt the signing key %s, because the file of the master key contains hexadecimal digits, and was read as base64 before. To continue with the same master key, replace the content of the file with its bytes, decoded as base64: (umask 077; base64 -d master.key > decoded.key)", row.ID)
	}
	detail := ""
	if !errors.Is(err, errSealed) { // its text would repeat the sentence
		detail = " (" + err.Error() + ")"
	}
	return fmt.Errorf("this master key cannot decrypt the signing key %s, which was encrypted with a different master key, or was changed. Use the master key with which the database was created: the one that the other servers use, or the copy that you kept with the backups%s", row.ID, detail)
}

// opensAsBase64 reports whether a signing key can be decrypted with another reading of the text of
// a master key: hexadecimal digits are also base64, and the commands read them so before they
// accepted hexadecimal digits.
func opensAsBase64(masterKey []byte, row oauth.SigningKey) bool {
	digits := hex.EncodeToString(masterKey)
	for _, text := range []string{digits, strings.ToUpper(digits)} {
		other, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			continue
		}
		if _, err := openSigningKey(signingKeySealer(other), row); err == nil {
			return true
		}
	}
	return false
}

// signingKeySealer returns the sealer of the private halves of signing keys.
func signingKeySealer(masterKey []byte) sealer {
	return sealer{Key: deriveKey(masterKey, "signing keys")}
}

// CheckMasterKey returns an error if the master key does not open the signing
// keys of a Store that a Provider would use.
func CheckMasterKey(masterKey []byte, keys []oauth.SigningKey, now time.Time) error {
	seal := signingKeySealer(masterKey)
	for _, row := range keys {
		key := ringKey{SigningKey: row}
		if len(row.Private) == 0 || !key.published(now) {
			continue
		}
		if _, err := openSigningKey(seal, row); err != nil {
			return errOpening(masterKey, row, err)
		}
	}
	return nil
}
