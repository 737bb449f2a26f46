package sqlstore

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// oldSettings returns the settings of a client, as they were stored before
// release 0.1.0, in the form of writeSettings. It does not change settings that
// already have that form.
//
//	homepage_url, logo_url          become client_uri and logo_uri
//	scopes, default_scopes          were lists; scope and default_scope are strings
//	*_ttl                           were nanoseconds, and become seconds
//	openid                          its members move up
//	openid.response_types           did not name code, which was always allowed
func oldSettings(text string) (string, error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &members); err != nil {
		return "", err
	}
	c := oldClient{members: members}
	c.rename("homepage_url", "client_uri")
	c.rename("logo_url", "logo_uri")
	c.scopes("scopes", "scope")
	c.scopes("default_scopes", "default_scope")
	for _, name := range []string{"access_token_ttl", "refresh_token_idle_ttl", "refresh_token_ttl"} {
		c.lifetime(name)
	}
	c.openID()
	if c.err != nil || !c.changed {
		return text, c.err
	}
	changed, err := json.Marshal(members)
	return string(changed), err
}

// oldClient converts members one at a time, and keeps the first error.
type oldClient struct {
	members map[string]json.RawMessage
	changed bool
	err     error
}

// take removes a member and decodes it, and reports whether it was there.
func (c *oldClient) take(name string, into any) bool {
	text, found := c.members[name]
	if !found || c.err != nil {
		return false
	}
	delete(c.members, name)
	c.err, c.changed = json.Unmarshal(text, into), true
	return c.err == nil
}

func (c *oldClient) put(name string, value any) {
	c.members[name], c.err = json.Marshal(value)
}

func (c *oldClient) rename(from, to string) {
	var text string
	if c.take(from, &text) {
		c.put(to, text)
	}
}

func (c *oldClient) scopes(from, to string) {
	var names []string
	if c.take(from, &names) {
		c.put(to, strings.Join(names, " "))
	}
}

// lifetime leaves a number of seconds as it is: the longest is below a second
// in nanoseconds.
func (c *oldClient) lifetime(name string) {
	var d time.Duration
	if json.Unmarshal(c.members[name], &d) == nil && d >= time.Second && c.take(name, &d) {
		c.put(name, oauth.Lifetime(d))
	}
}

func (c *oldClient) openID() {
	var members map[string]json.RawMessage
	if !c.take("openid", &members) {
		return
	}
	for name, value := range members {
		c.members[name] = value
	}
	var grants, types []string
	_ = json.Unmarshal(c.members["grant_types"], &grants)
	if c.take("response_types", &types) && len(types) > 0 {
		if slices.Contains(grants, oauth.GrantAuthorizationCode) {
			types = slices.Insert(types, 0, oauth.ResponseTypeCode)
		}
		c.put("response_types", types)
	}
}
