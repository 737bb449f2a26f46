package convert

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// clients rewrites the settings of all clients. It runs after the statements.
func clients(ctx context.Context, db DB) error {
	all := make(map[string]string)
	rows, err := db.QueryContext(ctx, `SELECT id, settings FROM `+renamed("client"))
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var id, text string
		if err := rows.Scan(&id, &text); err != nil {
			return err
		}
		if all[id], err = oldSettings(text); err != nil {
			return fmt.Errorf("the settings of client %s: %w", id, err)
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for id, text := range all {
		if _, err := db.ExecContext(ctx, `UPDATE `+renamed("client")+` SET settings = $1 WHERE id = $2`, text, id); err != nil {
			return err
		}
	}
	return nil
}

// oldSettings returns the settings of a client, as they were stored before
// release 0.1.0, in the JSON form of oauth.Client.
//
//	homepage_url, logo_url          become client_uri and logo_uri
//	scopes, default_scopes          were lists; scope and default_scope are strings
//	*_ttl                           were nanoseconds, and become seconds
//	openid                          its members move up
//	openid.response_types           did not name code, which was always allowed
//	id_token_signed_response_alg    was ES256 by default; the default is now RS256
//	omit_profile_from_id_token      is now set for what was always so
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
	c.idTokens()
	if c.err != nil {
		return "", c.err
	}
	converted, err := json.Marshal(members)
	return string(converted), err
}

// oldClient converts members one at a time, and keeps the first error.
type oldClient struct {
	members map[string]json.RawMessage
	err     error
}

// take removes a member and decodes it, and reports whether it was there.
func (c *oldClient) take(name string, into any) bool {
	text, found := c.members[name]
	if !found || c.err != nil {
		return false
	}
	delete(c.members, name)
	c.err = json.Unmarshal(text, into)
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

func (c *oldClient) lifetime(name string) {
	var d time.Duration
	if c.take(name, &d) {
		c.put(name, int64(d/time.Second))
	}
}

func (c *oldClient) openID() {
	var members map[string]json.RawMessage
	if !c.take("openid", &members) {
		return
	}
	maps.Copy(c.members, members)
	var grants, types []string
	if c.take("grant_types", &grants) {
		c.put("grant_types", grants)
	}
	if c.take("response_types", &types) && len(types) > 0 {
		if slices.Contains(grants, "authorization_code") {
			types = slices.Insert(types, 0, "code")
		}
		c.put("response_types", types)
	}
}

// idTokens keeps the ID tokens of a client as they were.
func (c *oldClient) idTokens() {
	if c.err != nil {
		return
	}
	if c.members["id_token_signed_response_alg"] == nil {
		c.put("id_token_signed_response_alg", "ES256")
	}
	c.put("omit_profile_from_id_token", true)
}
