package consumer

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"time"
)

// setSealed stores a value in an encrypted cookie, which scripts cannot read. The
// cookie can be opened only by readSealed with the same context.
func (c *consumer) setSealed(w http.ResponseWriter, cookie http.Cookie, context string, lifetime time.Duration, value any) error {
	plain, err := json.Marshal(value)
	if err != nil {
		return err
	}
	aead, err := c.aead()
	if err != nil {
		return err
	}
	cookie.Value = base64.RawURLEncoding.EncodeToString(aead.Seal(nil, nil, plain, []byte(context)))
	cookie.MaxAge, cookie.HttpOnly, cookie.Secure = int(lifetime.Seconds()), true, strings.HasPrefix(c.BaseURL, "https:")
	http.SetCookie(w, &cookie)
	return nil
}

// readSealed reads the value of a cookie that setSealed stored. It reports false if
// the browser has no such cookie.
func (c *consumer) readSealed(r *http.Request, name, context string, value any) bool {
	cookie, err := r.Cookie(name)
	if err != nil {
		return false
	}
	sealed, err := base64.RawURLEncoding.DecodeString(cookie.Value)
	if err != nil {
		return false
	}
	aead, err := c.aead()
	if err != nil {
		return false
	}
	plain, err := aead.Open(nil, nil, sealed, []byte(context))
	return err == nil && json.Unmarshal(plain, value) == nil
}

func (c *consumer) aead() (cipher.AEAD, error) {
	block, err := aes.NewCipher(c.key[:])
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}
