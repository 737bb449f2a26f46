package jose

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
)

// IsUnsecured reports whether the header of a JWS in compact serialization has
// the algorithm "none".
func IsUnsecured(text string) bool {
	first, _, _ := strings.Cut(text, ".")
	var header struct {
		Algorithm string `json:"alg"`
	}
	raw, err := base64.RawURLEncoding.DecodeString(first)
	return err == nil && json.Unmarshal(raw, &header) == nil && header.Algorithm == None
}

// ParseUnsecured returns the typ, as ComparableType returns it, and the payload
// of a JWT without a signature (RFC 7519 §6).
func ParseUnsecured(text string) (typ string, payload []byte, err error) {
	parts := strings.Split(text, ".")
	if len(parts) != 3 || parts[2] != "" || !IsUnsecured(text) {
		return "", nil, errors.New("not a header with the algorithm none, a payload and an empty signature")
	}
	var header struct {
		Type     string `json:"typ"`
		Critical any    `json:"crit"`
	}
	raw, err := base64.RawURLEncoding.DecodeString(parts[0])
	if err != nil || json.Unmarshal(raw, &header) != nil {
		return "", nil, errors.New("the header is not JSON in base64url")
	}
	if header.Critical != nil { // RFC 7515 §4.1.11
		return "", nil, errors.New("the header has critical extensions")
	}
	if payload, err = base64.RawURLEncoding.DecodeString(parts[1]); err != nil {
		return "", nil, errors.New("the payload is not base64url")
	}
	return ComparableType(header.Type), payload, nil
}
