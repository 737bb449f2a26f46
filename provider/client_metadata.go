package provider

import (
	"cmp"
	"encoding/json"
	"maps"
	"net/url"
	"reflect"
	"slices"
	"strings"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/validate"
)

// The error codes of RFC 7591 §3.2.2.
const (
	codeInvalidRedirectURI    = "invalid_redirect_uri"
	codeInvalidClientMetadata = "invalid_client_metadata"
)

// selfDescribed returns the names of the members that a client which describes
// itself can set: those of oauth.Client with the tag register.
func selfDescribed() map[string]bool {
	names := make(map[string]bool)
	for _, field := range reflect.VisibleFields(reflect.TypeFor[oauth.Client]()) {
		if name, _, _ := strings.Cut(field.Tag.Get("json"), ","); field.Tag.Get("register") != "" {
			names[name] = true
		}
	}
	return names
}

// readMetadata reads the metadata of a client that describes itself (RFC 7591 §2).
// Its scope becomes the scope of requests without one, and is no limit: clients
// register with what they need at first, and request more later, when a person has
// to agree to it.
// All members that are unknown, null or only for administrators are ignored. The
// caller calls setMetadataDefaults, and then checkMetadata.
func readMetadata(text []byte) (*oauth.Client, error) {
	var all map[string]json.RawMessage
	if err := json.Unmarshal(text, &all); err != nil || all == nil {
		return nil, oauth.Errorf(codeInvalidClientMetadata, "The client metadata is not a JSON object.")
	}
	c, known := new(oauth.Client), selfDescribed()
	for name, value := range all {
		if known[name] && string(value) != "null" {
			continue
		}
		delete(all, name)
		if name == "scope" {
			if err := readScope(value, &c.DefaultScopes); err != nil {
				return nil, err
			}
		}
		if member, _, tagged := strings.Cut(name, "#"); tagged && oauth.Translatable(member) {
			var text string
			if json.Unmarshal(value, &text) != nil {
				return nil, errMetadataType(name)
			}
			if c.Translations == nil {
				c.Translations = make(oauth.Translations)
			}
			c.Translations[name] = text
		}
	}
	members, err := json.Marshal(all)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(members, c); err != nil {
		return nil, errMetadataType(wrongMember(all))
	}
	return c, nil
}

// wrongMember returns the name of a member that cannot be read. The error of
// encoding/json has the name of a Go field instead.
func wrongMember(all map[string]json.RawMessage) string {
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if alone, err := json.Marshal(map[string]json.RawMessage{name: all[name]}); err != nil || json.Unmarshal(alone, new(oauth.Client)) != nil {
			return name
		}
	}
	return "a member"
}

func readScope(value json.RawMessage, scopes *oauth.Scopes) (err error) {
	var text string
	if json.Unmarshal(value, &text) != nil {
		return errMetadataType("scope")
	}
	if *scopes, err = oauth.ParseScopes(text); err != nil {
		return oauth.Errorf(codeInvalidClientMetadata, "scope: %s", message(err))
	}
	return nil
}

func errMetadataType(member string) *oauth.Error {
	return oauth.Errorf(codeInvalidClientMetadata, "The value of %s has the wrong JSON type.", member)
}

// registrable lists what a client that describes itself can have.
type registrable struct{ grantTypes, responseTypes []string }

// registrableUnder returns what clients that register themselves can have. If
// everybody can register, a client must not get tokens without a person, nor through
// the browser, where they can leak (RFC 9700 §2.1.2).
func registrableUnder(policy string) registrable {
	if policy == RegistrationToken {
		return registrable{GrantTypes(), oauth.ResponseTypes()}
	}
	grants := slices.DeleteFunc(GrantTypes(), func(grantType string) bool { return !needsPerson(grantType) })
	return registrable{grants, []string{oauth.ResponseTypeCode}}
}

// needsPerson reports whether a person gives permission before the grant issues
// tokens.
func needsPerson(grantType string) bool {
	return grantType == oauth.GrantAuthorizationCode || grantType == oauth.GrantRefreshToken || strings.HasSuffix(grantType, ":device_code")
}

// setMetadataDefaults sets the members that a client omitted to the defaults of the
// specifications, and replaces what this server does not support (RFC 7591 §2,
// §3.2.1): clients ask for everything that they could use.
func (s *Provider) setMetadataDefaults(c *oauth.Client, can registrable) error {
	if len(c.DefaultScopes) > 0 {
		c.DefaultScopes = slices.DeleteFunc(slices.Clone(c.DefaultScopes), func(name string) bool { _, known := s.catalog().byName[name]; return !known })
		if len(c.DefaultScopes) == 0 {
			return oauth.Errorf(codeInvalidClientMetadata, "This server supports none of the scopes in the member 'scope'. Its metadata lists those that it supports (scopes_supported).")
		}
	}
	c.AuthMethod = cmp.Or(c.AuthMethod, oauth.AuthSecretBasic)
	if c.Type = oauth.Confidential; c.AuthMethod == oauth.AuthNone {
		c.Type = oauth.Public
	}
	if c.GrantTypes == nil {
		c.GrantTypes = []string{oauth.GrantAuthorizationCode}
	}
	available := intersect(c.GrantTypes, can.grantTypes)
	if len(available) == 0 && len(c.GrantTypes) > 0 {
		return errNoneAvailable("grant_types", can.grantTypes)
	}
	c.GrantTypes = available
	if len(c.ResponseTypes) == 0 && c.Allows(oauth.GrantAuthorizationCode) {
		c.ResponseTypes = []string{oauth.ResponseTypeCode}
	}
	var responseTypes []string
	for _, responseType := range c.ResponseTypes {
		responseTypes = append(responseTypes, oauth.CanonicalResponseType(responseType))
	}
	// A response without response_types would mean code, which the client did not ask for.
	if c.ResponseTypes = intersect(responseTypes, can.responseTypes); len(c.ResponseTypes) == 0 && c.Allows(oauth.GrantAuthorizationCode) {
		return errNoneAvailable("response_types", can.responseTypes)
	}
	if c.ApplicationType == "" {
		// The default is web, but many native applications omit it.
		c.ApplicationType = oauth.Web
		if slices.ContainsFunc(c.RedirectURIs, func(uri string) bool { return !onServer(uri) }) {
			c.ApplicationType = oauth.Native
		}
	}
	c.IDTokenAlg = cmp.Or(c.IDTokenAlg, oauth.DefaultIDTokenAlg)
	if strings.TrimSpace(c.Name) == "" {
		c.Name = nameOf(c)
	}
	return nil
}

// errNoneAvailable rejects a list that has none of the values that a client can have.
func errNoneAvailable(member string, available []string) error {
	return oauth.Errorf(codeInvalidClientMetadata, "%s: none of them is available to this application. Use at least one of: %s.", member, strings.Join(available, ", "))
}

// nameOf returns a name for a client without one: the host of its addresses.
func nameOf(c *oauth.Client) string {
	for _, uri := range append([]string{c.HomepageURL}, c.RedirectURIs...) {
		if u, err := url.Parse(uri); err == nil && u.Hostname() != "" {
			return u.Hostname()
		}
	}
	return "An application without a name"
}

// intersect returns the elements of a list that are among the known ones, once each.
func intersect(list, known []string) (both []string) {
	for _, element := range list {
		if slices.Contains(known, element) && !slices.Contains(both, element) {
			both = append(both, element)
		}
	}
	return both
}

// checkMetadata returns what is wrong with the metadata of a client that describes
// itself. A panic of CheckClientURI is a failure of the server, and not of the client. It must not
// end the process: any client can cause it, and that of a document is checked in a goroutine.
func (s *Provider) checkMetadata(c *oauth.Client) (err error) {
	defer recovered(&err)
	return metadataError(s.ValidateClient(c))
}

// metadataError returns the first fault as an error for the client.
func metadataError(faults validate.FieldErrors) error {
	for _, fault := range faults {
		if fault.Field == "redirect_uris" {
			return oauth.Errorf(codeInvalidRedirectURI, "redirect_uris: %s", fault.Message)
		}
	}
	if len(faults) > 0 {
		return oauth.Errorf(codeInvalidClientMetadata, "%s: %s", faults[0].Field, faults[0].Message)
	}
	return nil
}

// metadataOf returns the metadata of a client as the client knows it.
func metadataOf(c *oauth.Client) (map[string]any, error) {
	text, err := json.Marshal(c)
	if err != nil {
		return nil, err
	}
	var all map[string]any
	if err := json.Unmarshal(text, &all); err != nil {
		return nil, err
	}
	known := selfDescribed()
	for name := range all {
		if !known[name] {
			delete(all, name)
		}
	}
	for name, text := range c.Translations {
		all[name] = text
	}
	if len(c.DefaultScopes) > 0 {
		all["scope"] = c.DefaultScopes.String()
	}
	return all, nil
}
