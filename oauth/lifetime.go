package oauth

import (
	"encoding/json"
	"errors"
	"strconv"
	"time"
)

// Lifetime is how long a token is valid. In JSON it is a number of seconds, as
// expires_in is (RFC 6749 §5.1). It has no fractions of a second. In Go, convert a
// time.Duration:
//
//	c.AccessTokenTTL = oauth.Lifetime(5 * time.Minute)
type Lifetime time.Duration

// Duration returns the lifetime as a time.Duration.
func (l Lifetime) Duration() time.Duration { return time.Duration(l) }

// MarshalJSON returns the number of seconds.
func (l Lifetime) MarshalJSON() ([]byte, error) {
	return strconv.AppendInt(nil, int64(time.Duration(l)/time.Second), 10), nil
}

// UnmarshalJSON reads a number of seconds.
func (l *Lifetime) UnmarshalJSON(text []byte) error {
	var seconds int32 // 68 years
	if err := json.Unmarshal(text, &seconds); err != nil {
		return errors.New("a lifetime must be a whole number of seconds, such as 300 for 5 minutes")
	}
	*l = Lifetime(time.Duration(seconds) * time.Second)
	return nil
}
