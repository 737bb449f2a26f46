package latchkey

// Paths returns the paths of all public routes.
func (s *Server) Paths() []string { return s.web.Paths() }

// AccountPeople finds people by their account.
var AccountPeople = accountPeople
