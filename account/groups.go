package account

// Groups returns the names in the claim groups of the person. Only administrators and login
// providers set it.
func (u *User) Groups() ([]string, error) {
	claims, err := u.claims()
	if err != nil {
		return nil, err
	}
	values, _ := claims["groups"].([]any)
	if name, one := claims["groups"].(string); one {
		values = []any{name}
	}
	var groups []string
	for _, value := range values {
		if name, isText := value.(string); isText && name != "" {
			groups = append(groups, name)
		}
	}
	return groups, nil
}
