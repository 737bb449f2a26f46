package provider

// grants lists the grants that the server knows. Discovery lists them by
// itself; a new one is its file and a line here.
func grants() []Grant {
	return []Grant{
		codeGrant{},
		refreshGrant{},
		clientGrant{},
	}
}

func (s *Provider) grant(grantType string) Grant {
	for _, g := range s.grants {
		if g.Type() == grantType {
			return g
		}
	}
	return nil
}
