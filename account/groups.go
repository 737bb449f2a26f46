package account

import "slices"

// Groups returns the names of the groups of a person: first their memberships, and then the names
// in the groups claim, which administrators set.
func (u *User) Groups() ([]string, error) {
	claims, err := u.claims()
	if err != nil {
		return nil, err
	}
	var groups []string
	for _, m := range u.Memberships {
		groups = append(groups, m.Group)
	}
	values, _ := claims["groups"].([]any)
	if name, one := claims["groups"].(string); one {
		values = []any{name}
	}
	for _, value := range values {
		if name, isText := value.(string); isText && name != "" && !slices.Contains(groups, name) {
			groups = append(groups, name)
		}
	}
	return groups, nil
}
