package account

import (
	"encoding/json"
	"maps"
)

// StandardClaims are the user's standard claims (OpenID Connect Core §5.1), as
// far as they are known: the further ones of Claims, and over them those of
// the account's own fields. sub is not among them.
func (u *User) StandardClaims() (map[string]any, error) {
	claims := make(map[string]any)
	if len(u.Claims) > 0 {
		if err := json.Unmarshal(u.Claims, &claims); err != nil {
			return nil, err
		}
	}
	own := map[string]any{"preferred_username": u.Username}
	if u.Name != "" {
		own["name"] = u.Name
	}
	if u.Email != "" {
		own["email"] = u.Email
		if _, said := claims["email_verified"]; !said || claims["email"] != nil && claims["email"] != u.Email {
			own["email_verified"] = false // §5.1: verified by us, and we did not
		}
	}
	if !u.UpdatedAt.IsZero() {
		own["updated_at"] = u.UpdatedAt.Unix()
	}
	maps.Copy(claims, own)
	return claims, nil
}
