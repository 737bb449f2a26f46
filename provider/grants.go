package provider

import "strings"

// grants returns all grants. This is the only list: discovery, the known
// parameters, client registration, forms and the command line follow from it.
// Type and Params work without a Provider.
func grants(s *Provider) []grant {
	return []grant{
		codeGrant{s},
		refreshGrant{s},
		clientCredentialsGrant{s},
		jwtBearerGrant{s},
		deviceGrant{s},
		exchangeGrant{s},
		passwordGrant{s},
	}
}

// GrantTypes returns the grant types that a client can be allowed to use, apart from
// legacy features.
func GrantTypes() []string {
	var types []string
	for _, g := range grants(nil) {
		if _, legacy := g.(legacyGrant); !legacy {
			types = append(types, g.Type())
		}
	}
	return types
}

// GrantTypes returns the grant types that a client of this server can be allowed to
// use: those of the package, and those of the host program.
func (s *Provider) GrantTypes() []string {
	types := GrantTypes()
	for _, g := range s.Grants {
		types = append(types, g.Type)
	}
	return types
}

// grantURN returns the grant type that is a URN with this short name at its end, such as device_code or
// token_exchange, or "".
func (s *Provider) grantURN(name string) string {
	for _, urn := range s.GrantTypes() {
		if strings.ReplaceAll(urn[strings.LastIndex(urn, ":")+1:], "-", "_") == name && urn != name {
			return urn
		}
	}
	return ""
}
